"""What the recognizers say of one interview, kept sealed beside it: a new name costs a look for that name alone.

Most recognizers read nothing but the text: what they said stays true while the text does. Two seek the register's forms
one by one: there only forms that are new since are sought. So a second look gives exactly what a first one would, in a
fraction of the time. It is a memory and no artifact: where it is lost, or was made otherwise, everything is done anew.

What was found under a name that the register has lost since (its bearer was destroyed) stays found: nothing that was
hidden comes back by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from pipeline import recognizers
from pipeline.errors import SealBroken
from pipeline.interview import Person, Sheet
from pipeline.korean import evened
from pipeline.lexicon import lexicon
from pipeline.people import Entry, Register, form_of, listed_form, sought_forms
from pipeline.stages.detect import detect
from pipeline.stages.enlist import enlist, enrol, list_words
from pipeline.stand_ins import style_of
from pipeline.stores.register import digest, news
from pipeline.transcript import Finding, Label, Mentions, Reviewed, State
from pipeline.walk import Walk

BLOB = "looked"
"""Its name in the interview's folder."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, by which recipe (text, recognizers, their settings and versions), under which register."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    recipe: str
    register: str
    findings: tuple[Finding, ...]


_LOOKED = TypeAdapter(Looked)


@dataclass(frozen=True, slots=True)
class Said:
    """Satisfies `Recognizer`: says again what was found."""

    findings: tuple[Finding, ...]
    name: str = "said"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        """What was found; the lines are those in which it was."""
        return self.findings


def search(walk: Walk, reviewed: Reviewed, sheet: Sheet, recipe: str) -> Mentions:
    """Find, enlist what is surely a name, and look again for what is new, until nothing new comes up."""
    limits = walk.settings.detect.sure_from, walk.settings.detect.doubtful_from
    echoes, style = recognizers.echoes(walk.settings), style_of(walk.settings)
    detected = walk.vault.stamp(walk.interview, Mentions) is not None
    before = walk.vault.read(walk.interview, Mentions) if detected else None
    looked, people = recall(walk), still_known(sheet.people, walk.register()) if before else sheet.people
    walk.change_register(partial(enrol, people, participant=sheet.interview.participant, style=style))
    register = walk.change_register(partial(list_words, (*walk.study.listed, *sheet.categories), style=style))
    while True:
        looked = look(reviewed, register, walk, looked, recipe)
        mentions = detect(reviewed, register, (Said(looked.findings),), *limits, echoes)
        grown = walk.change_register(partial(enlist, without_forgotten(mentions, before, register), style=style))
        if grown.entries == register.entries:
            keep(walk, looked)
            return replace(mentions, register=digest(register))
        register = grown


def look(reviewed: Reviewed, register: Register, walk: Walk, before: Looked | None, recipe: str) -> Looked:
    """What is found under `register`; `before` spares what it holds, where it was made by the same `recipe`."""
    lines = tuple(evened(segment.text)[0] for segment in reviewed.segments)
    new = news(register, before.register) if before is not None and before.recipe == recipe else None
    kept = before.findings if before is not None and new is not None else ()
    found = dict.fromkeys(kept) | dict.fromkeys(_sought(lines, register, new, walk))
    return Looked(recipe, digest(register), tuple(found))


def _sought(lines: tuple[str, ...], register: Register, new: tuple[Entry, ...] | None, walk: Walk) -> Iterator[Finding]:
    """What is to be found beyond what was before; `new` is None where nothing was."""
    for name, recognizer in recognizers.named(walk.settings):
        reads = recognizers.READS.get(name, "register")
        if reads == "forms" and new is not None:
            yield from recognizer(lines, new) if new else ()
        elif reads != "text" or new is None:
            yield from recognizer(lines, register.entries)


# --- names that were destroyed ----------------------------------------------------------------------------------------


def still_known(people: tuple[Person, ...], register: Register) -> tuple[Person, ...]:
    """The people of a sheet that was read before, without those whose names were destroyed since."""
    if not _somebody_destroyed(register):
        return people
    words, forms = lexicon(), {form for entry in register.entries for form in entry.forms}
    return tuple(p for p in people if any(listed_form(name, words) in forms for name in (p.name, *p.aliases)))


def without_forgotten(mentions: Mentions, before: Mentions | None, register: Register) -> Mentions:
    """`mentions` but for those known `before` that nobody bears now: a destroyed name is not learnt anew."""
    if before is None or not _somebody_destroyed(register):
        return mentions
    words = lexicon()
    sought = {(entry.label, form) for entry in register.entries for form in sought_forms(entry, words)}
    known = {(m.label, form_of(m, m.text)) for m in before.mentions if m.state is State.SURE} - sought
    return replace(mentions, mentions=tuple(m for m in mentions.mentions if (m.label, form_of(m, m.text)) not in known))


def _somebody_destroyed(register: Register) -> bool:
    return any(entry.label is Label.NAME and not entry.forms for entry in register.entries)


# --- the memory -------------------------------------------------------------------------------------------------------


def recall(walk: Walk) -> Looked | None:
    """What was kept of the last look; None where there is nothing, or nothing that can be read."""
    if not walk.vault.has_blob(walk.interview, BLOB):
        return None
    try:
        with walk.vault.open_blob(walk.interview, BLOB) as stream:
            return _LOOKED.validate_json(stream.read())
    except (SealBroken, ValidationError):  # torn or of another version: a memory, not an artifact
        return None


def keep(walk: Walk, looked: Looked) -> None:
    """Seal what was found, for the next look."""
    walk.vault.write_blob(walk.interview, BLOB, [_LOOKED.dump_json(looked)])
