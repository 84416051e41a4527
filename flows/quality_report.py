"""The flow `quality-report`: the studies' figures as one table in the Prefect UI, and the boards anew."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import artifacts, boards
from flows.deployments import stamped_name
from flows.scrub import guarded

TIMEOUT_SECONDS = 3600


@flow(
    name="quality-report",
    flow_run_name=lambda: stamped_name("quality-report"),
    persist_result=False,
    timeout_seconds=TIMEOUT_SECONDS,
    retries=2,
    retry_delay_seconds=60,
)
def quality_report() -> State[Any]:
    """Read every study's stamps and transcripts; ids and counts leave."""
    rows = guarded("quality-report", "all", _shown)
    return Completed(message=f"연구 {len(rows)}개")


def _shown() -> boards.Rows:
    rows = boards.report()
    artifacts.table("quality", "lab", rows, "품질 보고")
    for study in boards.studies():
        boards.show(study)
    return rows
