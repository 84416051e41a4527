"""What is around the engines: memory of `chaerok up`'s processes, and what a run costs with engines that cost nothing.

::

    python bench/overhead.py FOLDER     # an empty folder outside the clone; a lab is made in it, and left there

Memory is PSS, so that what processes share is counted once; each is looked at when all is quiet.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "flows"))
from lab import asked, built, free_port, python, wait_for

from flows import server
from pipeline.places import Home

MIB = 1 << 20


def pss(process: psutil.Process) -> int:
    info = process.memory_full_info()
    return int(getattr(info, "pss", info.uss) / MIB)


def processes(home: Home) -> list[psutil.Process]:
    def is_ours(process: psutil.Process) -> bool:
        try:
            return process.environ().get("CHAEROK_HOME") == str(home.root)
        except psutil.Error:
            return False

    return [process for process in psutil.process_iter() if is_ours(process)]


def named(process: psutil.Process) -> str:
    words = process.cmdline()
    return words[2] if words[1:2] == ["-m"] else "flows.cli up"


def main(folder: Path) -> None:
    lab = built(Home(folder / "home"), free_port())
    environment = {**os.environ, "CHAEROK_HOME": str(lab.home.root)}
    begun = time.monotonic()
    up = subprocess.Popen(python("-m", "flows.cli", "up"), env=environment, process_group=0)
    try:
        wait_for(lambda: server.is_up(lab.where), 180)
        print(f"server answers after {time.monotonic() - begun:.1f} s")
        wait_for(lambda: asked(lab.where, "deployments"), 60)
        time.sleep(20)
        idle = {named(process): pss(process) for process in processes(lab.home)}
        print("MiB (PSS), idle:", idle, "together:", sum(idle.values()))
        peaks: dict[str, int] = {}
        for number in (1, 2, 3):
            lab.recording(lab.home.inbox / f"{number}.flac", number)
            lab.sheet(lab.home.inbox / f"{number}.toml", f"P{number:02d}-S1")
        done = {"state": {"name": {"any_": ["Waiting", "Flagged"]}}}
        end = time.monotonic() + 400
        while len(runs := asked(lab.where, "flow_runs", flow_runs=done)) < 3 and time.monotonic() < end:
            for process in processes(lab.home):
                try:
                    peaks[named(process)] = max(peaks.get(named(process), 0), pss(process))
                except psutil.Error:
                    continue
        for run in runs:
            seconds = datetime.fromisoformat(run["end_time"]) - datetime.fromisoformat(run["start_time"])
            print(f"{run['name']}: {seconds.total_seconds():.1f} s from Running to its end, steps included")
        print("MiB (PSS), peaks while runs were under way:", peaks)
    finally:
        os.killpg(up.pid, signal.SIGINT)
        print("exit", up.wait(60))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
