"""What a database's error means to the person who published: one of ours, quoting nothing that was said.

A database quotes the offending row in its messages, so only the kind of an error is read here, never its words.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from pipeline.errors import (
    ChaerokError,
    DiskFull,
    PlaceBusy,
    PlaceUnwritable,
    StoreOutdated,
    StoreRefused,
    StoreUnreachable,
)

CONNECTION_STATES = ("08", "28", "3D", "53300", "57P")
"""SQLSTATEs (PostgreSQL, appendix A): no connection, wrong role or password, no such database, too many, going down."""

BUSY_STATES = ("55P03", "40001", "40P01")
"""Lock not had in time, two transactions in each other's way."""


def shown(address: URL) -> str:
    """The store by its place alone: a URL may carry a user and a password, in its query too."""
    if address.get_backend_name() == "sqlite":
        return str(address.database)
    return f"{address.host or address.query.get('host') or 'localhost'}/{address.database or ''}"


def meaning(error: SQLAlchemyError, address: URL) -> ChaerokError:
    """Our error for `error`. To be raised outside the ``except`` block, so that it does not drag `error` along."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(cause, sqlite3.Error):
        return of_sqlite(cause, shown(address))
    if cause is not None:
        return of_postgresql(cause, isinstance(error, OperationalError), shown(address))
    return StoreRefused(store=shown(address), why=type(error).__name__)


def of_sqlite(cause: sqlite3.Error, path: str) -> ChaerokError:
    """By primary result code (https://www.sqlite.org/rescode.html)."""
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return PlaceBusy(what=path)
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(path=path)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return PlaceUnwritable(path=path)
    if code == sqlite3.SQLITE_NOTADB:
        return StoreOutdated(store=path)
    return StoreRefused(store=path, why=getattr(cause, "sqlite_errorname", type(cause).__name__))


def of_postgresql(cause: BaseException, operational: bool, store: str) -> ChaerokError:
    """By SQLSTATE; an operational error without one is a connection that was never made, or was lost."""
    state = str(getattr(cause, "sqlstate", None) or "")
    if state == "53100":
        return DiskFull(path=store)
    if state in BUSY_STATES:
        return PlaceBusy(what=store)
    if state.startswith(CONNECTION_STATES) or (operational and not state):
        return StoreUnreachable(store=store, why=state or unconnected(cause))
    return StoreRefused(store=store, why=f"{state} {type(cause).__name__}")


def unconnected(cause: BaseException) -> str:
    """Why no connection came about, in a word; before one, a server's message can quote no transcript."""
    return "password" if "password" in str(cause) else type(cause).__name__
