from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest
from lab import SAID as lab_said
from lab import Lab, python, wait_for

from flows import artifacts
from pipeline import inputs, quarantine
from pipeline.errors import InterviewUnknown
from pipeline.stores import database

pytestmark = pytest.mark.prefect

SAID = tuple((start, who, said.replace("김민수", "까치")) for start, who, said in lab_said)
LATER = tuple((start, who, said.replace("김민수", "누구")) for start, who, said in lab_said)


def rescanned(api, interview: str) -> dict[str, tuple[int, str]]:
    """The newest table of a re-scan: what was done → how many interviews, and which."""
    key = artifacts.key("rescan", interview)
    newest = api("artifacts", artifacts={"key": {"any_": [key]}}, sort="CREATED_DESC")[0]
    return {row["한 일"]: (row["면담 수"], row["면담"]) for row in json.loads(newest["data"])}


def published(lab: Lab, **given: object) -> str:
    from flows.process import process

    interview = lab.taken_in(**given)  # type: ignore[arg-type]
    process(interview)
    inputs.approve(lab.walk(interview), "reviewer")
    assert process(interview, return_state=True).name == "Completed"
    return interview


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    from flows import process as flow

    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(flow, "submit", lambda vault, one, attempt="": asked.append((str(one), attempt)))
    return asked


def test_a_late_name_quarantines_what_shows_it_and_asks_for_its_run(lab: Lab, api, submitted) -> None:
    from flows.process import process

    shows, clean = published(lab, said=SAID, people=("강하늘",)), published(lab, said=LATER, people=("김민수",))
    late = lab.taken_in(said=LATER, people=("까치",))
    state = process(late, return_state=True)
    assert state.message == f"{late}: waiting for approval"
    assert rescanned(api, late) == {
        "다시 살핌": (2, f"{shows}, {clean}"),
        "격리 중": (1, shows),
        "격리 못 알림": (0, ""),
        "실패": (0, ""),
    }
    walk = lab.walk(shows)
    held = quarantine.in_force(walk)
    assert held is not None and submitted == [(shows, f"quarantine:{held.release_sha256}")]
    store = database.sqlite_in(lab.home.store)
    with pytest.raises(InterviewUnknown):
        database.lines(store, walk.interview)
    assert database.lines(store, lab.walk(clean).interview)

    state = process(shows, return_state=True)
    assert (state.type.value, state.name) == ("FAILED", "Flagged")
    assert state.message == f"{shows}: waiting for approval; flagged: quarantined"
    inputs.approve(walk, "reviewer")
    state = process(shows, return_state=True)
    assert (state.name, state.message) == ("Completed", f"{shows}: published")
    assert not [line for line in database.lines(store, walk.interview) if "까치" in line.text]


def test_without_a_deployment_the_walk_goes_on_and_the_quarantine_stands(lab: Lab) -> None:
    from flows.process import process

    shows = published(lab, said=SAID, people=("강하늘",))
    late = lab.taken_in(said=LATER, people=("까치",))
    assert process(late, return_state=True).name == "Waiting"
    assert quarantine.in_force(lab.walk(shows)) is not None


@pytest.mark.slow
def test_with_a_deployment_its_run_shows_flagged_once(lab: Lab, api) -> None:
    """`chaerok up` serves the deployment; two walks find the same quarantine, and one run is made of it."""
    import subprocess

    from flows.process import process

    shows = published(lab, said=SAID, people=("강하늘",))
    serve = "from flows.process import process; process.serve(name='process', limit=1, pause_on_shutdown=False)"
    with Path(lab.home.root / "serving.log").open("wb") as log:
        serving = subprocess.Popen(python("-c", serve), env=lab.environment(), stdout=log, stderr=log)
        try:
            wait_for(lambda: api("deployments", deployments={"name": {"any_": ["process"]}}), 60)
            before = len(runs(api, shows))
            for people in (("까치",), ("까치", "구름이")):
                process(lab.taken_in(said=LATER, people=people))
            wait_for(lambda: [run for run in runs(api, shows) if run["state_name"] == "Flagged"], 90)
            assert len(runs(api, shows)) == before + 1
        finally:
            for one in (*psutil.Process(serving.pid).children(recursive=True), serving):
                one.kill()
            serving.wait(30)


def runs(api, interview: str) -> list[dict]:
    return api("flow_runs", flow_runs={"name": {"any_": [interview]}}, flows={"name": {"any_": ["process"]}})
