"""Things that go wrong: a disk that fills up, a process killed where it hurts, a folder seen before and after."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from pipeline.objects import ObjectPlace
from pipeline.stores import sealed

Tree = dict[str, str]


def tree(folder: Path | ObjectPlace) -> Tree:
    """Every file and folder below `folder`, files with their hash; lock files are no content."""
    if isinstance(folder, ObjectPlace):
        found = ((key[len(folder.key) + 1 :], folder._at(key)) for key, _ in folder._listed(f"{folder.key}/"))
        return {name: hashlib.sha256(one.read_bytes()).hexdigest() for name, one in found if not name.endswith(".lock")}
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "/"
        for path in sorted(folder.rglob("*"))
        if path.suffix != ".lock"
    }


def leavings(folder: Path | ObjectPlace) -> list[str]:
    """Temporary files below `folder`."""
    return [name for name in tree(folder) if name.endswith(".tmp")]


class Disk:
    """A disk with `room` bytes left for what `pipeline.stores.sealed` writes; `None` has room for everything."""

    def __init__(self, room: int | None) -> None:
        self.room, self.written = room, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def fdopen(self, descriptor: int, mode: str) -> Any:
        return Filling(os.fdopen(descriptor, mode, buffering=0), self)  # type: ignore[arg-type]


class Filling:
    """A file on such a disk."""

    def __init__(self, file: BinaryIO, disk: Disk) -> None:
        self._file, self._disk = file, disk

    def write(self, data: bytes) -> int:
        room = self._disk.room
        fits = len(data) if room is None else min(len(data), room - self._disk.written)
        self._disk.written += self._file.write(data[:fits])
        if fits < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return fits

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> Filling:
        return self

    def __exit__(self, *problem: object) -> None:
        self._file.close()


def with_room(monkeypatch: pytest.MonkeyPatch, room: int | None) -> Disk:
    """From now on the disk has that much room."""
    disk = Disk(room)
    monkeypatch.setattr(sealed, "os", disk)
    return disk


def die() -> None:
    """As the kernel ends a process when memory is gone: no `finally`, no `atexit`, no flush."""
    os.kill(os.getpid(), signal.SIGKILL)


def allow_cores() -> None:
    """In a child, before its program: as where core dumps are wanted (`conftest.py` leaves tests the right to)."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def killed(work: Callable[[], object]) -> bool:
    """Do `work` in a copy of this process; True if it was killed, False if it came to its end. Raises on an error."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the work failed by itself"
    return False
