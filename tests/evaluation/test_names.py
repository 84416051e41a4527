from __future__ import annotations

import pytest

from pipeline.evaluation.names import Counts, score_names
from pipeline.transcript import Finding, Label, Mention, State

LINE = "김 정훈 씨가 은평구에"


def wanted(start: int, end: int, label: Label = Label.NAME) -> Finding:
    return Finding(0, start, end, label, 1.0, "truth")


def found(start: int, end: int, label: Label = Label.NAME, state: State = State.SURE) -> Mention:
    return Mention("", start, end, LINE[start:end], label, state, 0.9, ())


def counts(truth: list[Finding], mentions: list[Mention], label: Label = Label.NAME) -> Counts:
    return dict(score_names([LINE], [truth], [mentions]).counts)[label]


@pytest.mark.parametrize(
    ("mentions", "expected"),
    [
        ([found(0, 4)], Counts(sure=1, right_sure=1)),
        ([found(0, 1), found(2, 4)], Counts(sure=1, right_sure=2)),
        ([found(0, 4, state=State.DOUBTFUL)], Counts(doubtful=1, right_doubtful=1)),
        ([found(0, 1, state=State.DOUBTFUL), found(2, 4)], Counts(doubtful=1, right_sure=1, right_doubtful=1)),
        ([found(2, 4)], Counts(missed=1, right_sure=1)),
        ([found(0, 4, state=State.REJECTED)], Counts(missed=1)),
        ([], Counts(missed=1)),
        ([found(0, 4), found(8, 11)], Counts(sure=1, right_sure=1, false_sure=1)),
    ],
)
def test_a_name_is_covered_whole_or_missed(mentions: list[Mention], expected: Counts) -> None:
    assert counts([wanted(0, 4)], mentions) == expected


def test_another_label_covers_but_is_not_right() -> None:
    mentions = [found(0, 4, Label.ORG)]
    assert counts([wanted(0, 4)], mentions) == Counts(sure=1)
    assert counts([wanted(0, 4)], mentions, Label.ORG) == Counts(other_sure=1)


def test_plain_lines_and_leaking_lines_are_counted() -> None:
    score = score_names(
        [LINE] * 4,
        [[], [], [wanted(0, 4)], [wanted(0, 4)]],
        [[found(0, 4)], [found(0, 4, state=State.DOUBTFUL)], [found(0, 4)], [found(0, 1)]],
    )
    assert (score.plain, score.touched, score.touched_sure, score.leaking) == (2, 2, 1, 1)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="zip"):
        score_names([LINE], [], [[]])


def test_scores_add_up_label_by_label() -> None:
    one = score_names([LINE], [[wanted(0, 4)]], [[found(0, 4), found(8, 11)]])
    other = score_names([LINE, LINE], [[wanted(8, 11, Label.PLACE)], []], [[], [found(0, 4)]])
    both = one + other
    assert both == score_names(
        [LINE] * 3,
        [[wanted(0, 4)], [wanted(8, 11, Label.PLACE)], []],
        [[found(0, 4), found(8, 11)], [], [found(0, 4)]],
    )
    assert (both.names.wanted, both.names.right, both.names.found) == (1, 1, 3)
    assert (both.others.wanted, both.others.missed, both.others.found) == (1, 1, 0)
