from __future__ import annotations

import json
import os
import signal
import subprocess
from itertools import pairwise

import psutil
import pytest
from lab import INJECTED, Lab, python, wait_for

from flows import artifacts
from pipeline import inputs
from pipeline.interview import ReleasedAudio
from pipeline.places import ROOT
from pipeline.speech import Diarization, Transcription
from pipeline.steps import STEPS
from pipeline.transcript import Publication

pytestmark = pytest.mark.prefect

BEFORE_RELEASE = [row.name for row in STEPS[: [row.name for row in STEPS].index("release")]]
RUN = "from flows.process import process; process('{}')"


def table_of(api, interview: str) -> dict[str, object]:
    """The newest summary of the interview."""
    key = artifacts.key("summary", interview)
    newest = api("artifacts", artifacts={"key": {"any_": [key]}}, sort="CREATED_DESC")[0]
    return {row["항목"]: row["값"] for row in json.loads(newest["data"])}


def listed(api, interview: str) -> dict[str, int]:
    """The newest table of the listen-here list: reason → how many stretches."""
    key = artifacts.key("listen", interview)
    newest = api("artifacts", artifacts={"key": {"any_": [key]}}, sort="CREATED_DESC")[0]
    return {row["까닭"]: row["들어볼 곳"] for row in json.loads(newest["data"])}


def runs_of(api, interview: str) -> list[dict]:
    """Its runs of `process`, newest first."""
    named = {"flows": {"name": {"any_": ["process"]}}, "flow_runs": {"name": {"any_": [interview]}}}
    return api("flow_runs", sort="EXPECTED_START_TIME_DESC", **named)


def tasks_of(api, run: dict) -> dict[str, dict]:
    found = api("task_runs", task_runs={"flow_run_id": {"any_": [run["id"]]}})
    return {task["name"].split()[0]: task for task in found}


def test_walks_to_a_person_then_to_the_store_then_rests(lab: Lab, api) -> None:
    from flows.process import WALK, process, watched

    interview = lab.taken_in()
    seen: list[tuple[str, float]] = []
    with watched(lambda step, share: seen.append((step, share))):
        state = process(interview, return_state=True)
    assert (state.type.value, state.name) == ("COMPLETED", "Waiting")
    assert state.message == f"{interview}: waiting for approval"
    table = table_of(api, interview)
    answers = [table[f"단계 {name}"] for name in BEFORE_RELEASE]
    assert answers == ["fresh", *["ran"] * (len(BEFORE_RELEASE) - 1)]  # taking in has decoded it already
    assert table["단계 release"] == "waiting:approval" and "단계 publish" not in table
    assert {step for step, _ in seen} == {WALK, "diarize", "transcribe"}
    shares = [share for step, share in seen if step == WALK]
    assert all(a < b for a, b in pairwise(shares))

    tasks = tasks_of(api, runs_of(api, interview)[0])
    diarize, transcribe = tasks["diarize"], tasks["transcribe"]
    assert max(diarize["start_time"], transcribe["start_time"]) < min(diarize["end_time"], transcribe["end_time"])
    assert {name for name, task in tasks.items() if "heavy" in task["tags"]} == {"diarize", "transcribe"}

    inputs.approve(lab.walk(interview), "reviewer")
    state = process(interview, return_state=True)
    assert (state.name, state.message) == ("Completed", f"{interview}: published")
    table = table_of(api, interview)
    assert (table["단계 release"], table["단계 publish"]) == ("ran", "ran")
    assert {table[f"단계 {name}"] for name in BEFORE_RELEASE} == {"fresh"}

    before = lab.walk(interview).vault.stamp(lab.walk(interview).interview, Publication)
    process(interview)
    assert {value for name, value in table_of(api, interview).items() if name.startswith("단계")} == {"fresh"}
    assert lab.walk(interview).vault.stamp(lab.walk(interview).interview, Publication) == before


def test_the_summary_holds_counts_only(lab: Lab, api) -> None:
    from flows.process import process

    interview = lab.taken_in()
    process(interview)
    table = table_of(api, interview)
    figures = {name: value for name, value in table.items() if not name.startswith("단계")}
    assert figures == {
        "길이(초)": 15.0,
        "화자 수": 2,
        "단어 수": 14,
        "줄 수": 3,
        "단어 없는 말소리(초)": 0,
        "들어볼 곳": 0,
        "확인 필요": "없음",
        "가린 표현": 2,
        "확인할 표현": 0,
        "시연 등급 가중치": "예",
    }
    progress = api("artifacts", artifacts={"key": {"any_": [artifacts.key("progress", interview)]}})
    assert [(bar["type"], bar["description"]) for bar in progress] == [("progress", f"진행 {interview}")]
    assert 0 < float(progress[0]["data"]) < 100


