"""Segments get numbers that people can cite, once and for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stores.database.numbering import numbered


@pytest.mark.parametrize(
    ("order", "known", "given"),
    [
        ("", {}, {}),
        ("xp", {"p": "u0001"}, {"x": "u0000a"}),
        ("pxyq", {"p": "u0001", "q": "u0002"}, {"x": "u0001a", "y": "u0001b"}),
        ("pxq", {"p": "u0001", "q": "u0002", "gone": "u0001a"}, {"x": "u0001b"}),
        ("px", {"p": "u0001", "gone": "u0009"}, {"x": "u0010"}),
        ("x", {"gone": "u9999"}, {"x": "u10000"}),
        ("qxp", {"p": "u0001", "q": "u0002a"}, {"x": "u0002b"}),
    ],
)
def test_numbers(order: str, known: dict[str, str], given: dict[str, str]) -> None:
    assert numbered(order, known) == given


@given(st.lists(st.lists(st.integers(0, 60), unique=True).map(lambda ids: [str(i) for i in ids]), max_size=6))
def test_a_number_is_given_once_and_for_ever(releases: list[list[str]]) -> None:
    known: dict[str, str] = {}
    for order in releases:
        given = numbered(order, known)
        assert not given.keys() & known.keys()
        known |= given
        assert set(order) <= known.keys()
        assert len(set(known.values())) == len(known)


def test_more_than_26_can_be_inserted() -> None:
    given = numbered(["p", *map(str, range(30)), "q"], {"p": "u0001", "q": "u0002"})
    assert [given["25"], given["26"], given["29"]] == ["u0001z", "u0001aa", "u0001ad"]
