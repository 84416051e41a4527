"""Names of the register, misheard together with what follows them: what is suggested and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.variants import SCORE, SHORT_SCORE, Variants
from pipeline.lexicon import lexicon
from pipeline.people import Entry
from pipeline.transcript import Label

DICTIONARY = {"나라", "이유", "태도", "세라믹", "소리", "정유"}
KNOWN = tuple(
    Entry(str(number), Label.NAME, (form,), f"[이름{number}]")
    for number, form in enumerate(("문세라", "고태민", "정유빈", "나라희", "이유진", "남궁솔비"), start=1)
)


def is_known_word(line: str, start: int, end: int) -> bool:
    return any(line.startswith(word, start) and start + len(word) >= end for word in DICTIONARY)


def found(line: str) -> list[tuple[str, float]]:
    findings = Variants(lexicon(), is_known_word)((line,), KNOWN)
    return [(line[finding.start : finding.end], finding.score) for finding in findings]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("그래서 뭉세라가 먼저 왔고요", "뭉세라"),
        ("코태민하고 같이 갔어요", "코태민"),
        ("고테민하거 같이 갔어요", "고테민"),
        ("그래서 뭉쎄라르 만났어요", "뭉쎄라"),
        ("저는 정유비니다", "정유비"),
        ("난궁솔비카 그랬어요", "난궁솔비"),
        ("고테민 산생님이 그랬어요", "고테민"),
    ],
)
def test_a_full_name_is_suggested_whatever_became_of_its_particle(line: str, name: str) -> None:
    assert (name, SCORE) in found(line)


@pytest.mark.parametrize(
    ("line", "name"), [("태밍이가 왔어요", "태밍"), ("대민이는 안 왔어요", "대민"), ("쎄라한테 말했죠", "쎄라")]
)
def test_a_given_name_is_suggested_for_its_context_to_refute(line: str, name: str) -> None:
    assert (name, SHORT_SCORE) in found(line)


@pytest.mark.parametrize(
    "line",
    [
        "문세라가 먼저 왔고요",  # as it is: others find it
        "쎄라르 만났어요",  # a given name needs a particle
        "고테민하거든요네 같이 갔어요",  # too much behind it
        "태도가 안 좋았어요",  # a word
        "나라에서 해 준다는 것이",  # a noun with a particle
        "이유지만 말을 안 했어요",
        "세라믹이 깨졌어요",
        "고대인들은 그랬어요",  # another name, or word
        "정주빈이 왔어요",
        "그 고 테 민이",
    ],
)
def test_what_is_not_suggested(line: str) -> None:
    assert not [name for name, score in found(line) if score >= SCORE or name in {"쎄라", "태도", "세라", "문세라"}]


def test_places_and_institutions_have_no_variants() -> None:
    known = (Entry("1", Label.ORG, ("새솔병원",), "[병원A]"),)
    assert Variants(lexicon(), is_known_word)(("세솔병원에 갔어요",), known) == ()


@given(st.text("고코테태민문뭉세쎄라 가하거.", max_size=20))
def test_what_is_suggested_begins_a_word_and_is_doubtful(line: str) -> None:
    for finding in Variants(lexicon(), is_known_word)((line,), KNOWN):
        assert line[finding.start : finding.end].isalpha()
        assert finding.start == 0 or not line[finding.start - 1].isalpha()
        assert finding.score in {SHORT_SCORE, SCORE} and finding.label is Label.NAME
