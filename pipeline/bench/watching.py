"""What a command costs: wall time, CPU time and memory of the process and of every process that it starts."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.1
"""Between two looks at the memory: a peak shorter than this can be missed."""

GROWTH = 1.05
"""How much larger the resident sum must be than at the last look at shared pages: such a look walks every page, 30 ms
for a GiB, where the resident sum takes microseconds."""


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
    pss_mib: float | None
    """The same with shared pages divided among those who share them, strangers too; None where the system does not
    say. Up to `GROWTH` too low."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Peaks so far, in bytes. `looked` is the resident sum at the last look at shared pages."""

    resident: int = 0
    proportional: int | None = None
    looked: int = 0


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
    peak = Memory()
    with ThreadPoolExecutor(1) as pool:
        try:
            answered = pool.submit(child.communicate, question)
            while wait((answered,), SAMPLE_SECONDS).not_done:
                peak = _seen(child.pid, peak)
        finally:
            child.kill()
    took, code = time.perf_counter() - started, child.wait()
    shared = None if peak.proportional is None else peak.proportional / 2**20
    spent = _spent_by_children() - spent
    return Ended(code, answered.result()[0], took, spent, peak.resident / 2**20, shared)


def _seen(pid: int, before: Memory) -> Memory:
    """`before`, raised to what the tree of `pid` holds now."""
    tree = _tree(pid)
    resident = _total(tree, lambda process: process.memory_info().rss) or 0
    peak = max(before.resident, resident)
    if resident <= before.looked * GROWTH:
        return Memory(peak, before.proportional, before.looked)
    proportional = _total(tree, lambda process: getattr(process.memory_full_info(), "pss", None))
    known = [held for held in (before.proportional, proportional) if held is not None]
    return Memory(peak, max(known, default=None), resident)


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _total(tree: Sequence[psutil.Process], held: Callable[[psutil.Process], int | None]) -> int | None:
    """Bytes; a process that ends meanwhile counts nothing. None where the system does not say."""
    total = 0
    for process in tree:
        try:
            size = held(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if size is None:
            return None
        total += size
    return total


def _spent_by_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
