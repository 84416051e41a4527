"""Several machines: a Prefect work pool with the queues `cpu` and `gpu`, and ordinary Prefect workers that empty it.

`deploy` makes pool, queues and deployments; `work` becomes ``prefect worker start``, with all that it has to know in
its environment; `bring_back` starts again what a worker left behind that died. Everything else is Prefect's: there is
no queue of our own. A step is done once even where two workers come to have the same run: vault and stamps see to it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING
from uuid import UUID

import httpx

from flows import server
from pipeline.errors import ServerFailed, SettingsInvalid
from pipeline.places import ROOT, Home
from pipeline.settings import load
from pipeline.stores.keyring import service_identity
from pipeline.stores.locks import require_database

if TYPE_CHECKING:  # Prefect is imported once the environment is right
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun

CPU, GPU = "cpu", "gpu"
QUEUES = (CPU, GPU)
LIGHT_RUNS = 2
ATTEMPTS = 3
"""How often a run is started before it is left as it is: what kills its worker every time must not kill all of them."""
FORGOTTEN = timedelta(days=7)
EVENTS = 50


@dataclass(frozen=True, slots=True)
class Placed:
    """A flow of the pool, ``MODULE.NAME``, and whether it is heavy: it hears."""

    flow: str
    heavy: bool = False


FLOWS = (Placed("flows.process.process", heavy=True), Placed("flows.publish.publish"))
"""What workers do. `intake` stays on the machine on which the inbox is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many runs of a queue may be under way at once, on all machines together; None: as many as workers take."""

    cpu: int | None = None
    gpu: int | None = None


def is_elsewhere(home: Home, flow: str) -> bool:
    """Whether workers do the flow of that name, and `up` must not."""
    return bool(load(home).workers.pool) and flow in {placed.flow.rpartition(".")[2] for placed in FLOWS}


def deploy(pool: str, heavy_on: str, limits: Limits, flows: Sequence[Placed] = FLOWS) -> tuple[str, ...]:
    """Make what is not there yet of the pool, its queues and the deployments; change what is. Their names."""
    return asyncio.run(_deploy(pool, heavy_on, limits, flows))


async def _deploy(pool: str, heavy_on: str, limits: Limits, flows: Sequence[Placed]) -> tuple[str, ...]:
    from prefect.client.orchestration import get_client
    from prefect.types.entrypoint import EntrypointType

    async with get_client() as client:
        await _make_pool(client, pool)
        for name in QUEUES:
            await _make_queue(client, pool, name, getattr(limits, name))
    names = []
    for placed in flows:
        module, _, name = placed.flow.rpartition(".")
        deployment = await getattr(import_module(module), name).ato_deployment(
            name,
            work_pool_name=pool,
            work_queue_name=heavy_on if placed.heavy else CPU,
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        await deployment.aapply()
        names.append(deployment.full_name)
    return tuple(names)


async def _make_pool(client: PrefectClient, pool: str) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()  # Prefect's client would ask the internet for it
    with suppress(ObjectAlreadyExists):
        await client.create_work_pool(WorkPoolCreate(name=pool, type="process", base_job_template=template))


async def _make_queue(client: PrefectClient, pool: str, name: str, limit: int | None) -> None:
    from prefect.exceptions import ObjectNotFound

    try:
        queue = await client.read_work_queue_by_name(name, work_pool_name=pool)
    except ObjectNotFound:
        queue = await client.create_work_queue(name, work_pool_name=pool)
    await client.update_work_queue(queue.id, concurrency_limit=limit)


# --- a worker -------------------------------------------------------------------------------------------------------


def work(home: Home, queues: Sequence[str], limit: int) -> None:
    """Become a Prefect worker. Raises what `require_ready` raises, and SettingsInvalid without a pool."""
    settings = load(home)
    if not settings.workers.pool:
        raise SettingsInvalid(path=home.root / "settings.toml", where="workers.pool: NAME")
    require_ready(home)
    server.enter(home, settings.server)
    os.chdir(ROOT)  # a worker's runs have folders of their own
    os.execv(sys.executable, command(settings.workers.pool, queues, limit))


def require_ready(home: Home) -> None:
    """What keeps a run from working here, said before the worker takes one.

    Raises KeyMissing, KeyWrong, PlaceUnreachable, DatabaseUnreachable, StudyInvalid, ServerFailed.
    """
    from pipeline import inputs  # brings all of `pipeline`, which the process that serves has no use for

    settings = load(home)
    identity = service_identity(home.keys)
    if settings.places.locks:
        require_database(settings.places.locks)
    for key in (*home.vault.glob("*/*/participant.key"), *home.registers.glob("*.key")):
        identity.unwrap(key.read_bytes(), key)
        break
    for study in sorted(path.stem for path in home.studies.glob("*.toml")):
        inputs.study_of(home, study)
    if not server.is_up(settings.server):
        raise ServerFailed(url=server.url(settings.server), log="prefect/server.log")


def command(pool: str, queues: Sequence[str], limit: int) -> list[str]:
    """The words of the command, the program first."""
    name = f"{socket.gethostname()}-{'-'.join(queues)}-{os.getpid()}"
    chosen = [word for queue in queues for word in ("--work-queue", queue)]
    words = ["prefect", "worker", "start", "--pool", pool, *chosen, "--limit", str(limit), "--name", name]
    return [sys.executable, "-m", *words, "--type", "process", "--install-policy", "never"]


# --- what a dead worker left ----------------------------------------------------------------------------------------


async def watch(home: Home) -> None:
    """Bring back whatever fell silent, for as long as `up` runs."""
    workers = load(home).workers
    while True:
        with suppress(httpx.HTTPError):  # the server does not answer: it is asked again
            await bring_back(workers.pool, workers.silent_seconds)
        await asyncio.sleep(workers.silent_seconds / 6)


async def bring_back(pool: str, silent_seconds: float, attempts: int = ATTEMPTS) -> tuple[UUID, ...]:
    """Schedule again the runs of the pool that crashed, or gave no sign of life for so long; their ids.

    Signs are a change of state, and the heartbeat that each run sends every 30 s; the server's clock counts.
    """
    from prefect.client.orchestration import get_client
    from prefect.states import AwaitingRetry, Crashed

    async with get_client() as client:
        lost = await _lost(client, pool, silent_seconds, attempts)
        for run in lost:
            if run.state and not run.state.is_crashed():
                await client.set_flow_run_state(run.id, Crashed(message="no sign of life"), force=True)
            if run.run_count < attempts:
                await client.set_flow_run_state(run.id, AwaitingRetry(scheduled_time=datetime.now(UTC)), force=True)
    return tuple(run.id for run in lost if run.run_count < attempts)


async def _lost(client: PrefectClient, pool: str, silent_seconds: float, attempts: int) -> list[FlowRun]:
    from prefect.client.schemas.filters import FlowRunFilter, WorkPoolFilter
    from prefect.client.schemas.objects import StateType

    unfinished = [StateType.PENDING, StateType.RUNNING, StateType.CRASHED]
    now = datetime.now(UTC)
    recent = {"state": {"type": {"any_": unfinished}}, "expected_start_time": {"after_": now - FORGOTTEN}}
    runs = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter.model_validate(recent),
        work_pool_filter=WorkPoolFilter.model_validate({"name": {"any_": [pool]}}),
    )
    crashed = [run for run in runs if run.state and run.state.is_crashed() and run.run_count < attempts]
    before = now - timedelta(seconds=silent_seconds)
    still = [run for run in runs if run.state and not run.state.is_crashed() and run.state.timestamp < before]
    alive = await _alive(client, silent_seconds) if still else set()
    return [*crashed, *(run for run in still if str(run.id) not in alive)]


async def _alive(client: PrefectClient, silent_seconds: float) -> set[str]:
    """The ids of the runs whose heartbeat came to the server in that time."""
    from prefect.events.filters import EventFilter

    since = datetime.now(UTC) - timedelta(seconds=silent_seconds)
    wanted = EventFilter.model_validate(
        {"event": {"name": ["prefect.flow-run.heartbeat"]}, "occurred": {"since": since - timedelta(hours=1)}}
    )
    found: set[str] = set()
    page = await client.read_events(wanted, limit=EVENTS)
    while fresh := [event for event in page.events if event.received >= since]:
        found |= {event.resource.id.rpartition(".")[2] for event in fresh}
        if page.next_page is None:
            break
        page = await client.read_events_page(str(page.next_page))
    return found
