"""Stand-ins: what each person, place, institution and listed word of a study is called instead of its name.

Two styles. ``code``: patterns with a number or letter (참여자3, [이름-7], P03, [병원 A]). ``natural``: invented names
of `pipeline.cast` for people, like the real ones in length, final sound and impression, so that the text around them
stays as it is. A stand-in is kept through all sessions. It is minted anew only where a real name of the study turns up
that it could be taken for, even where a person chose it (a walk has nobody to ask, and a real name must not stand in a
transcript), or where the study changes its style, unless a person chose it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count

from pipeline.cast import Cast, cast
from pipeline.korean import coda_class, is_hangul
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Entry, Register, given_part, renderings, sought_forms
from pipeline.settings import Settings
from pipeline.transcript import Label

PARTICIPANT, INTERVIEWER = "participant", "interviewer"
_INSTEAD = ("[가칭{n}]", "[사람{n}]", "[{n}]")
"""Patterns of a code whose own pattern holds somebody's name."""
_PLACE_KINDS = (
    *(("시", s) for s in ("특별시", "광역시", "자치시", "시")),
    *(
        (s, s)
        for s in ("구", "군", "읍", "면", "동", "리", "역", "마을", "시장", "아파트", "섬", "공원", "터미널", "거리")
    ),
)
_STRIDE = 17
"""Between the places in a list where people begin to look, so that a study's names do not sound alike."""


@dataclass(frozen=True, slots=True)
class Style:
    """How stand-ins look; config/default.toml explains the patterns."""

    natural: bool = False
    natural_roles: bool = False
    participant: str = "참여자{n}"
    interviewer: str = "연구자{n}"
    name: str = "[이름{n}]"
    thing: str = "[{kind} {a}]"

    def is_natural_for(self, entry: Entry) -> bool:
        """Whether the entry gets invented names."""
        has_role = entry.kind in (PARTICIPANT, INTERVIEWER)
        return self.natural and entry.label is Label.NAME and (self.natural_roles or not has_role)


CODE = Style()


def style_of(settings: Settings) -> Style:
    """How the study's stand-ins look."""
    chosen = settings.pseudonymize
    natural = chosen.style == "natural"
    return Style(natural, chosen.natural_roles, chosen.participant, chosen.interviewer, chosen.name, chosen.thing)


def settled(register: Register, style: Style = CODE, avoid: frozenset[str] = frozenset()) -> Register:
    """`register` with a stand-in for every entry that has none, or one that may not stand; all others stay.

    `avoid`: what no new stand-in may be, beside every name of the register and all other stand-ins.
    """
    words, entries = lexicon(), list(register.entries)
    names = real_names(entries, words)
    called = [renderings(entry, words) for entry in entries]
    for place, entry in enumerate(entries):
        if not _stands(entry, style, names, called[place]):
            taken = frozenset().union(*called[:place], *called[place + 1 :])
            if any(is_real(text, names) for text in called[place]):
                entry = replace(entry, stand_in="", shown=(), chosen=False)
            entries[place] = _minted(entry, style, _Refused(names, taken | avoid, words), place)
            called[place] = renderings(entries[place], words)
    return replace(register, entries=tuple(entries))


def real_names(entries: Iterable[Entry], words: Lexicon) -> dict[str, Label]:
    """Every form of everybody and everything, given names too."""
    return {form: entry.label for entry in entries for form in sought_forms(entry, words)}


def is_real(text: str, names: dict[str, Label]) -> bool:
    """Whether the stand-in `text` could be taken for a real name: it is one, or has a person's in it."""
    bare = text.strip("[]")
    if bare in names or text in names:
        return True
    if all(is_hangul(letter) for letter in text.replace(" ", "")):
        return False  # 이서호 is not 서호 unless that is a name by itself, and then its given name is
    squeezed = re.sub(r"\s", "", text)
    return any(len(form) > 1 and form in squeezed for form, label in names.items() if label is Label.NAME)


