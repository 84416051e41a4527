from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from filelock import FileLock
from lab import INJECTED, Lab, asked, built, family_of, free_port, python, wait_for

from flows import server
from pipeline.errors import PlaceBusy
from pipeline.places import ROOT, Home
from pipeline.transcript import Pseudonymized

pytestmark = [pytest.mark.prefect, pytest.mark.skipif(os.name == "nt", reason="signals")]


def up(lab: Lab, elsewhere: Path, **more: str) -> subprocess.Popen[bytes]:
    """`chaerok up`, from another working directory, in a process group of its own as a terminal would have it."""
    output = (lab.home.root / "output.txt").open("ab")
    environment = {**os.environ, "CHAEROK_HOME": str(lab.home.root), "LANG": "ko_KR.UTF-8", **more}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (more.get("PYTHONPATH"), str(ROOT))))  # these sources
    return subprocess.Popen(
        python("-m", "flows.cli", "up"), cwd=elsewhere, env=environment, stdout=output, stderr=output, process_group=0
    )


def state_of(lab: Lab, flow: str) -> list[str]:
    runs = asked(lab.where, "flow_runs", flows={"name": {"any_": [flow]}}, sort="EXPECTED_START_TIME_ASC")
    return [run["state_name"] for run in runs]


def flagged_in(lab: Lab) -> list[str]:
    """What the logs on the server say of flags; they hold no traceback of them."""
    said = [log["message"] for log in asked(lab.where, "logs")]
    assert not [line for line in said if "Traceback" in line]
    return [line for line in said if "받아 적지 못한 말소리가 많음" in line and "chaerok listen lab-P01-S1" in line]


def test_ctrl_c_leaves_nothing_running_and_the_next_time_goes_on(own: Lab, tmp_path: Path) -> None:
    lab, marker = own, tmp_path / "asleep"
    try:
        injected = {"CHAEROK_TEST_ATTEMPTS": str(tmp_path / "attempts"), "PYTHONPATH": str(INJECTED)}
        first = up(lab, tmp_path, CHAEROK_TEST_SLEEPS=str(marker), **injected)
        wait_for(lambda: server.is_up(lab.where), 90)
        lab.recording(lab.home.inbox / "면담 하나.flac", 1, unheard=((7.5, 9.0, "B"),))
        lab.sheet(lab.home.inbox / "면담 하나.toml")
        wait_for(marker.exists, 60)  # in the middle of a heavy step
        assert state_of(lab, "intake") == ["Completed"]
        done = [path.name for path in sorted((lab.home.inbox / "처리됨").iterdir())]
        assert done == ["면담 하나.flac", "면담 하나.flac.사유.txt"]
        assert not (lab.home.inbox / "면담 하나.toml").exists()
        before = time.monotonic()
        os.killpg(first.pid, signal.SIGINT)
        assert first.wait(20) == 0
        wait_for(lambda: not family_of(lab.home.root), 20 - (time.monotonic() - before))
        assert not server.is_taken(lab.where)

        second = up(lab, tmp_path, **injected)
        wait_for(lambda: server.is_up(lab.where), 90)
        wait_for(lambda: state_of(lab, "process")[1:] == ["Flagged"], 60)
        wait_for(lambda: flagged_in(lab), 15)
        assert state_of(lab, "process") == ["Cancelled", "Flagged"]  # still: no crash, though Prefect's process fails
        walk = lab.walk("lab-P01-S1")
        assert walk.vault.stamp(walk.interview, Pseudonymized)
        second.kill()
        wait_for(lambda: not family_of(lab.home.root, "flows.up"), 15)
        assert server.stop(lab.home) is True  # that one is `chaerok down`'s to stop
        assert family_of(lab.home.root) == []
    finally:
        for process in family_of(lab.home.root):
            process.kill()
    output = (lab.home.root / "output.txt").read_text()
    assert server.url(lab.where) in output and str(lab.home.inbox) in output
    assert not re.search("Traceback|ERROR|면담 하나", output), output
    processes = (tmp_path / "attempts").read_text().splitlines()
    assert {"guarded -m prefect.engine", "guarded -m flows.up"} <= set(processes)
    assert [line for line in processes if not line.startswith("guarded ")] == []


@pytest.mark.parametrize("other", ["a stranger on the port", "chaerok up"])
def test_it_does_not_start_beside_another(tmp_path: Path, other: str) -> None:
    lab = built(Home(tmp_path / "home"), free_port())
    lab.home.prefect.mkdir()
    lock = FileLock(lab.home.prefect / "up.lock")
    with lock if other == "chaerok up" else socket.create_server((lab.where.host, lab.where.port)):
        refused = up(lab, tmp_path)
        assert refused.wait(30) == PlaceBusy.exit_code
    shown = (lab.home.root / "output.txt").read_text().splitlines()[-1]
    assert shown.startswith("오류: 다른 작업이 사용 중입니다: ") and (
        str(lab.where.port) in shown or "chaerok up" in shown
    )
    assert family_of(lab.home.root) == []
