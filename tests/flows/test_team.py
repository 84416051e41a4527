"""A team's lab: Prefect, coding store and locks in one PostgreSQL server, several workers, one vault."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from lab import INJECTED, Lab, asked, built, family_of, free_port, python, wait_for
from postgres import Server, running

from flows import server
from pipeline import inputs
from pipeline.errors import DatabaseUnreachable
from pipeline.places import ROOT, Home
from pipeline.sharing import libpq
from pipeline.sheets import read_sheet
from pipeline.transcript import Released

pytestmark = [pytest.mark.prefect, pytest.mark.skipif(os.name == "nt", reason="signals")]

STUDY = 'id = "lab"\n[settings.release]\nmode = "automatic"\n'
TEAM = """
[publish]
database_url = "{coding}"
[places]
vault = "{share}/vault"
registers = "{share}/registers"
locks = "{locks}"
[workers]
pool = "lab"
"""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running() as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSFILE", str(made.passfile(tmp_path_factory.mktemp("pass") / "pgpass")))
        yield made


def lab_on(postgres: Server, folder: Path, name: str, more: str = "", study: str = STUDY) -> Lab:
    """A home whose server keeps its database there."""
    lab = built(Home(folder), free_port(), study)
    settings = folder / "settings.toml"
    in_team = settings.read_text().replace("[server]", f'[server]\ndatabase = "{postgres.make(name)}"')
    settings.write_text(in_team + more)
    return Lab(lab.home, lab.where.model_copy(update={"database": postgres.address(name)}))


def rows(postgres: Server, database: str, query: str) -> list[tuple]:
    import psycopg

    with psycopg.connect(libpq(postgres.address(database))) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.slow
def test_prefect_and_the_coding_store_in_one_postgresql_are_still_there_after_a_restart(
    postgres: Server, tmp_path: Path, entered
) -> None:
    store = f'[publish]\ndatabase_url = "{postgres.make("coding_one")}"\n'
    lab = lab_on(postgres, tmp_path / "home", "prefect_one", store)
    try:
        assert server.start(lab.home, lab.where) is True
        entered(lab)
        from flows import artifacts
        from flows.process import process

        interview = lab.taken_in()
        assert process(interview, return_state=True).name == "Completed"
        shown = [word for one in family_of(lab.home.root) for word in one.cmdline()]
        assert shown and not [word for word in shown if postgres.password in word]
        assert server.stop(lab.home) is True

        assert server.start(lab.home, lab.where) is True
        runs = asked(lab.where, "flow_runs", flow_runs={"name": {"any_": [interview]}})
        assert {run["state_name"] for run in runs} == {"Completed"}
        process(interview)  # nothing is left to do
        named = {"key": {"any_": [artifacts.key("summary", interview)]}}
        summary = asked(lab.where, "artifacts", artifacts=named, sort="CREATED_DESC")[0]
        steps = {row["값"] for row in json.loads(summary["data"]) if row["항목"].startswith("단계")}
        assert steps == {"fresh"}
    finally:
        server.stop(lab.home)
    assert rows(postgres, "prefect_one", "SELECT count(*) FROM flow_run")[0][0] >= 2
    assert rows(postgres, "coding_one", "SELECT count(*) FROM transcript")[0][0] == 1
    assert not (lab.home.prefect / "prefect.db").exists() and not (lab.home.store / "coding.sqlite").exists()
    left = [path for path in lab.home.root.rglob("*") if path.is_file()]
    assert left and not [path for path in left if postgres.password.encode() in path.read_bytes()]


def test_a_database_that_refuses_is_said_at_once_and_without_the_password(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSFILE")
    monkeypatch.setenv("PGPASSWORD", "wrong-secret")
    lab = built(Home(tmp_path / "home"), free_port())
    where = lab.where.model_copy(update={"database": postgres.address("postgres")})
    with pytest.raises(DatabaseUnreachable) as refused:
        server.start(lab.home, where)
    assert refused.value.facts == {"place": f"127.0.0.1:{postgres.port}/postgres", "why": "password"}
    assert "wrong-secret" not in str(refused.value) and refused.value.__context__ is None
    assert not (lab.home.prefect / "server.pid").exists()


INTERVIEWS = 40
SAID = (
    (0, "A", "오늘은 어떻게 지내셨어요"),
    (5, "B", "네 잘 지냈습니다 일도 하고요"),
    (10, "A", "편하게 말씀해 주세요"),
)
"""Nobody is named, so that nothing is searched again for what others said, and each step is due once."""


def on_another_machine(lab: Lab, folder: Path) -> Lab:
    """A worker's: a home of its own, with the key, the study file and the settings, and nothing else."""
    for name in ("keys", "studies", "settings.toml"):
        source, target = lab.home.root / name, folder / name
        folder.mkdir(exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
    return Lab(Home(folder), lab.where)


def command(lab: Lab, elsewhere: Path, *words: str, **more: str) -> subprocess.Popen[bytes]:
    """`chaerok …` of that home, from another folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"CHAEROK_HOME": str(lab.home.root), "PYTHONPATH": f"{INJECTED}{os.pathsep}{ROOT}", **more}
    output = (lab.home.root / "output.txt").open("ab")
    return subprocess.Popen(
        python("-m", "flows.cli", *words), cwd=elsewhere, env=environment, stdout=output, stderr=output
    )


def taken_in(lab: Lab, count: int) -> list[str]:
    """The ids of that many interviews, two of each participant, which wait for their runs."""
    from flows.process import submit

    made = []
    for number in range(count):
        recording = lab.recording(lab.home.root / "drops" / f"{number}.flac", 1 + number, SAID)
        sheet = lab.sheet(recording.with_suffix(".toml"), f"P{1 + number // 2:02d}-S{1 + number % 2}", people=())
        made.append(inputs.take_in(lab.home, inputs.identity_of(lab.home), (recording,), read_sheet(sheet)).interview)
    for interview in made:
        submit(lab.walk(str(interview)).vault, interview)
    return [str(interview) for interview in made]


def kill(worker: subprocess.Popen[bytes]) -> None:
    """As a machine that loses its power: the worker and its runs, all at once."""
    for process in (psutil.Process(worker.pid), *psutil.Process(worker.pid).children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    worker.wait()


def states(lab: Lab, flow: str = "process") -> Counter[str]:
    return Counter(run["state_name"] for run in asked(lab.where, "flow_runs", flows={"name": {"any_": [flow]}}))


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_forty_interviews_are_done_once_by_two_workers_of_which_one_dies(
    postgres: Server, tmp_path: Path, entered
) -> None:
    share, done = tmp_path / "share", tmp_path / "done.txt"
    for zone in ("vault", "registers"):
        (share / zone).mkdir(parents=True)
    done.touch()
    more = TEAM.format(share=share, coding=postgres.make("coding_two"), locks=postgres.make("locks_two"))
    lab = entered(lab_on(postgres, tmp_path / "server", "prefect_two", more))
    settings = lab.home.root / "settings.toml"
    settings.write_text(settings.read_text().replace("[replay]", "[replay]\npace = 0.1"))
    running: list[subprocess.Popen[bytes]] = []
    try:
        running.append(command(lab, tmp_path, "up"))
        wait_for(lambda: server.is_up(lab.where), 120)
        wait_for(lambda: states(lab, "rescan")["Completed"], 120)  # with which `up` begins: it would ask for them, too
        assert command(lab, tmp_path, "deploy", "--cpu-limit", "4").wait(90) == 0
        interviews = taken_in(lab, INTERVIEWS)
        machines = [on_another_machine(lab, tmp_path / name) for name in ("one", "two")]
        workers = [
            command(machine, tmp_path, "work", "--limit", "2", CHAEROK_TEST_DONE=str(done)) for machine in machines
        ]
        running += workers
        wait_for(lambda: states(lab)["Completed"] >= INTERVIEWS // 2, 700)
        wait_for(lambda: family_of(machines[0].home.root, "pipeline.apart"), 60)  # in the middle of a heavy step
        kill(workers[0])
        wait_for(lambda: set(states(lab)) == {"Completed", "Crashed"} and states(lab)["Completed"] == INTERVIEWS, 700)
    finally:
        for process in (one for home in (tmp_path / "one", tmp_path / "two", lab.home.root) for one in family_of(home)):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        for process in running:
            process.wait()
    finished = Counter(done.read_text().splitlines())
    assert [line for line, times in finished.items() if times > 1] == []
    released = [line.split()[0] for line in finished if Released.file in line]
    assert sorted(released) == sorted(interviews)
    published = rows(postgres, "coding_two", "SELECT count(*), max(version) FROM transcript")
    assert published == [(INTERVIEWS, 1)]
    crashed = "SELECT count(DISTINCT flow_run_id) FROM flow_run_state WHERE name = 'Crashed'"
    assert rows(postgres, "prefect_two", crashed)[0][0] >= 1
