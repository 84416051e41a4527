"""Where a study's releases go and its codings come back from, by the settings: the only place that chooses.

A new coding store is one file and one line in each table here. Imports are lazy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.codes import Gathered
from pipeline.interview import InterviewId
from pipeline.places import Home
from pipeline.settings import Settings
from pipeline.tools import by_name
from pipeline.transcript import Released

if TYPE_CHECKING:
    from pipeline.packing import Shelf

T = TypeVar("T")
Send = Callable[[Released, str], int]
"""Publishes a release (with its sha256) to one store; returns the transcript's version there."""
Withhold = Callable[[InterviewId, str, Mapping[str, Sequence[str]]], None]
"""Takes an interview's release back from one store: unless it is of the sha256 given; what must go, by segment."""

Gather = Callable[[str], Gathered]
"""Reads the codings of a study (id) out of a store; raises StoreError and the like."""

Renew = Callable[[str], int]
"""Writes the packages of a study (id) anew; their version."""


def coding_stores(settings: Settings, home: Home, questions: Sequence[str] = ()) -> tuple[tuple[str, Send], ...]:
    """(name, how to send a release there) of the study's stores; `questions` is its guide. Raises EngineUnknown."""
    from pipeline.stores.database import publish

    database = partial(publish, url=database_url(settings, home), questions=questions)
    packages, servers = _packages("send", settings, home), _servers("publish", settings, home)
    return _each_named(settings, {"database": database, **packages, **servers})


def withholding_stores(settings: Settings, home: Home) -> tuple[tuple[str, Withhold], ...]:
    """(name, how to take a release back from there) of the study's stores. Raises EngineUnknown."""
    from pipeline.stores.database import withhold

    database = partial(withhold, url=database_url(settings, home))
    packages, servers = _packages("withhold", settings, home), _servers("withhold", settings, home)
    return _each_named(settings, {"database": database, **packages, **servers})


def renewing_stores(settings: Settings, home: Home) -> tuple[tuple[str, Renew], ...]:
    """(name, how to write its packages anew) of those of the study's stores that are packages."""
    return _each_there(settings, _packages("renew", settings, home))


def gathering_stores(settings: Settings, home: Home) -> tuple[tuple[str, Gather], ...]:
    """(name, how to read a study's codings there) of what codings come back from: files, and the study's stores.

    The own database is none of them: what is in there needs no collecting.
    """
    from pipeline import handed_back

    files = handed_back.STORE, partial(handed_back.gather, shelf=shelf_of("refi", settings, home))
    return (files, *_each_there(settings, _servers("gather", settings, home)))


def _each_named(settings: Settings, table: Mapping[str, T]) -> tuple[tuple[str, T], ...]:
    """What `table` has for each of the study's stores. Raises EngineUnknown."""
    return tuple((name, by_name("publish", name, table)) for name in settings.publish.stores)


def _each_there(settings: Settings, table: Mapping[str, T]) -> tuple[tuple[str, T], ...]:
    """The same, without the stores that `table` does not have."""
    return tuple((name, table[name]) for name in settings.publish.stores if name in table)


def shelf_of(name: str, settings: Settings, home: Home) -> Shelf:
    """Where packages of that store lie, with the work of the own database to go into them."""
    from pipeline import packing
    from pipeline.stores.database import handed

    url, round = database_url(settings, home), settings.publish.round
    return packing.Shelf(name, home, settings, partial(handed.work, url, round=round))


def _packages(does: str, settings: Settings, home: Home) -> dict[str, Callable[..., Any]]:
    """`packing`'s function of that name for each store of packages; none where the study names none."""
    if set(settings.publish.stores) <= {"database"}:
        return {}
    from pipeline import packing

    work = getattr(packing, does)
    return {name: partial(work, shelf=shelf_of(name, settings, home)) for name in packing.STORES}


def _servers(does: str, settings: Settings, home: Home) -> dict[str, Callable[..., Any]]:
    """`stores.servers.rooms`'s function of that name for each server; none where the study names none."""
    if set(settings.publish.stores) <= {"database"}:
        return {}
    from pipeline.stores.servers import houses, rooms

    work, url = getattr(rooms, does), database_url(settings, home)
    return {name: partial(work, house=houses.house(settings, home, name, url)) for name in houses.SERVERS}


def database_url(settings: Settings, home: Home) -> str:
    """The coding store of our own: as configured, else SQLite in the home's store folder."""
    from pipeline.stores.database import sqlite_in

    return settings.publish.database_url or sqlite_in(home.store)
