"""Watching the inbox: events where the file system sends them, and a look through all of it every `scan_seconds`.

An event only makes the next look come sooner; what counts is what a look finds. So a missed event, a server that sends
none, or a share that is gone for a while costs time and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from watchfiles import Change, awatch

from flows.inbox import moving, page
from flows.inbox.folders import folders
from flows.inbox.gathering import alone, look
from flows.inbox.naming import is_closed, is_junk
from flows.inbox.turns import due
from flows.terminal import either, err
from pipeline.errors import ChaerokError
from pipeline.places import Home
from pipeline.settings import Inbox, load

LEAST_SECONDS = 1.0
"""Between two looks, however many events come."""
RETRY_SECONDS = 60.0
"""Before the same drops are announced again."""
MOST_SECONDS = 5.0
"""Without an event, before it is asked whether the inbox is still the same folder."""
logging.getLogger("watchfiles").setLevel(logging.WARNING)  # what it says more would name files


async def watch(home: Home, on_ready: Callable[[], object], on_look: Callable[[], object] = lambda: None) -> None:
    """Until cancelled: `on_ready` whenever there is something that may be taken in, `on_look` after every look.

    Both run in a thread. Whatever they or the inbox raise is said in one line, by its class, and tried again.
    """
    woken = asyncio.Event()
    events = asyncio.create_task(_events(home, woken))
    looking = _Looking(home)
    try:
        while True:
            seconds = await asyncio.to_thread(looking.once, on_ready, on_look)
            await asyncio.sleep(LEAST_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), max(0.0, seconds - LEAST_SECONDS))
            woken.clear()
    finally:
        events.cancel()
        with suppress(asyncio.CancelledError):
            await events


class _Looking:
    """What the looks before have to say to the next one."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.announced: tuple[frozenset[str], float] = (frozenset(), 0.0)
        self.complained = ""

    def once(self, on_ready: Callable[[], object], on_look: Callable[[], object]) -> float:
        """One look; the seconds until the next."""
        scan_seconds = 15.0
        try:
            scan_seconds = load(self.home).inbox.scan_seconds
            ready, next_seconds = survey(self.home)
            self._announce(ready, on_ready)
            on_look()
            self.complained = ""
        except Exception as error:
            self._complain(error)
            return scan_seconds
        return min(scan_seconds, next_seconds) if next_seconds is not None else scan_seconds

    def _announce(self, ready: frozenset[str] | None, on_ready: Callable[[], object]) -> None:
        if not ready:  # None: somebody else is at it
            return
        known, at = self.announced
        if ready <= known and time.monotonic() - at < RETRY_SECONDS:
            return
        on_ready()
        self.announced = ready, time.monotonic()

    def _complain(self, error: Exception) -> None:
        kind = type(error).__name__  # its line would name a file
        if kind != self.complained:
            err.print(either("inbox를 볼 수 없습니다: ", "cannot look into the inbox: ") + kind, markup=False)
        self.complained = kind


def survey(home: Home) -> tuple[frozenset[str] | None, float | None]:
    """One look: what is ready, by name (None: another process is at the inbox), and the seconds until more may be.

    Puts notes and page right. Raises InboxGone, SettingsInvalid, DiskFull.
    """
    with alone(home) as is_alone:
        if not is_alone:
            return None, LEAST_SECONDS
        stuck = moving.recover(home.inbox, folders(home.inbox))
        seen = look(home)
        ready = frozenset(str(drop.recordings[0]) for drop in due(home, seen))
        page.write(home, seen, stuck)
        return ready, seen.next_seconds


async def _events(home: Home, woken: asyncio.Event) -> None:
    """Set `woken` at every change; begin anew where the folder is another one, or was gone."""
    while True:
        try:
            settings = load(home).inbox
            await _listen(home.inbox, settings, woken)
        except (OSError, RuntimeError, ChaerokError):  # no such folder, or no events to be had: the looks go on
            await asyncio.sleep(MOST_SECONDS)
        woken.set()


async def _listen(inbox: Path, settings: Inbox, woken: asyncio.Event) -> None:
    """Until the inbox is another folder than at first. Raises OSError."""
    first = inbox.stat()
    changes = awatch(
        inbox,
        watch_filter=lambda change, path: matters(inbox, change, path),
        rust_timeout=round(1000 * MOST_SECONDS),
        yield_on_timeout=True,
        force_polling=settings.polling or None,
        poll_delay_ms=round(1000 * settings.poll_seconds),
        ignore_permission_denied=True,
    )
    async for found in changes:
        if found:
            woken.set()
        now = await asyncio.to_thread(inbox.stat)
        if (now.st_dev, now.st_ino) != (first.st_dev, first.st_ino):
            return


def matters(inbox: Path, change: Change, path: str) -> bool:
    """Whether a change is somebody's, and not the note, page or move of ours that the last look led to."""
    try:
        parts = Path(path).relative_to(inbox).parts
    except ValueError:  # by another name of the same folder: rather once too often
        return True
    return bool(parts) and not is_junk(parts[-1]) and not any(map(is_closed, parts))
