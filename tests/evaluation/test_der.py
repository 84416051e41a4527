from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.der import Seconds, der
from pipeline.speech import Turn

GRID = st.integers(0, 90).map(lambda eighths: eighths / 8 + 0.01)
TURNS = st.lists(st.builds(Turn, GRID, GRID, st.sampled_from("abcd")), max_size=9)


def turns(*rows: tuple[float, float, str]) -> list[Turn]:
    return [Turn(*row) for row in rows]


TWO = turns((0, 4, "가"), (4, 6, "나"))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (turns((0, 4, "S2"), (4, 6, "S1")), Seconds(6)),
        (turns((0, 4, "S2")), Seconds(6, missed=2)),
        ([], Seconds(6, missed=6)),
        (turns((0, 4, "S2"), (4, 8, "S1")), Seconds(6, false_alarm=2)),
        (turns((0, 6, "S1")), Seconds(6, confused=2)),
        (turns((0, 3, "S1"), (3, 6, "S2")), Seconds(6, confused=1)),
        (turns((0, 4, "S1"), (0, 4, "S2"), (4, 6, "S3")), Seconds(6, false_alarm=4)),
        (turns((0, 4, "S1"), (4, 5, "S2"), (5, 6, "S3"), (2, 2, "S3")), Seconds(6, confused=1)),
    ],
    ids=["other labels", "unheard", "nobody", "after the end", "one for two", "early change", "two for one", "third"],
)
def test_seconds_without_a_collar(found: list[Turn], expected: Seconds) -> None:
    assert der(TWO, found, collar=0) == expected


def test_speech_of_two_at_once_counts_twice() -> None:
    both = turns((0, 4, "가"), (2, 4, "나"))
    assert der(both, turns((0, 4, "S1")), collar=0) == Seconds(6, missed=2)


def test_the_collar_is_the_whole_width_around_each_true_edge() -> None:
    assert der(TWO, turns((0, 4.1, "S1"), (4.1, 6, "S2"))) == pytest.approx(Seconds(5.5))
    late = der(TWO, turns((0, 4.25, "S1"), (4.25, 6, "S2")))
    assert (late.total, late.confused) == pytest.approx((5.5, 0.125))


def pyannotes(truth: list[Turn], found: list[Turn], collar: float) -> Seconds:
    from pyannote.core import Annotation, Segment
    from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(own: list[Turn]) -> Any:
        made = Annotation()
        for number, turn in enumerate(own):
            if turn.end > turn.start:
                made[Segment(turn.start, turn.end), number] = turn.speaker
        return made

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it takes what is evaluated from the turns themselves
        detail = DiarizationErrorRate(collar=collar)(annotation(truth), annotation(found), detailed=True)
    return Seconds(*(detail[name] for name in ("total", "missed detection", "false alarm", "confusion")))


@given(TURNS, TURNS, st.sampled_from([0.0, 0.25, 0.5]))
def test_the_seconds_are_those_of_pyannote_metrics(truth: list[Turn], found: list[Turn], collar: float) -> None:
    ours, theirs = der(truth, found, collar), pyannotes(truth, found, collar)
    assert ours.total == pytest.approx(theirs.total)
    assert ours.missed == pytest.approx(theirs.missed)
    assert ours.false_alarm == pytest.approx(theirs.false_alarm)
    assert ours.confused == pytest.approx(theirs.confused)


@given(TURNS)
def test_the_truth_itself_has_no_errors(truth: list[Turn]) -> None:
    assert der(truth, truth).errors == pytest.approx(0)


def test_counts_add_up() -> None:
    assert Seconds(5, 1, 2, 3) + Seconds(5, 1) == Seconds(10, 2, 2, 3)
    assert Seconds(5, 1, 2, 3).errors == 6
