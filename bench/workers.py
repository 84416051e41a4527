"""How throughput grows with workers: recorded answers, slept over as long as networks would take; real Prefect,
PostgreSQL, vault on a shared folder.

    PYTHONPATH=.:tests:tests/flows python bench/workers.py [--interviews 12] [--workers 1 2 4] [--seconds 30] [--bucket]

Each round has a server, a database and a vault of its own. `seconds`: how long the two heavy steps of an interview
sleep, side by side. Printed: seconds from the first run's start to the last one's end, interviews an hour, the share of
what N times one worker would do, and what the round cost Prefect's database.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import object_store as stores
import psutil
import psycopg
from lab import SECONDS, Lab, built, free_port
from postgres import Server, running

from flows import server
from pipeline import inputs
from pipeline.places import ROOT, Home
from pipeline.sharing import libpq
from pipeline.sheets import read_sheet

SAID = (
    (0, "A", "오늘은 어떻게 지내셨어요"),
    (5, "B", "네 잘 지냈습니다 일도 하고요"),
    (10, "A", "편하게 말씀해 주세요"),
)
STUDY = 'id = "lab"\n[settings.release]\nmode = "automatic"\n'
MORE = """[publish]
database_url = "{coding}"
[places]
vault = "{place}/vault"
registers = "{place}/registers"
endpoint = "{endpoint}"
locks = "{locks}"
[workers]
pool = "lab"
"""


def made(folder: Path, postgres: Server, place: str, endpoint: str, seconds: float) -> Lab:
    number = folder.name
    lab = built(Home(folder / "home"), free_port(), STUDY)
    settings = lab.home.root / "settings.toml"
    address = postgres.make(f"prefect_{number}")
    text = settings.read_text().replace("[server]", f'[server]\ndatabase = "{address}"')
    text = text.replace("[replay]", f"[replay]\npace = {seconds / SECONDS}")
    more = MORE.format(
        coding=postgres.make(f"coding_{number}"),
        locks=postgres.make(f"locks_{number}"),
        place=place,
        endpoint=endpoint,
    )
    settings.write_text(text + more)
    return Lab(lab.home, lab.where.model_copy(update={"database": address}))


def chaerok(lab: Lab, *words: str) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"CHAEROK_HOME": str(lab.home.root), "PYTHONPATH": str(ROOT)}
    quiet = (lab.home.root / "output.txt").open("ab")
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *words], env=environment, cwd="/", stdout=quiet, stderr=quiet
    )


def submit(lab: Lab, count: int) -> None:
    from prefect.context import refresh_global_settings_context

    server.enter(lab.home, lab.where)
    refresh_global_settings_context()
    from flows.process import submit

    for number in range(count):
        recording = lab.recording(lab.home.root / "drops" / f"{number}.flac", 1 + number, SAID)
        sheet = read_sheet(lab.sheet(recording.with_suffix(".toml"), f"P{1 + number:02d}-S1", people=()))
        taken = inputs.take_in(lab.home, inputs.identity_of(lab.home), (recording,), sheet)
        submit(lab.walk(str(taken.interview)).vault, taken.interview)


QUERY = """SELECT count(*) FILTER (WHERE state_name = 'Completed'), extract(epoch FROM max(end_time) - min(start_time)),
avg(extract(epoch FROM end_time - start_time))
FROM flow_run JOIN flow ON flow.id = flow_id WHERE flow.name = 'process'"""
COST = "SELECT xact_commit, pg_database_size(datname) FROM pg_stat_database WHERE datname = %s"


def measured(lab: Lab, postgres: Server, workers: int, interviews: int) -> tuple[float, float, int, int]:
    """Seconds of all, mean seconds of a run, commits and bytes of Prefect's database."""
    name = lab.where.database.rpartition("/")[2]
    with psycopg.connect(libpq(lab.where.database), autocommit=True) as database:
        before = database.execute(COST, (name,)).fetchone()
        started = [chaerok(lab, "work", "--limit", "1") for _ in range(workers)]
        try:
            done, seconds, mean = 0, 0.0, 0.0
            while done < interviews:
                time.sleep(1)
                assert all(worker.poll() is None for worker in started), "a worker ended"
                done, seconds, mean = database.execute(QUERY).fetchone() or (0, 0.0, 0.0)
        finally:
            end(started)
        after = database.execute(COST, (name,)).fetchone()
    assert before and after
    return float(seconds), float(mean), after[0] - before[0], after[1] - before[1]


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        for one in (*psutil.Process(process.pid).children(recursive=True), process):
            with suppress(psutil.NoSuchProcess):
                one.kill()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interviews", type=int, default=12)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--bucket", action="store_true", help="the vault in an S3 server (moto's) instead of a folder")
    given = parser.parse_args()
    alone = 0.0
    print("| workers | s | interviews an hour | of N times one | s a run | commits a run | KiB a run |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-workers-")))
        postgres = stack.enter_context(running())
        os.environ["PGPASSFILE"] = str(postgres.passfile(scratch / "pgpass"))
        os.environ.update(stores.CREDENTIALS)
        endpoint = stack.enter_context(stores.serving(free_port())) if given.bucket else ""
        for number, workers in enumerate(given.workers):
            folder = scratch / str(number)
            for zone in ("vault", "registers"):
                (folder / zone).mkdir(parents=True)
            place = str(stores.fresh(endpoint, "lab")) if given.bucket else str(folder)
            lab = made(folder, postgres, place, endpoint, given.seconds)
            try:
                server.start(lab.home, lab.where)
                assert chaerok(lab, "deploy").wait() == 0
                os.environ["CHAEROK_HOME"] = str(lab.home.root)
                submit(lab, given.interviews)
                seconds, mean, commits, size = measured(lab, postgres, workers, given.interviews)
            finally:
                server.stop(lab.home)
            rate = given.interviews / seconds * 3600
            alone = alone or rate / workers
            per = given.interviews
            print(f"| {workers} | {seconds:.0f} | {rate:.0f} | {rate / (alone * workers):.2f} | {mean:.1f} "
                  f"| {commits / per:.0f} | {size / per / 1024:.0f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
