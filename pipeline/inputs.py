"""What people give to the walk: recordings with their sheet, corrections, an approval. Free of terminal and server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pipeline import quarantine, recognizers, steps, tools
from pipeline.attendance import Attendance, attendance, length_notes
from pipeline.choosing import chosen
from pipeline.errors import (
    ApprovalStale,
    ConsentMissing,
    FileChanged,
    InputError,
    InterviewTaken,
    PartRepeated,
    ReleaseBlocked,
    StudyInvalid,
    Waiting,
)
from pipeline.interview import InterviewId, Recording, Sheet, Source
from pipeline.lexicon import lexicon
from pipeline.parts import in_order
from pipeline.people import Choice, Entry, Register, standing
from pipeline.places import Home
from pipeline.settings import load
from pipeline.sheets import Study, read_study
from pipeline.stages.intake import inspected, intake, looks, unchanged
from pipeline.stand_ins import style_of
from pipeline.stores.keyring import Identity, make_service_identity, service_identity
from pipeline.stores.vault import Stamp, Vault, require_source
from pipeline.transcript import AUTOMATIC, Approval, Corrections, Mentions, Pseudonymized, Reviewed, Transcript
from pipeline.walk import Report, Walk, silently

DEMO = "demo"
"""As `AUTOMATIC`, an actor that is no person."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a drop: ``new``, ``known`` (taken in before), ``duplicate`` (`interview` has the same sound)."""

    interview: InterviewId
    outcome: str


def study_path(home: Home, study: str) -> Path:
    """Where the study's file lies."""
    return home.studies / f"{study}.toml"


def study_of(home: Home, study: str) -> Study:
    """The study file of `study`. Raises StudyInvalid."""
    path = study_path(home, study)
    found = read_study(path)
    if found.id != study:
        raise StudyInvalid(path=path, where="id: is not the name of the file")
    return found


def walk_of(home: Home, interview: InterviewId, identity: Identity, report: Report = silently) -> Walk:
    """All that a walk needs. Raises StudyInvalid, SettingsInvalid."""
    study = study_of(home, interview.study)
    settings = load(home, study.settings, study_path(home, interview.study))
    return Walk(interview, home, Vault(home.vault, identity), identity, settings, study, report)


def identity_of(home: Home) -> Identity:
    """The home's service identity; made where nothing has been sealed yet. Raises KeyMissing where something was."""
    sealed = any(home.vault.glob("*/*/participant.key")) or any(home.registers.glob("*.key"))
    return service_identity(home.keys) if sealed else make_service_identity(home.keys)


def take_in(home: Home, identity: Identity, files: tuple[Path, ...], sheet: Sheet) -> Taken:
    """Seal a session's files, in the order of their numbers, and decode them; on any error the vault is as it was.

    Raises ConsentMissing, InterviewTaken, PartRepeated, StudyInvalid, FileChanged, and what `intake` and `normalise`
    raise.
    """
    walk = walk_of(home, sheet.interview, identity)
    if walk.settings.intake.require_consent and not consented(sheet):
        raise ConsentMissing(interview=sheet.interview)
    files = in_order(files)
    before = looks(files)
    with unchanged(files, before):
        hashes = [_sha256(path) for path in files]
    for index, sha256 in enumerate(hashes):
        if sha256 in hashes[:index]:
            raise PartRepeated(path=files[hashes.index(sha256)], other=files[index])
    key = "+".join(hashes)
    perhaps = walk.vault.stamped_with(walk.study.id, Source, key)
    same = next((interview for interview in perhaps if _source_key(walk, interview) == key), None)
    cut_off = same == sheet.interview and walk.vault.stamp(same, Recording) is None  # before it was decoded
    if same is not None and not cut_off:
        return Taken(same, "known" if same == sheet.interview else "duplicate")
    with walk.vault.locked(sheet.interview, "intake"):
        # without its stamp it was never wholly taken in
        if walk.vault.stamp(sheet.interview, Source) is not None and not cut_off:
            raise InterviewTaken(interview=sheet.interview)
        try:
            with unchanged(files, before):
                sealed = seal_source(walk, files, sheet, key)
            if sealed.sha256 != key:
                raise FileChanged(path=files[0])
        except BaseException:
            walk.vault.discard(sheet.interview)
            raise
    return Taken(sheet.interview, "new")


