from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.vocabulary import distance, gained, letters, misheard, plain

TERMS = ("조현병", "동료지원가", "회복")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("그 조연병이라고 하더라고요", ("조현병",)),
        ("조현병이라고 하더라고요", ()),
        ("동료 지원가로 일해요", ()),  # spaces do not matter
        ("동려 지언가로 일해요", ("동료지원가",)),
        ("행복했어요", ()),
        ("해복했어요", ("회복",)),
        ("날씨가 좋네요", ()),
        ("", ()),
    ],
)
def test_a_term_is_misheard_where_something_sounds_like_it(text: str, found: tuple[str, ...]) -> None:
    assert misheard(text, TERMS) == found
    assert misheard(text, ()) == misheard(text, ("", ".")) == ()


def test_finding_a_term_is_a_gain_and_losing_one_is_not() -> None:
    assert gained("조연병", "조현병", TERMS)
    assert not gained("조현병", "조현병 조현병", TERMS)
    assert not gained("조현병", "조연병", TERMS)
    assert not gained("조현병", "동료지원가", TERMS)


def test_text_is_compared_without_spaces_and_marks() -> None:
    assert plain(" 네, 그렇죠. OK!") == "네그렇죠ok"
    assert letters("회복") == letters("회 복.")
    assert len(letters("회복")) == 5


words = st.text("abc", max_size=6)


@given(words, words, words)
def test_a_word_is_at_no_distance_from_what_holds_it(word: str, before: str, behind: str) -> None:
    assert distance(word, before + word + behind) == 0
    assert 0 <= distance(word, before) <= len(word)
