from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.rejoined import MOST, Rejoined
from pipeline.lexicon import lexicon
from pipeline.people import Entry
from pipeline.transcript import Finding, Label

DICTIONARY = {"우리", "엄마", "동네", "나라", "미리", "양식", "서울"}


def in_one_piece(lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
    """Finds 문세라, 정민호, 늘푸름센터 and 엄마가병원, and half of what is not across a space."""
    names = {
        "문세라": Label.NAME,
        "정민호": Label.NAME,
        "늘푸름센터": Label.ORG,
        "엄마가병원": Label.ORG,
        "세라": Label.NAME,
    }
    return tuple(
        Finding(number, match.start(), match.end(), names[match.group()], 0.9, "fake")
        for number, line in enumerate(lines)
        for match in re.finditer("|".join(names), line)
    )


def is_known_word(line: str, start: int, end: int) -> bool:
    return line[start:end] in DICTIONARY


REJOINED = Rejoined((in_one_piece,), lexicon(), is_known_word, lambda line, end: False)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("저는 늘푸름 센터 다녀요", [("늘푸름 센터", Label.ORG)]),
        ("그래서 문 세라가 왔어요", [("문 세라", Label.NAME), ("문", Label.NAME)]),
        ("문 세라가 늘푸름 센터에", [("늘푸름 센터", Label.ORG), ("문 세라", Label.NAME), ("문", Label.NAME)]),
    ],
)
def test_what_was_cut_in_two_is_found_as_one(line: str, found: list[tuple[str, Label]]) -> None:
    findings = REJOINED((line,), ())
    assert sorted((line[one.start : one.end], one.label) for one in findings) == sorted(found)
    assert {one.score for one in findings} == {MOST}


@pytest.mark.parametrize(
    "line",
    [
        "늘푸름센터 다녀요",  # in one piece: others find it
        "그래서 문세라가 왔어요",
        "엄마가 병원 가자고 했어요",  # a noun with a particle before an institution
        "우리 센터에서는요",
        "문  세라가 왔어요",  # two spaces are no slip
        "그 정문 세라가 왔어요",  # no lone surname
        "정 민호가 왔어요",  # 정 is a word too
        "김 미리가 왔어요",  # the second half is a word
    ],
)
def test_near_misses(line: str) -> None:
    assert REJOINED((line,), ()) == ()


def test_lines_are_kept_apart() -> None:
    lines = ("문 세라가", "네", "문 세라도 문 세라는")
    assert {(one.line, one.start, one.end) for one in REJOINED(lines, ())} == {
        *((0, 0, 4), (0, 0, 1)),
        *((2, 0, 4), (2, 0, 1), (2, 6, 10), (2, 6, 7)),
    }


@given(st.lists(st.text("문세라 늘푸름센터가.", max_size=15), max_size=3))
def test_findings_lie_within_their_lines_and_name_something(lines: list[str]) -> None:
    for one in REJOINED(tuple(lines), ()):
        text = lines[one.line][one.start : one.end]
        assert text and text == text.strip() and one.score <= MOST
        assert text.replace(" ", "") in {"문세라", "늘푸름센터", "문"}


@pytest.mark.parametrize(
    "line", ["한빛병원까지 버스를 타고 가요", "거기에서 센터로 옮겼어요", "두레꽃 전기를 고쳤어요"]
)
def test_a_space_behind_a_particle_or_before_an_everyday_word_stays(line: str) -> None:
    assert [*REJOINED._spaces("두레꽃 협회에서요")] and not [*REJOINED._spaces(line)]


@pytest.mark.parametrize(
    ("line", "spaces", "joined"),
    [
        ("한울 정신 건강 복지 센터에 다녀요", (2, 5, 8, 11), True),
        ("보듬 가족지원센터랑 했어요", (2,), True),
        ("한울 꽃밭 센터에", (5,), True),
        ("한울 꽃밭 센터에", (2, 5), False),  # a name between
        ("한울 정신 건강이 나빠져서 센터에", (2, 5, 9, 14), False),  # a sentence between
        ("한울  정신 센터에", (2, 6), False),  # two spaces are no slip
    ],
)
def test_the_words_of_a_kind_are_joined_with_the_name_before_it(
    line: str, spaces: tuple[int, ...], joined: bool
) -> None:
    assert (spaces in [*REJOINED._spaces(line)]) == joined


def test_whatever_ends_in_a_particle_stays_apart() -> None:
    told = Rejoined((in_one_piece,), lexicon(), is_known_word, lambda line, end: line[:end].endswith("이가"))
    assert not [*told._spaces("다섬이가 병원에 왔어요")] and [*told._spaces("다섬이 병원에")]
