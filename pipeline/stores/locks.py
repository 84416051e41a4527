"""Taking turns, across processes and machines: lock files, PostgreSQL's advisory locks, or leases in an object store.

* A folder of this machine, or on a share whose locks work (NFS 4): the operating system's lock on a file. It is gone
  with its holder.
* ``[places] locks`` for whatever is shared: a session's advisory lock. The server lets go of it when the holder's
  connection ends, so also when the holder dies; where a whole machine went down, after `SILENT` seconds of no answer.
* An object store without that: an object that says who has it, written only where it is as it was last seen, renewed
  while it is held, and taken over once it was not renewed for `LEASE_SECONDS` by the store's own clock. A holder that
  was suspended for longer works on unawares, as nothing can fence it off; it hears of it at the end (`LockLost`). Its
  step may then be done twice: each write is whole, and a stamp vouches for one file, so the later one counts.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.errors import ChaerokError, DatabaseUnreachable, LockLost, PlaceUnreachable
from pipeline.objects import SCHEME, ObjectPlace
from pipeline.place import Place
from pipeline.places import Home
from pipeline.sharing import libpq, shown

LEASE_SECONDS = 60.0
RENEWALS = 4
"""In the time of a lease."""
LOOK_SECONDS = 0.25
CONNECT_SECONDS = 10
SILENT = {"tcp_keepalives_idle": 15, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
"""Of PostgreSQL's side of the connection: half a minute."""
FREE = b""


@contextmanager
def turn(place: Place, patience: float = -1.0) -> Iterator[None]:
    """Hold `place` alone, a file that need not be there. Raises filelock's Timeout after `patience` s (-1: never).

    Raises DatabaseUnreachable, PlaceUnreachable, LockLost too, where it is shared.
    """
    url, name = Home.here().shared("locks"), _shared_name(place)
    if url and name:
        with _advisory(url, name, patience):
            yield
    elif isinstance(place, ObjectPlace):
        with _leased(place, patience):
            yield
    else:
        with FileLock(Path(str(place)), timeout=patience):
            yield


def _shared_name(place: Place) -> str:
    """What every machine calls the place, wherever it has the share; empty where it is this machine's alone."""
    home = Home.here()
    for zone in ("vault", "registers"):
        where = home.shared(zone)
        if where.startswith(SCHEME) and f"{place}/".startswith(f"{where.rstrip('/')}/"):
            return str(place)
        if where and isinstance(place, Path) and place.is_relative_to(where):
            return f"{zone}/{place.relative_to(where).as_posix()}"
    return ""


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def require_database(url: str) -> None:
    """Raises DatabaseUnreachable where it does not answer, or refuses."""
    import psycopg

    try:
        psycopg.connect(libpq(url), connect_timeout=CONNECT_SECONDS, application_name="chaerok").close()
        return
    except psycopg.Error as error:
        why = "password" if "password" in str(error) else type(error).__name__
    raise DatabaseUnreachable(place=shown(url), why=why)  # out here: psycopg's own words name the user


@contextmanager
def _advisory(url: str, name: str, patience: float) -> Iterator[None]:
    import psycopg
    from psycopg.errors import LockNotAvailable

    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    quick = "".join(f" -c {key}={value}" for key, value in SILENT.items())
    failure: ChaerokError = DatabaseUnreachable(place=shown(url), why="-")
    try:
        connection = psycopg.connect(
            libpq(url), autocommit=True, connect_timeout=CONNECT_SECONDS, application_name="chaerok", options=quick
        )
        if patience != 0:
            connection.execute(f"SET lock_timeout = {round(max(0.0, patience) * 1000)}")
            connection.execute("SELECT pg_advisory_lock(%s)", (number,))
        elif connection.execute("SELECT pg_try_advisory_lock(%s)", (number,)).fetchone() != (True,):
            connection.close()
            raise Timeout(name)
    except LockNotAvailable:
        connection.close()
        raise Timeout(name) from None
    except psycopg.Error as error:
        failure.facts["why"] = "password" if "password" in str(error) else type(error).__name__
    else:
        with connection:
            yield
            failure = LockLost(what=name)
            try:
                connection.execute("SELECT 1")  # it held to the end
                return
            except psycopg.Error:
                connection.close()
    raise failure


# --- leases ---------------------------------------------------------------------------------------------------------


_CONDITIONAL: set[tuple[str, str]] = set()
"""(endpoint, bucket) of which it is known."""


def _require_conditions(place: ObjectPlace) -> None:
    """A store that takes no notice of conditions would give the same lease to everybody."""
    asked = (place.endpoint, place.key.partition("/")[0])
    if asked in _CONDITIONAL:
        return
    probe = place.with_name(f".probe-{secrets.token_hex(8)}")
    try:
        probe.put(FREE, None)
        if probe.put(FREE, None) is not None or probe.put(FREE, '"0"') is not None:
            raise PlaceUnreachable(path=place, why="If-None-Match, If-Match; set [places] locks")
    finally:
        probe.unlink(missing_ok=True)
    _CONDITIONAL.add(asked)


@contextmanager
def _leased(place: ObjectPlace, patience: float) -> Iterator[None]:
    _require_conditions(place)
    lease = _Lease(place, secrets.token_hex(16).encode())
    end = time.monotonic() + patience
    while not lease.take():
        if patience >= 0 and time.monotonic() >= end:
            raise Timeout(str(place))
        time.sleep(LOOK_SECONDS)
    renewing = threading.Thread(target=lease.renew, daemon=True)
    renewing.start()
    kept = False
    try:
        yield
    finally:
        lease.over.set()
        renewing.join()
        kept = lease.give_back()
    if not kept:
        raise LockLost(what=place)


class _Lease:
    """One holder's: `version` is that of the object which says so."""

    def __init__(self, place: ObjectPlace, holder: bytes) -> None:
        self.place, self.holder, self.over = place, holder, threading.Event()
        self.version: str | None = None

    def take(self) -> bool:
        """Whether it is ours now: nobody's before, or somebody's who has not renewed it."""
        seen = self.place.seen()
        if seen is None:
            self.version = self.place.put(self.holder, None)
            return self.version is not None
        try:
            free = seen[1] > LEASE_SECONDS or self.place.read_bytes() == FREE
        except FileNotFoundError:  # discarded with its interview
            return False
        self.version = self.place.put(self.holder, seen[0]) if free else None
        return self.version is not None

    def renew(self) -> None:
        """Until it is over. A renewal that fails is tried again; one that is refused is the end."""
        beat = 0
        while not self.over.wait(LEASE_SECONDS / RENEWALS) and self.version is not None:
            beat += 1
            try:
                self.version = self.place.put(self.holder + b" %d" % beat, self.version)
            except PlaceUnreachable:
                continue

    def give_back(self) -> bool:
        """False where it was not ours any more."""
        return self.version is not None and self.place.put(FREE, self.version) is not None
