"""Codings out of a QualCoder project folder, by its database: its own REFI export loses what is here (notes)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from pipeline.archives import LARGEST
from pipeline.codes import Codebook, Gathered, Unread, Why
from pipeline.documents import forms
from pipeline.errors import CodingsUnreadable, FileMissing, ProjectOpen
from pipeline.gathering.matching import Mark, code_points, gathered, utf16
from pipeline.interview import normal_text
from pipeline.printing import DEFAULT, Convention
from pipeline.qualcoder import DATABASE, FRESH_SECONDS, LOCK, code_names, numbers
from pipeline.transcript import Released


def codings(path: Path, releases: Iterable[Released], tree: Codebook, convention: Convention = DEFAULT) -> Gathered:
    """Every coding of the project that is on the text of one of `releases`, and the rows that are none.

    `releases` are all versions that coders may have, older ones first, printed by the `convention` they were given in.

    The folder is only read. A code that was renamed there is known by its number still; marks on audio are told and
    left out. QualCoder 4 does not tell that it has a project open: close it first.

    Raises FileMissing, ProjectOpen, CodingsUnreadable.
    """
    file = path / DATABASE if path.is_dir() else path
    if not file.is_file():
        raise FileMissing(path=file)
    if _is_open(file.parent / LOCK):
        raise ProjectOpen(path=file.parent)
    try:
        with closing(_opened(file)) as database:
            found = list(_marks(database, tree))
    except sqlite3.OperationalError as error:
        if (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise ProjectOpen(path=file.parent) from None
        raise CodingsUnreadable(path=file, why=error.sqlite_errorname) from None
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise CodingsUnreadable(path=file, why=type(error).__name__) from None
    marks = [mark for mark in found if isinstance(mark, Mark)]
    read = gathered(marks, forms(releases, convention), tree)
    return Gathered(read.codings, (*(row for row in found if isinstance(row, Unread)), *read.unread))


def _is_open(lock: Path) -> bool:
    """Whether QualCoder 3 has the project open. One that was killed leaves a lock, whose time stands still."""
    try:
        beat = float(lock.read_text("utf-8").split("\n")[1])
    except FileNotFoundError:
        return False
    except (OSError, ValueError, IndexError):
        return True  # written at this moment, or by another version: somebody has it
    return time.time() - beat < FRESH_SECONDS


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
    rows = database.execute("SELECT ctid, cid, fid, seltext, pos0, pos1, owner FROM code_text ORDER BY ctid")
    for ctid, cid, fid, seltext, start, end, owner in rows:
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
            yield Mark(f"code_text {ctid}", coder, id, called, name, text, start, end, (utf16, code_points), said)
    yield from _on_sound(database)


def _source(found: tuple[object, object] | None) -> tuple[str, str]:
    """A document's name, as we name it, and its text; nothing of one that is gone."""
    name, text = found or ("", "")
    return str(name).removesuffix(".txt"), text if isinstance(text, str) else ""


def _on_sound(database: sqlite3.Connection) -> Iterator[Unread]:
    """Marks on audio: they are on no words."""
    for avid, owner in database.execute("SELECT avid, owner FROM code_av ORDER BY avid"):
        yield Unread(f"code_av {avid}", Why.NO_WORDS, str(owner or ""))
