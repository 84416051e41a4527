"""The flow `process`: walks one interview as far as it can go, and publishes it once it is released.

Every row of `pipeline.steps` is a task; the two heavy ones run side by side. Prefect remembers nothing: no caching, no
persisted results; the stamps decide what runs. Only ids, counts and durations are ever handed to Prefect.

How a run ends: ``Completed`` (published), ``Waiting`` (of type COMPLETED: a person has to give something), ``Flagged``,
or ``Failed`` (a step raised). ``Flagged`` means that every step did its work, and what it made must not pass for good
before somebody has looked: too much speech without words, an uncertain number of speakers ... It is of type FAILED,
because Prefect's pages, filters and counts colour by type and this must not be green; but it has a name of its own, so
that an automation on failures (event ``prefect.flow-run.Failed``) stays silent and one on ``prefect.flow-run.Flagged``
can call the reviewer. Nothing runs it again: a flow of ours has no retries, and its tasks have all completed. Once a
person has approved the draft with its flags, a further run ends ``Completed``; the release carries the flags. What to
do stands in the run's log, instead of the traceback that Prefect logs where a run does not complete.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.deployments import run_deployment
from prefect.futures import PrefectFuture, wait
from prefect.states import Completed, Failed

from flows import artifacts, asking, boards
from flows.publish import sent
from flows.scrub import guarded, is_news, open_walk, retriable, scrubbed
from flows.second_looks import second_looks
from flows.terminal import FLAGGED, flag_lines
from pipeline import inputs, steps, walking
from pipeline.interview import InterviewId
from pipeline.steps import STEPS
from pipeline.stores.vault import Vault
from pipeline.walk import Report, silently
from pipeline.walking import SIDE_BY_SIDE

TIMEOUT_SECONDS = 24 * 3600
"""Far more than its heavy steps may take, which have a limit of their own (`run.heavy_timeout_hours`)."""
RETRIES = 2
RETRY_SECONDS = (5, 30)
WALK = "walk"
"""What the whole walk is called where its progress is reported."""

for _logger in ("prefect.flow_runs", "prefect.engine", "asyncio"):
    logging.getLogger(_logger).addFilter(is_news)

_watcher: ContextVar[Report] = ContextVar("watcher", default=silently)


@contextmanager
def watched(report: Report) -> Iterator[None]:
    """Runs that are started in here, in this process, tell `report` as well how far they are: steps, and `WALK`."""
    token = _watcher.set(report)
    try:
        yield
    finally:
        _watcher.reset(token)


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
        bar, watcher = artifacts.reporter(interview), _watcher.get()

        def report(step: str, share: float) -> None:
            watcher(step, share)
            bar(step, share)

        return scrubbed(name, interview, report)

    return run


TASKS = {row.name: _task(row.name) for row in STEPS}


@flow(
    name="process",
    flow_run_name="{interview}",
    persist_result=False,
    validate_parameters=True,
    retries=0,
    timeout_seconds=TIMEOUT_SECONDS,
)
def process(interview: str) -> State[Any]:
    """Walk `interview` (an id) until it is published or a person has to give something."""
    return guarded("process", interview, lambda: _walk(interview))


def _walk(interview: str) -> State[Any]:
    progress = artifacts.start_progress(interview)
    did: dict[str, str] = {}
    rows = steps.rows(open_walk(interview))
    for row in rows:
        if row.name in did:
            continue
        if row.name == "publish":
            did["publish"] = sent(interview)
        elif row.name in SIDE_BY_SIDE:
            did |= _side_by_side(interview)
        else:
            did[row.name] = TASKS[row.name](interview)
        artifacts.update(progress, len(did) / len(rows))
        _watcher.get()(WALK, len(did) / len(rows))
        if row.name == "pseudonymize" and not did[row.name].startswith("waiting:"):
            second_looks(interview, submit)
            inputs.approve_automatically(open_walk(interview))
        if did.get(row.name, "").startswith("waiting:"):
            break
    artifacts.listen_here(interview)
    artifacts.summary(interview, did)
    boards.show(InterviewId.parse(interview).study)
    return _ended(interview, did)


def _ended(interview: str, did: dict[str, str]) -> State[Any]:
    waiting = next((answer.removeprefix("waiting:") for answer in did.values() if answer.startswith("waiting:")), "")
    said = f"{interview}: waiting for {waiting}" if waiting else f"{interview}: published"
    walk = open_walk(interview)
    if flags := inputs.flags_of(walk):
        said += f"; flagged: {', '.join(flags)}"
        if not inputs.is_approved(walk):
            for line in flag_lines(flags, interview):
                get_run_logger().warning(line)
            return Failed(name=FLAGGED, message=said)
    return Completed(name="Waiting", message=said) if waiting else Completed(message=said)


def _side_by_side(interview: str) -> dict[str, str]:
    walk = open_walk(interview)
    for name in SIDE_BY_SIDE:
        guarded(name, interview, partial(walking.check, name, walk))
    futures: dict[str, PrefectFuture[str]] = {
        name: TASKS[name].submit(interview)  # type: ignore[attr-defined]  # a Prefect task
        for name in SIDE_BY_SIDE
    }
    wait(list(futures.values()))  # where one fails, the other still finishes and is kept
    return {name: future.result() for name, future in futures.items()}


def submit(vault: Vault, interview: InterviewId, attempt: str = "", wait: timedelta = timedelta(0)) -> None:
    """Ask the deployment for a run of `interview`. The same inputs and `attempt` are run once, however often asked.

    Without an `attempt` it is for what people have given and the study's register knows now.
    """
    run_deployment(
        "process/process",
        parameters={"interview": str(interview)},
        flow_run_name=str(interview),
        scheduled_time=datetime.now(UTC) + wait if wait else None,
        timeout=0,
        as_subflow=False,
        idempotency_key=asking.key(vault, interview, attempt),
    )
