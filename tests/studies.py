"""A study of invented sessions whose words are given: what was heard is put into the vault, the rest is walked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline import inputs, steps
from pipeline.interview import SAMPLE_RATE, Consent, InterviewId, Person, Recording, Role, Sheet, Source
from pipeline.people import Register
from pipeline.places import Home
from pipeline.stages.enlist import enrol
from pipeline.stores import database
from pipeline.stores.vault import Stamp
from pipeline.transcript import Corrections, Pseudonymized, Released, Reviewed, Ruling, Segment
from pipeline.walk import Walk

STUDY = "peers"
RULES = '[detect]\nrecognizers = ["roster", "patterns", "titles"]\n'
NAMING, RELEASING = ("detect", "pseudonymize"), ("release", "publish")


def study(folder: Path, own: str = RULES) -> Home:
    """A home with a study and nobody in it."""
    home = Home(folder / "home")
    home.studies.mkdir(parents=True)
    (home.studies / f"{STUDY}.toml").write_text(f'id = "{STUDY}"\n', "utf-8")
    (home.root / "settings.toml").write_text(own, "utf-8")
    return home


def session(home: Home, code: str, *lines: str, people: tuple[str, ...] = (), of: str = STUDY) -> Walk:
    """A session (``P01_S1``) of which `lines` were heard and reviewed; `people` stand in its sheet."""
    identity = inputs.identity_of(home)
    interview = InterviewId(of, *code.split("_"))
    walk = inputs.walk_of(home, interview, identity)
    sheet = Sheet(interview, Consent(True, True), 2, tuple(Person(name) for name in people))
    walk.vault.write(interview, Source(interview, (), sheet), Stamp("intake", 1))
    recording = Recording("recording", "ab" * 32, 60 * SAMPLE_RATE, 0.5, "cd" * 32)
    walk.vault.write(interview, recording, Stamp("normalise", 2))
    heard(walk, *lines)
    return walk


def heard(walk: Walk, *lines: str) -> None:
    """Other words; lines keep their ids, and one that changed is another version."""
    before = walk.vault.read(walk.interview, Reviewed)
    old = {segment.id: segment for segment in before.segments} if before else {}
    segments = []
    for number, text in enumerate(lines, start=1):
        id = f"{walk.interview.participant}-{number}"
        same = old.get(id)
        version = same.version + (same.text != text) if same else 1
        segments.append(Segment(id, number, "S1", Role.PARTICIPANT, number, number + 0.9, text, (), version))
    walk.vault.write(walk.interview, Reviewed(tuple(segments)), Stamp("review", 2))


def named(walk: Walk) -> str:
    """Search it and draft it; the draft's text."""
    for name in NAMING:
        steps.run(steps.step(name), walk)
    return draft_of(walk)


def released(walk: Walk) -> str:
    """All the way to the store; the release's text."""
    named(walk)
    inputs.approve(walk, "reviewer1")
    for name in RELEASING:
        steps.run(steps.step(name), walk)
    return release_of(walk)


def draft_of(walk: Walk) -> str:
    draft = walk.vault.read(walk.interview, Pseudonymized)
    assert draft is not None
    return "\n".join(line.text for line in draft.lines)


def release_of(walk: Walk) -> str:
    found = walk.vault.read(walk.interview, Released)
    assert found is not None
    return "\n".join(line.text for line in found.lines)


def learn(walk: Walk, *names: str) -> Register:
    """The study learns of people, as from a sheet."""
    people = tuple(Person(name) for name in names)
    return walk.change_register(lambda register: enrol(people, register))


def ruled(walk: Walk, line: int, quote: str, label: object) -> None:
    """A reviewer decides on `quote` in line number `line`."""
    reviewed = walk.vault.read(walk.interview, Reviewed)
    assert reviewed is not None
    ruling = Ruling(reviewed.segments[line - 1].id, quote, label)  # type: ignore[arg-type]
    walk.vault.write(walk.interview, replace(reviewed, rulings=(*reviewed.rulings, ruling)), Stamp("review", 2))
    walk.vault.write(walk.interview, Corrections(rulings=(ruling,)), Stamp("correct", 1))


def stored(walk: Walk) -> str:
    """What coders read. Raises InterviewUnknown where they read nothing."""
    return "\n".join(line.text for line in database.lines(database.sqlite_in(walk.home.store), walk.interview))
