"""The flow `publish`: sends a released transcript to the study's coding stores. Safe to run any number of times."""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows import artifacts
from flows.scrub import guarded, retriable, scrubbed
from pipeline.walk import silently

TIMEOUT_SECONDS = 3600
"""Of one transcript to all stores, with the waits between the tries."""


@task(
    name="publish",
    task_run_name="publish {interview}",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=3,
    retry_delay_seconds=[5, 30, 120],
    retry_condition_fn=retriable,
)
def send(interview: str) -> str:
    """Send it: ``ran``, ``fresh`` or ``waiting:released``."""
    return scrubbed("publish", interview, silently)


@flow(name="publish", flow_run_name="{interview}", persist_result=False, timeout_seconds=TIMEOUT_SECONDS)
def publish(interview: str) -> str:
    """Publish `interview` (an id) where its study says. Which store failed stands in the failure's step."""
    return guarded("publish", interview, lambda: sent(interview))


def sent(interview: str) -> str:
    """The same within another run. Not as a flow in a flow: killed, the inner one would be under way for ever, without
    a deployment and without a heartbeat (seen with Prefect 3.8.8).
    """
    answer = send(interview)
    artifacts.published(interview)
    return answer
