"""What participants get to check, and what their answers say."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from test_themes import SAID, SMALL

from pipeline.coding.member_pages import HEAD, OwnLine, Returned, answer_sheet, answers, pages, quoting
from pipeline.coding.themes import checked_themes, gathered
from pipeline.coding.validity import Answer, ItemValidity, content_validity
from pipeline.errors import AnswersInvalid

THEMES = checked_themes(SMALL, gathered(SMALL, SAID))
LINES = (OwnLine("peers-P01-S1", "u0001", "숨겼어요, 무시당했죠. <&> 🙂 \x01"), OwnLine("peers-P01-S2", "u0001", "네."))


def text_of(document: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(document)).paragraphs)


def test_pages_hold_what_is_theirs_and_nothing_of_anybody_elses() -> None:
    mine = quoting(THEMES, "P01")
    assert [theme.code.name for theme in mine] == ["낙인"]
    said = text_of(pages("P01", LINES, mine))
    assert "“숨겼어요” (u0001)" in said and "“무시당했죠” (u0001)" in said
    assert "말 못 했어요" not in said and "회복" not in said and "P02" not in said
    assert "□ 1   □ 2   □ 3   □ 4" in said and "peers-P01-S2" in said and "<&> 🙂 \ufffd" in said


def test_the_document_names_nobody_in_its_properties() -> None:
    made = Document(io.BytesIO(pages("P01", LINES, ()))).core_properties
    assert (made.author, made.last_modified_by, made.comments) == ("Chaerok", "", "")


def filled(path: Path, *cells: tuple[str, object]) -> Path:
    """The sheet of P02 with these cells changed."""
    path.write_bytes(answer_sheet("P02", quoting(THEMES, "P02")))
    book = load_workbook(path)
    for cell, value in cells:
        book["응답"][cell].value = value
    book.save(path)
    return path


KNOWN = {"P01": ["t"], "P02": ["t", "u"]}


def test_answers_come_back(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.xlsx", ("C2", 4), ("D2", "그렇습니다"), ("C3", "2"))
    assert answers(path, KNOWN) == (Returned("P02", "t", 4, "그렇습니다"), Returned("P02", "u", 2, ""))


def test_a_theme_without_an_answer_is_left_out(tmp_path: Path) -> None:
    assert answers(filled(tmp_path / "a.xlsx", ("C3", 3.0)), KNOWN) == (Returned("P02", "u", 3, ""),)


def test_answers_come_back_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([HEAD, ("낙인", "", "3", '쉼표, 와 "따옴표"', "P02", "t")])
    assert answers(path, KNOWN) == (Returned("P02", "t", 3, '쉼표, 와 "따옴표"'),)


@pytest.mark.parametrize(
    "cell", [("C2", 5), ("C2", 0), ("C2", "아주"), ("C2", "3.5"), ("F2", "x"), ("F3", "t"), ("E2", "P09")]
)
def test_what_is_no_answer_is_refused_as_a_whole(tmp_path: Path, cell: tuple[str, object]) -> None:
    with pytest.raises(AnswersInvalid, match="응답"):
        answers(filled(tmp_path / "a.xlsx", ("C3", 4), cell), KNOWN)


@pytest.mark.parametrize(
    ("name", "content"), [("a.xlsx", b"no workbook"), ("a.csv", b"\xff\xfe\x00"), ("a.csv", b"x\n1")]
)
def test_a_file_that_is_no_sheet_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AnswersInvalid):
        answers(tmp_path / name, KNOWN)
    with pytest.raises(AnswersInvalid):
        answers(tmp_path / "none.csv", KNOWN)


# --- content validity -----------------------------------------------------------------------------------------------


def rated(item: str, *marks: int) -> list[Answer]:
    return [Answer(f"P{number:02}", item, mark) for number, mark in enumerate(marks, start=1)]


@pytest.mark.parametrize(
    ("marks", "index", "enough"),
    [
        ((4, 4, 3, 4, 3), 1.0, True),
        ((4, 4, 3, 4, 2), 0.8, False),  # of five all must: Polit & Beck 2006 after Lynn 1986
        ((4, 4, 3, 4, 3, 2), 5 / 6, True),  # five of six: .83, the paper's own threshold
        ((4, 4, 3, 4, 2, 2), 4 / 6, False),
        ((4, 4, 4, 4, 3, 3, 3, 1, 2), 7 / 9, False),  # .778 is below .78
        ((4, 3, 4, 3, 4, 3, 3, 3, 1, 2), 0.8, True),
        ((1,), 0.0, False),
    ],
)
def test_an_items_index(marks: tuple[int, ...], index: float, enough: bool) -> None:
    (item,) = content_validity(rated("t", *marks)).items
    assert (item.raters, item.index, item.enough) == (len(marks), pytest.approx(index), enough)


def test_average_and_agreement_of_all_are_told_apart() -> None:
    """Polit & Beck's point: the mean of I-CVIs is not the share of items on which all agree."""
    validity = content_validity([*rated("t", 4, 4), *rated("u", 4, 2), *rated("v", 3, 3)], items=("v", "u", "t", "w"))
    assert validity.items == (ItemValidity("v", 2, 1.0), ItemValidity("u", 2, 0.5), ItemValidity("t", 2, 1.0))
    assert validity.average == pytest.approx(5 / 6) and validity.unanimous == pytest.approx(2 / 3)


def test_no_answers_no_index() -> None:
    assert content_validity([], items=("t",)).average is None


def test_off_the_scale_and_twice() -> None:
    for mark in (0, 5):
        with pytest.raises(ValueError, match="one of 1, 2, 3, 4"):
            Answer("P01", "t", mark)
    with pytest.raises(ValueError, match="twice"):
        content_validity([Answer("P01", "t", 4), Answer("P01", "t", 4)])


@given(st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=9), min_size=1, max_size=6))
def test_indices_stay_within_their_bounds(marks: list[list[int]]) -> None:
    validity = content_validity([answer for at, row in enumerate(marks) for answer in rated(str(at), *row)])
    assert validity.average is not None and validity.unanimous is not None
    assert 0 <= validity.unanimous <= validity.average <= 1
