from __future__ import annotations

from typing import get_args

import pytest
from typer.models import OptionInfo

from flows import bench_verb
from pipeline.bench.systems import ALL, SYSTEMS, chosen, default, settings_for
from pipeline.composition import COMPOSITIONS
from pipeline.engines import senko
from pipeline.errors import EngineMissing, EngineUnknown
from pipeline.settings import load


def test_every_system_is_chaerok_or_a_composition() -> None:
    assert {name for name in SYSTEMS if not name.startswith("chaerok")} == set(COMPOSITIONS)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["plain"], ("plain",)),
        (["plain", "chaerok", "plain"], ("plain", "chaerok")),
        (["all"], tuple(SYSTEMS)),
        (["plain", "all"], ("plain", *(name for name in SYSTEMS if name != "plain"))),
    ],
    ids=["one", "twice", "all", "all against the first"],
)
def test_what_is_asked_for(names: list[str], expected: tuple[str, ...]) -> None:
    assert chosen(names) == expected


@pytest.mark.parametrize("name", ["Plain", "plain ", "", "All"])
def test_what_there_is_not(name: str) -> None:
    with pytest.raises(EngineUnknown) as caught:
        chosen(["chaerok", name])
    assert "plain-senko" in str(caught.value)


def test_the_default_is_quick_and_has_senko_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise EngineMissing(engine="senko", why="", how="")

    monkeypatch.setattr(senko, "find", missing)
    assert chosen() == ("chaerok", "plain")
    monkeypatch.setattr(senko, "find", lambda: None)
    assert chosen() == ("chaerok", "plain", "plain-senko")
    assert not any(SYSTEMS[name].slow for name in default())


def test_the_help_names_every_system() -> None:
    (systems,) = (info for info in get_args(bench_verb.Systems) if isinstance(info, OptionInfo))
    assert systems.help and all(name in systems.help for name in (*SYSTEMS, ALL))


def test_only_the_recognizer_of_chaerok_is_another() -> None:
    settings = load()
    assert [settings_for(name, settings).transcribe.engine for name in ("chaerok-openai", "plain-openai")] == [
        "openai-whisper",
        settings.transcribe.engine,
    ]
    other = settings_for("chaerok-openai", settings)
    assert other.model_copy(update={"transcribe": settings.transcribe}) == settings
