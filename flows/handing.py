"""Handing interviews on to Prefect, no more at a time than the settings allow; the others wait in the vault.

Runs by the thousand that wait in Prefect would all be late, and each a row that its database has to look at.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from flows.inbox import journal
from flows.inbox.gathering import alone
from flows.inbox.journal import Became
from pipeline.interview import InterviewId, Source
from pipeline.places import Home
from pipeline.settings import load
from pipeline.stores.keyring import service_identity
from pipeline.stores.vault import Vault

MOST_ASKED = 200
"""Runs that Prefect's server lists at once."""


def under_way() -> int:
    """How many runs of `process` wait or run in Prefect. Raises what its client raises."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowFilter, FlowRunFilter
    from prefect.client.schemas.objects import StateType

    states = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING]
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(
            flow_filter=FlowFilter.model_validate({"name": {"any_": ["process"]}}),
            flow_run_filter=FlowRunFilter.model_validate({"state": {"type": {"any_": states}}}),
            limit=MOST_ASKED,
        )
    return len(runs)


def room(home: Home) -> int:
    """How many more may be handed on now; none while the server does not answer."""
    most = min(load(home).inbox.most_under_way, MOST_ASKED)
    try:
        return max(0, most - under_way())
    except Exception as error:  # of a client over a network: whatever it is, they wait
        _say(error)
        return 0


def _say(error: Exception) -> None:
    logging.getLogger(__name__).warning("cannot hand on: %s", type(error).__name__)  # its words may hold anything


def hand_on(home: Home, places: int) -> int:
    """Submit what waits for its turn, at most so many; how many were. For the process that is `alone`.

    Where the server does not take it, it stays in its place: nothing is handed on twice, Prefect knows a key again.
    """
    waiting = journal.to_hand_on(home.inbox)[: max(0, places)] if places > 0 else ()
    count = 0
    for entry in waiting:
        if not _submitted(home, InterviewId.parse(entry.interview)):
            break
        journal.add(home.inbox, replace(entry, became=Became.HANDED, at=journal.now()))
        count += 1
    return count


def _submitted(home: Home, interview: InterviewId) -> bool:
    from flows.process import submit  # brings all of `pipeline`, which the process that serves has no use for

    vault = Vault(home.vault, service_identity(home.keys))
    if vault.stamp(interview, Source) is None:  # taken out since
        return True
    try:
        submit(vault, interview)
    except Exception as error:
        _say(error)
        return False
    return True


def in_turn(home: Home) -> frozenset[str]:
    """The interviews that wait for their turn: they were never handed on."""
    return frozenset(entry.interview for entry in journal.to_hand_on(home.inbox))


def pass_on(home: Home) -> int:
    """Hand on what waits for its turn, as far as there is room. How many."""
    with alone(home) as is_alone:
        return hand_on(home, room(home)) if is_alone and journal.to_hand_on(home.inbox) else 0
