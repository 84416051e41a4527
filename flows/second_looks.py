"""What a walk taught the study's other interviews, in Prefect: searched again within the run that brought the names.

It is done here and not by a run for each: most are searched in a fraction of a second, and what is due stands in their
stamps, so that nothing is lost with a run. Only for an interview whose release is quarantined a run is asked for, which
shows on its own page that somebody has to look at it; once for each quarantined release, however often it is found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import ObjectNotFound

from flows import artifacts
from flows.scrub import guarded, open_walk
from pipeline import quarantine
from pipeline.interview import InterviewId
from pipeline.rescan import Rescanned, rescan
from pipeline.stores.vault import Vault

Submit = Callable[[Vault, InterviewId, str], None]


@task(name="rescan", task_run_name="rescan {interview}", cache_policy=NO_CACHE, persist_result=False)
def look_again(interview: str) -> Rescanned:
    """Search the study of `interview` for what is new. Ids alone."""
    return guarded("rescan", interview, lambda: rescan(open_walk(interview)))


def second_looks(interview: str, submit: Submit) -> Counter[str]:
    """Search the study again, show what was done, and ask for a run of every interview that is quarantined; counts."""
    found = look_again(interview)
    if found.looked or found.untold or found.failed:
        artifacts.rescanned(interview, found)
    if found.untold or found.failed:
        get_run_logger().warning("rescan: %d stores untold, %d failed", len(found.untold), len(found.failed))
    walk = open_walk(interview)
    for held in found.quarantined:
        release = quarantine.in_force(replace(walk, interview=held)) if held != walk.interview else None
        if release is not None:
            _ask(walk.vault, held, f"quarantine:{release.release_sha256}", submit)
    return Counter(looked=len(found.looked), quarantined=len(found.quarantined), untold=len(found.untold))


def _ask(vault: Vault, held: InterviewId, attempt: str, submit: Submit) -> None:
    try:
        submit(vault, held, attempt)
    except ObjectNotFound:  # a run without `chaerok up`: nobody would do it, and `status` says it as well
        get_run_logger().warning("%s: quarantined; no deployment to run it", held)
