"""What is set right when serving begins, and what Prefect is told to do by itself: runs that died, hang, or came late.

A run dies with its process. Where the process that started it lives, it says so at once (Crashed). Where that died too,
the next one says so for it, here; and where nobody is left, the heartbeats end: after `SILENT` an automation calls the
run Crashed. Whatever is Crashed starts `rescan`, which asks for another run, a bounded number of times; the stamps in
the vault make it go on with the step that was under way. Nothing of this is needed for what is finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.deployments import arun_deployment
from prefect.events.actions import ActionTypes, ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.states import Cancelled, Crashed

from flows.server import HEARTBEAT_SECONDS

OURS = "chaerok"
"""How the message of a state begins that we have set: no fault of the run."""
SILENT = timedelta(seconds=2.5 * HEARTBEAT_SECONDS)
"""Without a heartbeat a run is dead: two were missed. 75 s, below the 90 for which nothing may stall."""
PENDING = timedelta(seconds=75)
"""One that was killed while starting never had a heartbeat, and holds its place in a queue until this is over. A start
takes seconds; of one that takes longer nothing is lost: there are two runs then, and each step is still done once."""
ENDS = ("Completed", "Waiting", "Flagged", "Failed", "Cancelled", "Crashed", "Skipped", "TimedOut", "AwaitingRetry")
"""Names of the states after which nobody waits for a heartbeat; automations know states by name alone."""
BEAT, ID = "prefect.flow-run.heartbeat", "prefect.resource.id"
LATE_PAUSE = timedelta(minutes=10)
"""However many runs are late at once, one `rescan` looks after them."""


def automations(rescan: UUID) -> tuple[AutomationCore, ...]:
    """What Prefect does by itself; `rescan` is the id of that deployment.

    An end that was missed does no harm: no run leaves an end for Crashed. That a run gives no sign of life counts as
    its own fault, so that one that always hangs is not run for ever.
    """
    again = RunDeployment(source="selected", deployment_id=rescan, parameters=None, job_variables=None)
    dead = ChangeFlowRunState(state=StateType.CRASHED, name="Crashed", message="no sign of life", force=False)
    heard = ResourceSpecification({"prefect.resource.role": "flow", "prefect.resource.name": "process"})
    started = _named("Pending", "Submitting")
    crashed = _trigger(expect=_named("Crashed"), match_related=heard, for_each={ID}, within=timedelta(0))
    late = _trigger(expect=_named("Late"), match_related=heard, within=LATE_PAUSE)
    quiet, stuck = _silence({BEAT}, SILENT), _silence(started, PENDING)
    return (
        _automation("소식이 끊긴 실행", "심장 박동이 끊기면 Crashed", quiet, dead),
        _automation("시작하다 멈춘 실행", "75초 안에 시작하지 못하면 Crashed", stuck, dead),
        _automation("꺼진 실행", "Crashed면 rescan이 이어 줌", crashed, again),
        _automation("늦는 실행", "Late면 rescan이 살펴봄", late, again),
    )


def _named(*states: str) -> set[str]:
    """The events of a run that comes into these states."""
    return {f"prefect.flow-run.{state}" for state in states}


def _trigger(**more: Any) -> EventTrigger:
    every = ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]})
    chosen: dict[str, Any] = {"match": every, "posture": Posture.Reactive, "threshold": 1} | more
    return EventTrigger(**chosen)


def _silence(after: set[str], within: timedelta) -> EventTrigger:
    """Of a run of which nothing is heard for so long after one of these."""
    expect = {BEAT} | _named(*ENDS)
    return _trigger(after=after, expect=expect, for_each={ID}, posture=Posture.Proactive, within=within)


def _automation(name: str, description: str, trigger: EventTrigger, action: ActionTypes) -> AutomationCore:
    return AutomationCore(
        name=f"채록: {name}", description=description, enabled=True, trigger=trigger, actions=[action]
    )


async def begin(served: Mapping[str, UUID], *, anew: bool) -> None:
    """Before the first run is started: automations in place, what died said to be dead, one `rescan` asked for."""
    async with get_client() as client:
        await _automate(client, automations(served["rescan"]))
    await end(served, Crashed(message=f"{OURS}: its process was gone"))
    await _skip_missed(served)
    await arun_deployment(served["rescan"], parameters={"anew": anew}, timeout=0, as_subflow=False)


async def _automate(client: PrefectClient, wanted: Iterable[AutomationCore]) -> None:
    """Each of them once, as it is now, however often this is done."""
    for automation in wanted:
        there = await client.read_automations_by_name(automation.name)
        for one in there[1:]:
            await client.delete_automation(one.id)
        if there:
            await client.update_automation(there[0].id, automation)
        else:
            await client.create_automation(automation)


async def end(served: Mapping[str, UUID], state: State[object]) -> None:
    """Put what is under way of these deployments into `state`; only runs that no worker has taken."""
    async with get_client() as client:
        for run in await _runs(client, served.values(), (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)):
            await client.set_flow_run_state(run.id, state, force=True)


async def _skip_missed(served: Mapping[str, UUID]) -> None:
    """Of a schedule's runs that were missed while nobody served, only the newest is made up for."""
    from prefect.types._datetime import now

    async with get_client() as client:
        for deployment in served.values():
            planned = [run for run in await _runs(client, [deployment], (StateType.SCHEDULED,)) if run.auto_scheduled]
            due = {run.id: run.next_scheduled_start_time for run in planned}
            past = sorted((at, id) for id, at in due.items() if at and at <= now("UTC"))
            for _, id in past[:-1]:
                state: State[object] = Cancelled(name="Skipped", message=f"{OURS}: a later one makes up for it")
                await client.set_flow_run_state(id, state, force=True)


async def _runs(client: PrefectClient, deployments: Iterable[UUID], types: tuple[StateType, ...]) -> list[FlowRun]:
    served = {"deployment_id": {"any_": [*deployments]}, "state": {"type": {"any_": [*types]}}}
    found = await client.read_flow_runs(flow_run_filter=FlowRunFilter.model_validate(served))
    return [run for run in found if run.work_pool_name is None]
