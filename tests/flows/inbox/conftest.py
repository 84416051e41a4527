"""A lab without a server: what is handed on is only counted, and time stands still unless it is moved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lab import Lab, built, free_port

from flows.inbox import journal, settling
from pipeline.places import Home


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Without a server; what is submitted is not sent."""
    made = built(Home(tmp_path / "home"), free_port())
    made.home.inbox.mkdir()
    monkeypatch.setenv("CHAEROK_HOME", str(made.home.root))
    return made


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    from flows import handing, process

    ids: list[str] = []
    monkeypatch.setattr(process, "submit", lambda vault, interview: ids.append(str(interview)))
    monkeypatch.setattr(handing, "under_way", lambda: 0)
    return ids


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the time on."""
    now = [1_000_000.0]
    monkeypatch.setattr(settling, "_now", lambda: now[0])

    def later(seconds: float) -> None:
        now[0] += seconds

    return later


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], float]:
    """Moves the wall clock on, by which waits after failures are counted; what it shows."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(journal, "now", lambda: now[0])

    def move(seconds: float) -> float:
        now[0] += seconds
        return now[0]

    return move
