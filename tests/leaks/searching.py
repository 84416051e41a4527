"""Finds names in bytes, in every form that programs write them down in, also inside of archives and databases.

Forms of fewer than `SHORTEST` bytes are not looked for: in sealed files, which are noise, they come up by chance.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import html
import io
import lzma
import re
import sqlite3
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import numpy as np
from leaks.romanised import romanised

SHORTEST = 6
CHUNK = 1 << 20
DEEPEST = 8
START = 4
"""Bytes of a form that are compared first, all places at once."""

Form = tuple[bytes, str]
"""The bytes, and what they are called where they are found."""


@dataclass(frozen=True)
class Trace:
    """A name, where it was found, and in which form."""

    name: str
    where: str
    form: str


# --- forms ----------------------------------------------------------------------------------------------------------


def plain(text: str) -> Iterator[Form]:
    """`text` in the encodings that Korean is written in."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp949"):
        coded = text.encode(encoding, "ignore")
        if coded.decode(encoding) == text:  # CP949 has no conjoining letters
            yield coded, encoding


def escaped(text: str) -> Iterator[Form]:
    """`text` as ASCII, in the escapes of JSON, Python, C, XML, HTML, URLs and mail; and in hexadecimal."""
    points, units = [ord(character) for character in text], text.encode()
    for digits in ("x", "X"):
        yield "".join(f"\\u{point:04{digits}}" for point in points).encode(), "json"
        yield "".join(f"\\\\u{point:04{digits}}" for point in points).encode(), "json in json"
        yield "".join(f"%u{point:04{digits}}" for point in points).encode(), "javascript"
        yield "".join(f"\\u{{{point:{digits}}}}" for point in points).encode(), "javascript"
        yield "".join(f"&#x{point:{digits}};" for point in points).encode(), "xml, hexadecimal"
        yield "".join(f"\\x{unit:02{digits}}" for unit in units).encode(), "bytes as python shows them"
        yield "".join(f"={unit:02{digits}}" for unit in units).encode(), "quoted-printable"
        yield "".join(f"{unit:02{digits}}" for unit in units).encode(), "hexadecimal"
    yield "".join(f"&#{point};" for point in points).encode(), "xml, decimal"
    yield "".join(f"\\{unit:03o}" for unit in units).encode(), "octal"
    yield quote(text).encode(), "percent"
    yield quote(text).lower().encode(), "percent"


def hashed(text: str) -> Iterator[Form]:
    """Hashes of `text` alone: who has a list of names has the name."""
    for kind in ("md5", "sha1", "sha256", "sha512"):
        yield hashlib.new(kind, text.encode()).hexdigest().encode(), f"{kind} of it"


