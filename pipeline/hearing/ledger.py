"""The gap ledger: every stretch of speech for which no word was heard, and why.

Two witnesses say where there is speech, the diarizer and the recognizer's voice activity detection. A word covers only
as much of its time as it can take to say it: a word drawn out over nine seconds hides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.hearing.spans import Span, Timeline, plausible, union, without
from pipeline.speech import Gap, Turn, Word

NO_WORDS, VAD_ONLY, DIARIZER_ONLY = "no words", "vad only", "diarizer only"
"""Reasons: both witnesses hear speech (or the only one there is), or one of them alone."""

BREATH = 0.5
"""Seconds of silence that do not end a stretch of speech."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is worth an entry; the numbers and their reasons are in config/default.toml."""

    min_gap_seconds: float
    word_slack_seconds: float


def gaps(
    words: Iterable[Word], turns: Iterable[Turn], speech: Sequence[Span], refused: Sequence[Gap], limits: Limits
) -> tuple[Gap, ...]:
    """Speech without words in order of time: what the recognizer `refused`, and beside it what the witnesses hear.

    `speech` is empty where the recognizer does not tell. An entry of the witnesses holds at least
    `min_gap_seconds` of speech, and nothing of it is within `word_slack_seconds` of a word or in a refused stretch.
    """
    slack = limits.word_slack_seconds
    heard = [(start - slack, end + slack) for word in words for start, end in plausible(word)]
    covered = union([*heard, *((gap.start, gap.end) for gap in refused)])
    turned, voiced = Timeline.of((turn.start, turn.end) for turn in turns), Timeline.of(speech)
    both = Timeline.of([*turned.spans, *voiced.spans])
    found = list(refused)
    for stretch in union(both.spans, apart=BREATH):
        for start, end in without(stretch, covered):
            seconds = both.seconds(start, end)
            if seconds >= limits.min_gap_seconds:
                shares = turned.seconds(start, end) / seconds, voiced.seconds(start, end) / seconds
                found.append(Gap(start, end, _reason(*shares) if speech else NO_WORDS))
    return tuple(sorted(found, key=lambda gap: (gap.start, gap.end)))


def _reason(turned: float, voiced: float) -> str:
    """By the witnesses' shares of what either hears: both, where they agree about half of it or more."""
    if turned + voiced - 1 >= 0.5:
        return NO_WORDS
    return VAD_ONLY if voiced >= turned else DIARIZER_ONLY


def speech_seconds(turns: Iterable[Turn], speech: Iterable[Span]) -> float:
    """Seconds in which either witness hears speech."""
    return Timeline.of([*((turn.start, turn.end) for turn in turns), *speech]).sums[-1]