def is_common(text: str, words: Lexicon) -> bool:
    """Whether `text` is a word, a title or a place that the lists know."""
    places = words.cities | words.counties | words.districts | words.provinces
    return words.is_word(text) or text in words.stoplist or text in words.generic or text in places


def _stands(entry: Entry, style: Style, names: dict[str, Label], called: frozenset[str]) -> bool:
    if not entry.forms:
        return True  # destroyed: nobody is called so any more, and nobody shall be again
    if not entry.stand_in or any(is_real(text, names) for text in called):
        return False
    if entry.shown and len(entry.shown) != len(entry.forms):
        return False
    return entry.chosen or style.is_natural_for(entry) == bool(entry.shown)


@dataclass(frozen=True, slots=True)
class _Refused:
    """What a new stand-in may not be."""

    names: dict[str, Label]
    taken: frozenset[str]
    words: Lexicon

    def __call__(self, text: str) -> bool:
        if text in self.taken or text.strip("[]") in self.taken or is_real(text, self.names):
            return True
        return len(text) > 1 and is_common(text, self.words)  # a given name of one syllable is always a word too


def _minted(entry: Entry, style: Style, refused: _Refused, place: int) -> Entry:
    if style.is_natural_for(entry) or (entry.chosen and entry.shown):
        shown = _Naming(entry, refused, cast(), place * _STRIDE).all_forms()
        if shown is not None:
            return replace(entry, stand_in=shown[_primary(entry.forms, refused.words)].partition(" ")[0], shown=shown)
    return replace(entry, stand_in=_code(entry, style, refused), shown=(), chosen=False)


def _primary(forms: tuple[str, ...], words: Lexicon) -> int:
    """Which of `forms` is the person's name: the first full one, else the first."""
    return next((place for place, form in enumerate(forms) if words.givens(form)), 0)


# --- codes ----------------------------------------------------------------------------------------------------------


def _code(entry: Entry, style: Style, refused: _Refused) -> str:
    """The first free code of the entry's pattern; of another where somebody's name is in the pattern itself."""
    patterns = {PARTICIPANT: style.participant, INTERVIEWER: style.interviewer}
    if entry.label is Label.NAME:
        pattern, kind = patterns.get(entry.kind, style.name), ""
    else:
        pattern, kind = style.thing, entry.kind or kind_of(entry.label, entry.forms[0])
    facts = {"kind": kind, "code": entry.id.removeprefix("participant-")}
    chosen = next(p for p in (pattern, *_INSTEAD) if p == _INSTEAD[-1] or not _names_somebody(p, facts, refused.names))
    return next(code for code in _codes(chosen, facts) if not refused(code))


def _names_somebody(pattern: str, facts: dict[str, str], names: dict[str, Label]) -> bool:
    return is_real(f"[{pattern.replace('{n}', '').replace('{a}', '').format(**facts, n=0, a='')}]", names)


def _codes(pattern: str, facts: dict[str, str]) -> Iterator[str]:
    counted = pattern if re.search(r"\{[na]", pattern) else None
    if counted is None:
        yield pattern.format(**facts)
    for number in count(1):
        yield (counted or f"{pattern}-{{n}}").format(**facts, n=number, a=_letters(number))


