"""Zip archives that are the same bytes whenever they are written, and reading those of others without trusting them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

Content = bytes | Callable[[BinaryIO], object]
"""A file's bytes, or what writes them into a file that need not be seekable."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can tell: every member is of it."""

LARGEST = 1 << 30
"""Bytes, unpacked, of all members that are read together: far more than text ever is, far less than a zip bomb."""

UNIX = 3  # what ZipInfo takes from the machine otherwise


class Unpackable(Exception):
    """An archive that is none, or that is made to do harm; its text says what is wrong and quotes nothing of it."""


def put(content: Content, into: BinaryIO) -> None:
    """Write `content` there."""
    if isinstance(content, bytes):
        into.write(content)
    else:
        content(into)


def zipped_into(file: BinaryIO, members: Mapping[str, Content], stored: tuple[str, ...] = ()) -> None:
    """Write an archive of `members` in their order; those whose names end as in `stored` are not compressed."""
    with ZipFile(file, "w") as archive:
        for name, content in members.items():
            info = ZipInfo(name, EPOCH)
            info.create_system, info.external_attr = UNIX, 0o600 << 16
            info.compress_type = ZIP_STORED if name.endswith(stored) and stored else ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=not isinstance(content, bytes)) as member:
                put(content, member)  # type: ignore[arg-type]  # it can be written to, which is all that is asked


def settled(data: bytes, stored: tuple[str, ...] = ()) -> bytes:
    """The archive `data`, as some library wrote it, without the times at which it did."""
    with ZipFile(io.BytesIO(data)) as archive:
        members: dict[str, Content] = {name: archive.read(name) for name in archive.namelist()}
    file = io.BytesIO()
    zipped_into(file, members, stored)
    return file.getvalue()


def unpacked(path: Path, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """The members of the archive at `path` whose names are `wanted`, in memory: nothing is written anywhere.

    Raises OSError of the file, and Unpackable: no zip, a name twice, one that leads out of its folder, encrypted,
    damaged, or larger than `LARGEST` together.
    """
    try:
        with ZipFile(path) as archive:
            infos = archive.infolist()
            if len({info.filename for info in infos}) < len(infos):
                raise Unpackable("a member twice")
            if any(leads_out(info.filename) for info in infos):
                raise Unpackable("a path out of the archive")
            return _read(archive, [info for info in infos if wanted(info.filename)])
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unpackable(type(error).__name__) from None


def _read(archive: ZipFile, infos: list[ZipInfo]) -> dict[str, bytes]:
    """What a member says of its size is not believed: no more than is left of `LARGEST` is ever unpacked."""
    left, read = LARGEST, {}
    for info in infos:
        with archive.open(info) as member:
            read[info.filename] = member.read(left + 1)
        left -= len(read[info.filename])
        if left < 0:
            raise Unpackable("too large")
    return read


def leads_out(name: str) -> bool:
    r"""Whether a member's name is a path to somewhere else: ``../a``, ``/a``, ``C:\a``.

    >>> [leads_out(name) for name in ("Sources/a.txt", "../a", "/a", "a\\..\\b", "C:/a")]
    [False, True, True, True, True]
    """
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in name
