"""The inbox: which drops lie whole beside their sheet, and notes in Korean beside those that do not.

No recording is read. Names of files may be names of people: they stay in this folder.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.interview import normal_text
from pipeline.settings import Home, load
from pipeline.stores.sealed import private_folder, write_atomically

WAITS, REASON = ".기다림.txt", ".사유.txt"
SHEET = ".toml"
SEEN = ".seen.json"
JUNK_STARTS = (".", "~$", "thumbs.db", "desktop.ini")
JUNK_ENDS = (WAITS, REASON, ".part", ".partial", ".crdownload", ".download", ".tmp")
LONGEST_NAME = 225
"""Bytes of a note's name: file systems allow 255, and it is written under a somewhat longer one first."""


@dataclass(frozen=True, slots=True)
class Drop:
    """A recording in the inbox, and the participant sheet beside it."""

    recording: Path
    sheet: Path


@contextmanager
def alone(home: Home) -> Iterator[bool]:
    """True for the one process that may touch the inbox now."""
    private_folder(home.inbox)
    lock = FileLock(home.root / ".inbox.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def ready(home: Home) -> tuple[Drop, ...]:
    """Drops that can be taken in. Says beside the others what they wait for. For the process that is `alone`."""
    files = {normal_text(path.name): path for path in sorted(home.inbox.iterdir()) if _is_drop(path)}
    settled = _settled(home.inbox / SEEN, files, load(home).inbox.settle_seconds)
    sheets = {Path(name).stem: name for name in files if name.lower().endswith(SHEET)}
    found: list[Drop] = []
    notes: set[Path] = set()
    for name in sorted(settled - set(sheets.values())):
        sheet = sheets.get(Path(name).stem)
        if sheet in settled:
            found.append(Drop(files[name], files[sheet]))
            notes.add(_beside(files[name], WAITS))
        elif sheet is None:
            wanted = Path(name).stem + SHEET
            notes.add(say(files[name], WAITS, f"참여자 시트가 없습니다. 같은 폴더에 {wanted} 파일을 두세요."))
    for stale in {path for path in home.inbox.iterdir() if path.name.endswith(WAITS)} - notes:
        stale.unlink(missing_ok=True)
    return tuple(found)


def _is_drop(path: Path) -> bool:
    name = normal_text(path.name).lower()
    return not name.startswith(JUNK_STARTS) and not name.endswith(JUNK_ENDS) and path.is_file()


def _settled(memory: Path, files: dict[str, Path], seconds: float) -> set[str]:
    """Names of the files whose size and time of change have been the same for `seconds`; remembers them in `memory`."""
    now = time.time()
    try:
        before = json.loads(memory.read_text("utf-8"))
    except (OSError, ValueError):
        before = {}
    seen: dict[str, list[float]] = {}
    for name, path in files.items():
        try:
            stat = path.stat()
        except OSError:  # gone since
            continue
        size, changed, since = before.get(name, (-1, -1, now))
        same = (size, changed) == (stat.st_size, stat.st_mtime_ns) and since <= now
        seen[name] = [stat.st_size, stat.st_mtime_ns, since if same else now]
    if seen != before:
        write_atomically(memory, [json.dumps(seen, ensure_ascii=False).encode()])
    return {name for name, (_, _, since) in seen.items() if now - since >= seconds}


def move(path: Path, folder: str, reason: str = "") -> None:
    """Into a folder of the inbox, under a name that is free there; with its reason beside it."""
    name = Path(normal_text(path.name))
    target = path.parent / folder / name
    target.parent.mkdir(exist_ok=True)
    number = 2
    while target.exists():
        target = target.with_name(f"{name.stem} ({number}){name.suffix}")
        number += 1
    path.rename(target)
    _beside(path, WAITS).unlink(missing_ok=True)
    if reason:
        say(target, REASON, reason)


def say(path: Path, ending: str, line: str) -> Path:
    """Put a note beside a file, unless it says so already; the note's path."""
    note, text = _beside(path, ending), f"{line}\n".encode()
    if not (note.exists() and note.read_bytes() == text):
        write_atomically(note, [text])
    return note


def _beside(path: Path, ending: str) -> Path:
    room = LONGEST_NAME - len(ending.encode())
    return path.with_name(normal_text(path.name).encode()[:room].decode(errors="ignore") + ending)
