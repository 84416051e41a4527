"""A QualCoder project folder: what QualCoder asks of one, by the notes; and codings come back out of its database."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from exports.hostile import CODEBOOK, CODINGS, EMPTY, RELEASED, SHORT, STUDY, study
from exports.test_refi_project import COPY, PCM
from files import files

from pipeline.codes import Code, Codebook, Coding, Gathered, Why
from pipeline.documents import document, hashed, spans, to_utf16
from pipeline.errors import CodingsUnreadable, FileMissing, ProjectOpen
from pipeline.gathering import qualcoder
from pipeline.package import Package
from pipeline.printing import DEFAULT, shown
from pipeline.qualcoder import code_names, numbers

DOCUMENTS = tuple(document(released, DEFAULT, hashed) for released in STUDY)


def project(folder: Path, package: Package) -> Path:
    path = folder / "a.qda"
    for name, data in files(package, "qda").items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).mkdir(exist_ok=True) if name.endswith("/") else (path / name).write_bytes(data)
    return path


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path / "data.qda")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return database.execute(query).fetchall()


def changed(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path / "data.qda")) as database:
        for statement in statements:
            assert database.execute(statement).rowcount != 0
        database.commit()
    return path


def test_the_folder_has_what_qualcoder_asks_for(tmp_path: Path) -> None:
    path = project(tmp_path, study("anna"))
    assert {p.name for p in path.iterdir()} == {"data.qda", "images", "audio", "video", "documents"}
    ((about, coder, date),) = rows(path, "SELECT about, codername, date FROM project")
    assert "QualCoder" in str(about) and coder == "anna" and date == "2026-05-04 23:59:58"
    assert rows(path, "SELECT count(*) FROM sqlite_master WHERE type = 'table'") == [(13,)]


def test_every_document_is_whole_and_belongs_to_its_case(tmp_path: Path) -> None:
    path = project(tmp_path, study())
    told = rows(path, "SELECT s.name, s.fulltext, c.name, t.pos0, t.pos1 FROM source s "
                      "JOIN case_text t ON t.fid = s.id JOIN cases c USING (caseid)")  # fmt: skip
    assert told == [(f"{one.name}.txt", one.text, one.interview.participant, 0, len(one.text)) for one in DOCUMENTS]
    first = DOCUMENTS[1].text.splitlines()[0]
    assert first.startswith("0001 #00:00:00.200# 연구자: ")


def test_every_case_has_every_attribute(tmp_path: Path) -> None:
    path = project(tmp_path, study())
    held = rows(path, "SELECT c.name, a.name, a.value FROM attribute a JOIN cases c ON a.id = c.caseid ORDER BY 1, 2")
    assert held == [
        ("P01", "나이대", "30대"),
        ("P01", "진단 <&>", "=조현병"),
        ("P02", "나이대", ""),
        ("P02", "진단 <&>", ""),
    ]
    assert rows(path, "SELECT DISTINCT caseOrFile, valuetype FROM attribute_type") == [("case", "character")]


def test_masked_audio_is_linked_with_its_text(tmp_path: Path) -> None:
    path = project(tmp_path, study(copies=(COPY,)))
    ((media, text),) = rows(path, "SELECT a.mediapath, t.name FROM source a JOIN source t ON a.av_text_id = t.id")
    assert (media, text) == ("/audio/peers-P01-S2.wav", "peers-P01-S2.txt")
    assert (path / "audio" / "peers-P01-S2.wav").read_bytes()[44:] == PCM
    assert rows(path, "SELECT pos0, pos1 FROM case_text WHERE fid = (SELECT id FROM source WHERE mediapath > '')") == [
        (0, 0)
    ]


def test_the_tree_has_a_category_wherever_there_are_codes_below(tmp_path: Path) -> None:
    path = project(tmp_path, study())
    codes = rows(path, "SELECT n.name, c.name, p.name, n.color FROM code_name n LEFT JOIN code_cat c USING (catid) "
                       "LEFT JOIN code_cat p ON c.supercatid = p.catid")  # fmt: skip
    assert set(codes) == {
        ("낙인", "낙인", None, "#FF0000"),
        ("가족의 낙인", "가족의 낙인", "낙인", "#CCCCCC"),
        ("=말하지 않음", "가족의 낙인", "낙인", "#CCCCCC"),
        ("침묵 (낙인)", "낙인", None, "#CCCCCC"),
        ("회복 😀", "회복 😀", None, "#CCCCCC"),
        ("침묵 (회복 😀)", "회복 😀", None, "#CCCCCC"),
    }


def test_names_are_unique_in_the_whole_tree() -> None:
    tree = Codebook(
        "s", 1, (Code("a", None, "가"), Code("b", "a", "가"), Code("c", None, "가 (가)"), Code("d", "b", "가"))
    )
    names = code_names(tree)
    assert len(set(names.values())) == 4 and names["a"] == "가" and names["c"] == "가 (가)"


def test_numbers_stay_when_the_tree_grows() -> None:
    few, many = numbers("code", ["c1", "c2"]), numbers("code", ["c9", "c2", "c5", "c1"])
    assert {id: many[id] for id in few} == few and len(set(many.values())) == 4
    assert all(0 < number < 2**31 for number in many.values())


def test_codings_are_in_qt_s_units(tmp_path: Path) -> None:
    path = project(tmp_path, study("anna"))
    told = rows(
        path, "SELECT t.seltext, t.pos0, t.pos1, s.name, t.owner FROM code_text t JOIN source s ON s.id = t.fid"
    )
    texts = {f"{one.name}.txt": one.text for one in DOCUMENTS}
    for quote, start, end, name, owner in told:
        coded = texts[str(name)].encode("utf-16-le")
        assert coded[2 * int(str(start)) : 2 * int(str(end))].decode("utf-16-le") == quote and owner == "anna"
    assert sorted(str(row[0]) for row in told) == sorted(shown(one.quote) for one in CODINGS)


def test_the_journal_tells_where_a_transcript_comes_from(tmp_path: Path) -> None:
    entries = dict(rows(project(tmp_path, study()), "SELECT name, jentry FROM journal"))
    assert set(entries) == {f"Chaerok {released.interview}" for released in STUDY}
    entry = str(entries["Chaerok peers-P01-S1"])
    assert "원고 0123456789ab" in entry and "transcribe: replay 1 (a.json ef)" in entry and "cdcdcd" in entry


def test_a_coder_s_folder_holds_nothing_of_another_s(tmp_path: Path) -> None:
    anna, bora = files(study("anna"), "qda")["data.qda"], files(study("bora"), "qda")["data.qda"]
    assert b"anna" in anna and b"anna" not in bora
    path = project(tmp_path, study("bora"))
    assert rows(path, "SELECT count(*) FROM code_text") == [(0,)] and rows(path, "SELECT count(*) FROM source") == [
        (3,)
    ]


# --- back again -------------------------------------------------------------------------------------------------------


def whys(read: Gathered) -> list[Why]:
    return [row.why for row in read.unread]


def test_every_coding_comes_back_as_it_was(tmp_path: Path) -> None:
    path = project(tmp_path, study("anna"))
    read = qualcoder.codings(path, STUDY, CODEBOOK)
    assert read.unread == () and set(read.codings) == set(CODINGS)
    assert set(qualcoder.codings(path / "data.qda", STUDY, CODEBOOK).codings) == set(CODINGS)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Path]:
    yield project(tmp_path, study("anna"))


def code(
    path: Path,
    quote: str,
    start: int,
    end: int,
    coder: str = "bora",
    name: str = "회복 😀",
    of: str = "peers-P01-S2.txt",
) -> None:
    """As QualCoder's window writes it."""
    with closing(sqlite3.connect(path / "data.qda")) as database:
        database.execute("DELETE FROM code_text")
        database.execute(
            "INSERT INTO code_text (cid, fid, seltext, pos0, pos1, owner, date, memo) "
            "SELECT cid, id, ?, ?, ?, ?, '', '' FROM code_name n, source s WHERE n.name = ? AND s.name = ?",
            (quote, start, end, coder, name, of),
        )
        database.commit()


