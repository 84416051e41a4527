"""Several machines: a Prefect work pool with the queues `cpu` and `gpu`, and ordinary Prefect workers that empty it.

`deploy` makes pool, queues and deployments; `work` becomes ``prefect worker start``, with all that it has to know in
its environment. Everything else is Prefect's: there is no queue of our own. What a dying worker leaves behind is
brought back as on one machine (`flows.recovery`). A step is done once even where two workers come to have the same
interview: vault and stamps see to it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from flows import server
from pipeline.errors import ServerFailed, SettingsInvalid
from pipeline.places import ROOT, Home
from pipeline.settings import load
from pipeline.stores.keyring import service_identity
from pipeline.stores.locks import require_database

if TYPE_CHECKING:  # Prefect is imported once the environment is right
    from prefect.client.orchestration import PrefectClient

CPU, GPU = "cpu", "gpu"
QUEUES = (CPU, GPU)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many runs of a queue may be under way at once, on all machines together; None: as many as workers take."""

    cpu: int | None = None
    gpu: int | None = None


def deploy(pool: str, heavy_on: str, limits: Limits) -> tuple[str, ...]:
    """Make what is not there yet of the pool, its queues and the deployments; change what is. Their names."""
    return asyncio.run(_deploy(pool, heavy_on, limits))


async def _deploy(pool: str, heavy_on: str, limits: Limits) -> tuple[str, ...]:
    from prefect.client.orchestration import get_client
    from prefect.types.entrypoint import EntrypointType

    from flows import deployments

    async with get_client() as client:
        await _make_pool(client, pool)
        for name in QUEUES:
            await _make_queue(client, pool, name, getattr(limits, name))
    names = []
    for row in deployments.TABLE:
        if not row.anywhere:
            continue
        module, _, flow = row.entrypoint.rpartition(".")
        deployment = await getattr(import_module(module), flow).ato_deployment(
            row.name,
            description=row.description,
            tags=deployments.tags(row),
            work_pool_name=pool,
            work_queue_name=heavy_on if row.heavy else CPU,
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
