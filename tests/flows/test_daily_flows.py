"""The flows that run by themselves, on the server of all tests; and what asks for runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from lab import Lab, wait_for

from flows import artifacts, asking, deployments, recovery
from pipeline import inputs
from pipeline.places import Home
from pipeline.settings import load
from pipeline.stores.vault import Vault
from pipeline.transcript import Corrections

pytestmark = pytest.mark.prefect


def made(lab: Lab, **schedule: str) -> dict[str, UUID]:
    """Every deployment of the table on the lab's server; never by themselves but for `schedule`."""
    settings = load(lab.home)
    never = dict.fromkeys(("rescan", "maintenance", "quality_report"), "") | schedule
    settings = settings.model_copy(update={"schedule": settings.schedule.model_copy(update=never)})
    return {row.name: deployments.built(row, settings).apply() for row in deployments.TABLE}


@pytest.fixture
def served(lab: Lab) -> Iterator[dict[str, UUID]]:
    """The deployments, with nobody who serves them; gone afterwards, as all tests share a server."""
    from prefect.client.orchestration import get_client

    ids = made(lab)
    yield ids
    with get_client(sync_client=True) as client:
        for one in ids.values():
            client.delete_deployment(one)
        for automation in client.read_automations():
            client.delete_automation(automation.id)


def runs_of(api, interview: str) -> list[tuple[str, str]]:
    found = api("flow_runs", flow_runs={"name": {"any_": [interview]}}, sort="EXPECTED_START_TIME_ASC")
    return [(run["state_name"], run["idempotency_key"]) for run in found]


def table_of(api, key: str) -> list[dict]:
    newest = api("artifacts", artifacts={"key": {"any_": [key]}}, sort="CREATED_DESC")[0]
    return json.loads(newest["data"])


def test_the_table_names_flows_that_are_there() -> None:
    from importlib import import_module

    for row in deployments.TABLE:
        module, _, name = row.entrypoint.rpartition(".")
        flow = getattr(import_module(module), name)
        assert (flow.name, flow.persist_result) == (row.name, False)
        assert set(row.parameters) == {name for name, one in flow.parameters.properties.items() if "default" not in one}
    assert [row.name for row in deployments.TABLE if row.heavy] == ["process"]


def test_what_is_due_is_asked_for_once_and_again_after_a_fault(lab: Lab, api, served) -> None:
    from prefect.client.orchestration import get_client
    from prefect.states import Cancelled, Crashed

    from flows.rescan import rescan

    interview = lab.taken_in()
    assert rescan()["resumed"] == 1
    assert [state for state, _ in runs_of(api, interview)] == ["Scheduled"]
    assert rescan() == {}  # it waits for its turn
    board = table_of(api, artifacts.key("board", "lab"))
    assert [row["S1"] for row in board] == ["화자 나누기 (1/10)"]

    def put(state: object) -> None:
        with get_client(sync_client=True) as client:
            run = api("flow_runs", flow_runs={"name": {"any_": [interview]}}, sort="START_TIME_DESC")
            newest = next(one for one in run if one["state_type"] == "SCHEDULED")
            client.set_flow_run_state(UUID(newest["id"]), state, force=True)

    for times in (2, 3):
        put(Crashed(message=f"{recovery.OURS}: its process was gone"))
        assert rescan()["resumed"] == 1
        assert len(runs_of(api, interview)) == times
    assert len({key for _, key in runs_of(api, interview)}) == 3
    put(Cancelled())
    assert rescan() == {}  # a person does not want it
    assert rescan(anew=True)["resumed"] == 1


def test_given_something_the_server_goes_on_by_itself(lab: Lab, api, served, monkeypatch) -> None:
    from flows.process import process

    interview = lab.taken_in()
    process(interview)
    walk = lab.walk(interview)
    monkeypatch.setattr(asking, "serving", lambda home: lab.where)
    assert asking.runs(walk.vault, [walk.interview]) == (walk.interview,)
    assert asking.runs(walk.vault, [walk.interview]) == (walk.interview,)  # asked twice, run once
    assert [state for state, _ in runs_of(api, interview)] == ["Waiting", "Scheduled"]
    inputs.correct(walk, Corrections(actor="reviewer"))
    assert asking.runs(walk.vault, [walk.interview])
    inputs.approve(walk, "reviewer")
    assert asking.runs(walk.vault, [walk.interview])
    assert len(runs_of(api, interview)) == 4
    before = asking.key(walk.vault, walk.interview)
    walk.change_register(lambda register: replace(register, entries=register.entries[:-1]))
    assert asking.key(walk.vault, walk.interview) != before  # what the study knows now
    assert asking.key(walk.vault, walk.interview, "x") == asking.prefix(walk.vault, walk.interview) + "x"


