from __future__ import annotations

import pytest

from flows import boards
from flows.boards import STAGES, board, quality_rows, stage, to_do
from pipeline.interview import InterviewId
from pipeline.standing import Quality, Standing
from pipeline.steps import STEPS


def one(session: str, participant: str = "P01", **more: object) -> Standing:
    return Standing(InterviewId("lab", participant, session), 8, 10, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("standing", "says", "do"),
    [
        (one("S1", coming="transcribe"), "받아 적기 (8/10)", ""),
        (one("S1", coming="release", waiting="approval"), "승인 기다림 (8/10)", "chaerok review lab-P01-S1"),
        (
            one("S1", coming="publish", waiting="quarantine", flags=("quarantined",)),
            "격리: 승인 기다림 (8/10) · 격리",
            "chaerok review lab-P01-S1",
        ),
        (
            one("S1", coming="diarize", failed=("diarize",)),
            "실패: 화자 나누기 (8/10)",
            "chaerok status lab-P01-S1 --failure",
        ),
        (one("S1"), "공개됨 (8/10)", ""),
        (one("S1", coming="source", waiting="source"), "녹음 기다림 (8/10)", ""),
    ],
)  # fmt: skip
def test_a_stage_in_words(standing: Standing, says: str, do: str) -> None:
    assert (stage(standing), to_do(standing)) == (says, do)


def test_every_step_has_a_word() -> None:
    assert set(STAGES) == {row.name for row in STEPS}


def test_the_board_has_a_row_for_each_participant_and_says_what_is_missing() -> None:
    rows = board([one("S2"), one("S1", coming="detect"), one("S1", "P02")], expected=2)
    assert rows == [
        {"연구": "lab", "참여자": "P01", "S1": "이름 찾기 (8/10)", "S2": "공개됨 (8/10)", "빠진 회기": "", "할 일": ""},
        {"연구": "lab", "참여자": "P02", "S1": "공개됨 (8/10)", "S2": "", "빠진 회기": "1 (1/2)", "할 일": ""},
    ]
    assert board([], 2) == []


def test_the_quality_table_is_of_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    [row] = quality_rows([Quality("lab", 3, 4.5, (("transcribe", 0.12),), 7, 2.5, 40, 1, 2, 1, 0)])
    assert row == {
        "연구": "lab", "면담 수": 3, "들은 시간": 4.5, "화자 나누기(초/초)": "", "받아 적기(초/초)": 0.12,
        "안 들린 곳": 7, "안 들린 말(분)": 2.5, "들어볼 곳": 40, "승인 기다림": 1, "확인 필요": 2,
        "공개본이 격리됨": 1, "실패": 0,
    }  # fmt: skip


def test_a_home_without_anything_has_no_boards(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAEROK_HOME", str(tmp_path))
    assert boards.studies() == () and boards.report() == [] and boards.of_study("lab") == []
