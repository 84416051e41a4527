from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.marked import read_marked
from pipeline.transcript import Label

PLAIN = st.text(st.sampled_from("김민수가 왔어요,.?() abc1-"), max_size=12)
INSIDE = st.text(st.sampled_from("김민수 박지훈1-2@a"), min_size=1, max_size=6)
PARTS = st.lists(st.tuples(PLAIN, st.sampled_from(Label), st.sampled_from(["", "full", "given_i"]), INSIDE), max_size=4)


def test_marks_are_read_and_taken_out() -> None:
    (line,) = read_marked("{U} 네 [[NAME:full|김 정훈]]이고 [[ORG|한빛센터]]에요")
    assert line.text == "네 김 정훈이고 한빛센터에요"
    found = [(line.text[one.start : one.end], one.label, one.form) for one in line.truth]
    assert found == [("김 정훈", Label.NAME, "full"), ("한빛센터", Label.ORG, "")]
    assert line.roster == ()


def test_a_roster_holds_until_the_next_one() -> None:
    lines = read_marked("{N} 네\n\nROSTER 김정훈,  박서연 ,\n{N} 네\n  {N} 예 \nROSTER\n{N} 네\n")
    assert [line.roster for line in lines] == [(), ("김정훈", "박서연"), ("김정훈", "박서연"), ()]
    assert [line.text for line in lines] == ["네", "네", "예", "네"]


@given(PARTS, PLAIN)
def test_what_is_marked_stands_where_it_is_said_to(parts: list[tuple[str, Label, str, str]], end: str) -> None:
    marks = ((before, f"[[{label}{':' if kind else ''}{kind}|{inside}]]") for before, label, kind, inside in parts)
    raw = "x" + "".join(before + mark for before, mark in marks) + end + "x"
    (line,) = read_marked("{U} " + raw)
    assert line.text == "x" + "".join(before + inside for before, _, _, inside in parts) + end + "x"
    found = [(one.label, one.form, line.text[one.start : one.end]) for one in line.truth]
    assert found == [(label, kind, inside) for _, label, kind, inside in parts]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("네 김정훈이에요", "line 1"),  # neither {U} nor {N}
        ("{N} 네\n{X} 네", "line 2"),
        ("{N} 네\n\n{U} [[NAME|김정훈이에요", "line 3"),  # not closed
        ("{U} 김정훈]]이에요", "line 1"),
        ("{U} [[NAME:full|]]이에요", "line 1"),  # nothing marked
        ("{U} [[|김정훈]]이에요", "line 1"),
        ("{U}", "line 1"),
    ],
)
def test_a_wrong_line_is_named_by_its_number(text: str, where: str) -> None:
    with pytest.raises(ValueError, match=f"^{where}$"):
        read_marked(text)


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError):
        read_marked("{U} [[NOBODY|김정훈]]이에요")


def test_nothing_is_read_of_nothing() -> None:
    assert read_marked("") == read_marked("\n\nROSTER 김정훈\n") == ()
