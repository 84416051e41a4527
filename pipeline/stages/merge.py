"""`Diarization` × `Transcription` → `Attribution`: every word gets its speaker, wordless speech goes to the ledger.

A word belongs to the exclusive turn with which it overlaps longest; a word under no turn, to the nearest turn. No word
is lost, invented or changed (property tests).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from pipeline.interview import Attribution, Diarization, Gap, SpokenWord, Transcription, Turn, Word

NOBODY = "S1"
"""Who spoke where the diarizer heard nobody at all and yet there are words."""

Span = tuple[float, float]


def overlap(start: float, end: float, turn: Turn) -> float:
    """Seconds that ``[start, end)`` shares with `turn`; negative is the distance between them."""
    return min(end, turn.end) - max(start, turn.start)


def union(spans: Iterable[Span]) -> list[Span]:
    """Sorted, disjoint spans that cover the same time.

    >>> union([(3, 4), (0, 2), (1, 2.5)])
    [(0, 2.5), (3, 4)]
    """
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def without(span: Span, holes: Sequence[Span]) -> list[Span]:
    """What is left of `span` outside the sorted, disjoint `holes`.

    >>> without((0, 10), [(2, 3), (9, 12)])
    [(0, 2), (3, 9)]
    """
    left, at = [], span[0]
    for start, end in holes[max(0, bisect_left(holes, (span[0],)) - 1) :]:
        if start >= span[1]:
            break
        if start > at:
            left.append((at, start))
        at = max(at, end)
    if at < span[1]:
        left.append((at, span[1]))
    return left


def speaker_of(word: Word, turns: Sequence[Turn], starts: Sequence[float], longest: float) -> str:
    """Whose word it is. `turns` sorted by start, `starts` theirs, `longest` the longest turn's seconds."""
    if not turns:
        return NOBODY
    first = max(0, bisect_left(starts, word.start - longest) - 1)
    last = min(len(turns), bisect_left(starts, word.end) + 1)
    return max(turns[first:last], key=lambda turn: overlap(word.start, word.end, turn)).speaker


def merge(diarization: Diarization, transcription: Transcription, min_gap_seconds: float) -> Attribution:
    """Every word in order of time with its speaker, and speech of at least `min_gap_seconds` without a word."""
    turns = sorted(diarization.exclusive, key=lambda turn: turn.start)
    starts = [turn.start for turn in turns]
    longest = max((turn.end - turn.start for turn in turns), default=0.0)
    several = _overlaps(diarization.turns)
    words = tuple(
        SpokenWord(
            word.text,
            word.start,
            word.end,
            word.probability,
            speaker_of(word, turns, starts, longest),
            without((word.start, word.end), several) != [(word.start, word.end)] and word.end > word.start,
        )
        for word in sorted(transcription.words, key=lambda word: word.start)
    )
    heard = union((word.start, word.end) for word in transcription.words)
    gaps = (
        Gap(start, end, "no words")
        for span in union((turn.start, turn.end) for turn in diarization.turns)
        for start, end in without(span, heard)
        if end - start >= min_gap_seconds
    )
    return Attribution(words, tuple(gaps))


def _overlaps(turns: Sequence[Turn]) -> list[Span]:
    """Where two or more speak at once."""
    shared: list[Span] = []
    reach = 0.0
    for turn in sorted(turns, key=lambda turn: turn.start):
        if turn.start < reach:
            shared.append((turn.start, min(turn.end, reach)))
        reach = max(reach, turn.end)
    return union(shared)
