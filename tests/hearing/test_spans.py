from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import HANGUL, SECONDS

from pipeline.hearing.spans import SLOWEST_SECONDS, SYLLABLE_SECONDS, Span, Timeline, plausible, union, without
from pipeline.speech import Word

SPAN = st.tuples(SECONDS, SECONDS).map(lambda pair: (min(pair), max(pair)))
SPANS = st.lists(SPAN, max_size=10)
STEP = 0.1
"""All drawn times are multiples of it."""


def ticks(spans: list[Span]) -> set[int]:
    """The tenths of a second that the spans cover."""
    return {tick for start, end in spans for tick in range(round(start / STEP), round(end / STEP))}


@given(SPANS)
def test_a_union_covers_the_same_time_sorted_and_disjoint(spans: list[Span]) -> None:
    joined = union(spans)
    assert ticks(joined) == ticks(spans)
    assert all(before[1] < after[0] for before, after in pairwise(joined))
    assert union(joined) == joined
    assert union(reversed(spans)) == joined


@given(SPANS)
def test_a_union_may_bridge_what_is_short(spans: list[Span]) -> None:
    joined = union(spans, apart=0.55)
    assert all(after[0] - before[1] > 0.55 for before, after in pairwise(joined))
    bridges = [(before[1], after[0]) for before, after in pairwise(union(spans)) if after[0] - before[1] <= 0.55]
    assert ticks(joined) == ticks(spans) | ticks(bridges)


@given(SPAN, SPANS)
def test_what_is_left_and_the_holes_make_the_whole(span: Span, spans: list[Span]) -> None:
    holes = union(spans)
    left = without(span, holes)
    assert ticks(left) == ticks([span]) - ticks(holes)
    assert all(start < end for start, end in left)
    assert all(before[1] <= after[0] for before, after in pairwise(left))


@pytest.mark.parametrize(
    ("span", "holes", "left"),
    [
        ((0, 10), [], [(0, 10)]),
        ((0, 10), [(0, 10)], []),
        ((0, 10), [(-5, 20)], []),
        ((2, 5), [(0, 2), (5, 9)], [(2, 5)]),
        ((2, 5), [(0, 2.5), (4, 9)], [(2.5, 4)]),
        ((2, 2), [], []),
        ((5, 6), [(0, 1), (1.5, 2), (3, 5.5)], [(5.5, 6)]),
    ],
)
def test_spans_without_holes(span: Span, holes: list[Span], left: list[Span]) -> None:
    assert without(span, holes) == left


@given(SPAN, SPANS)
def test_a_timeline_measures_what_a_count_of_tenths_finds(span: Span, spans: list[Span]) -> None:
    timeline, covered, asked = Timeline.of(spans), ticks(spans), ticks([span])
    assert timeline.seconds(*span) == pytest.approx(STEP * len(covered & asked))
    assert timeline.sums[-1] == pytest.approx(STEP * len(covered))
    run = longest = 0
    for tick in sorted(asked):
        run = 0 if tick in covered else run + 1
        longest = max(longest, run)
    assert timeline.longest_hole(*span) == pytest.approx(STEP * longest)


@given(SPAN, SPANS)
def test_the_distance_is_that_of_the_nearest_span(span: Span, spans: list[Span]) -> None:
    away = [max(0.0, start - span[1], span[0] - end) for start, end in spans if start < end]
    assert Timeline.of(spans).distance(*span) == pytest.approx(min(away, default=float("inf")))


@given(HANGUL, SPAN)
def test_a_word_was_said_within_its_time_and_at_both_ends_of_a_long_one(text: str, span: Span) -> None:
    places = plausible(Word(text, *span, 0.9))
    assert places[0][0] == span[0] and places[-1][1] == span[1]
    longest = SLOWEST_SECONDS + SYLLABLE_SECONDS * len(text)
    assert all(end - start <= longest + 1e-9 for start, end in places)
    assert (len(places) == 1) == (span[1] - span[0] <= longest)
