from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import SECONDS, diarizations, transcriptions

from pipeline.interview import Diarization, Gap, Passage, Transcription, Turn, Word
from pipeline.stages.merge import NOBODY, Span, merge, overlap, union, without

SPANS = st.lists(st.tuples(SECONDS, SECONDS).map(lambda pair: (min(pair), max(pair))), max_size=10)
STEP = 0.1
"""All drawn times are multiples of it."""


def ticks(spans: list[Span]) -> set[int]:
    """The tenths of a second that the spans cover."""
    return {tick for start, end in spans for tick in range(round(start / STEP), round(end / STEP))}


def heard(*words: tuple[str, float, float]) -> Transcription:
    said = tuple(Word(text, start, end, 0.9) for text, start, end in words)
    return Transcription("ko", (Passage(0, 99, said),) if said else ())


def turns(*rows: tuple[float, float, str], more: tuple[tuple[float, float, str], ...] = ()) -> Diarization:
    exclusive = tuple(Turn(*row) for row in rows)
    return Diarization((*exclusive, *(Turn(*row) for row in more)), exclusive, (), True)


# --- spans ----------------------------------------------------------------------------------------------------------


@given(SPANS)
def test_a_union_covers_the_same_time_sorted_and_disjoint(spans: list[Span]) -> None:
    joined = union(spans)
    assert ticks(joined) == ticks(spans)
    assert all(before[1] < after[0] for before, after in pairwise(joined))
    assert union(joined) == joined
    assert union(reversed(spans)) == joined


@given(st.tuples(SECONDS, SECONDS).map(lambda pair: (min(pair), max(pair))), SPANS)
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


# --- words to speakers ----------------------------------------------------------------------------------------------


@given(diarizations(), transcriptions())
def test_no_word_is_lost_invented_changed_or_reordered(diarization: Diarization, transcription: Transcription) -> None:
    merged = merge(diarization, transcription, 1.0)
    assert [(w.text, w.start, w.end, w.probability) for w in merged.words] == [
        (w.text, w.start, w.end, w.probability) for w in transcription.words
    ]


@given(diarizations(), transcriptions())
def test_words_go_to_speakers_that_exist(diarization: Diarization, transcription: Transcription) -> None:
    known = {turn.speaker for turn in diarization.exclusive} or {NOBODY}
    assert {word.speaker for word in merge(diarization, transcription, 1.0).words} <= known


@given(diarizations(), transcriptions())
def test_a_word_goes_to_the_turn_that_it_shares_most_with_or_else_the_nearest(
    diarization: Diarization, transcription: Transcription
) -> None:
    for word in merge(diarization, transcription, 1.0).words:
        if diarization.exclusive:
            best = max(overlap(word.start, word.end, turn) for turn in diarization.exclusive)
            mine = [turn for turn in diarization.exclusive if turn.speaker == word.speaker]
            assert max(overlap(word.start, word.end, turn) for turn in mine) == best


@given(diarizations(), transcriptions())
def test_a_word_is_overlapped_where_two_turns_share_its_time(
    diarization: Diarization, transcription: Transcription
) -> None:
    count = Counter(tick for turn in diarization.turns for tick in ticks([(turn.start, turn.end)]))
    shared = {tick for tick, turns in count.items() if turns > 1}
    for word in merge(diarization, transcription, 1.0).words:
        assert word.overlapped == bool(ticks([(word.start, word.end)]) & shared)


def test_words_out_of_order_are_put_in_order_and_equal_ones_stay() -> None:
    merged = merge(turns((0, 9, "S1")), heard(("나", 2, 3), ("가", 1, 2), ("다", 2, 4)), 1.0)
    assert [word.text for word in merged.words] == ["가", "나", "다"]


@pytest.mark.parametrize(
    ("start", "end", "speaker"),
    [(0, 1, "A"), (1.8, 2.1, "A"), (1.9, 2.2, "B"), (2.4, 2.6, "B"), (3.2, 3.4, "B"), (3.6, 3.8, "C"), (9, 9.5, "C"),
     (2, 2, "A"), (5, 5, "C"), (1.5, 4.5, "B")],
)  # fmt: skip
def test_the_exclusive_turn_decides(start: float, end: float, speaker: str) -> None:
    diarization = turns((0, 2, "A"), (2, 3, "B"), (4, 6, "C"), more=((0, 6, "D"),))
    (word,) = merge(diarization, heard(("네", start, end)), 1.0).words
    assert word.speaker == speaker


def test_a_short_turn_inside_a_long_neighbourhood_is_found() -> None:
    rows = [(float(i), i + 0.5, f"S{i % 3}") for i in range(3, 300)]
    merged = merge(turns((0, 2.9, "long"), *rows), heard(("네", 250.0, 250.4), ("응", 1.0, 1.2)), 1.0)
    assert [word.speaker for word in merged.words] == ["long", f"S{250 % 3}"]


def test_where_nobody_was_heard_somebody_speaks() -> None:
    assert [word.speaker for word in merge(turns(), heard(("네", 0, 1)), 1.0).words] == [NOBODY]


# --- the ledger -----------------------------------------------------------------------------------------------------


@given(diarizations(), transcriptions())
def test_the_ledger_holds_exactly_the_long_stretches_without_words(
    diarization: Diarization, transcription: Transcription
) -> None:
    gaps = merge(diarization, transcription, 1.0).gaps
    speech = ticks([(turn.start, turn.end) for turn in diarization.turns])
    worded = ticks([(word.start, word.end) for word in transcription.words])
    listed = ticks([(gap.start, gap.end) for gap in gaps])
    assert listed <= speech - worded
    assert all(gap.end - gap.start >= 1.0 for gap in gaps)
    everything = ticks([(gap.start, gap.end) for gap in merge(diarization, transcription, 0.01).gaps])
    assert everything == speech - worded


@pytest.mark.parametrize(("least", "gaps"), [(2.0, 1), (2.1, 0)])
def test_a_gap_counts_from_its_least_length_on(least: float, gaps: int) -> None:
    merged = merge(turns((0, 4, "A")), heard(("네", 1, 2)), least)
    assert merged.gaps == (Gap(2, 4, "no words"),)[:gaps]
