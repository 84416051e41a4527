"""Files as they were recorded → `Source`: hashed, looked into, sealed, and the sealed copy verified."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from pipeline.errors import FileChanged, FileEmpty, FileMissing, FormatClosed, InputError, NotAudio, SealBroken
from pipeline.interview import Declared, Part, Sheet, Source

PIECE = 1 << 20
OPENED_WITH = {
    **dict.fromkeys((".dvf", ".msv"), "Sony Sound Organizer"),
    **dict.fromkeys((".ds2", ".dss"), "Olympus DSS Player"),
    **dict.fromkeys((".zip", ".7z", ".rar", ".alz", ".egg"), "Bandizip"),
    ".icloud": "iCloud Drive",
}
"""What opens the files that ffmpeg does not: recorders' own formats (it reads most .dss), archives, placeholders."""

Inspector = Callable[[BinaryIO], Declared | None]
"""What a stream declares, None where it holds no audio; leaves the stream at 0."""

Looks = list[tuple[int, int] | None]
"""Of each file, size and time of change (ns); None where it is gone."""


class Sealer(Protocol):
    """The part of the vault that intake needs, for one interview."""

    def write(self, name: str, pieces: Iterable[bytes]) -> tuple[str, int]:
        """Seal; returns sha256 and size of the plaintext."""
        ...

    def open(self, name: str) -> BinaryIO:
        """The plaintext of what was sealed."""
        ...


def intake(files: tuple[Path, ...], sheet: Sheet, inspect: Inspector, sealer: Sealer) -> Source:
    """Seal `files`, the parts of one session in order. The originals are not touched.

    Raises FileMissing, FileEmpty, FormatClosed, NotAudio, SealBroken (the copy differs from the original), DiskFull.
    """
    parts: list[Part] = []
    offset = 0.0
    for index, path in enumerate(files, start=1):
        found = inspected(path, inspect)
        blob = f"part{index:02d}"
        sha256, size = sealer.write(blob, _read(path))
        with sealer.open(blob) as copy:
            if _sha256(copy) != sha256:
                raise SealBroken(path=path)
        parts.append(Part(sha256, blob, size, found.seconds, found.channels, found.sample_rate, found.codec, offset))
        offset += found.seconds
    return Source(sheet.interview, tuple(parts), sheet)


def inspected(path: Path, inspect: Inspector) -> Declared:
    """What the file declares. Raises FileMissing, FileEmpty, FormatClosed, NotAudio."""
    try:
        with path.open("rb") as stream:
            if not stream.read(1):
                raise FileEmpty(path=path)
            stream.seek(0)
            found = inspect(stream)
    except OSError:
        raise FileMissing(path=path) from None
    if found is None:
        tool = OPENED_WITH.get(path.suffix.lower())
        raise FormatClosed(path=path, tool=tool) if tool else NotAudio(path=path)
    return found


def looks(files: tuple[Path, ...]) -> Looks:
    """How the files look now."""

    def look(path: Path) -> tuple[int, int] | None:
        try:
            stat = path.stat()
        except OSError:
            return None
        return stat.st_size, stat.st_mtime_ns

    return [look(path) for path in files]


@contextmanager
def unchanged(files: tuple[Path, ...], before: Looks) -> Iterator[None]:
    """Raises FileChanged where the files look otherwise in the end than `before`, also in place of what that led to."""
    problem: InputError | None = None
    try:
        yield
    except InputError as error:
        problem = error
    after = looks(files)
    changed = next((path for path, old, new in zip(files, before, after, strict=True) if old != new), None)
    if changed is not None and changed.exists():
        raise FileChanged(path=changed)
    if problem is not None:
        raise problem


def _sha256(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := stream.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
