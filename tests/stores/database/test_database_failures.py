"""What goes wrong leaves the store as it was, and is told without a word of the transcript."""

from __future__ import annotations

import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from pipeline.errors import (
    ChaerokError,
    DiskFull,
    PlaceBusy,
    PlaceUnwritable,
    SettingsInvalid,
    StoreOutdated,
    StoreRefused,
    StoreUnreachable,
)
from pipeline.interview import InterviewId
from pipeline.stores.database import interviews, opening, publish, sqlite_in
from pipeline.stores.database.failures import of_postgresql, of_sqlite, shown
from pipeline.stores.database.opening import in_transaction
from pipeline.transcript import Released

MakeRelease = Callable[..., Released]

INTERVIEW = InterviewId("peers", "P03", "S1")
A, B = "1" * 64, "2" * 64
SAID = (("a", "하나"), ("b", "둘"))
LONG = tuple((chr(0x4E00 + index), "긴 이야기 " * 200) for index in range(3000))


@contextmanager
def holding(url: str, lock: str) -> Iterator[None]:
    """The SQLite store under another program's lock."""
    with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as connection:
        connection.execute(lock)
        connection.execute("SELECT count(*) FROM study").fetchall()
        yield


# --- a place that does not take it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE", "BEGIN"])
def test_a_store_in_use_is_busy(sqlite: str, release: MakeRelease, monkeypatch: pytest.MonkeyPatch, lock: str) -> None:
    publish(release(SAID), A, sqlite)
    monkeypatch.setattr(opening, "PATIENCE_SECONDS", 0.2)
    with holding(sqlite, lock), pytest.raises(PlaceBusy, match=r"coding\.sqlite"):
        publish(release(SAID[:1]), B, sqlite)
    assert [(stored.version, stored.lines) for stored in interviews(sqlite)] == [(1, 2)]


def test_another_writer_in_postgresql_is_waited_for(
    postgresql: str, release: MakeRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(release(SAID), A, postgresql)
    monkeypatch.setattr(opening, "PATIENCE_SECONDS", 1)

    def publish_meanwhile(_session: object) -> None:
        with pytest.raises(PlaceBusy):
            publish(release(SAID[:1]), B, postgresql)

    in_transaction(postgresql, publish_meanwhile, write=True)
    assert publish(release(SAID[:1]), B, postgresql) == 2


def test_a_full_disk(sqlite: str, release: MakeRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(release(SAID), A, sqlite)
    monkeypatch.setattr(opening, "PRAGMAS", (*opening.PRAGMAS, "max_page_count = 100"))
    with pytest.raises(DiskFull, match=r"coding\.sqlite"):
        publish(release(LONG), B, sqlite)
    assert [(stored.version, stored.lines) for stored in interviews(sqlite)] == [(1, 2)]


def test_a_file_that_is_no_database(tmp_path: Path, release: MakeRelease) -> None:
    file = tmp_path / "coding.sqlite"
    file.write_text("이것은 데이터베이스가 아니다\n" * 100)
    before = file.read_bytes()
    with pytest.raises(StoreOutdated):
        publish(release(SAID), A, sqlite_in(tmp_path))
    assert file.read_bytes() == before


def test_a_folder_that_cannot_be_made(tmp_path: Path, release: MakeRelease) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(PlaceUnwritable):
        publish(release(SAID), A, sqlite_in(tmp_path / "file"))


def test_reading_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="nothing published yet"):
        interviews(sqlite_in(tmp_path / "store"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "store.sqlite",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=ro&uri=true",
        "sqlite+aiosqlite:///x",
        "mysql://user:secret@host/db",
        "postgres://user:secret@host/db",
        "postgresql+psycopg2://user:secret@host/db",
        "postgresql+psycopg://user:secret@host:port/db",
    ],
)
def test_a_url_of_no_store_of_ours_is_refused_without_repeating_it(url: str, release: MakeRelease) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        publish(release(SAID), A, url)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_postgresql_without_its_driver(release: MakeRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreUnreachable, match="pip install"):
        publish(release(SAID), A, "postgresql+psycopg://user:secret@localhost/x")


def test_a_server_that_is_down_and_passwords_and_databases_that_are_wrong(
    postgresql: str, release: MakeRelease, tmp_path: Path
) -> None:
    there = make_url(postgresql)
    wrong = {
        "OperationalError": there.update_query_dict({"host": str(tmp_path)}),
        "password": there.set(password="secret"),
        "3D000|OperationalError": there.set(database="absent"),
    }
    for why, url in wrong.items():
        with pytest.raises(StoreUnreachable, match=why) as caught:
            publish(release(SAID), A, url.render_as_string(hide_password=False))
        assert "secret" not in "".join(traceback.format_exception(caught.value))


# --- errors, by what the databases call them -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("SQLITE_BUSY", PlaceBusy),
        ("SQLITE_BUSY_SNAPSHOT", PlaceBusy),
        ("SQLITE_LOCKED", PlaceBusy),
        ("SQLITE_FULL", DiskFull),
        ("SQLITE_READONLY", PlaceUnwritable),
        ("SQLITE_READONLY_DBMOVED", PlaceUnwritable),
        ("SQLITE_CANTOPEN", PlaceUnwritable),
        ("SQLITE_NOTADB", StoreOutdated),
        ("SQLITE_CORRUPT", StoreRefused),
        ("SQLITE_IOERR_WRITE", StoreRefused),
        ("SQLITE_CONSTRAINT_UNIQUE", StoreRefused),
    ],
)
def test_errors_of_sqlite(name: str, error: type[ChaerokError]) -> None:
    cause = sqlite3.OperationalError("canary")
    cause.sqlite_errorcode, cause.sqlite_errorname = getattr(sqlite3, name), name
    meant = of_sqlite(cause, "store")
    assert type(meant) is error
    assert "store" in str(meant) and "canary" not in str(meant)


