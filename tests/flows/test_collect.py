"""The flow `collect-codings` on a real Prefect server: figures, never a quote, a name or a coder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from coded import CANARY, coded_study, codings
from lab import Lab

from flows import collect
from pipeline import destinations, errors
from pipeline.codes import Gathered
from pipeline.places import Home

pytestmark = pytest.mark.prefect


@pytest.fixture
def home(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    made = coded_study(tmp_path / "coded")
    (made.studies / "new.toml").write_text('id = "new"\n', "utf-8")  # without a release
    monkeypatch.setenv("CHAEROK_HOME", str(made.root))
    monkeypatch.setattr(collect, "gather", collect.gather.with_options(retry_delay_seconds=0.1))
    return made


def test_every_study_is_collected_and_told_in_figures(
    home: Home, monkeypatch: pytest.MonkeyPatch, api: Callable[..., list[dict]]
) -> None:
    stores = (("labels", lambda study: Gathered(codings().codings[:2]) if study == "peers" else Gathered()),)
    monkeypatch.setattr(destinations, "gathering_stores", lambda settings, home: stores)
    assert collect.collect_codings() == {"labels": 2}
    assert collect.collect_codings("peers") == {"labels": 0}, "the same again is nothing new"
    made = api("artifacts", artifacts={"key": {"any_": ["codings-peers"]}})
    assert len(made) == 2 and '"labels: \\uc0c8 \\ucf54\\ub529"' in made[0]["data"]
    for kind in ("artifacts", "flow_runs", "task_runs", "logs"):
        told = str(api(kind)).encode().decode("unicode_escape", "replace") + str(api(kind))
        assert not any(word in told for word in (CANARY, "김코더", "이코더", "숨겼어요"))


def test_a_store_that_is_down_fails_the_run_after_the_others_were_read(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(study: str) -> Gathered:
        raise errors.StoreUnreachable(store="taguette", why="password")

    tried: list[str] = []
    stores = (("down", down), ("labels", lambda study: tried.append(study) or Gathered()))
    monkeypatch.setattr(destinations, "gathering_stores", lambda settings, home: stores)
    with pytest.raises(errors.StepFailed) as failed:
        collect.collect_codings("peers")
    assert failed.value.facts == {"step": "collect-codings", "interview": "peers", "cause": "StoreUnreachable"}
    assert failed.value.__cause__ is None and failed.value.__context__ is None
    assert tried == ["peers"] * 3, "tried again, twice"


def test_an_unknown_study(home: Home) -> None:
    with pytest.raises(errors.StepFailed, match="StudyInvalid"):
        collect.collect_codings("nobodys")
