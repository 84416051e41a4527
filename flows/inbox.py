"""The inbox: which drops lie whole beside their sheet, and notes in Korean beside those that do not.

The files of one session share one sheet: ``P01_S1.toml`` is that of ``P01_S1.m4a``, or of ``P01_S1_001.m4a``,
``P01_S1-2.m4a`` and the other forms of `pipeline.parts`. They are taken together, once all of them have settled.
No recording is read. Names of files may be names of people: they stay in this folder.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline import parts
from pipeline.interview import normal_text
from pipeline.places import Home
from pipeline.settings import load
from pipeline.stores.sealed import private_folder, write_atomically

WAITS, REASON = ".기다림.txt", ".사유.txt"
DONE = "처리됨"
SHEET = ".toml"
SEEN = ".seen.json"
JUNK_STARTS = (".", "~$", "thumbs.db", "desktop.ini")
JUNK_ENDS = (WAITS, REASON, ".part", ".partial", ".crdownload", ".download", ".tmp")
LONGEST_NAME = 225
"""Bytes of a note's name: file systems allow 255, and it is written under a somewhat longer one first."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The recordings of a session in the inbox, in order, and the participant sheet beside them."""

    recordings: tuple[Path, ...]
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
    found: list[Drop] = []
    notes: set[Path] = set()
    for sheet, names in _sessions(files).items():
        whole = {*names, sheet} <= settled
        said = _lacking(names, sheet) if whole else ""
        if not sheet:
            notes |= {say(files[name], WAITS, _without_sheet(home.inbox, name)) for name in names if name in settled}
        elif said:
            notes.add(say(files[names[0]], WAITS, said))
        elif whole:
            found.append(Drop(tuple(files[name] for name in names), files[sheet]))
            notes.add(_beside(files[names[0]], WAITS))
    for stale in {path for path in home.inbox.iterdir() if path.name.endswith(WAITS)} - notes:
        stale.unlink(missing_ok=True)
    return tuple(found)


def _sessions(files: Iterable[str]) -> dict[str, list[str]]:
    """Sheet → the names of its recordings in the order of their numbers; those without a sheet under no name."""
    sheets = {Path(name).stem: name for name in files if name.lower().endswith(SHEET)}
    found: dict[str, list[tuple[int, str]]] = {}
    for name in sorted(set(files) - set(sheets.values())):
        stem = Path(name).stem
        longest = sorted(sheets, key=lambda session: (-len(session), session))
        session = next((each for each in longest if parts.number(stem, each) is not None), None)
        number = parts.number(stem, session) if session is not None else 0
        found.setdefault(sheets[session] if session is not None else "", []).append((number or 0, name))
    return {sheet: [name for _, name in sorted(numbered)] for sheet, numbered in found.items()}


def _lacking(names: list[str], sheet: str) -> str:
    """Why the files of a session cannot be taken in yet; empty where they can."""
    numbers = [parts.number(Path(name).stem, Path(sheet).stem) or 0 for name in names]
    if (twice := parts.repeated(numbers)) is not None:
        both = ", ".join(name for name, number in zip(names, numbers, strict=True) if number == twice)
        return f"{sheet}에 딸린 같은 순서의 파일이 여럿입니다: {both}. 이 면담의 녹음만 남기고 나머지는 옮기세요."
    if (missing := parts.absent(numbers)) is not None:
        return f"{sheet}의 녹음 {len(names)}개 가운데 {missing}번 파일이 없습니다. 모두 들어오면 함께 넣습니다."
    return ""


def _without_sheet(inbox: Path, name: str) -> str:
    stem = Path(name).stem
    done = (Path(normal_text(path.name)) for path in (inbox / DONE).glob("*"))
    sessions = {re.sub(r"[\s_.\-(\[]*[0-9]+[부번)\]]*$", "", path.stem) for path in done} - {""}
    if any(parts.number(stem, session) is not None for session in sessions if session != stem):
        return (
            "이 면담의 다른 파일은 이미 들어갔고, 시트도 그때 봉인되었습니다. 뒤늦게 온 이 파일은 들어가지 않았습니다. "
            "원본은 그대로입니다. 모든 파일을 새 session 번호의 시트와 함께 다시 넣거나 관리자에게 알려 주세요."
        )
    return f"참여자 시트가 없습니다. 같은 폴더에 {stem}{SHEET} 파일을 두세요."


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


def clean(home: Home) -> int:
    """Remove the notes of files that somebody has taken out of the inbox's folders; how many."""
    notes = [note for note in home.inbox.glob(f"*/*{REASON}") if note.is_file()]
    lonely = [note for note in notes if not note.with_name(note.name.removesuffix(REASON)).exists()]
    for note in lonely:
        note.unlink(missing_ok=True)
    return len(lonely)
