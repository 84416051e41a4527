from __future__ import annotations

import os
import sys
import threading
import time

import psutil
import pytest

from pipeline.bench.watching import Ended, Memory, _seen, watched

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


SHARING = """
import mmap, os, time
held = mmap.mmap(-1, 200 << 20)
for at in range(0, 200 << 20, 4096):
    held[at] = 1
child = os.fork()
sum(held[at] for at in range(0, 200 << 20, 4096))
time.sleep(1.0)
child and os.waitpid(child, 0)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells what is shared")
def test_shared_memory_counts_once_where_the_system_tells() -> None:
    ended = python(SHARING)
    assert ended.pss_mib is not None
    assert 190 <= ended.pss_mib < 330
    assert ended.peak_mib > ended.pss_mib + 150


def test_where_it_does_not_tell_there_is_no_such_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil.Process, "memory_full_info", psutil.Process.memory_info)
    ended = python(HOLDING)
    assert ended.pss_mib is None and ended.peak_mib >= 200


def test_shared_pages_are_walked_only_where_more_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    real = psutil.Process.memory_full_info

    def counting(process: psutil.Process) -> object:
        looks.append(process.pid)
        return real(process)

    monkeypatch.setattr(psutil.Process, "memory_full_info", counting)
    first = _seen(os.getpid(), Memory())
    again = _seen(os.getpid(), first)
    assert looks.count(os.getpid()) == 1 and again.proportional == first.proportional
    held = bytearray(os.urandom(1 << 20) * (first.resident // 4 >> 20))
    more = _seen(os.getpid(), again)
    assert looks.count(os.getpid()) == 2 and more.resident >= again.resident + len(held) // 2


def test_a_child_ends_with_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def interrupted(pid: int, _: object) -> None:
        seen.append(pid)
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.bench.watching._seen", interrupted)
    begun = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        python("import time; time.sleep(60)")
    assert time.perf_counter() - begun < 20
    assert not psutil.pid_exists(seen[0])
    assert threading.active_count() < 20
