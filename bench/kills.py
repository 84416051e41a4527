"""A hundred drops at once, and a process killed (-9) at twenty random moments: each is one interview, once.

::

    PYTHONPATH=.:tests:tests/flows python bench/kills.py FOLDER [--drops 100] [--kills 20] [--seed 1]

`FOLDER` is empty and outside the clone; a lab is made in it, and left there. Recorded answers instead of networks; what
is killed is a run's process, the one that serves and watches, the server, or all of it. Where the supervisor was
killed, or gave up, `chaerok up` is started again, as a service manager would.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
from lab import INJECTED, Lab, asked, built, family_of, free_port, python, wait_for

from flows import server
from pipeline import inputs
from pipeline.places import ROOT, Home
from pipeline.stores.vault import Vault
from pipeline.transcript import Released

STUDY = 'id = "lab"\n[settings.release]\nmode = "automatic"\n'
SAID = (
    (0, "A", "오늘은 어떻게 지내셨어요"),
    (5, "B", "네 잘 지냈습니다 일도 하고요"),
    (10, "A", "편하게 말씀해 주세요"),
)
"""Nobody is named, so that each interview is released by itself and each step due once."""
TARGETS = ("prefect.engine", "prefect.engine", "flows.up", "flows.server", "")
"""What is killed, by its module; "" is everything. A run's process twice as often as the others."""
CALM_SECONDS = 40
MOST_SECONDS = 3600


def up(lab: Lab, done: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "CHAEROK_HOME": str(lab.home.root), "CHAEROK_TEST_DONE": str(done)}
    environment["PYTHONPATH"] = f"{INJECTED}{os.pathsep}{ROOT}"
    output = (lab.home.root / "output.txt").open("ab")
    return subprocess.Popen(python("-m", "flows.cli", "up"), env=environment, stdout=output, stderr=output)


def released(lab: Lab) -> int:
    vault = Vault(lab.home.vault, inputs.identity_of(lab.home))
    return sum(1 for interview in vault.interviews() if vault.stamp(interview, Released))


def kill(lab: Lab, what: str) -> int:
    """How many processes."""
    found = family_of(lab.home.root, what)
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return len(found)


def recorded(lab: Lab, folder: Path, count: int) -> None:
    """Recordings, sheets and answers; the answers are what the replay engine is, so they are all there at first."""
    for number in range(1, count + 1):
        lab.recording(folder / f"면담 {number}.flac", number, SAID)
        lab.sheet(folder / f"면담 {number}.toml", f"P{1 + number // 2:03d}-S{1 + number % 2}", people=())


def published(lab: Lab) -> Counter[int]:
    """How many transcripts of each version the coding store has."""
    [store] = lab.home.store.glob("*.sqlite")
    with sqlite3.connect(store) as connection:
        return Counter(version for (version,) in connection.execute("SELECT version FROM transcript"))


def main(folder: Path, drops: int, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    lab = built(Home(folder / "home"), free_port(), STUDY)
    done = folder / "done.txt"
    done.touch()
    with (lab.home.root / "settings.toml").open("a") as settings:
        settings.write("[run]\nheavy_slots = 2\n")
    recorded(lab, folder / "drops", drops)
    process = up(lab, done)
    wait_for(lambda: server.is_up(lab.where), 180)
    shutil.copytree(folder / "drops", lab.home.inbox, dirs_exist_ok=True)
    begun, killed, next_kill = time.monotonic(), Counter[str](), time.monotonic() + chance.uniform(0, CALM_SECONDS)
    while released(lab) < drops and time.monotonic() - begun < MOST_SECONDS:
        time.sleep(1)
        if sum(killed.values()) < kills and time.monotonic() >= next_kill:
            what = chance.choice(TARGETS)
            if kill(lab, what):
                killed[what or "all"] += 1
                print(
                    f"{time.monotonic() - begun:5.0f} s: {what or 'all'} killed; {released(lab)} released", flush=True
                )
            next_kill = time.monotonic() + chance.uniform(0, 2 * CALM_SECONDS)
        if process.poll() is not None:
            process = up(lab, done)
    seconds = time.monotonic() - begun
    wait_for(lambda: not asked(lab.where, "flow_runs", flow_runs={"state": {"type": {"any_": ["RUNNING"]}}}), 120)
    process.send_signal(signal.SIGINT)
    print("exit", process.wait(60), "; killed:", dict(killed))
    report(lab, done, drops, seconds)


def report(lab: Lab, done: Path, drops: int, seconds: float) -> None:
    vault = Vault(lab.home.vault, inputs.identity_of(lab.home))
    times = Counter(done.read_text().splitlines())
    originals = len(list((lab.home.inbox / "처리됨").glob("*.flac")))
    left = sorted(path.name for path in lab.home.inbox.glob("*.flac"))
    print(f"{drops} dropped, {len(vault.interviews())} interviews, {released(lab)} released after {seconds:.0f} s")
    print(f"originals in 처리됨: {originals}, left in the inbox: {len(left)}")
    print(f"steps done: {len(times)}, more than once: {sum(1 for count in times.values() if count > 1)}")
    print("transcripts in the store, by version:", dict(published(lab)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--drops", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    main(given.folder, given.drops, given.kills, given.seed)
