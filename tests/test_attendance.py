from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.attendance import Attendance, attendance, lacking, length_notes, rising
from pipeline.interview import InterviewId


@pytest.mark.parametrize(
    ("there", "least", "missing"),
    [
        ([], 2, ("S1", "S2")),
        (["S1"], 2, ("S2",)),
        (["S2"], 2, ("S1",)),
        (["S1", "S2"], 2, ()),
        (["S1", "S3"], 2, ("S2",)),
        (["S1", "S2", "S3"], 2, ()),
        (["S01"], 2, ("S02",)),
        (["T1"], 3, ("T2", "T3")),
        (["S0"], 2, ("S1", "S2")),
        (["S1", "T2"], 3, ("?",)),
        (["pre"], 2, ("?",)),
        (["pre", "post"], 2, ()),
        (["S1"], 0, ()),
    ],
)
def test_what_is_lacking(there: list[str], least: int, missing: tuple[str, ...]) -> None:
    assert lacking(there, least) == missing


@given(st.sets(st.integers(1, 12)), st.integers(0, 8))
def test_what_is_there_is_not_lacking_and_both_are_enough(numbers: set[int], least: int) -> None:
    there = {f"S{number}" for number in numbers}
    missing = lacking(there, least)
    assert not there & set(missing) and len(there) + len(missing) >= least
    assert len(set(missing)) == len(missing)


def test_two_studies_with_the_same_participant_code_are_two_participants() -> None:
    ids = [InterviewId("b", "P01", "S1"), InterviewId("a", "P01", "S2"), InterviewId("b", "P01", "S10")]
    assert attendance(ids, {"a": (2, 3), "b": (1, 1)}) == (
        Attendance("a", "P01", ("S2",), ("S1",), 3),
        Attendance("b", "P01", ("S1", "S10"), tuple(f"S{n}" for n in range(2, 10)), 1),
    )
    assert [row.surplus for row in attendance(ids, {"a": (2, 3), "b": (1, 1)})] == [0, 1]


@pytest.mark.parametrize(
    ("minutes", "notes"), [(0, ("brief",)), (59.9, ("brief",)), (60, ()), (75, ()), (90, ()), (90.1, ("lengthy",))]
)
def test_a_length_is_noted_outside_of_what_is_expected(minutes: float, notes: tuple[str, ...]) -> None:
    assert length_notes(60 * minutes, 60, 90) == notes


def test_at_least_is_not_more_than_at_most() -> None:
    assert rising((2, 2)) == (2, 2)
    with pytest.raises(ValueError):
        rising((3, 2))
