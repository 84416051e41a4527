"""Whose turn it is: what is ready, but for what failed a short while ago. Says beside the others what they wait for."""

from __future__ import annotations

from contextlib import suppress

from flows.inbox import journal, moving, notes
from flows.inbox.gathering import Drop, View
from flows.inbox.naming import WAITS
from pipeline.errors import PlaceError
from pipeline.places import Home
from pipeline.settings import load


def due(home: Home, seen: View) -> tuple[Drop, ...]:
    """The drops that may be taken in now; the notes beside files are as they have to be afterwards. While `alone`."""
    put_off = _put_off(home)
    names = {drop: moving.name_of(home.inbox, drop.recordings[0]) for drop in seen.ready}
    told = [(held.recordings[0], held.why) for held in seen.held]
    told += [(drop.recordings[0], put_off[name]) for drop, name in names.items() if name in put_off]
    for recording, why in told:
        with suppress(PlaceError):  # the page says it too
            notes.say(recording, WAITS, why)
    said = {notes.beside(recording, WAITS) for recording, _ in told}
    for folder in seen.folders:
        notes.keep_only(folder, said)
    return tuple(drop for drop, name in names.items() if name not in put_off)


def _put_off(home: Home) -> dict[str, str]:
    """Drops that are to be tried again later, and why they failed."""
    first = load(home).inbox.first_wait_seconds
    failing = journal.failing(home.inbox).items()
    return {name: entry.why for name, entry in failing if not journal.due(entry, first)}
