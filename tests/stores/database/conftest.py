"""Releases to publish, and stores to publish them to: SQLite always, PostgreSQL where this machine has a server."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import zip_longest
from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline.interview import EngineId, InterviewId, Role
from pipeline.speech import Gap
from pipeline.stores.database import sqlite_in
from pipeline.transcript import Descent, Line, Provenance, Released

INTERVIEW = InterviewId("peers", "P03", "S1")
PROVENANCE = Provenance(
    engines=(("transcribe", EngineId("faster-whisper", "1.2.1", (("model.bin", "ab" * 32),), demo_grade=True)),),
    recording_sha256="cd" * 32,
    seconds=12.3456,
    draft_sha256="ef" * 32,
    approved_by="reviewer1",
    approved_at=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC),
    demo_grade=True,
)

MakeRelease = Callable[..., Released]


def released(
    texts: Sequence[tuple[str, str]],
    *,
    interview: InterviewId = INTERVIEW,
    role: Role = Role.PARTICIPANT,
    attributes: tuple[tuple[str, str], ...] = (("age band", "30s"),),
    lineage: tuple[Descent, ...] | None = None,
    gaps: tuple[Gap, ...] = (Gap(3.0, 4.2504, "no words"),),
    questions: Sequence[int] = (),
) -> Released:
    """A release of (segment id, text); the time of a segment follows from its id, so that it stays the same."""
    lines = tuple(
        Line(segment, line, 1, "참여자1", role, 2.0 * ord(segment[0]), 2.0 * ord(segment[0]) + 1.0006, text, 1)
        for line, (segment, text) in enumerate(texts, start=1)
    )
    lines = tuple(replace(line, question=number) for line, number in zip_longest(lines, questions, fillvalue=0))
    descents = tuple(Descent(segment, "new") for segment, _ in texts) if lineage is None else lineage
    return Released(interview, lines, gaps, descents, attributes, PROVENANCE, date(2026, 5, 1))


@pytest.fixture(scope="session")
def release() -> MakeRelease:
    return released


# --- a PostgreSQL server of our own, on a socket and a local port, gone after the tests -----------------------------


@dataclass(frozen=True)
class Server:
    """A running server: its socket's folder, its port, the password of its user ``postgres``."""

    folder: Path
    port: int
    password: str

    def url(self, database: str, *, password: str | None = None) -> str:
        user = f"postgres:{self.password if password is None else password}"
        return f"postgresql+psycopg://{user}@/{database}?host={quote(str(self.folder), safe='')}&port={self.port}"


def programs() -> Path | None:
    """The folder with ``initdb``: on PATH, or where Debian hides it."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max((path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)


def run_as_nobody(*command: str | Path) -> None:
    """Run `command`; PostgreSQL refuses to run as root."""
    unprivileged = {"user": "nobody", "group": "nogroup", "extra_groups": ()} if os.geteuid() == 0 else {}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    anywhere = {**os.environ, "LC_ALL": "C"}  # LANG may name a locale that this machine does not have
    subprocess.run(command, check=True, env=anywhere, **quiet, **unprivileged)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    where = programs()
    if os.name != "posix" or where is None:
        pytest.skip("no PostgreSQL server (initdb) on this machine")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed")
    with tempfile.TemporaryDirectory(prefix="pg") as scratch:
        made = Server(Path(scratch), 54000 + os.getpid() % 1000, secrets.token_hex(8))
        data, secret = made.folder / "data", made.folder / "password"
        secret.write_text(made.password)
        if os.geteuid() == 0:
            for path in (made.folder, secret):
                shutil.chown(path, "nobody", "nogroup")
        cluster = ("-A", "scram-sha-256", f"--pwfile={secret}", "--no-locale", "-E", "UTF8")
        run_as_nobody(where / "initdb", "-D", data, "-U", "postgres", *cluster)
        options = f"-k {made.folder} -p {made.port} -c listen_addresses='' -c fsync=off"
        run_as_nobody(where / "pg_ctl", "-D", data, "-w", "-o", options, "-l", made.folder / "log", "start")
        try:
            yield made
        finally:
            run_as_nobody(where / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


@pytest.fixture
def postgresql(server: Server) -> Iterator[str]:
    """An empty database."""
    psycopg = pytest.importorskip("psycopg")
    name = f"t{secrets.token_hex(6)}"
    administer = {"host": str(server.folder), "port": server.port, "user": "postgres", "password": server.password}
    with psycopg.connect(**administer, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield server.url(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """Where a store may be made."""
    return sqlite_in(tmp_path / "store")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A store of either kind, not made yet."""
    found: str = request.getfixturevalue(request.param)
    return found
