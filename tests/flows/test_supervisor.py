from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab import built, free_port, python

from flows import supervisor
from flows.supervisor import FORGIVEN_SECONDS, MARK, wait_after
from pipeline.errors import KeepsFalling
from pipeline.places import Home

WAITS = (0.0, 2.0, 10.0)


@pytest.mark.parametrize(
    ("falls", "now", "wait"),
    [
        ((100.0,), 100.0, 0.0),
        ((99.0, 100.0), 100.0, 2.0),
        ((1.0, 2.0, 3.0), 3.0, 10.0),
        ((1.0, 2.0, 3.0, 4.0), 4.0, None),
        ((1.0, 2.0, 3.0, 4.0), FORGIVEN_SECONDS + 2.5, 2.0),
        ((1.0, 700.0), 700.0, 0.0),
    ],
)
def test_the_wait_grows_and_ends(falls: tuple[float, ...], now: float, wait: float | None) -> None:
    assert wait_after(falls, WAITS, now) == wait


@given(st.lists(st.floats(0, 1e6), min_size=1), st.lists(st.floats(0, 100), min_size=1))
def test_more_falls_never_wait_less(falls: list[float], waits: list[float]) -> None:
    waits, falls = sorted(waits), sorted(falls)
    before, after = wait_after(falls[:-1] or falls, waits, falls[-1]), wait_after(falls, waits, falls[-1])
    assert after is None or (before is not None and before <= after)


def test_what_keeps_falling_ends_it_and_says_where_to_read(tmp_path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    lab = built(Home(tmp_path / "home"), free_port())
    where = lab.where.model_copy(update={"restart_waits_seconds": (0.0, 0.0)})
    watched = supervisor._Lab(lab.home, where)
    supervisor._fallen(watched, "flows")
    supervisor._fallen(watched, "server")
    supervisor._fallen(watched, "flows")
    with pytest.raises(KeepsFalling, match=r"flows ended 3 times"):
        supervisor._fallen(watched, "flows")
    assert capsys.readouterr().err.count("flows") == 2


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_runs_that_a_killed_serving_process_left_are_ended_and_nobody_elses(tmp_path) -> None:
    home = Home(tmp_path / "home")
    environments = [{MARK: "1", "CHAEROK_HOME": str(home.root)}, {MARK: "1", "CHAEROK_HOME": "else"}, {}]
    sleep = "import time; time.sleep(60)"
    started = [
        subprocess.Popen(python("-c", sleep), env={**os.environ, "CHAEROK_HOME": str(home.root), **more})
        for more in environments
    ]
    try:
        supervisor._end_strays(home)
        assert [process.poll() is None for process in started] == [False, True, True]
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_the_supervisor_does_without_prefect() -> None:
    """And without what brings it: it lives beside the server all day."""
    code = "import sys, flows.supervisor; print(sorted({'prefect', 'httpx', 'scipy', 'numpy'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
