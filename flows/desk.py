"""What the commands do under CHAEROK_HOME with its service identity: between the terminal and `pipeline`."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.terminal import either
from pipeline import apart, inputs, naming, rescan, review_sheet, steps, walking
from pipeline.attendance import Attendance
from pipeline.errors import FileMissing, InterviewUnknown, LinesInvalid, SettingsInvalid, Waiting
from pipeline.interview import InterviewId, normal_text
from pipeline.places import ROOT, Home
from pipeline.settings import Settings, load, read_toml
from pipeline.sheets import read_sheet
from pipeline.standing import standing
from pipeline.stores.keyring import service_identity
from pipeline.stores.sealed import write_atomically
from pipeline.stores.vault import Vault, holds_interviews, require_source
from pipeline.stores.voices import read_voices, write_voices
from pipeline.transcript import (
    Approval,
    Corrections,
    Mentions,
    Pseudonymized,
    Publication,
    Reviewed,
    Stretch,
    Transcript,
)
from pipeline.walk import Report, Walk, silently
from pipeline.walking import Outcome

PROFILES = ROOT / "config" / "profiles"


def walk_of(interview: str, report: Report = silently) -> Walk:
    """The walk of an interview that is in the vault. Raises InterviewUnknown, KeyMissing, StudyInvalid."""
    home = Home.here()
    try:
        id = InterviewId.parse(interview)
    except ValueError:
        raise InterviewUnknown(interview=interview) from None
    if not (home.vault / id.study / id.participant / id.session).is_dir():
        raise InterviewUnknown(interview=interview)  # asked first: a home that is still empty has no key
    identity = service_identity(home.keys)
    require_source(Vault(home.vault, identity), id)
    return inputs.walk_of(home, id, identity, report)


def settings_of(profile: str | None) -> Settings:
    """The home's settings, with a profile of config/profiles over them. Raises SettingsInvalid."""
    if profile is None or profile == "default":
        return load(Home.here())
    known = {path.stem: path for path in sorted(PROFILES.glob("*.toml"))}
    if profile not in known:
        raise SettingsInvalid(path=f"--profile {profile}", where=", ".join(("default", *known)))
    return load(Home.here(), read_toml(known[profile], SettingsInvalid), known[profile])


# --- the walk by hand -----------------------------------------------------------------------------------------------


def take_in(files: tuple[Path, ...], sheet: Path) -> inputs.Taken:
    """Take one session in; the first time, its home gets a service identity. Raises what `inputs.take_in` raises."""
    for path in (*files, sheet):
        if not path.is_file():
            raise FileMissing(path=path)
    home = Home.here()
    return inputs.take_in(home, inputs.identity_of(home), files, read_sheet(sheet))


def walk(interview: str, report: Report) -> Outcome:
    """As far as it can go."""
    return walking.walk_through(walk_of(interview, report))


@dataclass(frozen=True, slots=True)
class Row:
    """How far an interview has come: steps done, the step that is next, steps that failed, why it is flagged."""

    interview: str
    done: str
    coming: str
    failed: tuple[str, ...]
    flags: tuple[str, ...]
    notes: tuple[str, ...] = ()


def board(interview: str | None = None) -> tuple[Row, ...]:
    """Every interview's row, or one's."""
    home = Home.here()
    if interview is not None:
        return (_row(walk_of(interview)),)
    if not holds_interviews(home.vault):
        return ()
    identity = service_identity(home.keys)
    return tuple(_row(inputs.walk_of(home, id, identity)) for id in Vault(home.vault, identity).interviews())


def _row(walk: Walk) -> Row:
    found = standing(walk)
    coming = (
        either(f"기다림: {found.waiting}", f"waiting for {found.waiting}") if found.waiting else found.coming or "-"
    )
    notes = inputs.notes_of(walk)
    return Row(str(walk.interview), f"{found.done}/{found.of}", coming, found.failed, found.flags, notes)


def sessions() -> tuple[Attendance, ...]:
    """Each participant's sessions, and those that are lacking. Raises StudyInvalid, SettingsInvalid."""
    home = Home.here()
    return inputs.attended(home, Vault(home.vault, service_identity(home.keys))) if holds_interviews(home.vault) else ()


def failures(interview: str) -> dict[str, str]:
    """Step → traceback."""
    walk = walk_of(interview)
    return walk.vault.failures(walk.interview)