def test_without_a_server_or_our_deployments_nothing_is_asked(lab: Lab, monkeypatch) -> None:
    walk = lab.walk(lab.taken_in())
    assert asking.serving(Home(lab.home.root / "none")) is None
    assert asking.runs(walk.vault, [walk.interview]) == ()  # this home has no server of its own
    monkeypatch.setattr(asking, "serving", lambda home: lab.where)
    assert asking.runs(walk.vault, [walk.interview]) == ()  # a server that serves others
    monkeypatch.setattr(asking, "serving", lambda home: lab.where.model_copy(update={"port": 1}))
    assert asking.runs(walk.vault, [walk.interview]) == ()  # gone just now
    assert Vault(lab.home.vault, walk.identity).interviews()


def test_the_automations_are_there_once_and_as_they_are_now(lab: Lab, served) -> None:
    from prefect.client.orchestration import get_client

    async def twice() -> list[tuple[str, bool]]:
        async with get_client() as client:
            wanted = recovery.automations(served["rescan"])
            await recovery._automate(client, wanted)
            [first] = await client.read_automations_by_name(wanted[0].name)
            await client.pause_automation(first.id)
            await client.create_automation(wanted[1])  # as two `up`s at once would
            await recovery._automate(client, wanted)
            return sorted((one.name, one.enabled) for one in await client.read_automations())

    found = asyncio.run(twice())
    assert found == sorted((one.name, True) for one in recovery.automations(served["rescan"]))


def test_schedules_run_and_of_those_that_were_missed_the_newest(lab: Lab, api, served) -> None:
    """The first half fails where Prefect cannot write scheduled runs: `server.let_schedules_be_written`."""
    from prefect.client.orchestration import get_client
    from prefect.states import Scheduled

    made(lab, maintenance="30 3 * * *")
    mine = {"deployment_id": {"any_": [str(served["maintenance"])]}}
    wait_for(lambda: len(api("flow_runs", flow_runs=mine)) >= 3, 60)
    planned = api("flow_runs", flow_runs=mine, sort="EXPECTED_START_TIME_ASC")
    assert {run["auto_scheduled"] for run in planned} == {True}
    now = datetime.now(UTC)
    with get_client(sync_client=True) as client:  # the machine was off for three nights
        for days, run in zip((2, 3, 1), planned, strict=False):
            client.set_flow_run_state(UUID(run["id"]), Scheduled(scheduled_time=now - timedelta(days=days)), force=True)
    asyncio.run(recovery._skip_missed(served))
    states = {run["id"]: run["state_name"] for run in api("flow_runs", flow_runs=mine)}
    assert [states[run["id"]] for run in planned[:3]] == ["Skipped", "Skipped", "Scheduled"]


def test_a_night_s_work_is_done_whatever_fails_and_damage_is_flagged(lab: Lab, api, monkeypatch) -> None:
    from flows import night
    from flows.maintenance import maintenance
    from flows.quality_report import quality_report

    interview = lab.taken_in()
    state = maintenance(return_state=True)
    assert state.name == "Completed" and "확인한 면담 1개" in str(state.message)
    assert list((lab.home.root / "backups" / "keys").iterdir())
    assert quality_report(return_state=True).name == "Completed"
    [row] = table_of(api, artifacts.key("quality", "lab"))
    assert (row["연구"], row["면담 수"], row["들은 시간"]) == ("lab", 1, 0)

    walk = lab.walk(interview)
    (walk.vault.folder(walk.interview) / "recording.blob").write_bytes(b"broken")
    monkeypatch.setattr("pipeline.upkeep.AGAIN_SECONDS", 0)
    monkeypatch.setattr(night.inbox, "clean", lambda home: 1 / 0)
    lab.home.inbox.mkdir()
    state = maintenance(return_state=True)
    assert (state.type.value, state.name) == ("FAILED", "Flagged")
    table = {row["한 일"]: row["결과"] for row in table_of(api, artifacts.key("maintenance", "lab"))}
    assert table["inbox"] == "ZeroDivisionError" and table["보관소"] == f"손상: {interview}"
    assert table["백업"].startswith("열쇠와 이름표 있음")
