from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from lab import Lab, asked, built, free_port, wait_for
from typer.testing import CliRunner

from flows import pools, server
from flows.cli import app
from pipeline.errors import KeyMissing, PlaceUnreachable, ServerFailed, SettingsInvalid
from pipeline.places import Home
from pipeline.stores.keyring import make_service_identity

POOL = '[workers]\npool = "lab"\n'


def alone(tmp_path: Path, more: str = "") -> Lab:
    lab = built(Home(tmp_path / "home"), free_port())
    settings = lab.home.root / "settings.toml"
    settings.write_text(settings.read_text() + more)
    return lab


@pytest.mark.parametrize(
    ("more", "flow", "elsewhere"),
    [("", "process", False), (POOL, "process", True), (POOL, "publish", True), (POOL, "intake", False)],
)
def test_with_a_pool_workers_do_all_but_the_inbox(tmp_path: Path, more: str, flow: str, elsewhere: bool) -> None:
    assert pools.is_elsewhere(alone(tmp_path, more).home, flow) is elsewhere


def test_a_worker_is_prefects_own_and_installs_nothing() -> None:
    words = pools.command("lab", ("gpu", "cpu"), 2)[1:]
    assert words[:6] == ["-m", "prefect", "worker", "start", "--pool", "lab"]
    assert words[6:12] == ["--work-queue", "gpu", "--work-queue", "cpu", "--limit", "2"]
    assert words[-4:] == ["--type", "process", "--install-policy", "never"]


def test_a_worker_says_what_it_lacks_before_it_takes_a_run(tmp_path: Path) -> None:
    lab = alone(tmp_path)
    with pytest.raises(SettingsInvalid, match=r"workers\.pool"):
        pools.work(lab.home, ("cpu",), 1)
    with pytest.raises(KeyMissing):
        pools.require_ready(lab.home)
    make_service_identity(lab.home.keys)
    with pytest.raises(ServerFailed):
        pools.require_ready(lab.home)
    settings = lab.home.root / "settings.toml"
    settings.write_text(settings.read_text() + f'[places]\nvault = "{tmp_path / "share"}"\n')
    with pytest.raises(PlaceUnreachable):
        pools.require_ready(lab.home)


def test_a_worker_with_another_key_than_the_vaults_says_so(lab: Lab, tmp_path: Path) -> None:
    from pipeline.errors import KeyWrong

    lab.taken_in()
    (lab.home.keys / "service.key").unlink()
    make_service_identity(lab.home.keys)
    with pytest.raises(KeyWrong):
        pools.require_ready(lab.home)


def test_the_verbs_ask_for_a_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAEROK_HOME", str(alone(tmp_path).home.root))
    for words in (["deploy"], ["work"]):
        assert CliRunner().invoke(app, words).exit_code == SettingsInvalid.exit_code
    assert CliRunner().invoke(app, ["deploy", "--heavy-on", "tpu"]).exit_code == 2
    assert CliRunner().invoke(app, ["work", "--limit", "0"]).exit_code == 2


# --- at a server ----------------------------------------------------------------------------------------------------


def queues(lab: Lab, pool: str) -> dict[str, int | None]:
    found = httpx.post(
        f"{server.url(lab.where)}/api/work_pools/{pool}/queues/filter", json={}, timeout=10, trust_env=False
    )
    return {queue["name"]: queue["concurrency_limit"] for queue in found.json()}


def deployed(lab: Lab, pool: str) -> dict[str, tuple[str, str]]:
    found = asked(lab.where, "deployments", work_pools={"name": {"any_": [pool]}})
    return {row["name"]: (row["work_queue_name"], row["entrypoint"]) for row in found}


@pytest.mark.prefect
def test_pool_queues_and_deployments_are_made_once_and_changed_after_that(lab: Lab) -> None:
    assert pools.deploy("made", "gpu", pools.Limits(4, 1)) == ("process/process", "publish/publish")
    expected = {"process": ("gpu", "flows.process.process"), "publish": ("cpu", "flows.publish.publish")}
    assert deployed(lab, "made") == expected
    assert queues(lab, "made") | {"default": None} == {"default": None, "cpu": 4, "gpu": 1}
    pools.deploy("made", "cpu", pools.Limits())
    assert deployed(lab, "made")["process"][0] == "cpu"
    assert {queues(lab, "made")[name] for name in pools.QUEUES} == {None}


