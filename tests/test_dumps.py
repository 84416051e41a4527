from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

resource = pytest.importorskip("resource")

from faults import allow_cores  # noqa: E402

from pipeline import dumps  # noqa: E402
from pipeline.places import ROOT  # noqa: E402

NAME = "탁하윤"


@pytest.mark.parametrize(
    ("pattern", "hard", "allowed"),
    [
        ("core", resource.RLIM_INFINITY, 0),
        ("core.%p", 4096, 0),
        ("/var/crash/core.%e", resource.RLIM_INFINITY, 0),
        ("@/run/coredump.socket", resource.RLIM_INFINITY, 0),
        ("", resource.RLIM_INFINITY, 0),
        ("|/usr/lib/systemd/systemd-coredump %P %u %g", resource.RLIM_INFINITY, 1),
        ("|/usr/share/apport/apport -p%p", 4096, 1),
        ("|/usr/share/apport/apport -p%p", 1, 1),
        ("|/usr/share/apport/apport -p%p", 0, 0),
    ],
)
def test_the_limit_keeps_files_and_pipes_from_being_written(pattern: str, hard: int, allowed: int) -> None:
    assert dumps.limit(pattern, hard) == allowed


def dying(module: str, folder: Path, code: str = "") -> subprocess.CompletedProcess[bytes]:
    """A process that imports `module` and aborts with a name in its hands, where core dumps are wanted."""
    lines = f"import os\n{f'import {module}' if module else ''}\n{code}\ndef die(said): os.abort()\ndie({NAME!r})"
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", lines], cwd=folder, capture_output=True, check=False,
        preexec_fn=allow_cores, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.mark.parametrize("module", ["pipeline", "flows.cli", "pipeline.apart", "flows.server", "flows.up"])
def test_whatever_dies_leaves_no_core_and_says_no_name(module: str, tmp_path: Path) -> None:
    died = dying(module, tmp_path)
    assert died.returncode == -signal.SIGABRT
    assert b"Fatal Python error: Aborted" in died.stderr and NAME.encode() not in died.stderr + died.stdout
    assert list(tmp_path.iterdir()) == []


def test_what_it_starts_may_leave_none_either(tmp_path: Path) -> None:
    code = f"import subprocess; subprocess.run(['{sys.executable}', '-c', 'import os; os.abort()'])"
    dying("pipeline", tmp_path, code)
    assert list(tmp_path.iterdir()) == []


def test_it_would_be_seen_if_one_did(tmp_path: Path) -> None:
    """A program of nobody's leaves one, where this machine lets it; else the tests above say little."""
    written = dumps.CORE_PATTERN.exists() and dumps.CORE_PATTERN.read_text().startswith("core")
    if not written or resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("this machine writes no core files into the working folder")
    dying("", tmp_path)
    assert list(tmp_path.glob("core*"))
