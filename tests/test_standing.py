"""How far interviews have come, and a study's figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from golden.walked import on, reopened, taken_in
from hypothesis import given
from hypothesis import strategies as st

from pipeline import inputs, steps
from pipeline.interview import InterviewId, Recording
from pipeline.speech import Transcription
from pipeline.standing import Standing, by_participant, missing, quality, standing
from pipeline.transcript import Corrections
from pipeline.walk import Walk

OWN = '[detect]\nrecognizers = ["roster", "patterns"]\n'


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    return taken_in("two_speakers", tmp_path, OWN)


def test_an_interview_is_due_until_it_waits_for_a_person_and_again_after_it(walk: Walk) -> None:
    of = len(steps.rows(walk))
    found = standing(walk)
    assert (found.done, found.of, found.coming, found.waiting, found.is_due) == (1, of, "diarize", "", True)
    on(walk)
    found = standing(walk)
    assert (found.coming, found.waiting, found.is_due) == ("release", "approval", False)
    inputs.correct(walk, Corrections(actor="reviewer"))
    found = standing(walk)
    assert (found.coming, found.is_due) == ("review", True)
    on(walk)
    inputs.approve(walk, "reviewer")
    assert standing(walk).is_due
    on(walk)
    found = standing(walk)
    assert (found.done, found.coming, found.waiting, found.is_due) == (of, "", "", False)


def test_a_machine_without_the_weights_shows_how_far_it_came(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAEROK_WEIGHTS", str(walk.home.root / "none"))
    without = walk.settings.model_copy(
        update={"transcribe": walk.settings.transcribe.model_copy(update={"engine": "faster-whisper"})}
    )
    steps.run(steps.step("diarize"), walk)
    found = standing(replace(walk, settings=without))
    assert (found.coming, found.done, found.is_due) == ("transcribe", 2, True)


def test_what_failed_and_what_is_flagged_is_said(walk: Walk) -> None:
    walk.vault.write_failure(walk.interview, "diarize", "a name in a traceback")
    assert standing(walk).failed == ("diarize",)


def test_figures_of_a_study(walk: Walk) -> None:
    assert quality("golden", []).hours == 0
    on(walk)
    recording = walk.vault.read(walk.interview, Recording)
    stamp = walk.vault.stamp(walk.interview, Transcription)
    assert recording and stamp and stamp.seconds > 0
    found = quality("golden", [reopened(walk)])
    assert (found.interviews, found.reviews, found.failed, found.quarantined) == (1, 1, 0, 0)
    assert found.hours == round(recording.seconds / 3600, 2)
    factors = dict(found.factors)
    assert factors["transcribe"] == round(stamp.seconds / recording.seconds, 3) and "diarize" in factors


def test_work_of_unknown_duration_is_left_out(walk: Walk) -> None:
    on(walk)
    stamp = walk.vault.stamp(walk.interview, Transcription)
    made = walk.vault.read(walk.interview, Transcription)
    assert stamp and made
    walk.vault.write(walk.interview, made, replace(stamp, seconds=0.0))  # as stamps were before they said so
    assert "transcribe" not in dict(quality("golden", [walk]).factors)


@pytest.mark.parametrize(
    ("sessions", "expected", "left"),
    [((), 2, 2), (("S1",), 2, 1), (("S1", "S1"), 2, 1), (("S1", "S2"), 2, 0), (("S1", "S2", "S3"), 2, 0), ((), 0, 0)],
)
def test_sessions_that_are_missing(sessions: tuple[str, ...], expected: int, left: int) -> None:
    assert missing(sessions, expected) == left


CODE = st.sampled_from(["a", "b"])


@given(st.sets(st.tuples(CODE, CODE, CODE)))
def test_every_interview_has_its_place_once(ids: set[tuple[str, str, str]]) -> None:
    ones = [Standing(InterviewId(*one), 0, 1) for one in ids]
    grid = by_participant(ones)
    assert sorted(one.interview for group in grid.values() for one in group) == sorted(one.interview for one in ones)
    for (study, participant), group in grid.items():
        assert {(one.interview.study, one.interview.participant) for one in group} == {(study, participant)}
        assert [one.interview for one in group] == sorted(one.interview for one in group)
