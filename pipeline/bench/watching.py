"""What a command costs: wall time, CPU time and memory of the process and of every process that it starts."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.1
"""Between two looks at the memory: a peak shorter than this can be missed."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command went. `code` is its exit code, `answer` what it wrote to standard output."""

    code: int
    answer: str
    seconds: float
    cpu_seconds: float
    """User and system, descendants included; exact, but 0 on Windows, which does not count what children used."""
    peak_mib: float
    """Of the resident sets of the whole tree added up: memory that two processes share counts twice."""


def watched(command: Sequence[str], question: str) -> Ended:
    """Run `command` with `question` on its standard input, to its end; stopped, with its tree, if this one is.

    The CPU time is that of all children which this process reaped meanwhile: run one at a time.
    """
    started, spent = time.perf_counter(), _spent_by_children()
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    peak = 0
    with ThreadPoolExecutor(1) as pool:
        try:
            answered = pool.submit(child.communicate, question)
            while wait((answered,), SAMPLE_SECONDS).not_done:
                peak = max(peak, _resident(child.pid))
        finally:
            child.kill()
    took = time.perf_counter() - started
    return Ended(child.wait(), answered.result()[0], took, _spent_by_children() - spent, peak / 2**20)


def _resident(pid: int) -> int:
    """Bytes that the tree of `pid` holds now; a process that ends meanwhile counts nothing."""
    total = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            total += _bytes(process)
    except psutil.NoSuchProcess:
        return total
    return total


def _bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _spent_by_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
