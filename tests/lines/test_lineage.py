from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import line

from pipeline.lines.lineage import keep_ids, traced_back
from pipeline.transcript import Descent, Segment


def minting() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"new-{next(numbers)}"


def unnamed(text: str, start: float, end: float, number: int = 1, speaker: str = "S1") -> Segment:
    return replace(line(text, number, start=start, end=end, speaker=speaker), id="")


BEFORE = (line("저는 잘 지내고 있어요", 1, start=0, end=4), line("그렇군요 고마워요", 2, start=5, end=8))


@pytest.mark.parametrize(
    ("text", "start", "end", "id", "how", "version"),
    [
        ("저는 잘 지내고 있어요", 0, 4, "id-1", "kept", 1),
        ("저는 잘 지내구 있어요", 0, 4, "id-1", "kept", 2),
        ("저는 잘 지내고 있어요", 1.9, 4.4, "id-1", "kept", 2),
        ("저는 잘 지내고 있어요", 2.1, 6.1, "new-1", "new", 1),
        ("오늘은 비가 온다고 합니다", 0, 4, "new-1", "split", 1),
        ("저는 잘", 0, 1.5, "new-1", "split", 1),
        ("저는 잘 지내고 있어요 그렇군요 고마워요", 0, 8, "new-1", "merged", 1),
        ("저는 잘 지내고 있어요", 20, 24, "new-1", "new", 1),
    ],
)
def test_a_line_is_what_it_was_where_time_and_text_agree(
    text: str, start: float, end: float, id: str, how: str, version: int
) -> None:
    ((named, descent),) = keep_ids((unnamed(text, start, end),), BEFORE, minting())
    assert (named.id, descent.how, named.version) == (id, how, version)
    assert descent.id == named.id


def test_of_two_that_could_be_the_same_line_the_likelier_is() -> None:
    halves = (unnamed("저는 잘", 0, 0.9), unnamed("저는 잘 지내고 있어요", 0.9, 4, 2))
    assert [named.id for named, _ in keep_ids(halves, BEFORE, minting())] == ["new-1", "id-1"]


def test_ancestors_are_the_lines_that_were_swallowed() -> None:
    ((_, descent),) = keep_ids((unnamed("전혀 다른 긴 이야기", 0, 8),), BEFORE, minting())
    assert (descent.how, descent.ancestors) == ("merged", ("id-1", "id-2"))


def test_ancestors_reach_behind_the_transcript_before() -> None:
    """An interview that was heard three times: the second was never released."""
    drafts = [Descent("b1", "split", ("a",)), Descent("b2", "split", ("a",)), Descent("c", "kept", ("c",))]
    latest = [Descent("d", "merged", ("b2", "c")), Descent("b1", "kept", ("b1",)), Descent("e", "new")]
    assert traced_back(latest, drafts) == (
        Descent("d", "merged", ("b2", "c", "a")),
        Descent("b1", "kept", ("b1", "a")),
        Descent("e", "new"),
    )
    assert traced_back(latest, ()) == tuple(latest)


@given(st.integers(2, 5))
def test_every_generation_is_reached_and_named_once(generations: int) -> None:
    lineage: tuple[Descent, ...] = (Descent("0", "new"),)
    for number in range(1, generations):
        lineage = traced_back([Descent(str(number), "split", (str(number - 1),))], lineage)
    assert lineage[0].ancestors == tuple(str(number) for number in reversed(range(generations - 1)))
