from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.hearing.vocabulary import found_more, letters, misheard, plain, sounds_like

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


@pytest.mark.parametrize(
    ("before", "after", "more_probable", "believed"),
    [
        ("조연병이라고", "조현병이라고", 0.0, True),
        ("조연병이라고", "조현병이라고", -0.09, True),
        ("조연병이라고", "조현병이라고", -0.11, False),
        ("조연병이라고 하셨는데", "조현병이라고", 0.5, False),  # leaves out too much
        ("조현병이라고", "조현병 조현병", 0.5, False),
        ("조현병이라고", "조연병이라고", 0.5, False),
        ("조현병이라고", "동료지원가라고", 0.5, False),
    ],
)
def test_more_terms_are_believed_where_nothing_else_is_lost(
    before: str, after: str, more_probable: float, believed: bool
) -> None:
    assert found_more(before, after, more_probable, TERMS) is believed


def test_text_is_compared_without_spaces_and_marks() -> None:
    assert plain(" 네, 그렇죠. OK!") == "네그렇죠ok"
    assert letters("회복") == letters("회 복.")
    assert len(letters("회복")) == 5


syllables = st.text(st.sampled_from("가나다회복조현병각낙"), max_size=6)


@given(syllables.filter(bool), syllables, syllables, st.data())
def test_a_term_sounds_like_itself_wherever_it_stands_and_with_a_letter_missing_if_it_is_long(
    term: str, before: str, behind: str, data: st.DataObject
) -> None:
    assert sounds_like(term, before + term + behind)
    gone = data.draw(st.integers(0, len(letters(term)) - 1))
    fewer = letters(term)[:gone] + letters(term)[gone + 1 :]
    assert sounds_like(term, before + fewer + behind) or len(letters(term)) < 3