@pytest.mark.parametrize(
    ("state", "operational", "error"),
    [
        ("53100", True, DiskFull),
        ("55P03", True, PlaceBusy),
        ("40P01", True, PlaceBusy),
        ("28P01", True, StoreUnreachable),
        ("57P01", True, StoreUnreachable),
        ("08006", True, StoreUnreachable),
        (None, True, StoreUnreachable),
        (None, False, StoreRefused),
        ("42501", False, StoreRefused),
        ("53200", True, StoreRefused),
        ("23505", False, StoreRefused),
    ],
)
def test_errors_of_postgresql(state: str | None, operational: bool, error: type[ChaerokError]) -> None:
    cause = Exception("canary")
    cause.sqlstate = state  # type: ignore[attr-defined]
    meant = of_postgresql(cause, operational, "store")
    assert type(meant) is error
    assert "store" in str(meant) and "canary" not in str(meant)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////srv/store.sqlite", "/srv/store.sqlite"),
        ("postgresql+psycopg://user:secret@lab/peers?password=secret", "lab/peers"),
        ("postgresql+psycopg:///peers?host=%2Frun&user=me", "/run/peers"),
        ("postgresql+psycopg:///peers", "localhost/peers"),
    ],
)
def test_a_store_is_named_without_its_password(url: str, name: str) -> None:
    assert shown(make_url(url)) == name


def test_no_word_of_the_transcript_travels_in_an_error_or_a_log(
    url: str, release: MakeRelease, caplog: pytest.LogCaptureFixture
) -> None:
    """A row that breaks a rule makes SQLAlchemy and PostgreSQL quote it."""
    caplog.set_level("INFO", "sqlalchemy.engine")  # every statement, with its parameters if they were shown
    publish(release(SAID), A, url)
    guard = {
        "sqlite": ("CREATE TRIGGER t BEFORE INSERT ON segment_version BEGIN SELECT RAISE(ABORT, 'no'); END",),
        "postgresql": ("ALTER TABLE segment_version ADD CONSTRAINT short CHECK (length(text) < 3)",),
    }[make_url(url).get_backend_name()]
    in_transaction(
        url, lambda session: [session.connection().exec_driver_sql(each) for each in guard] and None, write=True
    )
    secret = "".join(["카나", "리아"])  # not as it stands in this file's own lines of the traceback
    with pytest.raises(StoreRefused) as caught:
        publish(release((("a", secret),)), B, url)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.facts)
    assert secret not in told + caplog.text
    assert "INSERT INTO segment_version" in caplog.text
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
    assert [(stored.version, stored.lines) for stored in interviews(url)] == [(1, 2)]
