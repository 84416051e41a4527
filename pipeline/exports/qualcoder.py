"""A QualCoder project folder (`.qda`): documents, cases with attributes, masked audio with its times, codes, a journal.

A code under which there are others is a category there, with itself in it. Positions are UTF-16 units, as Qt counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing

from pipeline.archives import Content
from pipeline.codes import Codebook
from pipeline.documents import Document, document, hashed, spans, to_utf16
from pipeline.package import ORIGIN, Package
from pipeline.printing import head, shown
from pipeline.qualcoder import DATABASE, FOLDERS, TABLES, code_names, numbers
from pipeline.transcript import Released

VERSION = "v11"
"""Of the tables as they are here; QualCoder brings them up to its own."""
COLOUR = "#CCCCCC"

Row = Sequence[object]


def folder(package: Package) -> dict[str, Content]:
    """The files of the folder; the same bytes for the same package."""
    files: dict[str, Content] = {f"{name}/": b"" for name in FOLDERS}
    files |= {f"audio/{copy.audio.interview}.wav": copy.wav for copy in package.copies}
    with closing(sqlite3.connect(":memory:")) as database:
        for table in TABLES:
            database.execute(f"CREATE TABLE {table}")
        _Writer(database, package).write()
        database.commit()
        return {DATABASE: database.serialize(), **files}


class _Writer:
    """The rows of a package, table by table."""

    def __init__(self, database: sqlite3.Connection, package: Package) -> None:
        self.database, self.package = database, package
        self.owner, self.date = package.coder or ORIGIN, f"{package.at:%Y-%m-%d %H:%M:%S}"
        self.made = {"owner": shown(self.owner), "date": self.date}
        names = [f"{released.interview}.{ending}" for released in package.releases for ending in ("txt", "wav")]
        self.sources = numbers("source", names)
        self.cases = numbers("case", package.participants)
        self.codes = numbers("code", [code.id for code in package.codebook.codes] if package.codebook else [])

    def insert(self, table: str, **values: object) -> None:
        row = {**values, **(self.made if table not in ("project",) else {})}
        marks = ", ".join("?" * len(row))
        self.database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))

    def write(self) -> None:
        about = f"QualCoder project written by {ORIGIN}"
        known = {"databaseversion": VERSION, "date": self.date, "memo": self.package.study, "about": about}
        more = {"bookmarkfile": 0, "bookmarkpos": 0, "codername": shown(self.owner), "recently_used_codes": ""}
        self.insert("project", **known, **more)
        if self.package.codebook:
            self.code_tree(self.package.codebook)
        self.people()
        for released in self.package.releases:
            self.released(released, document(released, self.package.convention, hashed))

    def code_tree(self, tree: Codebook) -> None:
        names = code_names(tree)
        for _, code in tree.walk():
            category = self.codes.get(code.parent or "")
            if tree.children(code.id):
                row = {"catid": self.codes[code.id], "name": names[code.id], "supercatid": category, "memo": ""}
                self.insert("code_cat", **row)
                category = self.codes[code.id]
            about = {"memo": shown(code.description), "color": code.colour or COLOUR}
            self.insert("code_name", cid=self.codes[code.id], name=names[code.id], catid=category, **about)

    def people(self) -> None:
        """A case a participant; every case has every attribute, as QualCoder expects."""
        releases = self.package.releases
        for name in dict.fromkeys(shown(name) for released in releases for name, _ in released.attributes):
            self.insert("attribute_type", name=name, memo="", caseOrFile="case", valuetype="character")
        for participant, number in self.cases.items():
            theirs = [released for released in releases if released.interview.participant == participant]
            newest = max(theirs, key=lambda released: released.provenance.approved_at)
            values = {shown(name): shown(value) for name, value in newest.attributes}
            self.insert("cases", caseid=number, name=participant, memo="")
            for (name,) in self.database.execute("SELECT name FROM attribute_type ORDER BY rowid").fetchall():
                self.insert("attribute", name=name, attr_type="case", value=values.get(name, ""), id=number)

    def released(self, released: Released, written: Document) -> None:
        text, sound = f"{released.interview}.txt", f"{released.interview}.wav"
        about = "\n".join(head(released))
        case, fid = self.cases[released.interview.participant], self.sources[text]
        self.insert("source", id=fid, name=text, fulltext=written.text, memo=about)
        self.insert("case_text", caseid=case, fid=fid, pos0=0, pos1=len(written.text), memo="")
        if self.package.copy_of(released.interview):
            path = {"mediapath": f"/audio/{sound}", "av_text_id": fid}
            self.insert("source", id=self.sources[sound], name=sound, memo=about, **path)
            self.insert("case_text", caseid=case, fid=self.sources[sound], pos0=0, pos1=0, memo="")
        self.insert("journal", name=f"{ORIGIN} {released.interview}", jentry="\n".join(provenance(released)))
        mine = (one for one, of, _ in self.package.placed() if of is released)
        for start, end, one in spans(written, mine):
            if one.code in self.codes:
                place = {"pos0": to_utf16(written.text, start), "pos1": to_utf16(written.text, end)}
                marked = {"cid": self.codes[one.code], "fid": fid, "seltext": written.text[start:end]}
                self.insert("code_text", **marked, **place, memo=shown(one.memo))


def provenance(released: Released) -> Iterable[str]:
    """How the release came about, a line each: for the project's journal, and for a board that asks."""
    made = released.provenance
    yield from head(released)
    yield f"녹음 sha256 {made.recording_sha256} · {made.seconds:.1f}초"
    for step, engine in made.engines:
        weights = ", ".join(f"{shown(name)} {sha256[:12]}" for name, sha256 in engine.weights)
        yield f"{step}: {engine.name} {engine.version}" + (f" ({weights})" if weights else "")
