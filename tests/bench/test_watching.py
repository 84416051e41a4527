from __future__ import annotations

import sys
import threading
import time

import psutil
import pytest

from pipeline.bench.watching import Ended, watched

HOLDING = "import sys, time; held = bytearray(200 << 20); time.sleep(0.6)"


def python(code: str, question: str = "") -> Ended:
    return watched([sys.executable, "-c", code], question)


def test_the_answer_however_long() -> None:
    ended = python("import sys; sys.stdout.write(sys.stdin.read() * 300_000); sys.exit(3)", "네")
    assert (ended.answer, ended.code) == ("네" * 300_000, 3)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count what children used")
def test_the_time_of_the_whole_tree() -> None:
    spin = "import time; start = time.process_time()\nwhile time.process_time() - start < 0.5: pass"
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}])"
    ended = python(f"{spin}\n{nested}")
    assert 1.0 <= ended.cpu_seconds < 3.0
    assert ended.seconds >= 0.9 * ended.cpu_seconds


def test_waiting_takes_time_and_no_cpu() -> None:
    ended = python("import time; time.sleep(1)")
    assert ended.seconds >= 1.0 > ended.cpu_seconds


def test_the_memory_of_the_whole_tree() -> None:
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLDING!r}])"
    alone, both = python(HOLDING).peak_mib, python(f"held = bytearray(200 << 20)\n{nested}").peak_mib
    assert 200 <= alone < 300
    assert 400 <= both < 600


def test_a_child_ends_with_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def interrupted(pid: int) -> int:
        seen.append(pid)
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.bench.watching._resident", interrupted)
    begun = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        python("import time; time.sleep(60)")
    assert time.perf_counter() - begun < 20
    assert not psutil.pid_exists(seen[0])
    assert threading.active_count() < 20
