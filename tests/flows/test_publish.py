"""The flow `publish` on a real Prefect server: which store has which version, and which one failed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab import Lab

from flows import publish as publishing
from pipeline import inputs, steps
from pipeline.errors import StepFailed
from pipeline.stores.packages import MANIFEST

pytestmark = pytest.mark.prefect
CODER = "김코더"


def test_stores_and_versions_are_shown_and_the_one_that_failed_is_named(
    lab: Lab, api: Callable[..., list[dict]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (lab.home.root / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[publish]\nstores = ["database", "refi", "qualcoder"]\ncoders = ["{CODER}"]\n')
    monkeypatch.setattr(publishing, "send", publishing.send.with_options(retry_delay_seconds=0.1))
    interview = lab.taken_in()
    walk = lab.walk(interview)
    for row in steps.STEPS[:8]:
        steps.run(row, walk)
    inputs.approve(walk, "reviewer")
    steps.run(steps.step("release"), walk)
    store = lab.home.exports / "lab" / "refi" / "0001"
    store.mkdir(parents=True)
    (store / MANIFEST).write_text("{", "utf-8")
    with pytest.raises(StepFailed) as failed:
        publishing.publish(interview)
    assert failed.value.facts == {"step": "publish → refi", "interview": interview, "cause": "StoreRefused"}
    assert (lab.home.exports / "lab" / "qualcoder" / "0001").is_dir(), "the others were sent to"
    (store / MANIFEST).unlink()
    store.rmdir()
    assert publishing.publish(interview) == "ran" and publishing.publish(interview) == "fresh"
    (table, *_) = api("artifacts", artifacts={"key": {"any_": [f"published-{interview.lower()}"]}})
    assert all(f'"{name}"' in table["data"] for name in ("database", "refi", "qualcoder"))
    for kind in ("artifacts", "flow_runs", "task_runs", "logs"):
        told = str(api(kind))
        assert CODER not in told and CODER not in told.encode().decode("unicode_escape", "replace")
