"""The flow `collect-codings`: takes codings in from the stores of a study, on a schedule. Figures alone, never a quote.

Safe to run any number of times: what is there already stays. A store that is down fails the run, after all others have
been read; it is tried again.
"""

from __future__ import annotations

from collections import Counter

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.artifacts import key
from flows.coding import Collected, collect, is_begun, standing
from flows.coding_verbs import STATES, UNREAD, reasons
from flows.deployments import stamped_name
from flows.scrub import guarded, retriable
from pipeline.errors import ChaerokError, PlaceBusy, StoreUnreachable
from pipeline.inputs import study_of
from pipeline.places import Home

TIMEOUT_SECONDS = 3600


@task(
    name="collect-codings",
    task_run_name="collect-codings {study}",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=2,
    retry_delay_seconds=[30, 300],
    retry_condition_fn=retriable,
)
def gather(study: str, round: int | None) -> dict[str, int]:
    """Codings by what became of them, over all stores. Raises StepFailed."""
    return guarded("collect-codings", study, lambda: _gather(study, round))


def _gather(study: str, round: int | None) -> dict[str, int]:
    found = collect(study, round)
    create_table_artifact(figures(study, found), key("codings", study), description=f"코딩 {study}")
    passing = [each.error for each in found if isinstance(each.error, PlaceBusy | StoreUnreachable)]
    if failed := next((each.error for each in found if each.error), None):
        raise passing[0] if passing else failed
    return {each.store: each.taken.new for each in found if each.taken}


def figures(study: str, found: tuple[Collected, ...]) -> list[dict[str, str | int]]:
    """The table on the run's page: counts by store, by reason, by state. Coders are counted, not named."""
    rows: list[dict[str, str | int]] = []
    for each in found:
        if each.taken is None:
            rows.append({"항목": f"{each.store}: 읽지 못함", "값": type(each.error).__name__})
            continue
        taken = each.taken
        counts = {"새 코딩": taken.new, "있던 것": taken.known, "지운 것": taken.gone, "못 읽은 줄": len(taken.unread),
                  "통째로 없어진 면담": len(taken.vanished)}  # fmt: skip
        rows += [{"항목": f"{each.store}: {name}", "값": count} for name, count in counts.items()]
        rows += [{"항목": f"{each.store}: {UNREAD[why]}", "값": count} for why, count in reasons(taken)]
    now = standing(study)
    rows.append({"항목": "코더 수", "값": len(now.coders)})
    rows += [{"항목": f"코딩 {STATES[state]}", "값": count} for state, count in now.states]
    rows.append({"항목": "사람이 볼 코딩", "값": now.waiting})
    return rows


@flow(
    name="collect-codings",
    flow_run_name=lambda: stamped_name("collect-codings"),
    persist_result=False,
    timeout_seconds=TIMEOUT_SECONDS,
)
def collect_codings(study: str = "", round: int | None = None) -> dict[str, int]:
    """Of `study`, else of every study that has a file; how many codings are new, by store.

    Without `round` of the round that each study's settings name.
    """
    return guarded("collect-codings", study or "all", lambda: _every(study, round))


def _every(study: str, round: int | None) -> dict[str, int]:
    home = Home.here()
    studies = [study] if study else sorted(path.stem for path in home.studies.glob("*.toml"))
    total, failed = Counter[str](), list[ChaerokError]()
    for each in studies:
        try:
            study_of(home, each)  # an unknown study is an error, one without a release is not
            total.update(gather(each, round) if is_begun(each) else {})
        except ChaerokError as error:  # one study must not keep the others waiting
            failed.append(error)
    if failed:
        raise failed[0]
    return dict(total)
