"""Stretches of time, ``(start, end)`` in seconds: joined, taken out of one another, measured; where a word was said."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from pipeline.speech import Word

Span = tuple[float, float]

SYLLABLE_SECONDS, SLOWEST_SECONDS = 0.25, 0.3
"""A word takes at most so long for each syllable, and so much more: what is longer is silence around it."""


def union(spans: Iterable[Span], apart: float = 0.0) -> list[Span]:
    """Sorted, disjoint spans that cover the same time, and also what lies between two at most `apart` seconds apart.

    >>> union([(3, 4), (0, 2), (1, 2.5)])
    [(0, 2.5), (3, 4)]
    >>> union([(3, 4), (0, 2), (1, 2.5)], apart=0.5)
    [(0, 4)]
    """
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + apart:
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
    for index in range(max(0, bisect_left(holes, (span[0],)) - 1), len(holes)):
        start, end = holes[index]
        if start >= span[1]:
            break
        if start > at:
            left.append((at, start))
        at = max(at, end)
    if at < span[1]:
        left.append((at, span[1]))
    return left


def plausible(word: Word) -> tuple[Span, ...]:
    """Where within its time the word was said: all of it, or, where it is too long, its beginning or its end.

    >>> plausible(Word("네", 1.0, 1.25, 0.9)), plausible(Word("네", 1.0, 5.0, 0.9))
    (((1.0, 1.25),), ((1.0, 1.55), (4.45, 5.0)))
    """
    longest = SLOWEST_SECONDS + SYLLABLE_SECONDS * sum(map(str.isalnum, word.text))
    if word.end - word.start <= longest:
        return ((word.start, word.end),)
    return (word.start, word.start + longest), (word.end - longest, word.end)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Sorted, disjoint spans that can be measured in any stretch without going through all of them."""

    spans: tuple[Span, ...]
    starts: tuple[float, ...]
    sums: tuple[float, ...]
    """Seconds covered before each span, and by all."""

    @classmethod
    def of(cls, spans: Iterable[Span]) -> Timeline:
        """The time that `spans` cover."""
        joined = tuple(union((start, end) for start, end in spans if start < end))
        sums = accumulate((end - start for start, end in joined), initial=0.0)
        return cls(joined, tuple(start for start, _ in joined), tuple(sums))

    def seconds(self, start: float, end: float) -> float:
        """How much of ``[start, end)`` is covered.

        >>> Timeline.of([(0, 2), (3, 4)]).seconds(1, 3.5)
        1.5
        """
        return max(0.0, self._before(end) - self._before(start))

    def distance(self, start: float, end: float) -> float:
        """Seconds from ``[start, end)`` to the nearest span: 0 where they touch, infinite where there is none.

        >>> Timeline.of([(0, 2), (5, 6)]).distance(3, 4.5)
        0.5
        """
        after = bisect_left(self.starts, end)
        later = self.starts[after] - end if after < len(self.starts) else float("inf")
        sooner = start - self.spans[after - 1][1] if after else float("inf")
        return max(0.0, min(later, sooner))

    def longest_hole(self, start: float, end: float) -> float:
        """Seconds of the longest stretch within ``[start, end)`` that is not covered.

        >>> Timeline.of([(0, 2), (5, 6)]).longest_hole(1, 10)
        4
        """
        first = max(0, bisect_right(self.starts, start) - 1)
        holes = without((start, end), self.spans[first : bisect_left(self.starts, end)])
        return max((stop - begin for begin, stop in holes), default=0.0)

    def _before(self, moment: float) -> float:
        index = bisect_right(self.starts, moment)
        if not index:
            return 0.0
        start, end = self.spans[index - 1]
        return self.sums[index - 1] + min(moment, end) - start
