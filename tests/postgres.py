"""A PostgreSQL server of our own, on a socket and a port of 127.0.0.1, gone after the tests."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest


@dataclass(frozen=True)
class Server:
    """A running server: its socket's folder, its port, the password of its user ``postgres``."""

    folder: Path
    port: int
    password: str

    def url(self, database: str, *, password: str | None = None) -> str:
        user = f"postgres:{self.password if password is None else password}"
        return f"postgresql+psycopg://{user}@/{database}?host={quote(str(self.folder), safe='')}&port={self.port}"

    def address(self, database: str) -> str:
        """As settings have it: without the password."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def passfile(self, path: Path) -> Path:
        """Write one, as PGPASSFILE names it."""
        path.touch(mode=0o600)
        path.write_text(f"127.0.0.1:{self.port}:*:postgres:{self.password}\n")
        return path

    def make(self, database: str) -> str:
        """An empty database; its address."""
        import psycopg

        administer = {"host": str(self.folder), "port": self.port, "user": "postgres", "password": self.password}
        with psycopg.connect(**administer, dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database}")
        return self.address(database)


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


@contextmanager
def running() -> Iterator[Server]:
    """Started, and stopped at the end."""
    where = programs()
    if os.name != "posix" or where is None:
        pytest.skip("no PostgreSQL server (initdb) on this machine")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed")
    with socket.socket() as probe, tempfile.TemporaryDirectory(prefix="pg") as scratch:
        probe.bind(("127.0.0.1", 0))
        made = Server(Path(scratch), probe.getsockname()[1], secrets.token_hex(8))
        probe.close()
        data, secret = made.folder / "data", made.folder / "password"
        secret.write_text(made.password)
        if os.geteuid() == 0:
            for path in (made.folder, secret):
                shutil.chown(path, "nobody", "nogroup")
        cluster = ("-A", "scram-sha-256", f"--pwfile={secret}", "--no-locale", "-E", "UTF8")
        run_as_nobody(where / "initdb", "-D", data, "-U", "postgres", *cluster)
        options = f"-k {made.folder} -p {made.port} -c listen_addresses=127.0.0.1 -c fsync=off -c log_connections=on"
        run_as_nobody(where / "pg_ctl", "-D", data, "-w", "-o", options, "-l", made.folder / "log", "start")
        try:
            yield made
        finally:
            run_as_nobody(where / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
