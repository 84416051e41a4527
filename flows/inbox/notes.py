"""What is said beside a file, and moving it where it belongs. A name that is taken is never written over."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from flows.inbox.naming import REASON, WAITS
from pipeline.interview import normal_text
from pipeline.stores.sealed import write_atomically

LONGEST_NAME = 225
"""Bytes of a note's name: file systems allow 255, and it is written under a somewhat longer one first."""
LONGEST_FILE = 255


def inside(folder: Path) -> list[Path]:
    """What lies in the folder, in order; nothing where it is not there, or may not be opened (the page says so)."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def say(path: Path, ending: str, line: str) -> Path:
    """Put a note beside a file, unless it says so already; the note's path."""
    note, text = beside(path, ending), f"{line}\n".encode()
    if not (note.exists() and note.read_bytes() == text):
        write_atomically(note, [text])
    return note


def beside(path: Path, ending: str) -> Path:
    """Where the note lies; a name that is too long is cut, and told from others by a hash."""
    name = normal_text(path.name)
    return path.with_name(_cut(name, LONGEST_NAME - len(ending.encode())) + ending)


def _cut(name: str, room: int) -> str:
    if len(name.encode()) <= room:
        return name
    mark = "~" + hashlib.sha256(name.encode()).hexdigest()[:6]
    return name.encode()[: room - len(mark)].decode(errors="ignore") + mark


def move(path: Path, to: Path, reason: str = "") -> Path:
    """Into the folder `to`, under a name that is free there, in NFC; with its reason beside it. Where it lies now."""
    to.mkdir(exist_ok=True)
    target = free(to / normal_text(path.name))
    path.rename(target)
    if reason:
        say(target, REASON, reason)
    return target


def free(target: Path) -> Path:
    """That path, or one with a number where it is taken."""
    number, found = 2, target
    while found.exists() or found.is_symlink():
        ending = f" ({number}){target.suffix}"
        found = target.with_name(_cut(target.stem, LONGEST_FILE - len(ending.encode())) + ending)
        number += 1
    return found


def keep_only(folder: Path, kept: Collection[Path]) -> None:
    """Take away the notes in `folder` on what files wait for, but for those."""
    for note in inside(folder):
        if normal_text(note.name).endswith(WAITS) and note not in kept:
            note.unlink(missing_ok=True)


def unsay(path: Path) -> None:
    """It waits no longer."""
    beside(path, WAITS).unlink(missing_ok=True)


def remove_empty(folder: Path) -> None:
    """The folder goes where nothing is in it."""
    with suppress(OSError):
        folder.rmdir()
