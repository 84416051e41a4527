"""Opening the coding store: its place, its file rights, its migrations, and one transaction around all of it.

Of SQLite, and why:

* **A rollback journal, not WAL.** WAL needs shared memory, so it fails on the network folders that labs share; a
  coder's copy of the one file would lack what is still in the ``-wal``; and text that was taken back would live on in
  there. Writers are rare and done in a second.
* ``secure_delete``: what is deleted is overwritten with zeros, so that a withdrawn line is gone from the file.
* ``temp_store = memory``: no text in the system's temporary folder.
* ``BEGIN IMMEDIATE``, given by us: it takes the file's write lock first and makes DDL part of the transaction, so that
  making, migrating and writing happen wholly or not at all, and two processes take turns. No lock file is needed.

In PostgreSQL an advisory lock of the transaction does the same.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from pipeline.errors import (
    ChaerokError,
    DiskFull,
    PlaceUnwritable,
    SettingsInvalid,
    StoreOutdated,
    StoreUnreachable,
)
from pipeline.stores.database.failures import meaning, shown

MIGRATIONS = Path(__file__).with_name("migrations")

PATIENCE_SECONDS = 30
"""How long to wait for another writer, or for a coder's program that reads, before `PlaceBusy`."""

CONNECT_SECONDS = 10
"""How long to wait for a PostgreSQL server's answer."""

ADVISORY_LOCK = 0x6368616572  # "chaer": any number that is ours
"""PostgreSQL's lock that our writers share."""

PRAGMAS = (
    "foreign_keys = ON",
    "journal_mode = DELETE",
    "synchronous = FULL",
    "secure_delete = ON",
    "temp_store = MEMORY",
)
"""Set on every connection to an SQLite store; reasons above."""

DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
"""What a URL may begin with, and the driver that serves it."""

Result = TypeVar("Result")


def sqlite_in(folder: Path) -> str:
    """The URL of the default store, an SQLite file in `folder`."""
    return URL.create("sqlite", database=str(folder / "coding.sqlite")).render_as_string()


def parsed(url: str) -> URL:
    """`url` with its driver named. Raises SettingsInvalid unless it is an SQLite file or a PostgreSQL database."""
    try:
        address = make_url(url)
        backend = address.get_backend_name() if address.drivername in DRIVERS else ""
    except (ArgumentError, ValueError):  # a ValueError for a port that is no number
        backend = ""
    in_file = backend == "sqlite" and not address.query and address.database not in (None, "", ":memory:")
    if not in_file and backend != "postgresql":
        raise SettingsInvalid(path="publish.database_url", where="sqlite:///FILE | postgresql+psycopg://USER@HOST/NAME")
    return address.set(drivername=DRIVERS[address.drivername])


def in_transaction(url: str, work: Callable[[Session], Result], *, write: bool) -> Result:
    """What `work` gives, run in one transaction on the store at `url`, migrated to this program's schema.

    With `write` the store is made where there is none, and other writers wait. An error leaves the store as it was:
    StoreUnreachable, StoreOutdated, StoreRefused, PlaceBusy, PlaceUnwritable, DiskFull, SettingsInvalid.
    """
    address = parsed(url)
    try:
        return run(engine_for(address, write), work, write)
    except SQLAlchemyError as error:
        failure: ChaerokError = meaning(error, address)
    except ImportError:
        failure = StoreUnreachable(store=shown(address), why="pip install 'psycopg[binary]'")
    raise failure from None  # out here, so that it does not carry the database's own error, which quotes rows


def run(engine: Engine, work: Callable[[Session], Result], write: bool) -> Result:
    """`work` in a transaction of `engine`, after whatever migrations are due."""
    with Session(engine) as session, session.begin():
        if write:
            take_turns(session.connection())
        migrate(session.connection())
        return work(session)


def engine_for(address: URL, write: bool) -> Engine:
    """An engine without a pool (the file is closed after each transaction) that never shows a parameter."""
    options: dict[str, Any] = {"hide_parameters": True, "poolclass": NullPool, "json_serializer": canonical_json}
    if address.get_backend_name() == "postgresql":
        timeout = {"connect_timeout": CONNECT_SECONDS, "application_name": "chaerok"}
        return create_engine(address, connect_args=timeout, **options)
    prepare_file(Path(str(address.database)), make=write)
    engine = create_engine(address, connect_args={"timeout": PATIENCE_SECONDS}, **options)
    event.listen(engine, "connect", prepare_connection)
    event.listen(engine, "begin", partial(begin, write=write))
    return engine


def canonical_json(value: object) -> str:
    """JSON that is the same for the same value, readable in Korean."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def prepare_file(path: Path, *, make: bool) -> None:
    """Make an empty store for its owner alone (0600 in a 0700 folder). What is there keeps the rights it was given."""
    if not make:
        if not path.is_file():
            raise StoreUnreachable(store=path, why="nothing published yet")
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as problem:
        raise (DiskFull if problem.errno == errno.ENOSPC else PlaceUnwritable)(path=path) from None


def prepare_connection(connection: Any, _record: object) -> None:
    """Keep Python's sqlite3 from beginning transactions of its own, which would not lock first; set the pragmas."""
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def begin(connection: Connection, *, write: bool) -> None:
    """A writer locks first: a reader that turns writer half-way fails at once instead of waiting."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def take_turns(connection: Connection) -> None:
    """Wait for other writers of a PostgreSQL store; SQLite's writers already have, at BEGIN."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")


# --- migrations ----------------------------------------------------------------------------------------------------


def migration_config(connection: Connection | None = None) -> Config:
    """Alembic's settings, without an ini file."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def migrate(connection: Connection) -> None:
    """Bring the schema to this program's. Raises StoreOutdated for a newer schema, or a database of something else."""
    config = migration_config(connection)
    scripts = ScriptDirectory.from_config(config)
    at = MigrationContext.configure(connection).get_current_heads()
    if at == (scripts.get_current_head(),):
        return
    ours = set(at) <= {script.revision for script in scripts.walk_revisions()}
    if not ours or (not at and inspect(connection).get_table_names()):
        raise StoreOutdated(store=shown(connection.engine.url))
    take_turns(connection)
    command.upgrade(config, "head")


def draft_migration(message: str) -> None:
    """For developers: write migrations/versions/… for what the tables have that the migrations do not make yet."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        config = migration_config(connection)
        command.upgrade(config, "head")
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
