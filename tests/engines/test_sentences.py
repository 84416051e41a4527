"""Splitters: where sentences end. All texts are invented."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engines.kiwi_sentences import KiwiSentences
from pipeline.engines.rules.sentences import MarkedSentences
from pipeline.stages.segment import Splitter

SPLITTERS: tuple[Splitter, ...] = (KiwiSentences(), MarkedSentences())


def parts(split: Splitter, *texts: str) -> list[list[str]]:
    found = split(texts)
    return [
        [text[start:end].strip() for start, end in zip((0, *ends), ends, strict=False)]
        for text, ends in zip(texts, found, strict=True)
    ]


MARKED = {
    "네. 저는 수원에서 일해요. 3.5년 됐어요.": ["네.", "저는 수원에서 일해요.", "3.5년 됐어요."],
    "정말요? 언제 그러셨어요?": ["정말요?", "언제 그러셨어요?"],
}
UNMARKED = {
    "저는 김민수라고 합니다 수원에서 간호사로 일하고 있어요": [
        "저는 김민수라고 합니다",
        "수원에서 간호사로 일하고 있어요",
    ],
    "그래서 계속 다녔던 것 같아요 근데 그게 음 잘 모르겠어요 그냥 그랬어요": [
        "그래서 계속 다녔던 것 같아요",
        "근데 그게 음 잘 모르겠어요",
        "그냥 그랬어요",
    ],
    "너무 힘들었거든요 그래서 그만뒀죠": ["너무 힘들었거든요", "그래서 그만뒀죠"],
    "잠을 못 자니까 낮에 너무 졸려서 힘들더라고요": ["잠을 못 자니까 낮에 너무 졸려서 힘들더라고요"],
}


ASTRAL = "😀 저는 잘 지내요. 😀 그래요."


@pytest.fixture(scope="module")
def kiwis() -> dict[str, list[str]]:
    """All texts split in one call: kiwi is loaded for each."""
    texts = (*MARKED, *UNMARKED, ASTRAL, "", " ")
    return dict(zip(texts, parts(KiwiSentences(), *texts), strict=True))


@pytest.mark.parametrize(("text", "sentences"), [*MARKED.items(), *UNMARKED.items(), ("", []), (" ", [])])
def test_kiwi_needs_no_marks(kiwis: dict[str, list[str]], text: str, sentences: list[str]) -> None:
    assert kiwis[text] == sentences


@pytest.mark.parametrize(
    ("text", "sentences"), [*MARKED.items(), *((text, []) for text in UNMARKED), ("", []), (" ", [])]
)
def test_rules_need_them(text: str, sentences: list[str]) -> None:
    assert parts(MarkedSentences(), text) == [sentences]


def test_ends_are_code_points_beyond_the_basic_plane_too(kiwis: dict[str, list[str]]) -> None:
    assert "".join(kiwis[ASTRAL]).replace(" ", "") == ASTRAL.replace(" ", "")
    assert parts(MarkedSentences(), ASTRAL) == [["😀 저는 잘 지내요.", "😀 그래요."]]


def test_nothing_is_split_of_nothing() -> None:
    for split in SPLITTERS:
        assert split(()) == ()


@given(st.lists(st.text(max_size=40), max_size=5))
def test_ends_are_in_order_and_within_the_text(texts: list[str]) -> None:
    found = MarkedSentences()(tuple(texts))
    assert len(found) == len(texts)
    for text, ends in zip(texts, found, strict=True):
        assert list(ends) == sorted(set(ends)) and all(0 < end <= len(text) for end in ends)


@settings(max_examples=1, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=50, max_size=60))
def test_kiwis_ends_are_in_order_and_within_the_text(texts: list[str]) -> None:
    for text, ends in zip(texts, KiwiSentences()(tuple(texts)), strict=True):
        assert list(ends) == sorted(set(ends)) and all(0 < end <= len(text) for end in ends)


@pytest.mark.parametrize("split", SPLITTERS, ids=lambda split: split.engine.name)
def test_a_splitter_says_what_it_is(split: Splitter) -> None:
    assert split.engine.name in {"kiwi", "rules"} and split.engine.version
