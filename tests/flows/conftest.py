"""One Prefect server for all tests of the flows, and a fresh lab for each."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from lab import Lab, asked, built, free_port

from flows import server
from pipeline.places import Home


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The lab whose home the server's is."""
    lab = built(Home(tmp_path_factory.mktemp("serving") / "home"), free_port())
    try:
        server.start(lab.home, lab.where)
        databases = (lab.home.prefect / "prefect.db", lab.home.root / "empty.db")
        with closing(sqlite3.connect(databases[0])) as made, closing(sqlite3.connect(databases[1])) as empty:
            made.backup(empty)
        yield lab
        _let_prefect_finish()
    finally:
        server.stop(lab.home)


def _let_prefect_finish() -> None:
    """Its threads would wait at the end of this process for a server that is gone."""
    if "prefect" in sys.modules:
        from prefect.events.worker import EventsWorker
        from prefect.logging.handlers import APILogWorker

        for worker in (APILogWorker, EventsWorker):
            worker.drain_all(timeout=5)


@pytest.fixture
def own(serving: Lab, tmp_path: Path) -> Lab:
    """A home whose server is its own, not started yet; its database is made already, which takes long."""
    lab = built(Home(tmp_path / "own"), free_port())
    lab.home.prefect.mkdir(mode=0o700)
    shutil.copyfile(serving.home.root / "empty.db", lab.home.prefect / "prefect.db")
    return lab


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Lab], Lab]]:
    """Make this process one of a lab's, for one test."""
    from prefect.context import refresh_global_settings_context

    def enter(lab: Lab) -> Lab:
        for name, value in server.environment(lab.home, lab.where).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
        refresh_global_settings_context()
        return lab

    yield enter
    monkeypatch.undo()
    refresh_global_settings_context()


@pytest.fixture
def lab(serving: Lab, tmp_path: Path, entered: Callable[[Lab], Lab]) -> Lab:
    """A home of its own, at the server of all; this process speaks to it."""
    return entered(built(Home(tmp_path / "home"), serving.where.port))


@pytest.fixture
def api(lab: Lab) -> Callable[..., list[dict]]:
    """Ask the server: ``api("flow_runs", flow_runs={...})``."""
    return lambda kind, **filters: asked(lab.where, kind, **filters)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again after a tenth of a second."""
    from flows import process

    tasks = {name: task.with_options(retry_delay_seconds=0.1) for name, task in process.TASKS.items()}
    monkeypatch.setattr(process, "TASKS", tasks)
