"""What became of each drop: a line of JSON for every change; a drop's last one counts. Lies in the inbox.

A line is written before what it promises is done: whoever comes after a crash reads there what to finish. Without the
journal nothing is lost: the vault knows every recording again by its content.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from flows.inbox.naming import JOURNAL
from pipeline.errors import DiskFull
from pipeline.stores.sealed import write_atomically

LONGEST_WAIT = 3600.0
"""Seconds before another try, however many there were."""
MOST_LINES = 5000
"""Of the file, before it is written anew without what is superseded."""


class Became(StrEnum):
    """States of a drop that lies in the inbox no longer as it was dropped, or waits after a failure."""

    SEALED = "sealed"
    """A verified copy is in the vault; its files may not all have been put away yet."""
    TAKEN = "taken"
    """Put away; not handed on to Prefect yet."""
    HANDED = "handed"
    DUPLICATE = "duplicate"
    FAILED = "failed"
    AGAIN = "again"
    """It failed for a cause that is not its own, and is tried again."""


def now() -> float:
    """Seconds since 1970."""
    return time.time()


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one drop. Paths are relative to the inbox, in NFC."""

    drop: str
    """Its first recording: the name of the drop."""
    became: Became
    files: tuple[str, ...] = ()
    sheet: str = ""
    interview: str = ""
    why: str = ""
    tries: int = 0
    at: float = field(default_factory=lambda: now())
    """Seconds since 1970, by the wall clock: for people, and for waits, which may err."""

    @property
    def about(self) -> tuple[str, str, bool]:
        """What an entry supersedes the one before of: a name may be given to another recording, or to a copy, later."""
        return self.drop, self.interview, self.became is Became.DUPLICATE


def read(inbox: Path) -> tuple[Entry, ...]:
    """The last entry of each drop, oldest first. Lines that were cut off are passed over."""
    try:
        lines = (inbox / JOURNAL).read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    found: dict[tuple[str, str, bool], Entry] = {}
    for line in lines:
        if entry := _entry(line):
            found.pop((entry.drop, "", False), None)  # it failed before: that is over
            found.pop(entry.about, None)
            found[entry.about] = entry
    if len(lines) > max(MOST_LINES, 2 * len(found)):
        write_atomically(inbox / JOURNAL, map(_line, found.values()))
    return tuple(found.values())


def failing(inbox: Path) -> dict[str, Entry]:
    """Drops that failed for causes that are not their own, by name."""
    return {entry.drop: entry for entry in read(inbox) if entry.became is Became.AGAIN}


def to_hand_on(inbox: Path) -> tuple[Entry, ...]:
    """What waits to be handed on, the oldest first."""
    return tuple(entry for entry in read(inbox) if entry.became is Became.TAKEN)


def _entry(line: str) -> Entry | None:
    try:
        told = json.loads(line)
        return Entry(**{**told, "became": Became(told["became"]), "files": tuple(told["files"])})
    except (ValueError, TypeError, KeyError):
        return None


def add(inbox: Path, *entries: Entry) -> None:
    """Write entries, and wait for the disk. Raises DiskFull."""
    try:
        with (inbox / JOURNAL).open("ab") as file:
            if file.tell() and not _ends_whole(inbox / JOURNAL):
                file.write(b"\n")
            file.writelines(_line(entry) for entry in entries)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        raise DiskFull(path=inbox) from None


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _line(entry: Entry) -> bytes:
    return json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n"


def forget(inbox: Path, older_than: float) -> None:
    """Leave out what became of drops more than that many seconds ago, unless there is something to do about it."""
    entries = read(inbox)
    over = (Became.HANDED, Became.DUPLICATE, Became.FAILED)
    kept = [entry for entry in entries if entry.became not in over or now() - entry.at <= older_than]
    if len(kept) < len(entries):
        write_atomically(inbox / JOURNAL, map(_line, kept))


def due(entry: Entry, first_wait: float) -> bool:
    """Whether it is time for another try: waits (seconds) double. Where the clock was set back, at once."""
    return not 0 <= now() - entry.at < min(LONGEST_WAIT, first_wait * 2.0 ** min(entry.tries - 1, 20))