def _letters(number: int) -> str:
    """A, B ... Z, AA, AB ...

    >>> _letters(1), _letters(26), _letters(27)
    ('A', 'Z', 'AA')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def kind_of(label: Label, form: str) -> str:
    """The kind that the stand-in of a place or institution keeps.

    >>> kind_of(Label.ORG, "한빛교회"), [kind_of(Label.PLACE, place) for place in ("부산", "노원", "물골")]
    ('교회', ['시', '구', '지역'])
    """
    words = lexicon()
    if label is Label.ORG:
        return next((kind for ending, kind in words.org_kinds if form.endswith(ending)), "기관")
    if label is Label.PLACE:
        county = next((name[-1] for name in sorted(words.districts) if len(name) > 2 and name[:-1] == form), "")
        ending = next((kind for kind, ending in _PLACE_KINDS if form.endswith(ending) and len(form) > len(ending)), "")
        city, province = "시" if form in words.cities else "", "도" if form in words.provinces else ""
        return city or county or ending or province or "지역"
    return "표현"


# --- invented names -------------------------------------------------------------------------------------------------


class _Naming:
    """Finds what one person is called: the same given name and surname under all their forms."""

    def __init__(self, entry: Entry, refused: Callable[[str], bool], people: Cast, start: int) -> None:
        self.entry, self.refused, self.cast, self.start, self.words = entry, refused, people, start, lexicon()
        self.found: dict[str, str] = {}
        self.surnames: dict[str, str] = {}
        self.givens: dict[str, str] = {}
        for form, shown in zip(entry.forms, entry.shown, strict=False):
            if entry.chosen or _like(form, shown):
                self._learn(form, shown)

    def all_forms(self) -> tuple[str, ...] | None:
        """What stands for each of the entry's forms, in their order; None where the cast has nobody left."""
        for form in sorted(self.entry.forms, key=lambda form: (not self.words.givens(form), " " in form)):
            shown = self.found.get(form) or next(self._candidates(form), None)
            if shown is None:
                return None
            self._learn(form, shown)
        return tuple(self.found[form] for form in self.entry.forms)

    def _learn(self, form: str, shown: str) -> None:
        self.found[form] = shown
        if " " in form:
            self.surnames.setdefault(form.split(" ")[0], shown.split(" ")[0])
        for given in self.words.givens(form)[:1]:
            part = given_part(form, given, shown, self.words)
            self.givens.setdefault(given, part)
            self.surnames.setdefault(form.removesuffix(given), shown.removesuffix(part))

    def _candidates(self, form: str) -> Iterator[str]:
        if " " in form:
            surname, title = form.split(" ", 1)
            return (called for name in self._surnames(surname) if not self.refused(called := f"{name} {title}"))
        if self.words.givens(form):
            return self._full(form)
        if len(form) == 1 or self.words.is_given(form):
            return (name for name in self._given(form) if not self.refused(name))
        return (name for name in self._rotated(self.cast.nicknames_like(form)) if self._fits(name, form))

    def _full(self, form: str) -> Iterator[str]:
        readings = self.words.givens(form)
        surname = form.removesuffix(readings[0])
        titles = [other.split(" ", 1)[1] for other in self.entry.forms if other.startswith(f"{surname} ")]
        for given in self._given(readings[0]):
            for name in self._surnames(surname):
                whole = name + given
                called = (whole, *(whole[-len(g) :] for g in readings), *(f"{name} {title}" for title in titles))
                if not any(map(self.refused, called)):
                    yield whole

    def _given(self, given: str) -> Iterator[str]:
        known = self.givens.get(given, self.entry.stand_in if _like(given, self.entry.stand_in) else "")
        if known:
            yield known  # found by the given name alone before, or under another full name
        for names in self.cast.givens_like(given):
            yield from (name for name in self._rotated(names) if self._fits(name, given))

    def _surnames(self, surname: str) -> Iterator[str]:
        if surname in self.surnames:
            yield self.surnames[surname]
        names = tuple(name for name in self.cast.surnames_like(surname) if name != surname)
        same = tuple(name for name in names if coda_class(name) == coda_class(surname))
        yield from self._rotated(same)
        yield from (name for name in names if name not in same)

    def _fits(self, name: str, form: str) -> bool:
        """Free, and of other syllables than the real name."""
        return not self.refused(name) and not set(name) & set(form)

    def _rotated(self, names: tuple[str, ...]) -> tuple[str, ...]:
        start = self.start % len(names) if names else 0
        return names[start:] + names[:start]


def _like(form: str, shown: str) -> bool:
    """Whether `shown` could have been minted for `form`."""
    hangul = bool(shown) and all(map(is_hangul, shown.replace(" ", "")))
    return hangul and len(form) == len(shown) and coda_class(form) == coda_class(shown)
