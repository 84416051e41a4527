"""`Released` × `Recording` → `ReleasedAudio`: a copy without the words that the release replaces, listened to again.

What is taken out is found by `pipeline.hearing.hiding`, taken out by `pipeline.sound.cutting_out`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pipeline.hearing.spans import Span, union, without
from pipeline.interview import SAMPLE_RATE
from pipeline.people import squeezed
from pipeline.sound.cutting_out import Cuts, Range
from pipeline.speech import Passage
from pipeline.transcript import Finding, Line

Seek = Callable[[tuple[str, ...]], Iterable[Finding]]
"""Finds the study's names, and what sounds like them, in lines of text."""

NEAR_SECONDS = 2.0
"""A word of the release and the same word in the copy are not farther apart than this."""


def cuts(hidden: Iterable[Span], unread: Iterable[Span], samples: int) -> Cuts:
    """The ranges of a recording of `samples` to take out; where `hidden` and `unread` overlap, they are words."""
    words = _ranges(union(hidden), samples)
    speech = _ranges(union(unread), samples)
    return Cuts(words, tuple((int(start), int(stop)) for one in speech for start, stop in without(one, words)))


def _ranges(spans: Iterable[Span], samples: int) -> tuple[Range, ...]:
    """In samples, rounded outwards, within the recording, sorted and disjoint."""
    found: list[Range] = []
    for start, end in spans:
        first, stop = max(0, int(start * SAMPLE_RATE)), min(samples, int(end * SAMPLE_RATE) + 1)
        if found and first <= found[-1][1]:
            first, stop = found[-1][0], max(found.pop()[1], stop)
        if first < stop:
            found.append((first, stop))
    return tuple(found)


def seconds(ranges: Iterable[Range]) -> float:
    """How much time they take."""
    return sum(stop - start for start, stop in ranges) / SAMPLE_RATE


def heard_again(passages: Sequence[Passage], lines: Sequence[Line], seek: Seek) -> list[Span]:
    """When a name is heard in a copy of which `passages` were heard, in order.

    What the release itself says there (`lines`) is no name: a reviewer decided so.
    """
    said = [
        (squeezed(lines[found.line].text[found.start : found.end]), lines[found.line])
        for found in seek(tuple(line.text for line in lines))
    ]
    texts = tuple(" ".join(word.text for word in passage.words) for passage in passages)
    again = set()
    for found in seek(texts):
        start, end = _when(passages[found.line], found)
        form = squeezed(texts[found.line][found.start : found.end])
        if not any(form == text and _near(line, start, end) for text, line in said):
            again.add((start, end))
    return union(again)


def _when(passage: Passage, found: Finding) -> Span:
    """The time of the words in which it was found."""
    at, touched = 0, []
    for word in passage.words:
        if at < found.end and found.start < at + len(word.text):
            touched.append(word)
        at += len(word.text) + 1
    return touched[0].start, touched[-1].end


def _near(line: Line, start: float, end: float) -> bool:
    return start < line.end + NEAR_SECONDS and line.start - NEAR_SECONDS < end


def lines_at(spans: Iterable[Span], lines: Sequence[Line]) -> list[int]:
    """The numbers of the lines that are said in `spans`, or before them where none is."""
    found: set[int] = set()
    for start, end in spans:
        within = [line.line for line in lines if line.start < end and start < line.end]
        found |= set(within or [line.line for line in lines if line.start <= start][-1:])
    return sorted(found)
