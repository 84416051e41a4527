from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nouns import line
from openpyxl import load_workbook

from pipeline import review_sheet
from pipeline.errors import CorrectionsInvalid
from pipeline.interview import InterviewId, Role, normal_text
from pipeline.lines import listen_here
from pipeline.people import Choice, Entry
from pipeline.review_sheet import LINE_HEAD, LINES, NAME_HEAD, NAMES, SPEAKERS, STAND_IN_HEAD, STAND_INS, clock
from pipeline.transcript import (
    Corrections,
    Label,
    Line,
    Mention,
    Mentions,
    Pseudonymized,
    Reviewed,
    Ruling,
    State,
    Stretch,
    TextCorrection,
)

ODD = (
    "=1+1",
    '=HYPERLINK("x")',
    "+82 10",
    "-1",
    "@SUM(A1)",
    "'네",
    "#N/A",
    "#REF!",
    "TRUE",
    "1e5",
    "010",
    " 네 ",
    "첫 줄\n둘째 줄",
    "\t",
    "😀 네",
    "<b>&amp;",
    "_x0041_",
    "_x000D_",
    "가" * 500,
    "\ufeff네",
    "e\u0301",
    "2026-01-01",
    "\x07",
    "\ufffe",
    "\u2028",
)
"""Texts that spreadsheets like to make something else of."""
SAID = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).map(normal_text) | st.sampled_from(
    ODD
)


def reviewed_of(*texts: str) -> Reviewed:
    lines = tuple(line(text, number, start=number * 10.0) for number, text in enumerate(texts, start=1))
    return Reviewed(tuple(replace(s, speaker=f"S{s.line % 2 + 1}") for s in lines))


def mention_of(reviewed: Reviewed, index: int, start: int, end: int, state: State = State.SURE) -> Mention:
    segment = reviewed.segments[index]
    return Mention(segment.id, start, end, segment.text[start:end], Label.NAME, state, 0.9, ("roster",))


def draft_of(reviewed: Reviewed) -> Pseudonymized:
    lines = tuple(Line(s.id, s.line, 1, s.speaker, s.role, s.start, s.end, f"가명 {s.text}") for s in reviewed.segments)
    return Pseudonymized(InterviewId("a", "b", "c"), lines, (), (), 0, 0)


def edited(
    path: Path, reviewed: Reviewed, mentions: Mentions, edit: Callable[[Any], None] = lambda book: None
) -> Corrections:
    """Write the sheet, let somebody `edit` it in a spreadsheet program, read it back."""
    book = load_workbook(io.BytesIO(review_sheet.written(reviewed, mentions, draft_of(reviewed))))
    edit(book)
    for sheet in book:  # what was typed as text stays text, as in a program's text cells
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    cell.data_type = "s"
    book.save(path)
    return review_sheet.read(path, reviewed, mentions, "reviewer1")


TWO = reviewed_of("저는 김민수입니다", "네 박지영 선생님")
FOUND = Mentions((mention_of(TWO, 0, 3, 6), mention_of(TWO, 1, 2, 5, State.DOUBTFUL)))
UNCHANGED = Corrections(roles=(("S2", Role.PARTICIPANT), ("S1", Role.PARTICIPANT)), actor="reviewer1")


