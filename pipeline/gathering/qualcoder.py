"""Codings out of a QualCoder project folder, by its database: its own REFI export loses what is here (notes)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from pipeline.archives import LARGEST
from pipeline.codes import COLOUR, Code, Codebook, Gathered, Unread, Why
from pipeline.documents import forms
from pipeline.errors import CodingsUnreadable, FileMissing, ProjectOpen
from pipeline.gathering.matching import Mark, adopted, code_points, gathered, utf16
from pipeline.interview import normal_text
from pipeline.package import guid
from pipeline.printing import DEFAULT, Convention
from pipeline.qualcoder import DATABASE, code_names, is_open, numbers
from pipeline.transcript import Released

UNITS = (utf16, code_points)
T = TypeVar("T")


def codings(path: Path, releases: Iterable[Released], tree: Codebook, convention: Convention = DEFAULT) -> Gathered:
    """Every coding of the project that is on the text of one of `releases`, and the rows that are none.

    `releases` are all versions that coders may have, older ones first, printed by the `convention` they were given in.

    The folder is only read. A code that was renamed there is known by its number still; marks on audio are told and
    left out. QualCoder 4 does not tell that it has a project open: close it first.

    Raises FileMissing, ProjectOpen, CodingsUnreadable.
    """
    found = _read(path, lambda database: list(_marks(database, tree)))
    marks = [mark for mark in found if isinstance(mark, Mark)]
    read = gathered(marks, forms(releases, convention), tree)
    return Gathered(read.codings, (*(row for row in found if isinstance(row, Unread)), *read.unread))


def codebook(path: Path, study: str, version: int = 1, known: Codebook | None = None) -> Codebook:
    """The code tree of a project, its categories as codes above others; ids as in the tree `known`, where it has them.

    A code that is called as its category is that category. Raises FileMissing, ProjectOpen, CodingsUnreadable.
    """
    rows = _read(path, _tree)
    try:
        found = Codebook(study, version, tuple(_codes(rows, known)))
        ours = {code.id: code.id for code in known.codes} if known else {}
        return adopted(found, known, ours)
    except (ValueError, KeyError, TypeError) as error:  # what is no tree
        raise CodingsUnreadable(path=path, why=str(error) or type(error).__name__) from None


Row = tuple[int, str, int | None, str, str]
"""Number, name, number of the category above, description, colour."""


def _tree(database: sqlite3.Connection) -> tuple[list[Row], list[Row]]:
    """Categories, and codes."""
    categories = database.execute("SELECT catid, name, supercatid, memo, '' FROM code_cat ORDER BY catid")
    codes = database.execute("SELECT cid, name, catid, memo, color FROM code_name ORDER BY cid")
    return categories.fetchall(), codes.fetchall()


def _codes(rows: tuple[list[Row], list[Row]], known: Codebook | None) -> Iterator[Code]:
    written = code_names(known) if known else {}
    numbered = {number: id for id, number in numbers("code", written).items()}
    names = {code.id: code.name for code in known.codes} if known else {}
    above = {number: (name, row) for number, name, row, *_ in rows[0]}

    def identity(kind: str, number: int) -> str:
        return numbered.get(number) or guid("qualcoder", kind, number)

    described = {catid: (memo, colour) for _, name, catid, memo, colour in rows[1]
                 if catid in above and above[catid][0] == name}  # fmt: skip
    for number, name, parent, memo, colour in rows[0]:
        id = identity("category", number)
        told = names[id] if written.get(id) == name else name
        memo, colour = described.get(number, (memo, colour))
        yield _code(id, None if parent is None else identity("category", parent), told, memo, colour)
    for number, name, catid, memo, colour in rows[1]:
        if catid not in above or above[catid][0] != name:
            id = identity("code", number)
            told = names[id] if written.get(id) == name else name
            yield _code(id, None if catid is None else identity("category", catid), told, memo, colour)


def _code(id: str, parent: str | None, name: str, memo: object, colour: object) -> Code:
    coloured = colour if isinstance(colour, str) and COLOUR.fullmatch(colour) else ""
    return Code(id, parent, normal_text(name), coloured, normal_text(memo) if isinstance(memo, str) else "")


def _read(path: Path, read: Callable[[sqlite3.Connection], T]) -> T:
    """What `read` finds in a project's database. Raises FileMissing, ProjectOpen, CodingsUnreadable."""
    file = path / DATABASE if path.is_dir() else path
    if not file.is_file():
        raise FileMissing(path=file)
    if is_open(file):
        raise ProjectOpen(path=file.parent)
    try:
        with closing(_opened(file)) as database:
            return read(database)
    except sqlite3.OperationalError as error:
        if (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise ProjectOpen(path=file.parent) from None
        raise CodingsUnreadable(path=file, why=error.sqlite_errorname) from None
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise CodingsUnreadable(path=file, why=type(error).__name__) from None


def _opened(file: Path) -> sqlite3.Connection:
    """Read-only; what a stranger wrote into the schema runs nothing. Raises CodingsUnreadable, DatabaseError."""
    if file.stat().st_size > LARGEST:
        raise CodingsUnreadable(path=file, why="too large")
    database = sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=ro", uri=True)
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("BEGIN")  # all that is read is of one moment
    return database


def _marks(database: sqlite3.Connection, tree: Codebook) -> Iterator[Mark | Unread]:
    numbered = numbers("code", [code.id for code in tree.codes])
    ours, written = {number: id for id, number in numbered.items()}, code_names(tree)
    names = {code.id: code.name for code in tree.codes}
    codes = dict(database.execute("SELECT cid, name FROM code_name"))
    sources = {fid: (name, text) for fid, name, text in database.execute("SELECT id, name, fulltext FROM source")}
    rows = database.execute("SELECT ctid, cid, fid, seltext, pos0, pos1, owner, memo FROM code_text ORDER BY ctid")
    for ctid, cid, fid, seltext, start, end, owner, memo in rows:
        coder = normal_text(owner).strip() if isinstance(owner, str) else ""
        if not coder:
            yield Unread(f"code_text {ctid}", Why.UNKNOWN_CODER)
        elif not isinstance(start, int) or not isinstance(end, int):
            yield Unread(f"code_text {ctid}", Why.UNREADABLE, coder)
        else:
            id, there = ours.get(cid), str(codes.get(cid, ""))
            called = names[id] if id and there == written[id] else there
            name, text = _source(sources.get(fid))
            said = seltext if isinstance(seltext, str) else None
            noted = memo if isinstance(memo, str) else ""
            yield Mark(f"code_text {ctid}", coder, id, called, name, text, start, end, UNITS, said, noted)
    yield from _on_sound(database)


def _source(found: tuple[object, object] | None) -> tuple[str, str]:
    """A document's name, as we name it, and its text; nothing of one that is gone."""
    name, text = found or ("", "")
    return str(name).removesuffix(".txt"), text if isinstance(text, str) else ""


def _on_sound(database: sqlite3.Connection) -> Iterator[Unread]:
    """Marks on audio: they are on no words."""
    for avid, owner in database.execute("SELECT avid, owner FROM code_av ORDER BY avid"):
        yield Unread(f"code_av {avid}", Why.NO_WORDS, str(owner or ""))
