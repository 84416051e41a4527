"""The flow `process`: walks one interview as far as it can go, and publishes it once it is released.

Every row of `pipeline.steps` is a task; the two heavy ones run side by side. Prefect remembers nothing: no caching, no
persisted results; the stamps decide what runs. Only ids, counts and durations are ever handed to Prefect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.states import Completed, State

from flows import artifacts
from flows.publish import publish
from flows.scrub import open_walk, retriable, scrubbed
from pipeline import inputs, steps
from pipeline.steps import STEPS
from pipeline.walking import SIDE_BY_SIDE

RETRIES = 2
RETRY_SECONDS = (5, 30)


def _task(name: str) -> Callable[[str], str]:
    """The task of one step: takes the interview's id, answers ``ran``, ``fresh`` or ``waiting:WHAT``."""

    @task(
        name=name,
        task_run_name=name + " {interview}",
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=RETRIES,
        retry_delay_seconds=list(RETRY_SECONDS),
        retry_condition_fn=retriable,
        tags=["heavy"] if steps.step(name).heavy else [],
    )
    def run(interview: str) -> str:
        return scrubbed(name, interview, artifacts.reporter(interview))

    return run


TASKS = {row.name: _task(row.name) for row in STEPS}


@flow(name="process", flow_run_name="{interview}", persist_result=False, validate_parameters=True)
def process(interview: str) -> State[Any]:
    """Walk `interview` (an id) until it is published or a person has to give something."""
    progress = artifacts.start_progress(interview)
    did: dict[str, str] = {}
    for row in STEPS:
        if row.name == "publish":
            did["publish"] = publish(interview)
        elif row.name == SIDE_BY_SIDE[0]:
            did |= _side_by_side(interview)
        elif row.name not in SIDE_BY_SIDE:
            did[row.name] = TASKS[row.name](interview)
        artifacts.update(progress, len(did) / len(STEPS))
        if row.name == "pseudonymize":
            inputs.approve_automatically(open_walk(interview))
        if did.get(row.name, "").startswith("waiting:"):
            break
    artifacts.summary(interview, did)
    waiting = next((answer.removeprefix("waiting:") for answer in did.values() if answer.startswith("waiting:")), "")
    if waiting:
        return Completed(name="Waiting", message=f"{interview}: waiting for {waiting}")
    return Completed(message=f"{interview}: published")


def _side_by_side(interview: str) -> dict[str, str]:
    futures: dict[str, PrefectFuture[str]] = {
        name: TASKS[name].submit(interview)  # type: ignore[attr-defined]  # a Prefect task
        for name in SIDE_BY_SIDE
    }
    return {name: future.result() for name, future in futures.items()}
