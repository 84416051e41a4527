"""Code trees as workbooks: out and in again, written by hand, and what is no tree."""

from __future__ import annotations

from pathlib import Path

import invented_study
import pytest
from openpyxl import Workbook

from pipeline.codes import Code, Codebook
from pipeline.coding.code_table import HEAD, TITLE, read, table
from pipeline.errors import AnswersInvalid


def by_hand(path: Path, *rows: tuple[str, ...]) -> Path:
    book = Workbook()
    page = book.active
    page.title = TITLE
    page.append(HEAD)
    for row in rows:
        page.append([*row, *[None] * (len(HEAD) - len(row))])
    book.save(path)
    return path


def test_a_tree_comes_back_as_it_went_out(tmp_path: Path) -> None:
    book = invented_study.codebook(3)
    (tmp_path / "t.xlsx").write_bytes(table(book))
    found = read(tmp_path / "t.xlsx", invented_study.STUDY, 3)
    assert list(found.walk()) == list(book.walk())


def test_a_table_written_by_hand_is_the_same_codes_each_time(tmp_path: Path) -> None:
    path = by_hand(tmp_path / "t.xlsx", ("낙인",), ("", "숨김"), ("", "차별"), ("회복",), ("", "숨김"))
    found = read(path, "peers", 1)
    assert [(depth, code.name) for depth, code in found.walk()] == [
        (0, "낙인"), (1, "숨김"), (1, "차별"), (0, "회복"), (1, "숨김")
    ]  # fmt: skip
    assert len({code.id for code in found.codes}) == 5
    assert read(path, "peers", 1) == found and read(path, "others", 1).codes != found.codes


def test_a_renamed_code_keeps_its_id(tmp_path: Path) -> None:
    row = ("숨김의 말", "", "", "", "", "", "설명", "#AA0000", "k1")
    assert read(by_hand(tmp_path / "t.xlsx", row), "peers", 2) == Codebook(
        "peers", 2, (Code("k1", None, "숨김의 말", "#AA0000", "설명"),)
    )


@pytest.mark.parametrize(
    "rows",
    [
        (("", "숨김"),),  # nothing above it
        (("낙인",), ("", "", "숨김")),  # a floor left out
        (("낙인", "숨김"),),  # two names in a row
        (("", "", "", "", "", "", "설명뿐"),),
        (("낙인",), ("낙인",)),
        (("낙인", "", "", "", "", "", "", "빨강"),),
        (("가", "", "", "", "", "", "", "", "k1"), ("나", "", "", "", "", "", "", "", "k1")),
    ],
)
def test_what_is_no_tree_is_refused(tmp_path: Path, rows: tuple[tuple[str, ...], ...]) -> None:
    with pytest.raises(AnswersInvalid, match=TITLE):
        read(by_hand(tmp_path / "t.xlsx", *rows), "peers", 1)


def test_a_tree_of_seven_floors_has_no_table() -> None:
    codes = tuple(Code(str(at), str(at - 1) if at else None, f"n{at}") for at in range(7))
    with pytest.raises(ValueError, match="at most 6"):
        table(Codebook("s", 1, codes))