# --- round trips ----------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.lists(SAID, min_size=1, max_size=4))
@example([normal_text(text) for text in ODD])
def test_a_sheet_that_nobody_touched_corrects_nothing(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    reviewed = reviewed_of(*texts)
    mentions = Mentions(tuple(mention_of(reviewed, i, 0, len(t)) for i, t in enumerate(texts)))
    path = tmp_path_factory.getbasetemp() / "untouched.xlsx"
    path.write_bytes(review_sheet.written(reviewed, mentions, draft_of(reviewed)))
    corrections = review_sheet.read(path, reviewed, mentions, "reviewer1")
    assert (corrections.texts, corrections.rulings) == ((), ())
    assert dict(corrections.roles) == {s.speaker: s.role for s in reviewed.segments}


@pytest.mark.parametrize("text", [*(text for text in ODD if text.strip() and text not in "\x07\ufffe")])
def test_a_correction_comes_back_as_it_was_typed(tmp_path: Path, text: str) -> None:
    def edit(book: Any) -> None:
        book[LINES]["E2"].value = text

    corrections = edited(tmp_path / "sheet.xlsx", TWO, FOUND, edit)
    assert corrections.texts == (TextCorrection("id-1", "저는 김민수입니다", normal_text(text).strip()),)
    assert corrections.actor == "reviewer1"


@pytest.mark.parametrize("text", ODD)
def test_a_ruling_on_any_text_names_that_text(tmp_path: Path, text: str) -> None:
    text = normal_text(text)
    reviewed = reviewed_of(text)
    mentions = Mentions((mention_of(reviewed, 0, 0, len(text)),))

    def edit(book: Any) -> None:
        book[NAMES]["F2"].value = "둠"

    assert edited(tmp_path / "sheet.xlsx", reviewed, mentions, edit).rulings == (Ruling("id-1", text, None),)


def test_cells_are_text_and_never_formulas() -> None:
    reviewed = reviewed_of("=1+1", "=cmd|' /C calc'!A0")
    data = review_sheet.written(reviewed, Mentions(()), draft_of(reviewed))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert all(b"<f>" not in archive.read(name) for name in archive.namelist())


def test_no_page_is_laid_into_the_systems_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*given: object, **more: object) -> None:
        raise AssertionError("a temporary file")

    for maker in ("NamedTemporaryFile", "TemporaryFile", "mkstemp", "mkdtemp"):
        monkeypatch.setattr(tempfile, maker, refused)
    monkeypatch.setattr("openpyxl.worksheet._writer.NamedTemporaryFile", refused)
    reviewed = reviewed_of("저는 김민수입니다")
    book = load_workbook(io.BytesIO(review_sheet.written(reviewed, Mentions(()), draft_of(reviewed))))
    assert book[LINES]["D2"].value == "저는 김민수입니다" and book[LINES].auto_filter.ref == "A1:I2"


def test_only_what_a_person_typed_counts() -> None:
    book = load_workbook(io.BytesIO(review_sheet.written(TWO, FOUND, draft_of(TWO))))
    assert book.sheetnames == [LINES, NAMES, SPEAKERS, STAND_INS]
    assert tuple(cell.value for cell in book[LINES][1]) == LINE_HEAD
    assert tuple(cell.value for cell in book[NAMES][1]) == NAME_HEAD
    yellow = [cell.value for sheet in book for cell in sheet[1] if cell.fill.fgColor.rgb.endswith("FFFF99")]
    assert yellow == ["고친 말", "결정", "고친 종류", "역할", "새 가명"]


def test_doubtful_mentions_come_first_with_what_is_around() -> None:
    book = load_workbook(io.BytesIO(review_sheet.written(TWO, FOUND, draft_of(TWO))))
    rows = list(book[NAMES].iter_rows(min_row=2, values_only=True))
    assert [row[:5] for row in rows] == [(2, "박지영", "NAME", "doubtful", 0.9), (1, "김민수", "NAME", "sure", 0.9)]
    assert [row[7] for row in rows] == ["네 박지영 선생님", "저는 김민수입니다"]


LISTEN = (
    Stretch(19.0, 22.0, ("words", "overlap"), 4.0),
    Stretch(20.5, 20.9, ("gap",), 2.0),
    Stretch(9.0, 10.9, ("speaker", "unheard-of"), 1.0),
)


def test_a_line_bears_the_rank_of_the_best_stretch_in_it_and_why() -> None:
    book = load_workbook(io.BytesIO(review_sheet.written(TWO, FOUND, draft_of(TWO), LISTEN[:2])))
    assert [row[6:8] for row in book[LINES].iter_rows(min_row=2, values_only=True)] == [
        (None, None),
        (1, "불확실한 말, 겹친 말"),
    ]
    book = load_workbook(io.BytesIO(review_sheet.written(TWO, FOUND, draft_of(TWO), LISTEN)))
    assert [row[6:8] for row in book[LINES].iter_rows(min_row=2, values_only=True)] == [
        (3, "화자 불확실, unheard-of"),
        (1, "불확실한 말, 겹친 말"),
    ]


def test_every_reason_of_the_list_has_a_korean_name() -> None:
    known = {listen_here.WORDS, listen_here.HALLUCINATION, listen_here.SPEAKER, listen_here.OVERLAP, listen_here.GAP}
    assert set(review_sheet.REASONS) == known


@pytest.mark.parametrize(
    ("start", "end", "lines"),
    [(0, 9.99, ()), (0, 10.0, ()), (0, 10.1, (1,)), (11.0, 20.0, ()), (10.9, 20.1, (1, 2)), (21.5, 30, ())],
)
def test_the_lines_of_a_stretch(start: float, end: float, lines: tuple[int, ...]) -> None:
    timed = tuple(replace(segment, end=segment.start + 1) for segment in TWO.segments)
    found = review_sheet.lines_of(Stretch(start, end, ("gap",), 1.0), timed)
    assert tuple(segment.line for segment in found) == lines


