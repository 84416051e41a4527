from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import object_store as stores
import pytest
from faults import die, killed
from filelock import Timeout
from postgres import Server, running

from pipeline.errors import DatabaseUnreachable, LockLost, PlaceUnreachable
from pipeline.objects import ObjectPlace
from pipeline.place import Place
from pipeline.sharing import libpq
from pipeline.stores import locks
from pipeline.stores.locks import require_database, turn

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of this process")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running() as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSFILE", str(made.passfile(tmp_path_factory.mktemp("pass") / "pgpass")))
        yield made


def in_postgresql(postgres: Server, home: Path, share: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's home, whose vault is `share`, takes turns by the database from now on."""
    home.mkdir(exist_ok=True)
    endpoint = share.endpoint if isinstance(share, ObjectPlace) else ""
    address = postgres.address("postgres")
    (home / "settings.toml").write_text(
        f'[places]\nvault = "{share}"\nendpoint = "{endpoint}"\nlocks = "{address}"\n', "utf-8"
    )
    monkeypatch.setenv("CHAEROK_HOME", str(home))


@pytest.fixture(params=["file", "lease", "database", "database for a bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A lock of each kind; leases are over in a second."""
    monkeypatch.setattr(locks, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(locks, "LOOK_SECONDS", 0.05)
    share: Place = tmp_path / "share"
    if request.param in ("lease", "database for a bucket"):
        share = stores.fresh(request.getfixturevalue("object_store"))
    else:
        (tmp_path / "share").mkdir()
    if request.param.startswith("database"):
        in_postgresql(request.getfixturevalue("postgres"), tmp_path / "home", share, monkeypatch)
    return share / ".x.lock"


def test_one_at_a_time_and_others_are_other_locks(place: Place) -> None:
    with turn(place, 0):
        with pytest.raises(Timeout), turn(place, 0):
            pytest.fail("two have it")
        with turn(place.with_name(".y.lock"), 0):
            pass
    with turn(place, 0):
        pass


def test_who_waits_gets_it_or_gives_up(place: Place) -> None:
    taken = threading.Event()

    def hold() -> None:
        with turn(place):
            taken.set()
            time.sleep(1.0)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait()
    with pytest.raises(Timeout), turn(place, 0.2):
        pytest.fail("it is held")
    before = time.monotonic()
    with turn(place, 20):
        assert time.monotonic() - before > 0.3
    holder.join()


def test_it_is_let_go_where_the_work_fails(place: Place) -> None:
    with pytest.raises(ValueError, match="mine"), turn(place, 0):
        raise ValueError("mine")
    with turn(place, 0):
        pass


@forks
def test_it_dies_with_its_holder(place: Place) -> None:
    def hold() -> None:
        with turn(place, 0):
            die()

    assert killed(hold)
    with turn(place, 10):
        pass


def test_two_machines_with_the_share_in_different_places_take_turns(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mounted-here", "mounted-there"):
        (tmp_path / name).mkdir()
    in_postgresql(postgres, tmp_path / "one", tmp_path / "mounted-here", monkeypatch)
    with turn(tmp_path / "mounted-here" / "peers" / ".x.lock", 0):
        in_postgresql(postgres, tmp_path / "two", tmp_path / "mounted-there", monkeypatch)
        with pytest.raises(Timeout), turn(tmp_path / "mounted-there" / "peers" / ".x.lock", 0):
            pytest.fail("two have it")
        with turn(tmp_path / ".x.lock", 0):  # this machine's own: a file
            assert (tmp_path / ".x.lock").exists()
    assert not list((tmp_path / "mounted-here").rglob("*.lock"))


def test_a_lost_connection_is_told_at_the_end(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    (tmp_path / "share").mkdir()
    in_postgresql(postgres, tmp_path / "home", tmp_path / "share", monkeypatch)
    end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
    with (
        pytest.raises(LockLost) as lost,
        turn(tmp_path / "share" / ".x.lock", 0),
        psycopg.connect(libpq(postgres.address("postgres")), autocommit=True) as connection,
    ):
        connection.execute(end)
    assert lost.value.facts == {"what": "vault/.x.lock"}


def test_a_database_that_does_not_answer_is_said_without_user_or_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = "postgresql://lab@127.0.0.1:9/x"
    monkeypatch.setenv("CHAEROK_HOME", str(tmp_path))
    (tmp_path / "settings.toml").write_text(f'[places]\nvault = "{tmp_path}"\nlocks = "{nobody}"\n', "utf-8")
    for work in (lambda: require_database(nobody), lambda: turn(tmp_path / ".x.lock", 0).__enter__()):
        with pytest.raises(DatabaseUnreachable) as refused:
            work()
        assert refused.value.facts == {"place": "127.0.0.1:9/x", "why": "OperationalError"}


# --- leases ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def lease(object_store: str, monkeypatch: pytest.MonkeyPatch) -> ObjectPlace:
    monkeypatch.setattr(locks, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(locks, "LOOK_SECONDS", 0.05)
    return stores.fresh(object_store) / ".x.lock"


def test_a_lease_is_renewed_for_as_long_as_it_is_held(lease: ObjectPlace) -> None:
    with turn(lease, 0), pytest.raises(Timeout), turn(lease, 3.0):
        pytest.fail("taken from a living holder")


def test_who_lost_the_lease_hears_of_it(lease: ObjectPlace) -> None:
    with pytest.raises(LockLost), turn(lease, 0):
        lease.write([b"another's"])
        time.sleep(0.6)


def test_a_store_that_takes_no_notice_of_conditions_gives_no_leases(
    lease: ObjectPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def heedless(self: ObjectPlace, data: bytes, version: str | None) -> str:
        self.write([data])
        return "x"

    monkeypatch.setattr(ObjectPlace, "put", heedless)
    monkeypatch.setattr(locks, "_CONDITIONAL", set())
    with pytest.raises(PlaceUnreachable, match=r"\[places\] locks"), turn(lease, 0):
        pytest.fail("anybody could have it")
    assert not list(lease.parent.glob("*"))
