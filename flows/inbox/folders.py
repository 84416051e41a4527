"""The folders of the inbox as they are now: their files by name, and what is odd about them. No file is opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.inbox import naming
from flows.inbox.notes import inside
from pipeline.errors import InboxGone
from pipeline.interview import normal_text
from pipeline.sheets import ENDINGS

Look = tuple[int, int]
"""Size in bytes, time of change in ns."""

DEEPEST = 20
"""Folders within each other."""
RECORDINGS = (
    ".m4a",
    ".mp3",
    ".wav",
    ".flac",
    ".ogg",
    ".opus",
    ".wma",
    ".amr",
    ".3gp",
    ".aiff",
    ".caf",
    ".mp4",
    ".mov",
    ".mkv",
)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder in which drops may lie. `parts`: its path below the inbox, in NFC; names of `files` are in NFC too."""

    path: Path
    parts: tuple[str, ...]
    files: dict[str, Path]
    looks: dict[str, Look]
    odd: dict[str, str]
    """Name → what is odd about it, in Korean."""
    done: frozenset[str]
    """Names of the files that were taken in from here, as far as they lie in ``처리됨/``."""

    def name(self, file: str) -> str:
        """The file's path below the inbox."""
        return "/".join((*self.parts, file))


def folders(inbox: Path) -> tuple[Folder, ...]:
    """Every folder of the inbox, the upper ones first. Raises InboxGone."""
    if not inbox.is_dir():
        raise InboxGone(path=inbox)
    return tuple(_below(inbox, ()))


def _below(path: Path, parts: tuple[str, ...]) -> Iterator[Folder]:
    done = frozenset(normal_text(file.name) for file in inside(path / naming.DONE))
    folder, inner = Folder(path, parts, {}, {}, {}, done), []
    try:
        with os.scandir(path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        if not parts:
            raise InboxGone(path=path) from None
        if path.exists():
            folder.odd[""] = f"열 수 없는 폴더입니다({type(error).__name__}). 권한을 확인하세요."
        found = []
    for entry in found:
        if _is_folder(entry):
            inner.append(entry.name)
        else:
            _add(folder, entry)
    for name in inner:
        if Path(name).suffix.lower() in (*RECORDINGS, *ENDINGS) and not naming.is_junk(name):
            folder.odd[normal_text(name)] = "파일이 아니라 폴더입니다. 녹음과 시트는 파일로 넣으세요."
    yield folder
    for name in inner:
        if not naming.is_closed(name) and _writable(name) and len(parts) < DEEPEST:
            yield from _below(path / name, (*parts, normal_text(name)))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _add(folder: Folder, entry: os.DirEntry[str]) -> None:
    if not _writable(entry.name):
        folder.odd[entry.name.encode(errors="replace").decode()] = "이름을 읽을 수 없는 파일입니다. 이름을 바꾸세요."
        return
    name = normal_text(entry.name)
    if name.endswith(".icloud"):
        folder.odd[name] = "iCloud에서 아직 내려받지 않은 파일입니다. 내려받은 뒤에 넣으세요."
    if naming.is_junk(name):
        return
    try:
        stat = entry.stat()
        if not entry.is_file():
            return
    except OSError:  # gone since, or a link to nowhere
        return
    if naming.is_document(name):
        folder.odd[name] = "녹음이 아니어서 그대로 두었습니다."
    elif name in folder.files:
        folder.odd[name] = "같은 이름의 파일이 둘입니다(맥과 윈도에서 적은 한글). 하나의 이름을 바꾸세요."
    else:
        folder.files[name], folder.looks[name] = folder.path / entry.name, (stat.st_size, stat.st_mtime_ns)


def _writable(name: str) -> bool:
    """Whether the name is text at all: Linux allows any bytes."""
    return name.encode(errors="replace").decode() == name
