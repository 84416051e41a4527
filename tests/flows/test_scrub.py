from __future__ import annotations

import logging
import pickle
from types import SimpleNamespace

import cloudpickle
import pytest
from prefect.exceptions import FailedRun

from flows import scrub
from flows.scrub import guarded, is_news, retriable, scrubbed
from pipeline.errors import EngineCrashed, EngineFailed, PlaceBusy, StepFailed, StoreUnreachable, Waiting
from pipeline.walk import silently

CANARY = "뷁쉛궳"


class PanicException(BaseException):
    __module__ = "pyo3_runtime"


def raising(error: BaseException):
    def work() -> str:
        try:
            raise KeyError(CANARY)
        except KeyError:
            raise error  # noqa: B904 - so that it comes with a context

    return work


def chain(error: BaseException) -> list[BaseException]:
    linked = [link for link in (error.__cause__, error.__context__) if link is not None]
    return [error, *(found for link in linked for found in chain(link))]


@pytest.mark.parametrize("error", [ValueError(CANARY), PlaceBusy(what=CANARY), PanicException(CANARY), MemoryError()])
def test_what_leaves_is_ids_and_a_class_alone(error: BaseException) -> None:
    with pytest.raises(StepFailed) as caught:
        guarded("merge", "lab-P01-S1", raising(error))
    left = caught.value
    assert chain(left) == [left]
    assert left.facts == {"step": "merge", "interview": "lab-P01-S1", "cause": type(error).__name__}
    assert str(left).startswith(f"lab-P01-S1: step merge failed ({type(error).__name__}).")
    for dumped in (pickle.dumps(left), cloudpickle.dumps(left)):
        assert CANARY.encode() not in dumped
        again = pickle.loads(dumped)
        assert (type(again), again.facts, str(again)) == (StepFailed, left.facts, str(left))


def test_the_store_that_failed_is_named_and_nothing_else_of_it() -> None:
    error = StoreUnreachable(store=CANARY, why=CANARY)
    error.store = "taguette"
    with pytest.raises(StepFailed) as caught:
        guarded("publish", "lab-P01-S1", raising(error))
    assert caught.value.facts["step"] == "publish → taguette" and CANARY not in str(caught.value)
    assert retriable(None, None, SimpleNamespace(result=lambda raise_on_failure: caught.value))


def test_a_failure_that_is_scrubbed_already_passes_through_many_hands() -> None:
    first = StepFailed(step="merge", interview="lab-P01-S1", cause="ValueError")
    with pytest.raises(StepFailed) as caught:
        guarded("process", "lab-P01-S1", lambda: guarded("merge", "lab-P01-S1", raising(first)))
    assert caught.value.facts == first.facts


def test_a_failure_with_a_past_leaves_it_behind() -> None:
    first = StepFailed(step="merge", interview="lab-P01-S1", cause="ValueError")
    with pytest.raises(StepFailed) as caught:
        guarded("process", "lab-P01-S1", raising(first))
    assert chain(caught.value) == [caught.value]


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(), SystemExit(1), GeneratorExit()])
def test_interrupts_pass(interrupt: BaseException) -> None:
    with pytest.raises(type(interrupt)):
        guarded("merge", "lab-P01-S1", raising(interrupt))


@pytest.mark.parametrize(
    ("did", "answer"), [(True, "ran"), (False, "fresh"), (Waiting("approval", "lab-P01-S1"), "waiting:approval")]
)
def test_a_step_answers_in_a_word(did: bool | Waiting, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(row: object, walk: object) -> bool:
        if isinstance(did, Waiting):
            raise did
        return did

    monkeypatch.setattr(scrub.apart, "run", run)
    monkeypatch.setattr(scrub, "open_walk", lambda interview, report: None)
    assert scrubbed("merge", "lab-P01-S1", silently) == answer


def test_what_is_no_id_is_refused_in_the_same_way(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("CHAEROK_HOME", str(tmp_path))
    with pytest.raises(StepFailed, match="ValueError"):
        scrubbed("merge", "no id", silently)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        *((kind.__name__, True) for kind in (EngineCrashed, PlaceBusy, StoreUnreachable)),
        *((name, False) for name in ("ValueError", EngineFailed.__name__, "DiskFull", "KeyMissing", "StepFailed")),
    ],
)
def test_only_what_may_pass_is_tried_again(error: str, again: bool) -> None:
    failed = StepFailed(step="merge", interview="lab-P01-S1", cause=error)
    assert retriable(None, None, SimpleNamespace(result=lambda raise_on_failure: failed)) is again


def test_nothing_else_is_tried_again() -> None:
    assert not retriable(None, None, SimpleNamespace(result=lambda raise_on_failure: PlaceBusy(what="x")))


@pytest.mark.parametrize(
    ("error", "news"),
    [(None, True), (FailedRun("lab-P01-S1: flagged"), False), (StepFailed(step="a", interview="b", cause="c"), True),
     (RuntimeError("crash"), True)],
)  # fmt: skip
def test_a_run_that_is_only_flagged_leaves_no_traceback(error: BaseException | None, news: bool) -> None:
    why = (type(error), error, None) if error else None
    record = logging.LogRecord("prefect.flow_runs", logging.ERROR, "", 0, "Engine execution exited", (), why)
    assert is_news(record) is news
    from flows import process

    assert process and all(is_news in logging.getLogger(f"prefect.{name}").filters for name in ("flow_runs", "engine"))