def test_a_flagged_run_is_no_success_and_runs_once(lab: Lab, api) -> None:
    from flows.process import process

    interview = lab.taken_in(unheard=((7.5, 9.0, "B"),))
    state = process(interview, return_state=True)
    assert (state.type.value, state.name) == ("FAILED", "Flagged")
    assert state.message == f"{interview}: waiting for approval; flagged: unheard"
    [run] = runs_of(api, interview)
    assert (run["state_type"], run["state_name"], run["run_count"]) == ("FAILED", "Flagged", 1)
    assert {task["state_type"] for task in tasks_of(api, run).values()} == {"COMPLETED"}
    table = table_of(api, interview)
    assert (table["확인 필요"], table["들어볼 곳"]) == ("받아 적지 못한 말소리가 많음", 1)
    assert listed(api, interview) == {"안 들린 말": 1, "모두": 1}

    inputs.approve(lab.walk(interview), "reviewer")
    state = process(interview, return_state=True)
    assert (state.type.value, state.name) == ("COMPLETED", "Completed")
    assert state.message == f"{interview}: published; flagged: unheard"


def test_what_an_engine_lacks_is_said_before_the_other_works(lab: Lab, api) -> None:
    from flows.process import process
    from pipeline.errors import StepFailed

    interview = lab.taken_in()
    settings = lab.home.root / "settings.toml"
    settings.write_text(settings.read_text("utf-8").replace('[transcribe]\nengine = "replay"', ""), "utf-8")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(StepFailed, match=r"step transcribe .*WeightsMissing"):
        patch.setenv("CHAEROK_WEIGHTS", str(lab.home.root / "no-weights"))
        process(interview)
    walk = lab.walk(interview)
    assert not walk.vault.read(walk.interview, Diarization)
    assert set(tasks_of(api, runs_of(api, interview)[0])) == {"normalise"}


def test_where_one_heavy_step_fails_the_other_is_kept(lab: Lab, api) -> None:
    from flows.process import process
    from pipeline.errors import StepFailed

    interview = lab.taken_in()
    broken = {"turns": [["no number", 1, "A"]]}
    [path] = lab.answers.glob("*.json")
    lab.answer(path.stem, json.loads(path.read_text("utf-8")) | broken)
    with pytest.raises(StepFailed, match="step diarize failed"):
        process(interview)
    walk = lab.walk(interview)
    assert walk.vault.read(walk.interview, Transcription) and not walk.vault.read(walk.interview, Diarization)
    assert runs_of(api, interview)[0]["state_type"] == "FAILED"
    assert "no number" in walk.vault.failures(walk.interview)["diarize"]


def test_a_run_killed_in_the_middle_goes_on_where_it_was(lab: Lab, api) -> None:
    from flows.process import process

    interview = lab.taken_in()
    marker = lab.home.root / "asleep"
    env = lab.environment(CHAEROK_TEST_SLEEPS=str(marker), PYTHONPATH=f"{INJECTED}{os.pathsep}{ROOT}")
    killed = subprocess.Popen(python("-c", RUN.format(interview)), env=env, stderr=subprocess.DEVNULL)
    walk = lab.walk(interview)
    wait_for(lambda: marker.exists() and walk.vault.stamp(walk.interview, Diarization))
    family = psutil.Process(killed.pid).children(recursive=True)
    diarized = walk.vault.stamp(walk.interview, Diarization)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert family and psutil.wait_procs(family, timeout=5)[1] == []  # the heavy step ends with its parent

    process(interview)
    table = table_of(api, interview)
    assert [table[f"단계 {name}"] for name in ("normalise", "diarize", "transcribe", "merge")] == [
        "fresh",
        "fresh",
        "ran",
        "ran",
    ]
    assert walk.vault.stamp(walk.interview, Diarization) == diarized


def test_a_study_that_shares_audio_has_a_step_more_and_one_in_which_a_name_is_heard_fails_there(lab: Lab, api) -> None:
    """The replay engine has no answer for the copy, and fails as an ear would that hears a name: after the text."""
    from flows.process import process

    settings = lab.home.root / "settings.toml"
    for check, ends in (("false", "Completed"), ("true", "Failed")):
        interview = lab.taken_in()
        before = settings.read_text("utf-8").split("[mask]")[0]
        settings.write_text(f"{before}[mask]\nenabled = true\ncheck = {check}\n", "utf-8")
        assert process(interview, return_state=True).name == "Waiting"
        inputs.approve(lab.walk(interview), "reviewer")
        assert process(interview, return_state=True).name == ends
        walk = lab.walk(interview)
        assert walk.vault.stamp(walk.interview, Publication) is not None
        assert (walk.vault.stamp(walk.interview, ReleasedAudio) is not None) is (check == "false")
    assert set(walk.vault.failures(walk.interview)) == {"mask"}
    task = tasks_of(api, runs_of(api, interview)[0])["mask"]
    assert (task["state_name"], "heavy" in task["tags"]) == ("Failed", True)
