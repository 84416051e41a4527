"""How far interviews have come, and how good what was heard is, read from stamps: for boards and reports. No words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline import inputs, quarantine, steps
from pipeline.errors import ChaerokError, Waiting
from pipeline.interview import InterviewId, Recording
from pipeline.speech import Diarization, Transcription
from pipeline.transcript import Transcript
from pipeline.walk import Walk

HOUR_SECONDS = 3600
HEARING = (("diarize", Diarization), ("transcribe", Transcription))
"""The steps of engines that take long."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an interview has come. `waiting`: for what of a person, and then `coming` has nothing to do yet."""

    interview: InterviewId
    done: int
    of: int
    coming: str = ""
    """The first step that is not fresh; empty where all are."""
    waiting: str = ""
    failed: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def is_due(self) -> bool:
        """Whether a walk would do anything."""
        return bool(self.coming) and not self.waiting


def standing(walk: Walk) -> Standing:
    """Of one interview. What keeps a step from even being looked at (weights that are not there) is no error here."""
    rows, done, waiting = steps.rows(walk), 0, ""
    for row in rows:
        try:
            if not steps.is_fresh(row, walk):
                break
        except Waiting as error:
            waiting = error.what
            break
        except ChaerokError:
            break
        done += 1
    coming = rows[done].name if done < len(rows) else ""
    failed, flags = walk.vault.failed(walk.interview), inputs.flags_of(walk)
    return Standing(walk.interview, done, len(rows), coming, waiting, failed, flags)


def missing(sessions: Sequence[str], expected: int) -> int:
    """How many sessions of a participant are still to come."""
    return max(0, expected - len(set(sessions)))


def by_participant(standings: Iterable[Standing]) -> dict[tuple[str, str], tuple[Standing, ...]]:
    """(study, participant) → their sessions, all in order."""
    found: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for one in sorted(standings, key=lambda one: one.interview):
        found[one.interview.study, one.interview.participant].append(one)
    return {who: tuple(ones) for who, ones in found.items()}


# --- quality --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quality:
    """A study's figures."""

    study: str
    interviews: int = 0
    hours: float = 0.0
    """Of sound that was taken down."""
    factors: tuple[tuple[str, float], ...] = ()
    """(step, seconds of work for a second of sound), of those whose duration is known."""
    gaps: int = 0
    gap_minutes: float = 0.0
    """Of speech without words."""
    listen: int = 0
    """Stretches of the listen-here lists."""
    reviews: int = 0
    """Drafts that wait for an approval; those of quarantined releases among them."""
    flagged: int = 0
    quarantined: int = 0
    failed: int = 0


def quality(study: str, walks: Sequence[Walk]) -> Quality:
    """Figures of these interviews, which are the study's."""
    standings = [standing(walk) for walk in walks]
    found = (walk.vault.read(walk.interview, Transcript) for walk in walks)
    transcripts = [transcript for transcript in found if transcript is not None]
    gaps = [gap for transcript in transcripts for gap in transcript.gaps]
    return Quality(
        study,
        len(walks),
        round(
            sum(_seconds(walk) for walk in walks if walk.vault.stamp(walk.interview, Transcription)) / HOUR_SECONDS, 2
        ),
        tuple(_factors(walks)),
        len(gaps),
        round(sum(gap.end - gap.start for gap in gaps) / 60, 1),
        sum(len(transcript.listen) for transcript in transcripts),
        sum(one.waiting in ("approval", "quarantine") for one in standings),
        sum(bool(one.flags) for one in standings),
        sum(quarantine.in_force(walk) is not None for walk in walks),
        sum(bool(one.failed) for one in standings),
    )


def _seconds(walk: Walk) -> float:
    recording = walk.vault.read(walk.interview, Recording)
    return recording.seconds if recording else 0.0


def _factors(walks: Sequence[Walk]) -> Iterable[tuple[str, float]]:
    for name, kind in HEARING:
        timed = [(stamp.seconds, _seconds(walk)) for walk in walks if (stamp := walk.vault.stamp(walk.interview, kind))]
        sound = sum(seconds for work, seconds in timed if work)
        if sound:
            yield name, round(sum(work for work, _ in timed) / sound, 3)
