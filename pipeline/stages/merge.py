"""`Diarization` × `Transcription` → `Attribution`: every word gets its speaker, wordless speech goes to the ledger.

No word is lost, invented, moved in time or put in another order (property tests).
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.hearing import ledger
from pipeline.hearing.attribution import choices
from pipeline.hearing.spans import Span, Timeline
from pipeline.speech import Attribution, Diarization, SpokenWord, Transcription, Turn


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the plain rule is repaired, and what is a gap; the numbers and reasons are in config/default.toml."""

    repair_seconds: float
    doubtful_seconds: float
    min_gap_seconds: float
    word_slack_seconds: float


def merge(diarization: Diarization, transcription: Transcription, limits: Limits) -> Attribution:
    """Every word in order of time with its speaker, and speech without words."""
    words = sorted(transcription.words, key=lambda word: word.start)
    several = _overlaps(diarization.turns)
    spoken = tuple(
        SpokenWord(
            word.text,
            word.start,
            word.end,
            word.probability,
            speaker=choice.speaker,
            overlapped=several.seconds(word.start, word.end) > 0,
            doubtful=choice.margin < limits.doubtful_seconds,
        )
        for word, choice in zip(words, choices(words, diarization, limits.repair_seconds), strict=True)
    )
    wanted = ledger.Limits(limits.min_gap_seconds, limits.word_slack_seconds)
    gaps = ledger.gaps(words, diarization.turns, transcription.speech, transcription.gaps, wanted)
    return Attribution(spoken, gaps, ledger.speech_seconds(diarization.turns, transcription.speech))


def _overlaps(turns: tuple[Turn, ...]) -> Timeline:
    """Where two or more speak at once."""
    shared: list[Span] = []
    reach = 0.0
    for turn in sorted(turns, key=lambda turn: turn.start):
        if turn.start < reach:
            shared.append((turn.start, min(turn.end, reach)))
        reach = max(reach, turn.end)
    return Timeline.of(shared)