def test_a_line_without_length_is_heard_where_it_stands() -> None:
    still = replace(TWO.segments[0], start=5.0, end=5.0)
    assert review_sheet.lines_of(Stretch(5.0, 6.0, ("gap",), 1.0), (still,)) == (still,)


def test_a_page_that_was_sorted_by_rank_reads_the_same(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        page = book[LINES]
        page["E2"].value = "저는 김민서입니다"
        rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
        for number, row in enumerate(reversed(rows), start=2):
            for column, value in enumerate(row, start=1):
                page.cell(number, column).value = value

    corrections = edited(tmp_path / "sheet.xlsx", TWO, FOUND, edit)
    assert corrections.texts == (TextCorrection("id-1", "저는 김민수입니다", "저는 김민서입니다"),)


def test_the_draft_stands_beside_the_line() -> None:
    book = load_workbook(io.BytesIO(review_sheet.written(TWO, FOUND, draft_of(TWO))))
    assert [row[5] for row in book[LINES].iter_rows(min_row=2, values_only=True)] == [
        "가명 저는 김민수입니다",
        "가명 네 박지영 선생님",
    ]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00:00"), (59.99, "0:00:59"), (751, "0:12:31"), (7325, "2:02:05")]
)
def test_the_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


# --- what a reviewer does -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "kind", "label"),
    [
        ("가림", "", Label.NAME),
        ("가림", "ORG", Label.ORG),
        ("가림", " org ", Label.ORG),
        ("둠", "", None),
        (" 둠 ", "ORG", None),
    ],
)
def test_decisions(tmp_path: Path, decision: str, kind: str, label: Label | None) -> None:
    def edit(book: Any) -> None:
        book[NAMES]["F3"].value, book[NAMES]["G3"].value = decision, kind

    assert edited(tmp_path / "sheet.xlsx", TWO, FOUND, edit).rulings == (Ruling("id-1", "김민수", label),)


def test_roles(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        book[SPEAKERS]["B2"].value = " interviewer "

    corrections = edited(tmp_path / "sheet.xlsx", TWO, FOUND, edit)
    assert dict(corrections.roles) == {"S2": Role.INTERVIEWER, "S1": Role.PARTICIPANT}


def test_a_correction_in_nfd_is_nfc_and_the_same_text_is_none(tmp_path: Path) -> None:
    import unicodedata

    def edit(book: Any) -> None:
        book[LINES]["E2"].value = unicodedata.normalize("NFD", "저는 김민서입니다")
        book[LINES]["E3"].value = unicodedata.normalize("NFD", "네 박지영 선생님")

    texts = edited(tmp_path / "sheet.xlsx", TWO, FOUND, edit).texts
    assert texts == (TextCorrection("id-1", "저는 김민수입니다", "저는 김민서입니다"),)


def test_empty_rows_at_the_end_and_sorted_names_do_not_matter(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        first, second = ([cell.value for cell in row] for row in book[NAMES].iter_rows(min_row=2))
        for column, (a, b) in enumerate(zip(first, second, strict=True), start=1):
            book[NAMES].cell(2, column).value, book[NAMES].cell(3, column).value = b, a
        book[NAMES]["F2"].value = "둠"
        book[LINES].cell(9, 1).value = None

    assert edited(tmp_path / "sheet.xlsx", TWO, FOUND, edit).rulings == (Ruling("id-1", "김민수", None),)


def delete(sheet: str, row: int) -> Callable[[Any], None]:
    return lambda book: book[sheet].delete_rows(row)


def put(sheet: str, cell: str, value: object) -> Callable[[Any], None]:
    def edit(book: Any) -> None:
        book[sheet][cell].value = value

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        delete(LINES, 2),
        delete(NAMES, 2),
        delete(LINES, 1),
        delete(SPEAKERS, 1),
        delete(SPEAKERS, 2),
        put(LINES, "I2", "id-9"),
        put(LINES, "I2", None),
        put(LINES, "I4", "id-3"),
        put(LINES, "D2", "저는 김민서입니다"),
        put(NAMES, "I2", "id-9"),
        put(NAMES, "B2", "박지형"),
        put(NAMES, "F2", "몰라"),
        put(NAMES, "F2", "yes"),
        put(SPEAKERS, "A2", "S9"),
        put(SPEAKERS, "B2", "boss"),
        put(SPEAKERS, "B2", None),
        put(LINES, "E1", "x"),
        lambda book: [put(NAMES, "F2", "가림")(book), put(NAMES, "G2", "PERSON")(book)],
        lambda book: book.remove(book[NAMES]),
    ],
    ids=[
        "line gone",
        "mention gone",
        "no head",
        "no speakers' head",
        "speaker gone",
        "id edited",
        "id gone",
        "row added",
        "heard text edited",
        "mention's id edited",
        "mention's text edited",
        "decision?",
        "decision in English",
        "speaker edited",
        "role?",
        "role gone",
        "head edited",
        "label?",
        "page gone",
    ],
)
def test_what_cannot_be_read_back_is_refused_whole(tmp_path: Path, edit: Callable[[Any], None]) -> None:
    path = tmp_path / "sheet.xlsx"
    with pytest.raises(CorrectionsInvalid) as refused:
        edited(path, TWO, FOUND, edit)
    assert refused.value.facts["path"] == path
    assert "김민" not in str(refused.value) and "박지" not in str(refused.value)