@pytest.mark.parametrize("unit", [to_utf16, lambda text, offset: offset], ids=["of the window", "of its import"])
def test_positions_in_either_unit_are_on_what_they_quote(empty: Path, unit) -> None:
    """Its window counts UTF-16 units, its REFI import code points; behind an emoji they differ."""
    coding = Coding("bora", "c3", "other-2", 1, 4, 7, "좋아요")
    text = DOCUMENTS[1].text
    ((*place, _),) = spans(DOCUMENTS[1], [coding])
    start, end = (unit(text, offset) for offset in place)
    code(empty, "좋아요", start, end)
    assert qualcoder.codings(empty, STUDY, CODEBOOK) == Gathered((coding,))


def test_a_mark_over_two_lines_is_two_codings(empty: Path) -> None:
    text = DOCUMENTS[1].text
    code(empty, text, 0, to_utf16(text, len(text)))
    read = qualcoder.codings(empty, STUDY, CODEBOOK)
    assert [(one.segment, one.quote) for one in read.codings] == [(ln.id, ln.text) for ln in SHORT.lines]


@pytest.mark.parametrize(
    ("quote", "start", "end", "why"),
    [
        ("x", 0, 10**6, Why.OUT_OF_RANGE),
        ("x", -3, 2, Why.OUT_OF_RANGE),
        ("0001", 4, 0, Why.OUT_OF_RANGE),
        ("다른 말", 30, 34, Why.OUT_OF_RANGE),
        ("0001", 0, 4, Why.NO_WORDS),
        ("x", "a", "b", Why.UNREADABLE),
    ],
)
def test_what_is_no_coding_is_told(empty: Path, quote: str, start: int, end: int, why: Why) -> None:
    code(empty, quote, start, end)
    read = qualcoder.codings(empty, STUDY, CODEBOOK)
    assert read.codings == () and [(row.why, row.coder) for row in read.unread] == [(why, "bora")]
    assert quote == "x" or quote not in read.unread[0].row


