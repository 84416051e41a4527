"""Themes of an invented study of the model study's shape: counts by hand, workbooks and pictures read again."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import invented_study as study
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from pipeline.codes import Code, Codebook
from pipeline.coding import drawing
from pipeline.coding.theme_book import theme_book
from pipeline.coding.themes import (
    Said,
    Yield,
    by_participant,
    checked_themes,
    gathered,
    level_names,
    saturation,
)

SMALL = Codebook(
    "peers",
    1,
    (Code("c", None, "낙인과 회복"), Code("t", "c", "낙인"), Code("u", "c", "회복"), Code("k1", "t", "숨김"),
     Code("k2", "t", "차별"), Code("k3", "u", "일")),
)  # fmt: skip
SAID = (
    Said(1, "k1", "P01", "peers-P01-S1", "peers-P01-S1 u0001", "숨겼어요"),
    Said(2, "k1", "P01", "peers-P01-S1", "peers-P01-S1 u0001", "숨겼어요", "이코더"),
    Said(3, "k2", "P01", "peers-P01-S1", "peers-P01-S1 u0001", "무시당했죠"),
    Said(4, "k1", "P02", "peers-P02-S1", "peers-P02-S1 u0007", "말 못 했어요"),
    Said(5, "k3", "P02", "peers-P02-S1", "peers-P02-S1 u0008", "일을 시작했고"),
    Said(5, "k3", "P02", "peers-P02-S1", "peers-P02-S1 u0009", "기뻤어요"),
    Said(6, "u", "P02", "peers-P02-S2", "peers-P02-S2 u0001", "좋아졌어요"),
)


def test_what_a_theme_gathers() -> None:
    themes = {theme.code.id: theme for theme in gathered(SMALL, SAID)}
    shape = {id: (t.depth, t.codes, t.codings, t.lines, t.participants, len(t.interviews)) for id, t in themes.items()}
    assert shape == {
        "c": (0, 3, 6, 5, ("P01", "P02"), 3),
        "t": (1, 2, 4, 2, ("P01", "P02"), 2),
        "k1": (2, 1, 3, 2, ("P01", "P02"), 2),
        "k2": (2, 1, 1, 1, ("P01",), 1),
        "u": (1, 1, 2, 3, ("P02",), 2),
        "k3": (2, 1, 1, 2, ("P02",), 1),
    }
    assert list(themes) == ["c", "t", "k1", "k2", "u", "k3"], "each before those below it"
    assert themes["k1"].path == ("낙인과 회복", "낙인", "숨김")
    assert [each.quote for each in themes["k1"].said] == ["숨겼어요", "말 못 했어요"], "two coders, one quote"
    assert by_participant(themes["c"]) == {"P01": 1, "P02": 4}


def test_a_code_without_codings_is_there_with_nothing() -> None:
    (empty,) = [theme for theme in gathered(SMALL, ()) if theme.code.id == "k2"]
    assert (empty.codes, empty.codings, empty.lines, empty.participants, empty.said) == (0, 0, 0, (), ())


def test_saturation_in_the_order_of_the_interviews() -> None:
    order = ["peers-P02-S1", "peers-P03-S1", "peers-P01-S1"]
    assert saturation(SAID, order) == (
        Yield("peers-P02-S1", 2, 2),
        Yield("peers-P03-S1", 0, 2),
        Yield("peers-P01-S1", 1, 3),
        Yield("peers-P02-S2", 1, 4),
    )


@pytest.mark.parametrize(
    ("floors", "names"),
    [
        (1, ("코드",)),
        (2, ("범주", "코드")),
        (4, ("범주", "하위 범주", "하위 주제", "코드")),
        (5, ("1단계", "2단계", "3단계", "4단계", "코드")),
    ],
)
def test_floors_have_names(floors: int, names: tuple[str, ...]) -> None:
    codes = tuple(Code(str(at), str(at - 1) if at else None, f"n{at}") for at in range(floors))
    assert level_names(gathered(Codebook("s", 1, codes), ())) == names


def test_participants_check_the_themes_right_above_codes() -> None:
    themes = gathered(SMALL, SAID)
    assert [theme.code.id for theme in checked_themes(SMALL, themes)] == ["t", "u"]
    flat = Codebook("s", 1, (Code("a", None, "a"), Code("b", None, "b")))
    assert [theme.code.id for theme in checked_themes(flat, gathered(flat, ()))] == ["a", "b"]


# --- the model study's shape ----------------------------------------------------------------------------------------

BOOK, ALL = study.codebook(), study.said()
THEMES = gathered(BOOK, ALL)


def test_140_codes_20_sub_themes_7_subcategories_3_categories() -> None:
    floors = [sum(theme.depth == depth for theme in THEMES) for depth in range(4)]
    assert floors == [3, 7, 20, 140]
    assert len(study.interviews()) == 24 and len(study.participants()) == 10
    assert sum(theme.codes for theme in THEMES if theme.depth == 0) == 140, "every code is used"
    assert sum(theme.codings for theme in THEMES if theme.depth == 0) == len(ALL) == 720
    assert len(checked_themes(BOOK, THEMES)) == 20


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_each_floor_holds_every_coding_once(depth: int) -> None:
    assert sum(theme.codings for theme in THEMES if theme.depth == depth) == 720


def test_the_curve_rises_and_ends_at_all_codes() -> None:
    yields = saturation(ALL, study.interviews())
    assert [each.interview for each in yields] == study.interviews()
    totals = [each.total for each in yields]
    assert totals == sorted(totals) and totals[-1] == 140 and sum(each.new for each in yields) == 140
    assert yields[0].new > 3 * max(each.new for each in yields[-3:])


@given(st.lists(st.tuples(st.sampled_from(["k1", "k2", "k3", "u"]), st.integers(1, 3), st.integers(1, 4)), max_size=20))
def test_a_theme_never_has_less_than_one_below_it(rows: list[tuple[str, int, int]]) -> None:
    said = [
        Said(at, code, f"P{who}", f"peers-P{who}-S1", f"peers-P{who}-S1 u{line}", f"말{line}")
        for at, (code, who, line) in enumerate(rows)
    ]
    themes = {theme.code.id: theme for theme in gathered(SMALL, said)}
    for code in SMALL.codes:
        if code.parent:
            above, below = themes[code.parent], themes[code.id]
            assert above.codings >= below.codings and above.lines >= below.lines
            assert set(above.participants) >= set(below.participants)
    assert themes["c"].codings == len(said)


# --- workbook and pictures ------------------------------------------------------------------------------------------


def test_the_workbook_is_read_again() -> None:
    stranger = Said(9, "kx", "P01", "i", "i u0001", "=SUM(A1)")
    book = load_workbook(io.BytesIO(theme_book(THEMES, saturation(ALL, study.interviews()), [stranger])))
    assert book.sheetnames == ["주제", "인용", "참여자별 줄", "포화", "코드북에 없음"]
    rows = list(book["주제"].iter_rows(values_only=True))
    assert rows[0][:5] == ("범주", "하위 범주", "하위 주제", "코드", "쓰인 코드") and len(rows) == 171
    assert rows[1][0] == "범주 1" and rows[1][1] in ("", None)
    assert sum(row[5] for row in rows[1:] if row[0] and not row[1]) == 720
    assert book["코드북에 없음"]["D2"].data_type == "s" and book["코드북에 없음"]["D2"].value == "=SUM(A1)"
    quotes = list(book["인용"].iter_rows(values_only=True))
    assert len(quotes) == 1 + len({(s.code, s.unit, s.quote) for s in ALL})


def test_the_tree_is_drawn_with_its_names_as_text() -> None:
    picture = drawing.tree_picture(THEMES, "invented $1$ & <x>")
    assert picture == drawing.tree_picture(THEMES, "invented $1$ & <x>"), "the same bytes"
    texts = [element.text or "" for element in ElementTree.fromstring(picture).iter() if element.tag.endswith("}text")]
    joined = "\n".join(texts)
    assert all(theme.code.name in joined for theme in THEMES)
    assert re.search(r"범주 1 \(\d+줄, 10명\)", joined) and "invented $1$ & <x>" in joined
    assert not any(said.quote in joined for said in ALL)


def test_the_curve_is_drawn() -> None:
    picture = drawing.saturation_picture(saturation(ALL, study.interviews()), "포화").decode()
    assert "invented-P01-S1" in picture and "누적" in picture
    assert drawing.saturation_picture((), "포화")
    assert drawing.tree_picture((), "빈 나무")


def test_a_long_name_is_cut() -> None:
    long = Codebook("s", 1, (Code("a", None, "아주 " * 30),))
    assert "…" in drawing.tree_picture(gathered(long, ()), "t").decode()


def test_a_png_needs_a_korean_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "FONTS", ("No Such Font",))
    assert drawing.korean_font() is None
    with pytest.raises(ValueError, match="Korean font"):
        drawing.tree_picture(THEMES[:3], "t", "png")
    assert "범주 1" in drawing.tree_picture(THEMES[:3], "t").decode(), "an SVG needs none"


@pytest.mark.skipif(drawing.korean_font() is None, reason="no Korean font on this machine")
def test_a_png_is_one() -> None:
    assert drawing.tree_picture(THEMES[:3], "t", "png").startswith(b"\x89PNG")


def test_renamed_codes_stay_what_they_are() -> None:
    renamed = replace(SMALL, version=2, codes=tuple(replace(c, name=f"새 {c.name}") for c in SMALL.codes))
    assert [(t.code.id, t.codings) for t in gathered(renamed, SAID)] == [
        (t.code.id, t.codings) for t in gathered(SMALL, SAID)
    ]
