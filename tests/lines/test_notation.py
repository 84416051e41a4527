from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import HANGUL, line

from pipeline.lines.notation import Edit, Marks, Span, marked, overlapped, pause_mark, written
from pipeline.transcript import Segment

KO = Marks(pauses=True, pause_from_seconds=3.0, silence_from_seconds=10.0, overlaps=True)
OFF = Marks(pauses=False, pause_from_seconds=3.0, silence_from_seconds=10.0, overlaps=False)


def under(text: str, *numbers: int) -> Segment:
    """A line of which the words of these numbers, from 0, are overlapped."""
    plain = line(text)
    words = tuple(replace(word, overlapped=place in numbers) for place, word in enumerate(plain.words))
    return replace(plain, words=words)


# --- pauses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "mark"),
    [
        (0.0, ""),
        (2.999, ""),
        (3.0, "(3초) "),
        (3.999, "(3초) "),
        (9.999, "(9초) "),
        (10.0, "(침묵 10초) "),
        (12.4, "(침묵 12초) "),
        (75.0, "(침묵 75초) "),
    ],
)
def test_a_pause_is_told_in_whole_seconds(seconds: float, mark: str) -> None:
    assert pause_mark(seconds, KO) == mark
    assert marked(replace(line("네"), pause=seconds), KO) == f"{mark}네"
    assert pause_mark(seconds, OFF) == ""


def test_a_lab_draws_the_lines_itself() -> None:
    every = replace(KO, pause_from_seconds=1.0, silence_from_seconds=4.0)
    assert [pause_mark(seconds, every) for seconds in (0.9, 1.0, 4.0)] == ["", "(1초) ", "(침묵 4초) "]
    only_silence = replace(KO, pause_from_seconds=60.0, silence_from_seconds=5.0)
    assert [pause_mark(seconds, only_silence) for seconds in (4.9, 5.0)] == ["", "(침묵 5초) "]


# --- overlaps -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((), "네 맞아요 그때 왔어요"),
        ((0,), "[겹침: 네] 맞아요 그때 왔어요"),
        ((0, 1), "[겹침: 네 맞아요] 그때 왔어요"),
        ((1, 3), "네 [겹침: 맞아요] 그때 [겹침: 왔어요]"),
        ((0, 1, 2, 3), "[겹침: 네 맞아요 그때 왔어요]"),
    ],
)
def test_runs_of_overlapped_words_are_marked(numbers: tuple[int, ...], expected: str) -> None:
    segment = under("네 맞아요 그때 왔어요", *numbers)
    assert marked(segment, KO) == expected
    assert marked(segment, OFF) == "네 맞아요 그때 왔어요"
    assert marked(replace(segment, pause=4.0), replace(KO, overlaps=False)) == "(4초) 네 맞아요 그때 왔어요"


@pytest.mark.parametrize("text", ["네 맞아요 그때", "네 맞아요 그때 갔어요", "네맞아요 그때 왔어요", ""])
def test_where_the_text_is_no_longer_its_words_nothing_is_marked_inside(text: str) -> None:
    segment = replace(under("네 맞아요 그때 왔어요", 1), text=text, pause=5.0)
    assert overlapped(segment) == () and marked(segment, KO) == f"(5초) {text}"


def test_other_white_space_is_no_other_text() -> None:
    segment = replace(under("네 맞아요", 1), text="네\n 맞아요 ")
    assert marked(segment, KO) == "네\n [겹침: 맞아요] "


def test_a_line_of_unheard_speech_has_its_pause_and_nothing_else() -> None:
    gap = replace(line("(잘 안 들림 00:12:31)"), words=(), pause=4.2)
    assert marked(gap, KO) == "(4초) (잘 안 들림 00:12:31)"


def test_decomposed_text_is_marked_composed() -> None:
    segment = under(unicodedata.normalize("NFD", "네 맞아요"), 1)
    assert marked(segment, KO) == "네 [겹침: 맞아요]"


# --- with edits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edits", "spans", "expected"),
    [
        ([], [], "김 민수가 왔어요"),
        ([Edit(0, 5, "[이름1]이")], [], "[이름1]이 왔어요"),
        ([Edit(0, 5, "[이름1]이")], [(0, 1)], "[겹침: [이름1]이] 왔어요"),
        ([Edit(0, 5, "[이름1]이")], [(2, 5)], "[겹침: [이름1]이] 왔어요"),
        ([Edit(0, 5, "[이름1]이")], [(2, 9)], "[겹침: [이름1]이 왔어요]"),
        ([Edit(0, 5, "[이름1]이")], [(0, 1), (2, 5)], "[겹침: [이름1]이] 왔어요"),
        ([Edit(0, 5, "[이름1]이")], [(6, 9)], "[이름1]이 [겹침: 왔어요]"),
        ([Edit(0, 5, "[이름1]이")], [(0, 5)], "[겹침: [이름1]이] 왔어요"),
        ([Edit(0, 1, "가"), Edit(1, 3, "나")], [(0, 1)], "[겹침: 가]나수가 왔어요"),
        ([Edit(0, 1, "가"), Edit(1, 3, "나")], [(1, 2)], "가[겹침: 나]수가 왔어요"),
    ],
)
def test_a_mark_never_splits_an_edit(edits: list[Edit], spans: list[Span], expected: str) -> None:
    assert written("김 민수가 왔어요", edits, spans) == expected


@st.composite
def laid(draw: st.DrawFn) -> tuple[str, list[Edit], list[Span]]:
    """A text with disjoint edits and spans that may lie anywhere."""
    text = " ".join(draw(st.lists(HANGUL, min_size=1, max_size=8)))
    edges = sorted(draw(st.lists(st.integers(0, len(text)), unique=True, max_size=8)))
    edits = [Edit(a, b, draw(st.sampled_from(("[이름1]", "", "참여자1이"))))
             for a, b in zip(edges[::2], edges[1::2], strict=False)]  # fmt: skip
    ends = draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, len(text))), max_size=4))
    return text, edits, [(min(pair), max(pair)) for pair in ends if pair[0] != pair[1]]


@given(laid())
def test_marks_change_nothing_of_what_is_edited(case: tuple[str, list[Edit], list[Span]]) -> None:
    text, edits, spans = case
    result = written(text, edits, spans)
    stripped = re.sub(r"\[겹침: |\](?!\d)", "", result.replace("[이름1]", "〈이름1〉"))
    assert stripped == written(text, edits, ()).replace("[이름1]", "〈이름1〉")
    inside = result.replace("[이름1]", "〈이름1〉")
    assert inside.count("[겹침: ") == inside.count("]") <= len(spans)
    assert (inside.count("[겹침: ") > 0) == bool(spans)


@given(laid())
def test_marks_are_never_within_each_other_and_never_empty(case: tuple[str, list[Edit], list[Span]]) -> None:
    text, edits, spans = case
    kept = [edit for edit in edits if edit.text]
    depth = 0
    for piece in re.findall(r"\[겹침: |\]", written(text, kept, spans).replace("[이름1]", "〈이름1〉")):
        depth += 1 if piece != "]" else -1
        assert depth in (0, 1)
    assert depth == 0