def broken_inside() -> bytes:
    """A workbook whose first page is no XML."""
    data = io.BytesIO(review_sheet.written(TWO, FOUND, draft_of(TWO)))
    target = io.BytesIO()
    with zipfile.ZipFile(data) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<worksheet><" if "sheet1.xml" in name else old.read(name))
    return target.getvalue()


def a_plain_zip() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "a")
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"not a workbook", "줄,고친 말\n".encode(), a_plain_zip(), broken_inside()],
    ids=["empty", "text", "csv", "zip", "broken inside"],
)
@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.csv"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CorrectionsInvalid):
        review_sheet.read(path, TWO, FOUND, "reviewer1")


def test_a_missing_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorrectionsInvalid):
        review_sheet.read(tmp_path / "none.xlsx", TWO, FOUND, "reviewer1")


# --- stand-ins ------------------------------------------------------------------------------------------------------

NAMED = (
    Entry("participant-P01", Label.NAME, ("김민수", "민수"), "참여자1"),
    Entry("entry-1", Label.NAME, ("박지영",), "이서호", shown=("이서호",)),
    Entry("entry-2", Label.ORG, ("=새벽병원",), "[병원 A]"),
)
IDS = tuple(entry.id for entry in NAMED)


def chosen_in(path: Path, edit: Callable[[Any], None] = lambda book: None) -> tuple[Choice, ...]:
    """Write the sheet with `NAMED` in it, let somebody edit it, read their choices."""
    book = load_workbook(io.BytesIO(review_sheet.written(TWO, FOUND, draft_of(TWO), (), NAMED)))
    edit(book)
    book.save(path)
    return review_sheet.choices(path, IDS)


def test_there_is_a_row_for_everybody_who_is_named(tmp_path: Path) -> None:
    book = load_workbook(io.BytesIO(review_sheet.written(TWO, FOUND, draft_of(TWO), (), NAMED)))
    rows = [tuple(cell or "" for cell in row) for row in book[STAND_INS].iter_rows(values_only=True)]
    assert rows == [
        STAND_IN_HEAD,
        ("participant-P01", "참여자1", "김민수, 민수", "NAME", ""),
        ("entry-1", "이서호", "박지영", "NAME", ""),
        ("entry-2", "[병원 A]", "=새벽병원", "ORG", ""),
    ]
    assert chosen_in(tmp_path / "sheet.xlsx") == ()


def test_a_new_stand_in_is_read_with_its_row(tmp_path: Path) -> None:
    edits = {"E4": "[큰 병원]", "E2": " "}

    def edit(book: Any) -> None:
        for cell, text in edits.items():
            book[STAND_INS][cell].value = text

    found = chosen_in(tmp_path / "sheet.xlsx", edit)
    assert found == (Choice(2, IDS[0], "참여자1", " "), Choice(4, IDS[2], "[병원 A]", "[큰 병원]"))


def test_a_row_that_is_gone_chooses_nothing(tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        book[STAND_INS]["E3"].value = "오태건"
        delete(STAND_INS, 2)(book)

    assert chosen_in(tmp_path / "sheet.xlsx", edit) == (Choice(2, "entry-1", "이서호", "오태건"),)


@pytest.mark.parametrize(
    "edit",
    [
        put(STAND_INS, "A2", "entry-9"),
        put(STAND_INS, "A2", "entry-1"),
        put(STAND_INS, "A2", None),
        put(STAND_INS, "A1", "번호"),
        delete(STAND_INS, 1),
        lambda book: book.remove(book[STAND_INS]),
    ],
    ids=["unknown", "twice", "gone", "head edited", "no head", "page gone"],
)
def test_a_page_of_stand_ins_that_cannot_be_read_back_is_refused(tmp_path: Path, edit: Callable[[Any], None]) -> None:
    with pytest.raises(CorrectionsInvalid) as refused:
        chosen_in(tmp_path / "sheet.xlsx", edit)
    assert "김민" not in str(refused.value) and "박지" not in str(refused.value)
