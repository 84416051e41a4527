"""The border to Prefect: ids and classes of errors pass; words, names, paths and tracebacks stay in the vault."""

from __future__ import annotations

import logging
from asyncio import CancelledError
from collections.abc import Callable
from typing import Any, TypeVar

from prefect.exceptions import FailedRun

from pipeline import apart, inputs, steps
from pipeline.errors import (
    ChaerokError,
    DatabaseUnreachable,
    EngineCrashed,
    LockLost,
    PlaceBusy,
    PlaceUnreachable,
    StepFailed,
    StoreUnreachable,
    Waiting,
)
from pipeline.interview import InterviewId
from pipeline.places import Home
from pipeline.stores.keyring import service_identity
from pipeline.walk import Report, Walk, silently

T = TypeVar("T")

PASSING = {
    kind.__name__
    for kind in (EngineCrashed, PlaceBusy, PlaceUnreachable, LockLost, StoreUnreachable, DatabaseUnreachable)
}
"""Errors that another try can mend; nothing else is tried again."""

NATIVE_PANIC = "pyo3_runtime"
"""Where the panics of libraries in Rust come from; they are no `Exception`, and may quote what they worked on."""


def open_walk(interview: str, report: Report = silently) -> Walk:
    """The walk of that id, under CHAEROK_HOME."""
    home = Home.here()
    return inputs.walk_of(home, InterviewId.parse(interview), service_identity(home.keys), report)


def guarded(step: str, interview: str, work: Callable[[], T]) -> T:
    """What `work` gives. Whatever it raises leaves as StepFailed, with no other exception chained to it.

    Interrupts pass as they are: Prefect and the operating system speak through them, and they carry no words.
    """
    facts: dict[str, object] = {"step": step, "interview": interview}
    try:
        return work()
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__module__ != NATIVE_PANIC:
            raise
        facts |= error.facts if isinstance(error, StepFailed) else {"cause": type(error).__name__}
        if isinstance(error, ChaerokError) and error.store:
            facts["step"] = f"{step} → {error.store}"  # a store's name in the settings is no secret
    raise StepFailed(**facts)


def scrubbed(name: str, interview: str, report: Report) -> str:
    """Run one step: ``ran``, ``fresh`` or ``waiting:WHAT``. Raises StepFailed alone."""

    def work() -> str:
        try:
            return "ran" if apart.run(steps.step(name), open_walk(interview, report)) else "fresh"
        except Waiting as waiting:
            return f"waiting:{waiting.what}"

    return guarded(name, interview, work)


def is_news(record: logging.LogRecord) -> bool:
    """For loggers: not the traceback of a run that ended in a state of type FAILED without an error, nor that of a
    watch of Prefect's own that was called off when its server went away.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], FailedRun | CancelledError))


def retriable(task: Any, run: Any, state: Any) -> bool:
    """Prefect's question whether to try again."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, StepFailed) and error.facts["cause"] in PASSING
