"""From seconds to samples, and names that are heard again."""

from __future__ import annotations

import itertools
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.rules.roster import roster
from pipeline.interview import SAMPLE_RATE, Role
from pipeline.people import Entry
from pipeline.speech import Passage, Word
from pipeline.stages.mask import cuts, heard_again, lines_at, seconds
from pipeline.transcript import Label, Line

PEOPLE = (Entry("1", Label.NAME, ("김민수",), "[이름1]"), Entry("2", Label.PLACE, ("수원",), "[시A]"))
SPANS = st.lists(st.tuples(st.floats(-1, 12), st.floats(-1, 12)).map(sorted).map(tuple), max_size=8)


def seek(lines: tuple[str, ...]) -> list:
    return list(partial(roster(), known=PEOPLE)(lines))


def passage(text: str, start: float = 0.0) -> Passage:
    words = tuple(Word(word, start + at, start + at + 1, 0.9) for at, word in enumerate(text.split()))
    return Passage(start, start + len(words), words)


def released(text: str, start: float = 0.0, number: int = 1) -> Line:
    return Line(f"id-{number}", number, 1, "S1", Role.PARTICIPANT, start, start + 3, text)


# --- cuts -----------------------------------------------------------------------------------------------------------


@given(SPANS, SPANS)
def test_cuts_are_sorted_disjoint_within_the_recording_and_cover_every_span(hidden: list, unread: list) -> None:
    samples = 10 * SAMPLE_RATE
    made = cuts(hidden, unread, samples)
    everything = sorted((*made.words, *made.speech))
    assert all(0 <= start < stop <= samples for start, stop in everything)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(everything))
    for spans, ranges in ((hidden, made.words), ((*hidden, *unread), everything)):
        for start, end in spans:
            first, last = max(0, int(start * SAMPLE_RATE)), min(samples, int(end * SAMPLE_RATE))
            probes = {first, (first + last) // 2, last - 1} if first < last else set()
            assert all(any(begin <= probe < stop for begin, stop in ranges) for probe in probes)


@pytest.mark.parametrize(
    ("hidden", "unread", "words", "speech"),
    [
        ([], [], 0, 0),
        ([(-1.0, 0.5)], [], 0.5, 0),
        ([(9.5, 11.0)], [], 0.5, 0),
        ([(1.0, 2.0), (1.5, 3.0)], [], 2, 0),
        ([(1.0, 2.0)], [(0.0, 4.0)], 1, 3),
        ([(12.0, 13.0)], [(-3.0, -1.0)], 0, 0),
    ],
    ids=["nothing", "at the start", "at the end", "overlapping", "a word within unread speech", "outside"],
)
def test_seconds_of_cuts(hidden: list, unread: list, words: float, speech: float) -> None:
    made = cuts(hidden, unread, 10 * SAMPLE_RATE)
    assert seconds(made.words) == pytest.approx(words, abs=1e-3)
    assert seconds(made.speech) == pytest.approx(speech, abs=1e-3)


# --- heard again ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("저는 김민수라고 합니다", [(1.0, 2.0)]),
        ("어제 민수가 왔어요", [(1.0, 2.0)]),
        ("김 민수 씨", [(0.0, 2.0)]),
        ("그래서 수원에서 왔어요", [(1.0, 2.0)]),
        ("저는 라고 합니다", []),
        ("수요일에 왔어요", []),
        ("", []),
    ],
    ids=["full name", "given name", "spaced", "place", "masked", "another word", "nothing"],
)
def test_every_form_of_every_entry_is_heard(text: str, again: list) -> None:
    assert heard_again((passage("네 그래요", 50), passage(text)), (), seek) == again


def test_what_the_release_says_at_that_place_is_no_name() -> None:
    """A reviewer ruled that it may stay; elsewhere the same word is a name."""
    lines = (released("어제 민수가 왔어요"),)
    assert heard_again((passage("어제 민수가 왔어요"),), lines, seek) == []
    assert heard_again((passage("어제 민수가 왔어요", 60),), lines, seek) == [(61.0, 62.0)]
    assert heard_again((passage("어제 수원에 왔어요"),), lines, seek) == [(1.0, 2.0)]


def test_where_names_are_heard_is_told_by_the_numbers_of_lines() -> None:
    lines = (released("네", 0, 1), released("음", 10, 2), released("아", 20, 3))
    assert lines_at([(1.0, 2.0), (11.0, 22.0)], lines) == [1, 2, 3]
    assert lines_at([(15.0, 16.0)], lines) == [2]
    assert lines_at([(15.0, 16.0)], ()) == []
