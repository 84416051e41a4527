"""`Mentions` × `Register` → `Register`: who was found is known from now on, in the whole study, under one stand-in.

`enrol` does the same for the people of a participant sheet, `list_words` for the words that a study lists. All are pure
and only ever add what is missing, so that detecting and enlisting in turn comes to rest. Two people are never merged: a
form joins an entry only where no other entry could be meant, and a surname with a title is somebody of their own. What
stands for them is `pipeline.stand_ins`'s affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import count

from pipeline.interview import Category, Person
from pipeline.lexicon import Lexicon, lexicon
from pipeline.people import Entry, Register, entry_of, form_of, listed_form, sought_forms, squeezed
from pipeline.stand_ins import CODE, INTERVIEWER, PARTICIPANT, Style, settled
from pipeline.transcript import Label, Mentions, State

_KNOWN = {Label.NAME, Label.PLACE, Label.ORG, Label.STUDY}
"""Labels that get entries; identifiers with a shape have fixed placeholders."""


def enrol(
    people: tuple[Person, ...],
    register: Register,
    participant: str = "",
    taken: frozenset[str] = frozenset(),
    style: Style = CODE,
) -> Register:
    """`register` with the `people` of a sheet in it, under all their aliases; `participant` is the sheet's code.

    The participant is known by that code through all sessions, others by their name. Somebody found before keeps the
    entry, and takes the stand-in of their role. A name of which nothing is left (spaces, marks) is nobody's; the same
    name twice on a sheet is one person. `taken`: strings that no stand-in may be.
    """
    words = lexicon()
    alone = sum(person.role == PARTICIPANT for person in people) == 1
    for person in people:
        listed = (listed_form(name, words) for name in (person.name, *person.aliases) if re.search(r"\w", name))
        forms = tuple(dict.fromkeys(form for form in listed if form))
        if forms:
            id = _participant_id(register, participant, forms, alone) if person.role == PARTICIPANT else ""
            register = _with_person(register, id, person.role, forms)
    return settled(register, style, taken)


def list_words(categories: Iterable[Category], register: Register, style: Style = CODE) -> Register:
    """`register` with an entry for each thing that `categories` list, known by all its words."""
    for category in categories:
        for listed in category.words:
            forms = tuple(dict.fromkeys(map(squeezed, listed)))
            known = next((e for e in register.entries if e.label is Label.STUDY and {*e.forms} & {*forms}), None)
            if known is None:
                entry = Entry(_new_id(register), Label.STUDY, forms, "", kind=category.name)
                register = replace(register, entries=(*register.entries, entry))
            else:
                together = tuple(dict.fromkeys((*known.forms, *forms)))
                register = _replaced(register, known, replace(known, forms=together))
    return settled(register, style)


def enlist(
    mentions: Mentions, register: Register, taken: frozenset[str] = frozenset(), style: Style = CODE
) -> Register:
    """`register` with an entry for every sure name, place and institution that none covers yet.

    Full names come before what may be short for them, so that the order in which people are named does not matter. No
    new stand-in is one of the names that are still doubtful.
    """
    words = lexicon()
    standing = [m for m in mentions.mentions if m.state is not State.REJECTED and m.label in _KNOWN]
    forms = dict.fromkeys((m.label, form_of(m, m.text)) for m in standing if m.state is State.SURE)
    for label, form in sorted(forms, key=lambda pair: -len(words.givens(pair[1]))):
        if entry_of(label, form, register.entries, words) is None:
            register = _with_form(register, label, form, words)
    return settled(register, style, taken | {form_of(m, m.text) for m in standing})


def _participant_id(register: Register, code: str, forms: tuple[str, ...], alone: bool) -> str:
    """The id of the sheet's participant; of one of several, the one with a form in common, or a new one."""
    first = f"participant-{code}"
    if not code:
        return ""
    family = [entry for entry in register.entries if re.fullmatch(rf"{re.escape(first)}(-\d+)?", entry.id)]
    known = next((entry.id for entry in family if {*entry.forms} & {*forms}), None)
    if known is not None or not family:
        return known or first
    if alone and len(family) == 1:
        return first
    return next(id for number in count(2) if (id := f"{first}-{number}") not in {entry.id for entry in family})


def _with_person(register: Register, id: str, role: str, forms: tuple[str, ...]) -> Register:
    known = next((entry for entry in register.entries if entry.id == id), None) if id else None
    known = known or _same_name(register, forms[0], exclude_participants=bool(id))
    if known is None:
        entry = Entry(id or _new_id(register), Label.NAME, forms, "", kind=role)
        return replace(register, entries=(*register.entries, entry))
    together = tuple(dict.fromkeys((*known.forms, *forms)))
    roles = (PARTICIPANT, INTERVIEWER)
    promoted = role in roles and known.kind not in roles  # once: sheets that differ must not take turns
    kind = role if promoted or not known.kind else known.kind
    stand_in = "" if promoted and not known.chosen else known.stand_in
    changed = replace(known, id=id or known.id, forms=together, stand_in=stand_in, origin="sheet", kind=kind)
    return _replaced(register, known, changed)


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


def _with_form(register: Register, label: Label, form: str, words: Lexicon) -> Register:
    short = _short_of(register, form, words) if label is Label.NAME else None
    if short is not None:  # 민수 was found before 김민수; the given name follows from the full one from now on
        return _replaced(register, short, replace(short, forms=(form,), shown=()))
    entry = Entry(_new_id(register), label, (form,), "", "found")
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
