"""Whether, and when, an interview that did not come to its end is to be run again: from what became of its runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ALIVE = {"SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"}
FAULTS = {"FAILED", "CRASHED"}
NO_FAULT = "Flagged"
"""Of type FAILED, and has done all its work."""


@dataclass(frozen=True, slots=True)
class Past:
    """A run as the server knows it."""

    id: str
    key: str
    type: str
    name: str
    ours: bool
    """Its state was set by us, where a machine or `up` ended: no fault of the run, and no person's wish."""
    at: datetime
    """Since when it is in that state."""


def again(
    runs: Sequence[Past], prefix: str, waits: Sequence[timedelta], now: datetime, *, anew: bool = False
) -> tuple[timedelta, str] | None:
    """In how long to run it again, and the new run's attempt; None: not now, or not without a person.

    `runs`: of one interview, in any order. Those whose key has another `prefix` had other things to work on, and tell
    nothing but that they are under way. After a fault it waits, the longer the more there were, and after so many as
    there are `waits` and one more it stops: until something is given for it, or `anew`. Who cancels a run in the UI
    does not want it.
    """
    if any(run.type in ALIVE for run in runs):
        return None
    mine = sorted((run for run in runs if run.key.startswith(prefix)), key=lambda run: (run.at, run.id))
    attempt = f"after:{mine[-1].id}" if mine else "first"
    if anew or not mine:
        return timedelta(0), attempt
    if mine[-1].type == "CANCELLED" and not mine[-1].ours:
        return None
    faults = [run for run in mine if run.type in FAULTS and run.name != NO_FAULT and not run.ours]
    if len(faults) > len(waits):
        return None
    wait = faults[-1].at + waits[len(faults) - 1] - now if faults else timedelta(0)
    return max(timedelta(0), wait), attempt