def flags_of(interview: str) -> tuple[str, ...]:
    """Why somebody has to look at it."""
    return inputs.flags_of(walk_of(interview))


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the listen-here list as it is printed: no word of what was said."""

    rank: int
    start: str
    end: str
    reasons: str
    lines: str


def listen_here(interview: str) -> tuple[Place, ...]:
    """The listen-here list, most worth it first. Raises Waiting where nothing was heard yet."""
    walk = walk_of(interview)
    transcript = walk.vault.read(walk.interview, Transcript)
    if transcript is None:
        raise Waiting("transcript", interview)
    return tuple(_place(rank, stretch, transcript) for rank, stretch in enumerate(transcript.listen, start=1))


def _place(rank: int, stretch: Stretch, transcript: Transcript) -> Place:
    lines = [str(segment.line) for segment in review_sheet.lines_of(stretch, transcript.segments)]
    start, end = review_sheet.clock(stretch.start), review_sheet.clock(math.ceil(stretch.end))
    return Place(rank, start, end, review_sheet.in_korean(stretch.reasons), ", ".join(lines))


# --- review ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counts:
    """What a sheet brought."""

    texts: int
    rulings: int
    stand_ins: int = 0


def _reviewed(walk: Walk) -> tuple[Reviewed, Mentions, Pseudonymized]:
    found = (
        walk.vault.read(walk.interview, Reviewed),
        walk.vault.read(walk.interview, Mentions),
        walk.vault.read(walk.interview, Pseudonymized),
    )
    if found[0] is None or found[1] is None or found[2] is None:
        raise Waiting("pseudonymized", str(walk.interview))
    return found[0], found[1], found[2]


def write_sheet(interview: str) -> tuple[Path, str]:
    """Write the correction sheet; its path, and the hash of the draft that it shows. Raises Waiting."""
    walk = walk_of(interview)
    sha256 = inputs.draft_sha256(walk)  # before it is read: never the hash of a draft that the sheet does not show
    path = walk.home.review / f"{interview}.xlsx"
    transcript = walk.vault.read(walk.interview, Transcript)
    listen = transcript.listen if transcript else ()
    reviewed, mentions, draft = _reviewed(walk)
    write_atomically(path, [review_sheet.written(reviewed, mentions, draft, listen, inputs.named(walk, mentions))])
    return path, sha256


def import_sheet(interview: str, path: Path, actor: str) -> Counts:
    """Read an edited sheet into vault and register, then remove it. Raises CorrectionsInvalid, Waiting."""
    walk = walk_of(interview)
    reviewed, mentions, _ = _reviewed(walk)
    new = review_sheet.read(path, reviewed, mentions, actor)
    choices = review_sheet.choices(path, (entry.id for entry in walk.register().entries))
    inputs.choose(walk, choices, path)  # before corrections: the last that can be refused
    inputs.correct(walk, inputs.laid_over(walk.vault.read(walk.interview, Corrections), new))
    path.unlink()
    return Counts(len(new.texts), len(new.rulings), len(choices))


def approve(interview: str, actor: str, draft: str | None) -> Approval:
    """Approve the present draft. Raises ApprovalStale, ReleaseBlocked, Waiting."""
    return inputs.approve(walk_of(interview), actor, draft)


def publish(interview: str) -> tuple[tuple[str, int], ...]:
    """Release what is approved and send it; (store, version). Raises Waiting, ApprovalStale, StoreError."""
    walk = walk_of(interview)
    inputs.draft_sha256(walk)
    for name in (*rescan.STEPS, "release", "publish"):  # the study may have learnt a name that the draft shows
        apart.run(steps.step(name), walk)
    publication = walk.vault.read(walk.interview, Publication)
    return publication.stores if publication else ()


# --- a study's interviewers -----------------------------------------------------------------------------------------


def enrol_voices(study: str, files: Sequence[Path]) -> int:
    """The voices in `files`, one interviewer each, are the study's from now on; none forgets them. How many there are.

    Raises StudyInvalid, SettingsInvalid, FileMissing, VoiceUnfit, and what `intake` raises; then all is as it was.
    """
    home = Home.here()
    known = inputs.study_of(home, study)
    settings = load(home, known.settings, inputs.study_path(home, study))
    voices = [walking.voice(file, settings) for file in files]
    write_voices(home.registers, known.id, inputs.identity_of(home), voices)
    return len(voices)


def count_voices(study: str) -> int:
    """How many interviewers' voices the study has. Raises StudyInvalid, KeyMissing."""
    home = Home.here()
    known = inputs.study_of(home, study)
    return len(read_voices(home.registers, known.id, service_identity(home.keys))) if home.keys.exists() else 0


# --- files of a person's own ----------------------------------------------------------------------------------------


def terms_in(path: Path | None) -> tuple[str, ...]:
    """Terms, one a line. Raises FileMissing."""
    return tuple(line.strip() for line in normal_text(_text(path)).split("\n") if line.strip()) if path else ()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError:
        raise FileMissing(path=path) from None
    except UnicodeDecodeError:
        raise LinesInvalid(path=path, where="UTF-8") from None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read. Raises DiskFull, PlaceUnwritable."""
    write_atomically(path, [text.encode()])


def find_names(lines: Path, found: Path, roster: Path | None) -> int:
    """`chaerok names`; how many mentions. Raises FileMissing, LinesInvalid."""
    try:
        people = naming.read_roster(json.loads(_text(roster))) if roster else {}
    except ValueError as error:
        where = "JSON" if isinstance(error, json.JSONDecodeError) else str(error)
        raise LinesInvalid(path=roster, where=where) from None
    try:
        read = naming.read_lines(_text(lines))
    except ValueError as error:
        raise LinesInvalid(path=lines, where=str(error)) from None
    answers = list(naming.find_names(read, people, load(Home.here())))
    write_private(found, "".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers))
    return sum(len(answer["entities"]) for answer in answers)
