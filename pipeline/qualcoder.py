"""QualCoder's project folder (`.qda`): what writing and reading it share.

``data.qda`` is SQLite; these thirteen tables suffice, QualCoder adds the rest when it opens the folder (the project's
notes on coding stores: QualCoder 4.0 beta, database v17, was run on such a folder). Row numbers are made of our ids,
not counted: a code keeps its number when the code tree grows, so that codings never slip to its neighbour.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from pipeline.codes import BLOT, Codebook
from pipeline.errors import CodingsUnreadable, ProjectOpen
from pipeline.printing import shown

DATABASE, LOCK = "data.qda", "project_in_use.lock"
FRESH_SECONDS = 30.0
"""QualCoder 3 writes who it is and the time (since 1970) into `LOCK` every 5 seconds; later than this it is dead.

QualCoder 4 keeps no such file.
"""
FOLDERS = ("images", "audio", "video", "documents")

TABLES = (
    "project (databaseversion text, date text, memo text, about text, bookmarkfile integer, bookmarkpos integer, "
    "codername text, recently_used_codes text)",
    "source (id integer primary key, name text, fulltext text, mediapath text, memo text, owner text, date text, "
    "av_text_id integer, risid integer, unique(name))",
    "code_image (imid integer primary key, id integer, x1 integer, y1 integer, width integer, height integer, "
    "cid integer, memo text, date text, owner text, important integer)",
    "code_av (avid integer primary key, id integer, pos0 integer, pos1 integer, cid integer, memo text, date text, "
    "owner text, important integer)",
    "annotation (anid integer primary key, fid integer, pos0 integer, pos1 integer, memo text, owner text, date text, "
    "unique(fid, pos0, pos1, owner))",
    "attribute_type (name text primary key, date text, owner text, memo text, caseOrFile text, valuetype text)",
    "attribute (attrid integer primary key, name text, attr_type text, value text, id integer, date text, owner text, "
    "unique(name, attr_type, id))",
    "case_text (id integer primary key, caseid integer, fid integer, pos0 integer, pos1 integer, owner text, "
    "date text, memo text)",
    "cases (caseid integer primary key, name text, memo text, owner text, date text, constraint ucm unique(name))",
    "code_cat (catid integer primary key, name text, owner text, date text, memo text, supercatid integer, "
    "unique(name))",
    "code_text (ctid integer primary key, cid integer, fid integer, seltext text, pos0 integer, pos1 integer, "
    "owner text, date text, memo text, avid integer, important integer, unique(cid, fid, pos0, pos1, owner))",
    "code_name (cid integer primary key, name text, memo text, catid integer, owner text, date text, color text, "
    "unique(name))",
    "journal (jid integer primary key, name text, jentry text, date text, owner text, unique(name))",
)


def numbers(kind: str, ids: Iterable[str]) -> dict[str, int]:
    """A row number for each id: the same for it in every file, but where two ids of 31 bits meet (the later moves on).

    >>> numbers("code", ["a", "b"])["b"] == numbers("code", ["b"])["b"]
    True
    """
    taken, given = set[int](), dict[str, int]()
    for id in ids:
        number = int.from_bytes(hashlib.sha256(f"{kind}\x1f{id}".encode()).digest()[:4], "big") >> 1 or 1
        while number in taken:
            number += 1
        taken.add(number)
        given[id] = number
    return given


def code_names(tree: Codebook) -> Mapping[str, str]:
    """What each code is called there, by its id: names are unique in all of the tree, so one that is not says where."""
    counts = Counter(shown(code.name) for code in tree.codes)
    given, taken = dict[str, str](), {name for name, count in counts.items() if count == 1}
    for code in tree.codes:
        name = plain = shown(code.name)
        if counts[plain] > 1:
            above = [shown(one.name) for one in tree.path(code.id)[:-1]]
            name = full = f"{plain} ({' > '.join(above)})" if above else plain
            number = 2
            while name in taken:
                name, number = f"{full} {number}", number + 1
        taken.add(name)
        given[code.id] = name
    return given


def is_open(file: Path) -> bool:
    """Whether QualCoder has the project of this ``data.qda`` open, or was killed in the middle of writing into it.

    A lock of version 3 whose time stands still is nobody's. A journal beside the database is of a transaction that is
    not over: to read past it would be to read half of it.
    """
    if any(_size(file.with_name(f"{file.name}-{kind}")) for kind in ("wal", "journal")):
        return True
    try:
        beat = float((file.parent / LOCK).read_text("utf-8").split("\n")[1])
    except FileNotFoundError:
        return False
    except (OSError, ValueError, IndexError):
        return True  # written at this moment, or by another version: somebody has it
    return time.time() - beat < FRESH_SECONDS


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def blot_out(project: Path, document: str, quotes: Iterable[str]) -> None:
    """Put ○ for each letter of `quotes` in one document of a project, and in what was marked and noted there.

    Codings keep their places. Raises ProjectOpen, CodingsUnreadable.
    """
    file, longest_first = project / DATABASE, sorted(quotes, key=len, reverse=True)
    if is_open(file):
        raise ProjectOpen(path=project)
    try:
        with closing(sqlite3.connect(file, timeout=1.0, isolation_level=None)) as database:
            database.execute("PRAGMA secure_delete = ON")
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("BEGIN IMMEDIATE")
            for (fid,) in database.execute("SELECT id FROM source WHERE name = ?", (f"{document}.txt",)).fetchall():
                for table, key, columns in BLOTTED:
                    _blot(database, table, f"{key} = {int(fid)}", columns, longest_first)
            database.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise ProjectOpen(path=project) from None
        raise CodingsUnreadable(path=file, why=error.sqlite_errorname) from None
    except sqlite3.DatabaseError as error:
        raise CodingsUnreadable(path=file, why=type(error).__name__) from None


BLOTTED = (
    ("source", "id", ("fulltext", "memo")),
    ("code_text", "fid", ("seltext", "memo")),
    ("annotation", "fid", ("memo",)),
)
"""Table, the column that says which document, and those with what was said in it."""


def _blot(database: sqlite3.Connection, table: str, where: str, columns: Iterable[str], quotes: Iterable[str]) -> None:
    for column in columns:
        for quote in quotes:
            change = f"UPDATE {table} SET {column} = replace({column}, ?, ?) WHERE {where}"
            database.execute(change, (quote, BLOT * len(quote)))
