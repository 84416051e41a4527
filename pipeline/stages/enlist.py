"""`Mentions` × `Register` → `Register`: who was found is known from now on, in the whole study, under one stand-in.

`enrol` does the same for the people of a participant sheet. Both are pure and only ever add what is missing, so that
detecting and enlisting in turn comes to rest. Two people are never merged: a form joins an entry only where no other
entry could be meant, and a surname with a title is somebody of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from pipeline.interview import Person
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Entry, Register, entry_of, form_of, listed_form, sought_forms
from pipeline.transcript import Label, Mentions, State

_KNOWN = {Label.NAME, Label.PLACE, Label.ORG}
"""Labels that get entries; identifiers with a shape have fixed placeholders."""
_ROLES = {"participant": "참여자", "interviewer": "연구자"}
_INSTEAD = "가칭"
"""The word of a stand-in whose own word is somebody's name."""
_PLACE_KINDS = (
    *(("시", s) for s in ("특별시", "광역시", "시")),
    *((s, s) for s in ("구", "군", "읍", "면", "동", "역", "마을", "시장", "아파트", "섬")),
)


def enrol(
    people: tuple[Person, ...],
    register: Register,
    participant: str = "",
    taken: frozenset[str] = frozenset(),
) -> Register:
    """`register` with the `people` of a sheet in it, under all their aliases; `participant` is the sheet's code.

    The participant is known by that code through all sessions, others by their name. Somebody found before keeps the
    entry, and takes the stand-in of their role. `taken`: strings that no stand-in may be.
    """
    words = lexicon()
    for person in people:
        names = (person.name, *person.aliases)
        forms = tuple(dict.fromkeys(listed_form(name, words) for name in names if name.strip()))
        register = _with_person(register, person.role, forms, participant, taken, words)
    return register


def enlist(mentions: Mentions, register: Register, taken: frozenset[str] = frozenset()) -> Register:
    """`register` with an entry for every sure name, place and institution that none covers yet.

    Full names come before what may be short for them, so that the order in which people are named does not matter.
    """
    words = lexicon()
    found = [m for m in mentions.mentions if m.state is State.SURE and m.label in _KNOWN]
    forms = dict.fromkeys((mention.label, form_of(mention, mention.text)) for mention in found)
    for label, form in sorted(forms, key=lambda pair: -len(words.givens(pair[1]))):
        if entry_of(label, form, register.entries, words) is None:
            register = _with_form(register, label, form, taken, words)
    return register


def _with_person(
    register: Register, role: str, forms: tuple[str, ...], participant: str, taken: frozenset[str], words: Lexicon
) -> Register:
    id = f"participant-{participant}" if role == "participant" and participant else ""
    known = next((entry for entry in register.entries if entry.id == id), None) if id else None
    known = known or _same_name(register, forms[0], exclude_participants=bool(id))
    if known is None:
        minted = _stand_in(Label.NAME, forms, role, register, taken)
        entry = Entry(id or _new_id(register), Label.NAME, forms, minted)
        return replace(register, entries=(*register.entries, entry))
    together = tuple(dict.fromkeys((*known.forms, *forms)))
    others = replace(register, entries=tuple(entry for entry in register.entries if entry != known))
    promoted = role in _ROLES and not known.stand_in.startswith((_ROLES[role], _INSTEAD))
    stand_in = _stand_in(Label.NAME, together, role, others, taken) if promoted else known.stand_in
    return _replaced(
        register, known, replace(known, id=id or known.id, forms=together, stand_in=stand_in, origin="sheet")
    )


def _same_name(register: Register, form: str, exclude_participants: bool) -> Entry | None:
    """The one entry with this form; another participant of the same name is another person."""
    alike = [
        entry
        for entry in register.entries
        if entry.label is Label.NAME
        and form in entry.forms
        and not (exclude_participants and entry.id.startswith("participant-"))
    ]
    return alike[0] if len(alike) == 1 else None


def _with_form(register: Register, label: Label, form: str, taken: frozenset[str], words: Lexicon) -> Register:
    short = _short_of(register, form, words) if label is Label.NAME else None
    if short is not None:  # 민수 was found before 김민수; the given name follows from the full one from now on
        return _replaced(register, short, replace(short, forms=(form,)))
    minted = _stand_in(label, (form,), "", register, taken)
    entry = Entry(_new_id(register), label, (form,), minted, "found")
    return replace(register, entries=(*register.entries, entry))


def _short_of(register: Register, form: str, words: Lexicon) -> Entry | None:
    """The found entry that is only a given name of `form`, where nobody else in the register has that given name."""
    for given in words.givens(form):
        bearers = [e for e in register.entries if e.label is Label.NAME and given in sought_forms(e, words)]
        if len(bearers) == 1 and bearers[0].forms == (given,) and bearers[0].origin == "found":
            return bearers[0]
    return None


def _replaced(register: Register, old: Entry, new: Entry) -> Register:
    return replace(register, entries=tuple(new if entry is old else entry for entry in register.entries))


def _new_id(register: Register) -> str:
    used = {entry.id for entry in register.entries}
    return next(id for number in count(1) if (id := f"entry-{number}") not in used)


def _stand_in(label: Label, forms: tuple[str, ...], role: str, register: Register, taken: frozenset[str]) -> str:
    """The first free stand-in of its kind: no other's, not `taken`, and holding no form of anybody in the register."""
    used = {entry.stand_in for entry in register.entries} | taken
    names = {form for entry in register.entries for form in entry.forms} | set(forms)
    return next(
        candidate
        for candidate in _candidates(_kind(label, forms[0]), label, role, names)
        if candidate not in used and candidate.strip("[]") not in names
    )


def _candidates(kind: str, label: Label, role: str, names: set[str]) -> Iterator[str]:
    word = _ROLES.get(role, kind)
    if any(len(form) > 1 and form in word for form in names):
        word = _INSTEAD
    for number in count(1):
        if role in _ROLES:
            yield f"{word}{number}"
        else:
            yield f"[{word}{number if label is Label.NAME else _letters(number)}]"


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


def _kind(label: Label, form: str) -> str:
    if label is Label.NAME:
        return "이름"
    kinds = lexicon().org_kinds if label is Label.ORG else tuple((ending, kind) for kind, ending in _PLACE_KINDS)
    fallback = "기관" if label is Label.ORG else "지역"
    return next((kind for ending, kind in kinds if form.endswith(ending)), fallback)
