"""The flow `rescan`: asks for a run of what was cut off, seeks late names in every study, writes the boards anew.

It runs when serving begins, after a crash, and by its schedule. What is due stands in the stamps, so nothing is lost
with it, and where nothing is due it is done in seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from filelock import FileLock, Timeout
from prefect import flow, get_run_logger
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowRunFilter
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Completed

from flows import asking, attempts, boards, handing
from flows.deployments import stamped_name
from flows.process import submit
from flows.recovery import OURS
from flows.scrub import guarded, open_walk
from flows.second_looks import second_looks
from pipeline.errors import ChaerokError
from pipeline.interview import InterviewId
from pipeline.places import Home
from pipeline.rescan import STEPS
from pipeline.settings import load
from pipeline.standing import standing
from pipeline.stores.keyring import service_identity
from pipeline.stores.sealed import private_folder
from pipeline.stores.vault import Vault, holds_interviews
from pipeline.transcript import Pseudonymized

TIMEOUT_SECONDS = 2 * 3600


@flow(
    name="rescan",
    flow_run_name=lambda: stamped_name("rescan"),
    persist_result=False,
    timeout_seconds=TIMEOUT_SECONDS,
)
def rescan(anew: bool = False) -> State[Any]:
    """See the module. `anew`: also what has failed too often, because somebody has started the lab again."""
    counts = guarded("rescan", "all", lambda: _counted(Home.here(), anew))
    return Completed(message=", ".join(f"{what} {count}" for what, count in counts.items()) or "-", data=dict(counts))


def _counted(home: Home, anew: bool) -> Counter[str]:
    if not holds_interviews(home.vault):
        return Counter()
    vault = Vault(home.vault, service_identity(home.keys))
    return Counter(resumed=_resume(vault, anew)) + _looks(home, vault)


def _looks(home: Home, vault: Vault) -> Counter[str]:
    """Late names and boards, of every study; not while another run is at it: these may take long, and it sees all."""
    try:
        with FileLock(private_folder(home.prefect) / "rescan.lock", timeout=0):
            one_of = {interview.study: interview for interview in vault.interviews()}
            return sum((_study_seen(str(one_of[study])) for study in sorted(one_of)), Counter())
    except Timeout:
        return Counter(busy=1)


def _study_seen(interview: str) -> Counter[str]:
    """The study of `interview`. One whose file cannot be read must not keep the others waiting."""
    study = InterviewId.parse(interview).study
    try:
        counts = second_looks(interview, submit)
        boards.show(study)
    except ChaerokError as error:
        get_run_logger().warning("%s: %s", study, type(error).__name__)
        return Counter(failed=1)
    return counts


def _resume(vault: Vault, anew: bool) -> int:
    """Ask for a run of every interview with which a walk would get on, and which is not being walked.

    What waits in the inbox for its turn is left to it: `handing` knows how many may be under way.
    """
    waits = [timedelta(minutes=minutes) for minutes in load(Home.here()).run.again_after_minutes]
    resumed, in_turn = 0, handing.in_turn(Home.here())
    for interview in _due(vault):
        if str(interview) in in_turn:
            continue
        found = attempts.again(_past(interview), asking.prefix(vault, interview), waits, datetime.now(UTC), anew=anew)
        if found is not None:
            submit(vault, interview, found[1], found[0])
            resumed += 1
    return resumed


def _due(vault: Vault) -> Iterable[InterviewId]:
    """Interviews with which a walk would get on; not those with a draft that want a second look alone: they get it."""
    for interview in vault.interviews():
        try:
            found = standing(open_walk(str(interview)))
            if found.is_due and not (found.coming in STEPS and vault.stamp(interview, Pseudonymized)):
                yield interview
        except ChaerokError as error:
            get_run_logger().warning("%s: %s", interview, type(error).__name__)


def _past(interview: InterviewId) -> list[attempts.Past]:
    of_process = FlowFilter.model_validate({"name": {"any_": ["process"]}})
    named = FlowRunFilter.model_validate({"name": {"any_": [str(interview)]}})
    with get_client(sync_client=True) as client:
        return [_told(run) for run in client.read_flow_runs(flow_filter=of_process, flow_run_filter=named)]


def _told(run: FlowRun) -> attempts.Past:
    state = run.state
    assert state is not None and run.state_type is not None  # the server gives every run one
    ours = (state.message or "").startswith(OURS)
    return attempts.Past(
        str(run.id), run.idempotency_key or "", run.state_type.value, state.name or "", ours, state.timestamp
    )
