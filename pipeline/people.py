"""The study's people, the forms under which the register knows them, and who is meant by a form.

A *form* is NFC without spaces, except for a surname known by its title: ``박 과장`` (surname, space, title), of which a
text shows only ``박`` as the name. Given names are not listed as forms: they follow from the full names, so that a
second person of the same given name makes it ambiguous by itself, and two people are never merged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.interview import normal_text
from pipeline.lexicon import Lexicon
from pipeline.transcript import Finding, Label, Mention, State


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody or something of the study that is never named: all its forms and the one stand-in for them."""

    id: str
    label: Label
    forms: tuple[str, ...]
    stand_in: str
    origin: str = "sheet"
    """``sheet`` where a person listed it, ``found`` where a recognizer was sure of it."""
    kind: str = ""
    """Of a person the role that a sheet gave them, of what the study lists its category's name; else empty."""
    shown: tuple[str, ...] = ()
    """What stands for each of `forms` in the natural style (``오 과장`` for ``박 과장``); empty: `stand_in` for all."""
    chosen: bool = False
    """A person chose the stand-in: another style does not change it."""
    since: int = field(default=0, compare=False)
    """The register's version in which its forms became what they are."""


@dataclass(frozen=True, slots=True)
class Register:
    """The study register: who is known under which forms, and their stand-ins. Sealed, one for a study."""

    study: str
    entries: tuple[Entry, ...] = ()
    version: int = 0
    past: tuple[str, ...] = field(default=(), compare=False)
    """The digest of each version, the first first: by it, who saw one knows what is new since."""
    salt: str = field(default="", compare=False)
    """Random: digests lie open in stamps, and nobody must be able to guess names until one fits."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person wrote into row `row` of the review sheet: for the entry `id` rather `after` than `before`."""

    row: int
    id: str
    before: str
    after: str


def form_of(mention: Mention | Finding, text: str) -> str:
    """The form of a mention whose text is `text`."""
    return mention.form or squeezed(text)


def squeezed(text: str) -> str:
    """`text` in NFC without spaces."""
    return re.sub(r"\s+", "", normal_text(text))


def listed_form(name: str, words: Lexicon) -> str:
    """The form of a name or alias as a person writes it into a sheet: 박 과장님 → ``박 과장``, 까치 형 → ``까치``.

    >>> from pipeline.lexicon import lexicon
    >>> [listed_form(name, lexicon()) for name in ("김 민수", "박과장님", "까치 형", "민수 씨")]
    ['김민수', '박 과장', '까치', '민수']
    """
    whole = squeezed(name)
    bare = whole.removesuffix("님") if len(whole) > 2 else whole
    for title in sorted(words.titles, key=len, reverse=True):
        head = bare.removesuffix(title)
        if head and head != bare:
            if words.is_surname(head):
                return f"{head} {title}"
            separate = re.search(rf"\s{re.escape(title)}님?$", normal_text(name).strip())
            if len(head) > 1 and separate:
                return head
    return whole if words.is_surname(bare) else bare


def sought_forms(entry: Entry, words: Lexicon) -> tuple[str, ...]:
    """Every form to look for: those listed, and for a person the given names in them."""
    given = (g for form in entry.forms for g in words.givens(form)) if entry.label is Label.NAME else ()
    return tuple(dict.fromkeys((*entry.forms, *given)))


def entry_of(label: Label, form: str, entries: Iterable[Entry], words: Lexicon) -> Entry | None:
    """The entry that `form` stands for; None where nobody, or more than one person, is known by it.

    A listed form comes before a given name that follows from a full name. Where two listed people share a form, an
    entry of origin ``found`` stands for "one of them".
    """
    alike = [entry for entry in entries if entry.label is label]
    listed = [entry for entry in alike if form in entry.forms]
    if len(listed) > 1:
        listed = [entry for entry in listed if entry.origin == "found"]
    if listed:
        return listed[0] if len(listed) == 1 else None
    if any(form in entry.forms for entry in alike):
        return None
    derived = [entry for entry in alike if label is Label.NAME and _bears(entry, form, words)]
    return derived[0] if len(derived) == 1 else None


def _bears(entry: Entry, given: str, words: Lexicon) -> bool:
    """Whether `given` follows from a full name of `entry`, at whose end it stands."""
    return any(form.endswith(given) and given in words.givens(form) for form in entry.forms)


def rendering(entry: Entry, form: str, words: Lexicon) -> str:
    """What stands in a text for `form` of `entry`: of a titled surname (``박 과장``) a surname alone.

    >>> from pipeline.lexicon import lexicon
    >>> entry = Entry("1", Label.NAME, ("김민수", "김 과장"), "이서호", shown=("이서호", "이 과장"))
    >>> [rendering(entry, form, lexicon()) for form in ("김민수", "민수", "김 과장")]
    ['이서호', '서호', '이']
    """
    if not entry.shown:
        return entry.stand_in
    pairs = tuple(zip(entry.forms, entry.shown, strict=False))
    listed = next((shown for own, shown in pairs if own == form), None)
    if listed is not None:
        return listed.partition(" ")[0]
    derived = (given_part(own, form, shown, words) for own, shown in pairs if form in words.givens(own))
    return next(derived, entry.stand_in)


def given_part(full: str, given: str, shown: str, words: Lexicon) -> str:
    """Of `shown`, which stands for the name `full`, what stands for its `given` name."""
    readings, part = words.givens(shown), shown[-len(given) :]
    if len(shown) == len(full) and (not readings or part in readings or given != words.givens(full)[0]):
        return part
    return (*readings, shown)[0]


def renderings(entry: Entry, words: Lexicon) -> frozenset[str]:
    """Everything that may stand in a text for `entry`, with the title where a surname has one."""
    pairs = tuple(zip(entry.forms, entry.shown, strict=False))
    derived = (given_part(own, given, shown, words) for own, shown in pairs for given in words.givens(own))
    return frozenset(text for text in (entry.stand_in, *entry.shown, *derived) if text)


def standing(mentions: Iterable[Mention], register: Register, words: Lexicon) -> tuple[Entry, ...]:
    """The entries that `mentions` stand for, in the register's order."""
    forms = {(m.label, form_of(m, m.text)) for m in mentions if m.state is not State.REJECTED}
    meant = {entry.id for pair in forms if (entry := entry_of(*pair, register.entries, words)) is not None}
    return tuple(entry for entry in register.entries if entry.id in meant)
