"""The audio copy of one interview, between the walk and the pure parts: taken out, written, heard again, kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from pipeline import recognizers, tools
from pipeline.errors import ApprovalStale, AudioConsentMissing, MaskingOff, NameHeard
from pipeline.hearing import hiding
from pipeline.interview import EngineId, Recording, ReleasedAudio, Source
from pipeline.sound.cutting_out import Cuts, cut_out
from pipeline.speech import Transcription
from pipeline.stages.mask import cuts, heard_again, lines_at, seconds
from pipeline.stages.transcribe import Transcriber
from pipeline.transcript import Finding, Mentions, Pseudonymized, Released, Reviewed, Transcript
from pipeline.walk import Walk

BLOB = "audio-"
"""Copies are sealed under this and what they lack, so that none is ever overwritten by another that was not checked."""
SEEKERS = ("roster", "variants")
"""What finds the register's names, with their particles, and what sounds like them."""
WRITTEN = 0.05
"""Share of the work that is done when the copy is written; the rest is listening."""


def is_on(walk: Walk) -> bool:
    """Whether a copy is made of this interview: its study has opted in, and its participant consented."""
    return walk.settings.mask.enabled and _is_consented(walk)


def _is_consented(walk: Walk) -> bool:
    source = walk.vault.read(walk.interview, Source)
    if source is None:
        return True  # there is nothing yet of which to make a copy: the step says so
    consent = source.sheet.consent
    return consent.audio and (consent.until is None or consent.until >= datetime.now(UTC).date())


def require_on(walk: Walk) -> None:
    """Raises MaskingOff, AudioConsentMissing."""
    if not walk.settings.mask.enabled:
        raise MaskingOff(interview=walk.interview)
    if not _is_consented(walk):
        raise AudioConsentMissing(interview=walk.interview)


def listener(walk: Walk) -> Transcriber | None:
    """Who listens to the copy; None where the study asks for no check. Raises EngineUnknown, WeightsMissing."""
    return tools.transcriber(walk.settings) if walk.settings.mask.check else None


def listener_engine(walk: Walk) -> EngineId | None:
    """For the stamp."""
    listening = listener(walk)
    return listening.engine if listening else None


def mask(
    walk: Walk,
    released: Released,
    reviewed: Reviewed,
    mentions: Mentions,
    transcript: Transcript,
    transcription: Transcription,
    recording: Recording,
) -> ReleasedAudio:
    """Write the copy, listen to it, and keep it where no name is heard.

    Raises ApprovalStale where the release is of another draft than these mentions, NameHeard, DiskFull.
    """
    _require_same_draft(walk, released)
    limits = hiding.Limits(**walk.settings.mask.model_dump(include=set(hiding.Limits.__dataclass_fields__)))
    hidden = hiding.hidden(reviewed, mentions, transcript, limits)
    unread = hiding.unread(reviewed, transcript, transcription, limits)
    taken = cuts(hidden, unread, recording.samples)
    copy, checked_by = _made(walk, released, recording, taken)
    stamp = walk.vault.stamp(walk.interview, Released)
    return ReleasedAudio(
        interview=walk.interview,
        blob=copy.blob,
        sha256=copy.sha256,
        samples=copy.samples,
        release_sha256=stamp.made if stamp else "",
        mentions=len(hiding.replaced(mentions)),
        hidden_seconds=seconds(taken.words),
        silenced_seconds=seconds(taken.speech),
        checked_by=checked_by,
    )


def _require_same_draft(walk: Walk, released: Released) -> None:
    """That the release is the draft that was made of the present text and mentions."""
    draft = walk.vault.stamp(walk.interview, Pseudonymized)
    made = {kind.__name__: stamp.made for kind in (Reviewed, Mentions)
            if (stamp := walk.vault.stamp(walk.interview, kind))}  # fmt: skip
    if (
        draft is None
        or draft.made != released.provenance.draft_sha256
        or not made.items() <= dict(draft.inputs).items()
    ):
        raise ApprovalStale(interview=walk.interview)


def _made(walk: Walk, released: Released, recording: Recording, taken: Cuts) -> tuple[Recording, EngineId | None]:
    """The copy and who listened to it; alone of its kind in the vault, where it passes, and else not there at all."""
    before = walk.vault.read(walk.interview, ReleasedAudio)
    kept = {before.blob} if before else set()
    try:
        copy = _written(walk, recording, taken)
        checked_by = _checked(walk, copy, released)
        kept = {copy.blob}
    finally:
        walk.vault.remove_blobs(walk.interview, BLOB, kept)
    return copy, checked_by


def _written(walk: Walk, recording: Recording, taken: Cuts) -> Recording:
    """The copy, sealed. Its name says what it is a copy of and what it lacks."""
    sounding = walk.settings.mask.sound
    blob = BLOB + hashlib.sha256(repr((recording.sha256, taken, sounding)).encode()).hexdigest()[:32]
    pieces = cut_out(walk.vault.audio(walk.interview, recording), taken, bleep=sounding == "bleep")
    sha256, _ = walk.vault.write_blob(walk.interview, blob, pieces)
    walk.report("mask", WRITTEN)
    return replace(recording, blob=blob, sha256=sha256, source_sha256=sha256, microphones=1, levels_blob="")


def _checked(walk: Walk, copy: Recording, released: Released) -> EngineId | None:
    """Who listened to the copy and heard no name. Raises NameHeard."""
    listening = listener(walk)
    if listening is None:
        return None
    audio = walk.vault.audio(walk.interview, copy)
    heard = listening(audio, walk.study.terms, lambda share: walk.report("mask", WRITTEN + (1 - WRITTEN) * share))
    again = heard_again(heard.passages, released.lines, partial(_names_in, walk))
    if again:
        numbers = ", ".join(map(str, lines_at(again, released.lines)))
        raise NameHeard(interview=walk.interview, count=len(again), lines=numbers or "-")
    return listening.engine


def _names_in(walk: Walk, lines: tuple[str, ...]) -> Iterable[Finding]:
    detect = walk.settings.detect.model_copy(update={"recognizers": SEEKERS})
    seekers, known = recognizers.of(walk.settings.model_copy(update={"detect": detect})), walk.register().entries
    found = (finding for seek in seekers for finding in seek(lines, known))
    return [finding for finding in found if finding.score >= walk.settings.detect.doubtful_from]


def sound(walk: Walk, copy: ReleasedAudio) -> Iterator[bytes]:
    """The copy's PCM, s16le, in pieces of whole samples. Raises SealBroken."""
    with walk.vault.open_blob(walk.interview, copy.blob) as stream:
        while piece := stream.read(1 << 18):
            yield piece