def seal_source(walk: Walk, files: tuple[Path, ...], sheet: Sheet, key: str) -> Source:
    """Seal the files as the walk's `Source` and decode them. Errors name the file as it was given."""
    source = intake(files, sheet, tools.inspector(), _Sealer(walk.vault, walk.interview))
    walk.vault.write(walk.interview, source, Stamp("intake", 1, (("files", key),)))
    try:
        steps.run(steps.step("normalise"), walk)
    except InputError as error:
        blobs = {part.blob: path for part, path in zip(source.parts, files, strict=True)}
        error.facts["path"] = blobs.get(str(error.facts.get("path")), files[0])
        raise
    return source


@dataclass(frozen=True, slots=True)
class _Sealer:
    vault: Vault
    interview: InterviewId

    def write(self, name: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        return self.vault.write_blob(self.interview, name, pieces)

    def open(self, name: str) -> BinaryIO:
        return self.vault.open_blob(self.interview, name)


def consented(sheet: Sheet) -> bool:
    """To recording and processing, and not ended."""
    consent = sheet.consent
    valid = consent.until is None or consent.until >= datetime.now(UTC).date()
    return consent.recording and consent.processing and valid


def _sha256(path: Path) -> str:
    inspected(path, tools.inspector())  # a clear error before anything is hashed or locked
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _source_key(walk: Walk, interview: InterviewId) -> str:
    stamp = walk.vault.stamp(interview, Source)
    return dict(stamp.inputs).get("files", "") if stamp else ""


def correct(walk: Walk, corrections: Corrections) -> None:
    """Take a person's corrections; the next walk makes everything after them anew, without a network being touched."""
    require_source(walk.vault, walk.interview)
    walk.vault.write(walk.interview, corrections, Stamp("correct", 1))


def laid_over(before: Corrections | None, new: Corrections) -> Corrections:
    """`new` on top of what was corrected before: a later word on the same line, mention or speaker wins.

    A line corrected twice goes from what was first heard to the last text; heard anew in between, from that.
    """
    if before is None:
        return new
    texts = {text.segment: text for text in before.texts}
    for text in new.texts:
        earlier = texts.get(text.segment)
        texts[text.segment] = replace(text, before=earlier.before) if earlier and earlier.after == text.before else text
    rulings = {(ruling.segment, ruling.quote): ruling for ruling in (*before.rulings, *new.rulings)}
    roles = dict((*before.roles, *new.roles))
    return Corrections(tuple(texts.values()), tuple(rulings.values()), tuple(roles.items()), new.actor)


def named(walk: Walk, mentions: Mentions) -> tuple[Entry, ...]:
    """Who and what of the study's register is named in the interview."""
    return standing(mentions.mentions, walk.register(), lexicon())


def choose(walk: Walk, choices: tuple[Choice, ...], sheet: Path) -> Register:
    """Take the stand-ins that a person chose in `sheet`; the next walk of every interview uses them.

    Raises CorrectionsInvalid with the row and why; then nothing was changed.
    """
    style, is_word = style_of(walk.settings), recognizers.everyday_word()
    return walk.change_register(lambda register: chosen(choices, register, style, is_word, sheet))


def draft_sha256(walk: Walk) -> str:
    """The hash by which an approval names the present draft. Raises Waiting, InterviewUnknown."""
    require_source(walk.vault, walk.interview)
    stamp = walk.vault.stamp(walk.interview, Pseudonymized)
    if stamp is None:
        raise Waiting("pseudonymized", str(walk.interview))
    return stamp.made


def approve(walk: Walk, actor: str, named: str | None = None) -> Approval:
    """Approve the draft whose hash is `named` (a prefix of 8 or more will do; None: the present one).

    Raises ApprovalStale where it is no longer the present draft, ReleaseBlocked for an actor that may not approve.
    """
    present = draft_sha256(walk)
    if named is not None and not (len(named) >= 8 and present.startswith(named)):
        raise ApprovalStale(interview=walk.interview)
    if not _may_approve(walk, actor):
        raise ReleaseBlocked(interview=walk.interview)
    before = _approval(walk)
    if before is not None and (before.draft_sha256, before.actor) == (present, actor):
        return before
    approval = Approval(present, actor, datetime.now(UTC))
    walk.vault.write(walk.interview, approval, Stamp("approve", 1))
    return approval


def _approval(walk: Walk) -> Approval | None:
    """The approval, where it was wholly written."""
    stamped = walk.vault.stamp(walk.interview, Approval) is not None
    return walk.vault.read(walk.interview, Approval) if stamped else None


def _may_approve(walk: Walk, actor: str) -> bool:
    if actor == DEMO:
        return walk.study.example
    if actor == AUTOMATIC:
        draft = walk.vault.read(walk.interview, Pseudonymized)
        allowed = walk.settings.release.mode == "automatic" and quarantine.in_force(walk) is None
        return allowed and draft is not None and not (draft.doubtful or draft.flags)
    return bool(actor.strip())


def notes_of(walk: Walk) -> tuple[str, ...]:
    """What is worth knowing about the session and asks nothing of anybody: that it was brief, or lengthy."""
    recording, settings = walk.vault.read(walk.interview, Recording), walk.settings.intake
    return length_notes(recording.seconds, settings.least_minutes, settings.most_minutes) if recording else ()


def attended(home: Home, vault: Vault) -> tuple[Attendance, ...]:
    """Each participant's sessions, and those that their study expects besides. Raises StudyInvalid, SettingsInvalid."""
    interviews = vault.interviews()
    studies = {study: study_of(home, study) for study in {interview.study for interview in interviews}}
    settings = {id: load(home, known.settings, study_path(home, id)) for id, known in studies.items()}
    return attendance(interviews, {id: found.intake.sessions_expected for id, found in settings.items()})


QUARANTINED, UNTOLD = "quarantined", "untold"
"""Flags of an interview whose release is quarantined, and whose coding stores do not all know of it."""


def flags_of(walk: Walk) -> tuple[str, ...]:
    """Why the interview is not simply good, as far as it has come; what a reviewer settled is left out."""
    held = (QUARANTINED,) if quarantine.in_force(walk) else ()
    return (*_flags_of_text(walk), *held, *((UNTOLD,) if quarantine.untold(walk) else ()))


def _flags_of_text(walk: Walk) -> tuple[str, ...]:
    kinds: tuple[type[Pseudonymized | Reviewed | Transcript], ...] = (Pseudonymized, Reviewed, Transcript)
    for kind in kinds:
        if walk.vault.stamp(walk.interview, kind) is not None and (found := walk.vault.read(walk.interview, kind)):
            return found.flags
    return ()


def is_approved(walk: Walk) -> bool:
    """Whether somebody stands for the present draft, with its flags."""
    draft, approval = walk.vault.stamp(walk.interview, Pseudonymized), _approval(walk)
    return draft is not None and approval is not None and approval.draft_sha256 == draft.made


def approve_automatically(walk: Walk) -> bool:
    """Where the study allows it and nothing is doubtful, flagged or quarantined, approve the draft; True if done.

    Not where the study has learnt names since with which the draft was not searched.
    """
    present, approval = draft_sha256(walk), _approval(walk)
    if not all(steps.is_fresh(steps.step(name), walk) for name in ("detect", "pseudonymize")):
        return False
    if not _may_approve(walk, AUTOMATIC) or (approval is not None and approval.draft_sha256 == present):
        return False
    approve(walk, AUTOMATIC)
    return True
