"""The flow `maintenance`: `flows.night` in Prefect. Ids and counts."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import artifacts, night
from flows.deployments import stamped_name
from flows.night import Done
from flows.scrub import guarded
from flows.terminal import FLAGGED
from pipeline.errors import VaultDamaged
from pipeline.places import Home

TIMEOUT_SECONDS = 6 * 3600


@flow(
    name="maintenance",
    flow_run_name=lambda: stamped_name("maintenance"),
    persist_result=False,
    timeout_seconds=TIMEOUT_SECONDS,
)
def maintenance() -> State[Any]:
    """Do what is done at night. Not tried again before the next one: it reads and writes much."""
    done = guarded("maintenance", "all", lambda: night.maintained(Home.here()))
    rows = [{"한 일": one.name, "결과": one.said} for one in done]
    artifacts.table("maintenance", "lab", rows, "밤사이 관리")
    return ended(done)


def ended(done: tuple[Done, ...]) -> State[Any]:
    """The state in which such a run ends: ``Flagged`` where the vault is damaged, as somebody must look."""
    said = "; ".join(f"{one.name}: {one.said}" for one in done)
    wrong = [one for one in done if one.error]
    if not wrong:
        return Completed(message=said)
    return Failed(message=said, name=FLAGGED if any(isinstance(one.error, VaultDamaged) for one in wrong) else "Failed")