def test_a_renamed_code_is_known_by_its_number_and_told(empty: Path) -> None:
    changed(empty, "UPDATE code_name SET name = '집안' WHERE name = '가족의 낙인'")
    read = qualcoder.codings(empty, STUDY, CODEBOOK)
    assert set(read.codings) == set(CODINGS) and whys(read) == [Why.RENAMED_CODE]


def test_two_codes_whose_names_were_swapped_stay_what_they_were(empty: Path) -> None:
    swap = ("UPDATE code_name SET name = 'x' WHERE name = '침묵 (낙인)'",
            "UPDATE code_name SET name = '침묵 (낙인)' WHERE name = '침묵 (회복 😀)'",
            "UPDATE code_name SET name = '침묵 (회복 😀)' WHERE name = 'x'")  # fmt: skip
    read = qualcoder.codings(changed(empty, *swap), STUDY, CODEBOOK)
    assert set(read.codings) == set(CODINGS) and whys(read) == [Why.RENAMED_CODE] * 2


def test_a_code_of_the_coder_s_own_is_told(empty: Path) -> None:
    changed(
        empty,
        "INSERT INTO code_name (name) VALUES ('새 코드')",
        "UPDATE code_text SET cid = (SELECT max(cid) FROM code_name)",
    )
    read = qualcoder.codings(empty, STUDY, CODEBOOK)
    assert read.codings == () and set(whys(read)) == {Why.UNKNOWN_CODE}


def test_a_deleted_or_edited_document_is_told(empty: Path) -> None:
    changed(empty, "UPDATE source SET fulltext = fulltext || '덧붙임'")
    assert set(whys(qualcoder.codings(empty, STUDY, CODEBOOK))) == {Why.CHANGED_DOCUMENT}
    changed(empty, "DELETE FROM source")
    assert set(whys(qualcoder.codings(empty, STUDY, CODEBOOK))) == {Why.UNKNOWN_DOCUMENT}


def test_marks_of_nobody_and_on_sound_are_told(empty: Path) -> None:
    changed(
        empty,
        "UPDATE code_text SET owner = ' '",
        "INSERT INTO code_av (id, pos0, pos1, cid, owner) VALUES (1, 0, 9, 1, 'anna')",
    )
    assert set(whys(qualcoder.codings(empty, STUDY, CODEBOOK))) == {Why.UNKNOWN_CODER, Why.NO_WORDS}


@pytest.mark.parametrize(("beat", "is_open"), [("anna\n{}\n", True), ("anna\n1600000000.5\n", False), ("", True)])
def test_a_project_that_is_open_in_qualcoder_is_not_read(empty: Path, beat: str, is_open: bool) -> None:
    (empty / "project_in_use.lock").write_text(beat.format(time.time()))
    if is_open:
        with pytest.raises(ProjectOpen):
            qualcoder.codings(empty, STUDY, CODEBOOK)
    else:
        assert len(qualcoder.codings(empty, STUDY, CODEBOOK).codings) == len(CODINGS)


def test_a_project_that_is_being_written_is_not_read(empty: Path) -> None:
    with closing(sqlite3.connect(empty / "data.qda", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ProjectOpen):
            qualcoder.codings(empty, STUDY, CODEBOOK)


@pytest.mark.parametrize("data", [b"", b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_what_is_no_project_is_refused(empty: Path, data: bytes) -> None:
    (empty / "data.qda").write_bytes(data)
    with pytest.raises(CodingsUnreadable):
        qualcoder.codings(empty, STUDY, CODEBOOK)
    with pytest.raises(FileMissing):
        qualcoder.codings(empty / "none", STUDY, CODEBOOK)


def test_reading_changes_nothing(empty: Path) -> None:
    before = {path: path.read_bytes() for path in empty.rglob("*") if path.is_file()}
    qualcoder.codings(empty, STUDY, CODEBOOK)
    assert {path: path.read_bytes() for path in empty.rglob("*") if path.is_file()} == before


def test_a_later_version_of_the_text_takes_no_codings_of_the_earlier_one(tmp_path: Path) -> None:
    """Who passes all versions gets them, each on the version that was coded."""
    path = project(tmp_path, study("anna"))
    first = replace(RELEASED.lines[0], text="다른 말입니다", version=2)
    later = replace(RELEASED, lines=(first, *RELEASED.lines[1:]))
    alone = qualcoder.codings(path, (later, SHORT), CODEBOOK)
    assert set(whys(alone)) == {Why.CHANGED_DOCUMENT} and alone.codings == ()
    assert set(qualcoder.codings(path, (*STUDY, later), CODEBOOK).codings) == set(CODINGS)


def test_an_empty_transcript_and_no_codes_are_a_project(tmp_path: Path) -> None:
    path = project(tmp_path, Package((EMPTY,)))
    assert rows(path, "SELECT fulltext FROM source") == [("",)]
    later = replace(RELEASED, lines=RELEASED.lines[:1])
    assert qualcoder.codings(path, [later], CODEBOOK) == Gathered()
