"""A study that is published to packages for two coders, and what coders do in a QualCoder project."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from studies import RULES, session, study

from pipeline.codes import Code, Codebook
from pipeline.documents import to_utf16
from pipeline.places import Home
from pipeline.stores.database import sqlite_in
from pipeline.stores.database.books import put_codebook
from pipeline.walk import Walk

KIM, LEE = "김코더", "이코더"
FIRST = ("그때 까치가 병원에 같이 갔어요.", "병이 있다는 걸 숨겼어요 😀, 아무에게도요.", "오늘은 날씨가 좋네요.")
SECOND = ("저는 혼자 다녔어요.", "=아무도 몰랐어요.")
BOOK = Codebook(
    "peers",
    1,
    (Code("c1", None, "낙인"), Code("k1", "c1", "숨김"), Code("k2", "c1", "차별"), Code("c2", None, "회복")),
)


def packaged(folder: Path, *stores: str, coders: tuple[str, ...] = (KIM, LEE)) -> Home:
    """A home whose study names these stores beside the database."""
    home = study(folder, RULES)
    named = f"[settings.publish]\nstores = {['database', *stores]}\ncoders = {list(coders)}\n"
    (home.studies / "peers.toml").write_text(f'id = "peers"\n{named}', "utf-8")
    return home


def with_tree(home: Home) -> None:
    """The study has a code tree."""
    put_codebook(sqlite_in(home.store), BOOK)


def first(home: Home) -> Walk:
    return session(home, "P01_S1", *FIRST)


def second(home: Home) -> Walk:
    return session(home, "P02_S1", *SECOND)


def project(home: Home, version: int, coder: str) -> Path:
    """A coder's project in a version of the packages."""
    return home.exports / "peers" / "qualcoder" / f"{version:04d}" / coder / f"peers-{coder}.qda"


def mark(folder: Path, owner: str, *marks: tuple[str, str], memo: str = "") -> None:
    """(code's name, words): set on every document that has these words, as QualCoder writes it."""
    with closing(sqlite3.connect(folder / "data.qda")) as database, database:
        for name, quote in marks:
            (cid,) = database.execute("SELECT cid FROM code_name WHERE name = ?", (name,)).fetchone()
            sources = database.execute("SELECT id, fulltext FROM source WHERE fulltext LIKE ?", (f"%{quote}%",))
            for fid, text in sources.fetchall():
                start = text.index(quote)
                place = to_utf16(text, start), to_utf16(text, start + len(quote))
                database.execute(
                    "INSERT INTO code_text (cid, fid, seltext, pos0, pos1, owner, date, memo)"
                    " VALUES (?, ?, ?, ?, ?, ?, '2026-05-04', ?)",
                    (cid, fid, quote, *place, owner, memo),
                )


def texts(folder: Path) -> str:
    """All documents of a project."""
    with closing(sqlite3.connect(folder / "data.qda")) as database:
        return "\n".join(text for (text,) in database.execute("SELECT fulltext FROM source ORDER BY name"))