def phases(data: bytes) -> Iterator[bytes]:
    """What base64 makes of `data` wherever it begins, less the characters that its neighbours have a part in."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data + bytes(2))
        yield coded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]


def forms(name: str) -> dict[bytes, str]:
    """Every form of `name` but the romanised ones."""
    found: dict[bytes, str] = {}
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, name)
        for data, called in (*plain(text), *escaped(text)):
            found.setdefault(data, f"{form} {called}")
            for phase in phases(data):
                found.setdefault(phase, f"{form} {called}, base64")
                found.setdefault(phase.translate(bytes.maketrans(b"+/", b"-_")), f"{form} {called}, base64url")
        found |= {data: f"{form} {called}" for data, called in hashed(text)}
    return {data: called for data, called in found.items() if len(data) >= SHORTEST}


# --- search ---------------------------------------------------------------------------------------------------------


class Search:
    """Looks for all forms of `names` at once."""

    def __init__(self, names: Iterable[str]) -> None:
        names = tuple(names)
        self.exact = _table((data, (name, called)) for name in names for data, called in forms(name).items())
        latin = ((text.encode(), (name, "romanised")) for name in names for text in romanised(name))
        self.in_lower_case = _table(pair for pair in latin if len(pair[0]) >= SHORTEST)
        self.longest = max(
            len(data) for table in (self.exact, self.in_lower_case) for of in table.values() for data in of
        )

    def stream(self, stream: BinaryIO, where: str) -> set[Trace]:
        """What is in `stream`, read in chunks that overlap by the longest form."""
        found: set[Trace] = set()
        kept = b""
        while piece := stream.read(CHUNK):
            data = kept + piece
            for table, looked_in in ((self.exact, data), (self.in_lower_case, data.lower())):
                found |= {Trace(name, where, called) for name, called in _hits(looked_in, table)}
            kept = data[-self.longest :]
        return found

    def bytes(self, data: bytes, where: str) -> set[Trace]:
        """What is in `data`, and in what is packed into it."""
        return {
            trace
            for inner, unpacked in ((where, data), *unpacked_of(data, where, DEEPEST))
            for trace in self.stream(io.BytesIO(unpacked), inner)
        }

    def file(self, path: Path, where: str) -> set[Trace]:
        """What is in the file, in its own name, in what is packed into it, and in its cells where it is a database."""
        found = self.bytes(where.encode("utf-8", "surrogateescape"), f"{where} (its name)")
        with path.open("rb") as stream:
            begins = stream.read(16)
            stream.seek(0)
            found |= self.stream(stream, where)
            if begins.startswith(PACKED):
                stream.seek(0)
                found |= self.bytes(stream.read(), where)
        if begins.startswith(SQLITE):
            for table, cells in cells_of(path):
                found |= self.bytes(cells, f"{where}: {table}")
        return found

    def folder(self, folder: Path, exempt: Callable[[str], bool] = lambda where: False) -> set[Trace]:
        """What is in every file below `folder`, but those whose path from there is exempt."""
        found: set[Trace] = set()
        for path in sorted(folder.rglob("*")):
            where = path.relative_to(folder).as_posix()
            if exempt(where):
                continue
            if path.is_file() and not path.is_symlink():
                found |= self.file(path, where)
            else:
                found |= self.bytes(where.encode("utf-8", "surrogateescape"), f"{where} (its name)")
        return found


Table = dict[bytes, dict[bytes, tuple[str, str]]]
"""The first bytes of a form → the forms that begin so → name, and what the form is called."""


def _table(pairs: Iterable[tuple[bytes, tuple[str, str]]]) -> Table:
    table: Table = defaultdict(dict)
    for data, what in pairs:
        table[data[:START]].setdefault(data, what)
    return dict(table)


def _hits(data: bytes, table: Table) -> Iterator[tuple[str, str]]:
    """The forms of `table` that stand in `data`: all places are compared by their first bytes as one number."""
    if len(data) < START:
        return
    units = np.frombuffer(data, np.uint8).astype(np.uint32)
    numbers = units[:-3] | units[1:-2] << 8 | units[2:-1] << 16 | units[3:] << 24
    starts = np.unique(np.frombuffer(b"".join(table), "<u4"))
    nearest = np.minimum(np.searchsorted(starts, numbers), len(starts) - 1)
    for at in np.flatnonzero(starts[nearest] == numbers).tolist():
        for form, what in table[data[at : at + START]].items():
            if data.startswith(form, at):
                yield what


# --- what is packed into something ----------------------------------------------------------------------------------

SQLITE = b"SQLite format 3\0"
UNPACKERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ\0": lzma.decompress,
}
XML = b"<?xml"
PACKED = (b"PK\3\4", XML, *UNPACKERS)
WITHIN_A_LINE = re.compile(r"</?(?:\w+:)?(?:r|t|rPr|run|b|i|bCs|iCs|sz|szCs|color|rFonts|lang|span)\b[^<>]*>")
"""Tags by which Word and Hangul cut a line into runs, and a name with it."""


def unpacked_of(data: bytes, where: str, deep: int) -> Iterator[tuple[str, bytes]]:
    """Every member of an archive (docx, xlsx, qdpx … are zip), and of the archives in it, as (where, bytes)."""
    if not deep:
        raise ValueError(f"{where}: packed too deep to be looked through")
    for name, member in _members(data):
        inner = f"{where}!{name}"
        yield inner, member
        yield from unpacked_of(member, inner, deep - 1)


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(b"PK\3\4"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                yield from ((info.filename, archive.read(info)) for info in archive.infolist())
        except (zipfile.BadZipFile, zlib.error, EOFError):  # not an archive after all, or half of one
            return
    if data.startswith(XML):
        yield "its text", text_of_xml(data)
    if data.startswith(SQLITE):
        yield from cells_in(data)
    for begins, unpack in UNPACKERS.items():
        if data.startswith(begins):
            try:
                yield "unpacked", unpack(data)
            except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
                return


def text_of_xml(data: bytes) -> bytes:
    """The text of an XML file, entities resolved; runs are put together again, all else is a line of its own."""
    text = re.sub(r"<[^<>]*>", "\n", WITHIN_A_LINE.sub("", data.decode("utf-8", "replace")))
    return html.unescape(text).encode("utf-8", "replace")


def cells_in(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The same of a database within an archive; nothing of one that is damaged."""
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.deserialize(data)
            yield from _cells(database)
        except sqlite3.DatabaseError:
            return


def cells_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """(table, all its cells) of a database, its WAL included: on the disk a cell may be spread over pages."""
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as database:
        yield from _cells(database)


def _cells(database: sqlite3.Connection) -> Iterator[tuple[str, bytes]]:
    database.text_factory = bytes
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        rows = database.execute(f'SELECT * FROM "{table.decode()}"')
        cells = (cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row)
        yield table.decode(), b"\n".join(cells)
