from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from pathlib import Path

import pytest
from faults import tree
from lab import INJECTED, SAMPLE, Lab, answers, asked, python

from flows import server
from pipeline import custody
from pipeline.errors import IdentityInvalid
from pipeline.places import ROOT, Home
from pipeline.stores.keyring import custodian, custodians, service_identity

pytestmark = pytest.mark.prefect

WITHOUT_WEIGHTS = (
    "from pipeline import weights; weights.DEFAULTS = ()\nfrom flows.demo import demonstrate; demonstrate()"
)


def run(lab: Lab, attempts: Path, code: str) -> subprocess.CompletedProcess[str]:
    """In a process that, with its children, can reach nothing but this machine."""
    more = {"CHAEROK_DEMO_HOME": str(lab.home.root), "CHAEROK_TEST_ATTEMPTS": str(attempts)}
    environment = {
        **os.environ,
        **more,
        "PYTHONPATH": f"{INJECTED}{os.pathsep}{ROOT}",
        "LANG": "ko_KR.UTF-8",
        "PYTHONUTF8": "1",
    }
    return subprocess.run(python("-c", code), env=environment, capture_output=True, text=True, check=False, timeout=200)


def recorded() -> dict[str, object]:
    """The answers to the whole sample, from its truth."""
    truth = json.loads(SAMPLE.with_suffix(".truth.json").read_text("utf-8"))
    said = tuple((turn["start"], turn["speaker"], turn["text"]) for turn in truth["turns"])
    return answers(SAMPLE, said, truth["duration"] - 0.1)  # which is rounded up


def test_the_example_goes_all_the_way_past_a_stranger_and_speaks_to_nobody_outside(own: Lab, tmp_path: Path) -> None:
    own.answer("sample", recorded())
    attempts = tmp_path / "attempts"
    try:
        with socket.create_server((own.where.host, own.where.port)):
            shown = run(own, attempts, WITHOUT_WEIGHTS)
        assert shown.returncode == 0, shown.stderr
        where = server.running(own.home, own.where)
        assert where and where.port != own.where.port and f"{server.url(where)}/runs/flow-run/" in shown.stdout
        states = [run["state_name"] for run in asked(where, "flow_runs", sort="EXPECTED_START_TIME_ASC")]
        assert states == ["Waiting", "Completed"]  # before the approval, and after it

        assert asked(where, "flow_runs", sort="EXPECTED_START_TIME_ASC")[0]["id"] in shown.stdout
        identities = tree(own.home.keys) | tree(own.home.root / "custodian")
        again = run(own, attempts, WITHOUT_WEIGHTS)
        assert tree(own.home.keys) | tree(own.home.root / "custodian") == identities
        assert again.returncode == 0, again.stderr
        assert server.running(own.home, own.where) == where  # the same server still
        assert transcript_of(again.stdout) == transcript_of(shown.stdout)
    finally:
        server.stop(own.home)
    assert (own.home.store / "coding.sqlite").exists()
    assert len(transcript_of(shown.stdout)) == 8
    assert_a_custodian_can_reveal(own.home, shown.stdout)
    assert not re.search("김민수|박지영|이수진|최은희", shown.stdout + shown.stderr)
    assert not re.search("Traceback|WARN|ERROR", shown.stdout + shown.stderr + again.stdout + again.stderr)
    processes = attempts.read_text().splitlines()
    assert {"guarded -m flows.server", "guarded -m pipeline.apart"} <= set(processes)
    assert any(line.startswith("guarded -c") for line in processes)
    assert [line for line in processes if not line.startswith("guarded ")] == []


def assert_a_custodian_can_reveal(home: Home, shown: str) -> None:
    """With the identity that the demo says it made; it lies apart from the service's."""
    (line,) = re.findall(r"^관리자 열쇠: .+$", shown, re.MULTILINE)
    path = Path(re.findall(r"관리자 열쇠: (.+?) \(", line)[0])
    assert path.is_relative_to(home.root) and not path.is_relative_to(home.keys) and "자료관리자" in line
    made, service = custodian(path, ""), service_identity(home.keys)
    assert custodians(home.keys) == ((made.public, "demo"),) and service.others == (made.public,)
    assert custody.reveal(home, "example", "참여자1", "a look", made, "test").forms[0]
    with pytest.raises(IdentityInvalid):
        custody.reveal(home, "example", "참여자1", "a look", service, "test")


def transcript_of(shown: str) -> list[str]:
    return re.findall(r"^\d{4} .+$", shown, re.MULTILINE)


@pytest.mark.parametrize(
    "reach",
    [
        "import socket; socket.getaddrinfo('example.com', 443)",
        "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "import httpx; httpx.get('http://example.com')",
        "import os, sys; os.execl(sys.executable, 'x', '-c', 'import socket; socket.gethostbyname(\"a.example\")')",
        "import asyncio; asyncio.run(asyncio.open_connection('192.0.2.1', 80))",
    ],
)
def test_an_attempt_would_be_counted(own: Lab, tmp_path: Path, reach: str) -> None:
    attempts = tmp_path / "attempts"
    run(own, attempts, reach)
    assert [line for line in attempts.read_text().splitlines() if not line.startswith("guarded ")]
