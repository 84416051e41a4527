from __future__ import annotations

import pytest

from pipeline.codes import Code, Codebook, Coding

TREE = (
    Code("c1", None, "낙인"),
    Code("c2", "c1", "가족의 낙인", "#FF0000"),
    Code("c3", None, "회복"),
    Code("c4", "c2", "침묵"),
    Code("c5", "c3", "침묵"),  # one name in two places is a tree still
)


def test_a_tree_is_walked_from_the_top_each_code_before_those_below() -> None:
    walked = [(depth, code.id) for depth, code in Codebook("peers", 1, TREE).walk()]
    assert walked == [(0, "c1"), (1, "c2"), (2, "c4"), (0, "c3"), (1, "c5")]


def test_the_path_of_a_code_goes_down_from_the_top() -> None:
    assert [code.id for code in Codebook("peers", 1, TREE).path("c4")] == ["c1", "c2", "c4"]


@pytest.mark.parametrize(
    ("codes", "wrong"),
    [
        ((TREE[0], Code("c1", None, "다른 것")), "twice"),
        ((TREE[1],), "not in the codebook"),
        ((Code("a", "b", "가"), Code("b", "a", "나")), "each other's"),
        ((Code("a", "a", "가"),), "each other's"),
        ((TREE[0], Code("c9", None, "낙인")), "one name"),
    ],
)
def test_what_is_no_tree_is_refused(codes: tuple[Code, ...], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Codebook("peers", 1, codes)


@pytest.mark.parametrize(("id", "name", "colour"), [("", "낙인", ""), ("c", " ", ""), ("c", "낙인", "red")])
def test_what_is_no_code_is_refused(id: str, name: str, colour: str) -> None:
    with pytest.raises(ValueError):
        Code(id, None, name, colour)


@pytest.mark.parametrize(("start", "end", "quote"), [(-1, 1, "가나"), (2, 2, ""), (3, 2, "가"), (0, 2, "가")])
def test_a_span_that_is_none_is_refused(start: int, end: int, quote: str) -> None:
    with pytest.raises(ValueError):
        Coding("A", "c1", "id-1", 1, start, end, quote)