Run = Callable[..., str]


@pytest.fixture
def run(lab: Lab) -> Run:
    """Make a run of the pool in a state."""
    pools.deploy("crashes", "cpu", pools.Limits())
    [deployment] = asked(lab.where, "deployments", deployments={"name": {"any_": ["process"]}},
                         work_pools={"name": {"any_": ["crashes"]}})  # fmt: skip
    api = f"{server.url(lab.where)}/api"

    def make(*states: str) -> str:
        made = httpx.post(
            f"{api}/deployments/{deployment['id']}/create_flow_run", json={"parameters": {"interview": "lab-P01-S1"}},
            timeout=10, trust_env=False,
        )  # fmt: skip
        id = made.raise_for_status().json()["id"]
        for state in states:
            httpx.post(f"{api}/flow_runs/{id}/set_state", json={"state": {"type": state}, "force": True},
                       timeout=10, trust_env=False).raise_for_status()  # fmt: skip
        return str(id)

    return make


def beat(lab: Lab, id: str) -> None:
    """A heartbeat of that run, and wait until the server has written it."""
    resource = f"prefect.flow-run.{id}"
    event = {"id": str(uuid.uuid4()), "occurred": datetime.now(UTC).isoformat(), "event": "prefect.flow-run.heartbeat",
             "resource": {"prefect.resource.id": resource}, "related": [], "payload": {}}  # fmt: skip
    httpx.post(f"{server.url(lab.where)}/api/events", json=[event], timeout=10, trust_env=False).raise_for_status()
    named = {"filter": {"resource": {"id": [resource]}, "event": {"name": ["prefect.flow-run.heartbeat"]}}}
    url = f"{server.url(lab.where)}/api/events/filter"
    wait_for(lambda: httpx.post(url, json=named, timeout=10, trust_env=False).json()["events"], 30)


@pytest.mark.prefect
def test_what_fell_silent_is_scheduled_again_and_nothing_else(lab: Lab, run: Run) -> None:
    silent, pending, living = run("RUNNING"), run("PENDING"), run("RUNNING")
    done, waiting, crashed = run("RUNNING", "COMPLETED"), run(), run("RUNNING", "CRASHED")
    worn_out = run("RUNNING", "CRASHED", "SCHEDULED", "RUNNING", "CRASHED", "SCHEDULED", "RUNNING", "CRASHED")
    time.sleep(15)
    beat(lab, living)
    fresh = run("RUNNING")
    brought = asyncio.run(pools.bring_back("crashes", 15))
    assert {str(id) for id in brought} == {silent, pending, crashed}
    now = {row["id"]: row["state_type"] for row in asked(lab.where, "flow_runs")}
    scheduled, running = {silent, pending, crashed, waiting}, {living, fresh}
    assert {id for id in now if now[id] == "SCHEDULED"} & {*now} >= scheduled
    assert {now[id] for id in running} == {"RUNNING"} and (now[done], now[worn_out]) == ("COMPLETED", "CRASHED")
    assert asyncio.run(pools.bring_back("crashes", 3600)) == ()


@pytest.mark.prefect
def test_what_kills_its_worker_every_time_is_left_alone(lab: Lab, run: Run) -> None:
    id = run("RUNNING", "CRASHED")
    for _ in range(pools.ATTEMPTS - 1):
        assert id in map(str, asyncio.run(pools.bring_back("crashes", 3600)))
        httpx.post(f"{server.url(lab.where)}/api/flow_runs/{id}/set_state",
                   json={"state": {"type": "RUNNING"}, "force": True}, trust_env=False)  # fmt: skip
        httpx.post(f"{server.url(lab.where)}/api/flow_runs/{id}/set_state",
                   json={"state": {"type": "CRASHED"}, "force": True}, trust_env=False)  # fmt: skip
    assert id not in map(str, asyncio.run(pools.bring_back("crashes", 3600)))
