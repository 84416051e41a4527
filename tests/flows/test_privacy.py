"""Plants a name wherever one may turn up, runs everything, and searches every byte that Prefect has kept for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lab import INJECTED, SAID, Lab, asked, built, wait_for
from leaks.searching import Search

from pipeline import inputs
from pipeline.errors import PlaceBusy, StepFailed
from pipeline.places import ROOT, Home

CANARY = "뷁쉛궳"
CONTROL = "쀍읗낑"
"""A name that is leaked on purpose, to see that the search would find one."""


LEAKED = {"flow_run", "flow_run_state", "task_run_state", "log", "events"}
"""Tables in which the search must find it: what is sent last comes there last."""


def traces(name: str, folder: Path) -> set[str]:
    """Files and tables below `folder` that hold `name` in any form."""
    return {trace.where for trace in Search((name,)).folder(folder)}


@pytest.fixture
def planted(serving: Lab, tmp_path: Path, entered, capfd: pytest.CaptureFixture[str]) -> Lab:
    """A lab whose study, sheet, file and transcript hold the name."""
    study = f'id = "lab"\ntitle = "{CANARY}"\nterms = ["{CANARY}"]\nquestions = ["{CANARY}?"]\n'
    return entered(built(Home(tmp_path / "home"), serving.where.port, study))


def leak(name: str) -> None:
    """A flow as one would write it, without any thought."""
    from prefect import flow, task

    @task
    def work(said: str) -> None:
        raise ValueError(said)

    @flow(name="throwaway")
    def throwaway(said: str) -> None:
        work(said)

    with pytest.raises(ValueError):
        throwaway(name)


def drop(lab: Lab, session: str, seed: int) -> None:
    said = (*SAID[:1], (5, "B", f"네 저는 {CANARY}라고 합니다 {CANARY}"), *SAID[2:])
    recording = lab.recording(lab.home.inbox / f"{CANARY} {seed}.flac", seed, said)
    lab.sheet(recording.with_suffix(".toml"), session, people=(CANARY, "박지영"))


@pytest.mark.prefect
def test_no_name_ever_reaches_prefect(planted: Lab, serving: Lab, quick, monkeypatch, capfd) -> None:
    from flows.intake import intake
    from flows.process import process

    process.to_deployment("process").apply()
    monkeypatch.setattr("flows.inbox.settling.waits", lambda memory, looks, seconds: dict.fromkeys(looks, 0.0))

    drop(planted, "P90-S1", 90)
    (planted.home.inbox / f"{CANARY}.m4a").write_text(CANARY)  # no audio
    planted.sheet(planted.home.inbox / f"{CANARY}.toml", "P91-S1", people=(CANARY,))
    assert intake() == {"taken": 1, "failed": 1}
    (planted.home.inbox / f"{CANARY} 90.toml").write_text(f'{CANARY} = "{CANARY}"')
    (planted.home.inbox / "처리됨" / f"{CANARY} 90.flac").rename(planted.home.inbox / f"{CANARY} 90.flac")
    assert intake() == {}  # its sheet waits to be mended
    assert CANARY in (planted.home.inbox / "상태.html").read_text("utf-8")

    interview = "lab-P90-S1"
    fails_in_native_code(process, interview, monkeypatch)
    fails_for_good(process, interview, monkeypatch)
    comes_through_at_the_second_try(process, interview, monkeypatch)
    walk = planted.walk(interview)
    inputs.approve(walk, "reviewer")
    assert process(interview, return_state=True).name == "Completed"

    by_themselves()
    leak(CONTROL)
    homes = (serving.home.prefect, planted.home.prefect)
    wait_for(lambda: not LEAKED - {where.rpartition(": ")[2] for where in traces(CONTROL, homes[0])})
    assert [trace for home in homes for trace in traces(CANARY, home)] == []
    printed = "".join(capfd.readouterr())
    assert Search((CANARY,)).bytes(printed.encode(), "printed") == set()
    kinds = {task["state_type"] for task in asked(serving.where, "task_runs", sort="EXPECTED_START_TIME_DESC")}
    assert {"FAILED", "COMPLETED"} <= kinds


def by_themselves() -> None:
    """What runs by a schedule; with a damaged file and a failure at hand, whose traceback quotes the name."""
    from flows.maintenance import maintenance
    from flows.quality_report import quality_report
    from flows.rescan import rescan

    home = Home.here()
    assert [flow(return_state=True).name for flow in (rescan, quality_report, maintenance)] == ["Completed"] * 3
    [blob, *_] = home.vault.glob("lab/P90/S1/*.blob")
    blob.write_bytes(CANARY.encode())
    state = maintenance(return_state=True)
    assert state.name == "Flagged" and "손상: lab-P90-S1" in str(state.message)


def fails_in_native_code(process, interview: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("CHAEROK_TEST_ABORTS", CANARY)
        patched.setenv("PYTHONPATH", f"{INJECTED}{os.pathsep}{ROOT}")
        with pytest.raises(StepFailed, match="EngineCrashed"):
            process(interview)


def fails_for_good(process, interview: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ValueError(CANARY) from KeyError(CANARY)

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.steps.merge", broken)
        with pytest.raises(StepFailed, match="ValueError") as caught:
            process(interview)
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def comes_through_at_the_second_try(process, interview: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.steps import segment

    tries: list[int] = []

    def busy_at_first(*args: object) -> object:
        tries.append(1)
        if len(tries) == 1:
            raise PlaceBusy(what=CANARY)
        return segment(*args)

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.steps.segment", busy_at_first)
        assert process(interview, return_state=True).name == "Flagged"  # canaries say nothing of who asks
    assert len(tries) == 2
