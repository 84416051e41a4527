"""The border to Prefect: ids and classes of errors pass; what was said, names, paths and tracebacks stay in the vault."""

from __future__ import annotations

from typing import Any

from pipeline import apart, inputs, steps
from pipeline.errors import EngineCrashed, PlaceBusy, StepFailed, StoreUnreachable, Waiting
from pipeline.interview import InterviewId
from pipeline.settings import Home
from pipeline.steps import Report, Walk, silently
from pipeline.stores.keyring import service_identity

PASSING = {kind.__name__ for kind in (EngineCrashed, PlaceBusy, StoreUnreachable)}
"""Errors that another try can mend; nothing else is tried again."""


def open_walk(interview: str, report: Report = silently) -> Walk:
    """The walk of that id, under CHAEROK_HOME."""
    home = Home.here()
    return inputs.walk_of(home, InterviewId.parse(interview), service_identity(home.keys), report)


def scrubbed(name: str, interview: str, report: Report) -> str:
    """Run one step: ``ran``, ``fresh`` or ``waiting:WHAT``. Raises StepFailed alone, with no exception chained to it."""
    try:
        return "ran" if apart.run(steps.step(name), open_walk(interview, report)) else "fresh"
    except Waiting as waiting:
        return f"waiting:{waiting.what}"
    except Exception as error:
        cause = type(error).__name__
    raise StepFailed(step=name, interview=interview, cause=cause)


def retriable(task: Any, run: Any, state: Any) -> bool:
    """Prefect's question whether to try again."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, StepFailed) and error.facts["cause"] in PASSING
