"""Codings are found again after corrections and new cuts, and none is laid on another passage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import edited
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.coding.anchors import Anchor, Carried, Passage, Place
from pipeline.coding.carrying import carry, descent


def lines(*rows: tuple[str, int, int, str] | tuple[str, int, int, str, str]) -> list[Passage]:
    """(segment, start and end in seconds, text[, role])."""
    return [
        Passage(row[0], 1000 * row[1], 1000 * row[2], row[3], row[4] if len(row) == 5 else "participant")
        for row in rows
    ]


def place(passages: Sequence[Passage], segment: str, quote: str) -> Place:
    (text,) = (line.text for line in passages if line.segment == segment)
    start = text.index(quote)
    return Place(segment, start, start + len(quote))


def carried(
    before: list[Passage], segment: str, quote: str, after: list[Passage], **ancestors: tuple[str, ...]
) -> tuple[str, list[str]]:
    """The state, and the words of each place."""
    above = {id: frozenset(of) for id, of in ancestors.items()}
    (found,) = carry([[place(before, segment, quote)]], before, after, above)
    texts = {line.segment: line.text for line in after}
    return found.state.value, [texts[p.segment][p.start : p.end] for p in found.places]


BEFORE = lines(
    ("a", 0, 4, "요즘 일은 좀 어떠세요?", "interviewer"),
    ("b", 4, 9, "처음에는 병이 있다는 걸 숨겼어요."),
    ("c", 9, 12, "네, 그러셨군요.", "interviewer"),
    ("d", 12, 20, "지금은 동료들한테 솔직하게 이야기해요, 네."),
)


def with_line(segment: str, text: str) -> list[Passage]:
    return [Passage(p.segment, p.start_ms, p.end_ms, text if p.segment == segment else p.text, p.role) for p in BEFORE]


@pytest.mark.parametrize(
    ("segment", "quote", "text", "state", "words"),
    [
        ("b", "병이 있다는 걸", "처음에는 병이 있다는 걸 숨겼어요.", "exact", "병이 있다는 걸"),
        ("b", "병이 있다는 걸", "처음에는 병이 있다는 걸 숨겼습니다.", "exact", "병이 있다는 걸"),
        ("b", "병이 있다는 걸", "음, 처음에는 병이 있다는 걸 숨겼어요.", "moved", "병이 있다는 걸"),
        ("b", "병이 있다는 걸", "처음에는 병이 있단 걸 숨겼어요.", "fuzzy", "병이 있단 걸"),
        ("b", "병이 있다는 걸 숨겼어요", "처음에는 병이 있단 걸 숨겼어요.", "moved", "병이 있단 걸 숨겼어요"),
        ("b", "병이 있다는 걸", "처음에는 병이있다는걸 숨겼어요.", "moved", "병이있다는걸"),
        ("b", "병이 있다는 걸 숨겼어요", "처음에는 병을 앓는다는 걸 숨겼어요.", "fuzzy", "병을 앓는다는 걸 숨겼어요"),
        ("b", "병이 있다는 걸", "처음에는 그 말을 안 했어요.", "orphan", ""),
        ("b", "숨겼어요", "처음에는 병이 있다는 걸 말했어요.", "fuzzy", "말했어요"),
        ("d", "네", "네, 지금은 동료들한테 솔직하게 이야기해요, 네.", "moved", "네"),
        ("d", "솔직하게", "지금은 이야기해요.", "orphan", ""),
    ],
)
def test_a_line_that_kept_its_id(segment: str, quote: str, text: str, state: str, words: str) -> None:
    assert carried(BEFORE, segment, quote, with_line(segment, text)) == (state, [words] if words else [])


def test_which_of_two_alike_words_is_meant_is_told_by_what_stands_around_them() -> None:
    before = lines(("a", 0, 6, "네 그때는 힘들었고 지금은 괜찮아요 네"))
    after = lines(("a", 0, 6, "그때는 힘들었고 지금은 괜찮아요 네"))
    last = Place("a", len(before[0].text) - 1, len(before[0].text))
    (found,) = carry([[last]], before, after, {})
    assert found.places == (Place("a", len(after[0].text) - 1, len(after[0].text)),)
    (gone,) = carry([[Place("a", 0, 1)]], before, after, {})
    assert gone == Carried(Anchor.ORPHAN)


def test_a_passage_cut_in_two_has_two_places() -> None:
    after = [*BEFORE[:1], *lines(("b1", 4, 6, "처음에는 병이"), ("b2", 6, 9, "있다는 걸 숨겼어요.")), *BEFORE[2:]]
    halves = ["병이", "있다는 걸"]
    assert carried(BEFORE, "b", "병이 있다는 걸", after, b1=("b",), b2=("b",)) == ("moved", halves)
    assert carried(BEFORE, "b", "병이 있다는 걸", after) == ("moved", halves), "word for word, in time and context"


def test_a_word_put_in_between_by_somebody_else_is_not_coded() -> None:
    after = [
        *BEFORE[:1],
        *lines(
            ("b1", 4, 6, "처음에는 병이"), ("x", 6, 7, "아이고.", "interviewer"), ("b2", 7, 9, "있다는 걸 숨겼어요.")
        ),
        *BEFORE[2:],
    ]
    assert carried(BEFORE, "b", "병이 있다는 걸", after, b1=("b",), b2=("b",)) == ("moved", ["병이", "있다는 걸"])


def test_words_that_went_over_to_the_next_line_are_found_there() -> None:
    after = lines(
        ("a", 0, 4, "요즘 일은 좀 어떠세요?", "interviewer"),
        ("b", 4, 7, "처음에는 병이 있다는 걸"),
        ("d", 7, 20, "숨겼어요. 지금은 동료들한테 솔직하게 이야기해요, 네."),
    )
    state, words = carried(BEFORE, "b", "병이 있다는 걸 숨겼어요", after)
    assert (state, words) == ("moved", ["병이 있다는 걸", "숨겼어요"])


def test_a_twin_in_another_line_never_passes_for_the_passage() -> None:
    twin = "그때는 정말 많이 힘들었어요"
    before = lines(("a", 0, 3, twin), ("b", 3, 6, "그리고 다른 이야기도 있는데"), ("c", 6, 9, twin))
    state, _ = carried(before, "a", twin, before[1:])
    assert state in ("fuzzy", "orphan")
    state, _ = carried(before, "c", twin, before[:2])
    assert state in ("fuzzy", "orphan")
    beside = lines(("a", 0, 3, twin), ("b", 3, 6, twin))
    assert carried(beside, "a", twin, beside[1:])[0] in ("fuzzy", "orphan")


def test_what_somebody_else_is_now_said_to_say_is_for_a_person() -> None:
    after = [Passage(p.segment, p.start_ms, p.end_ms, p.text, "interviewer") for p in BEFORE]
    assert carried(BEFORE, "b", "병이 있다는 걸", after) == ("fuzzy", ["병이 있다는 걸"])


def test_far_away_it_is_only_shown_and_only_if_it_is_telling() -> None:
    moved = lines(("z", 300, 309, "처음에는 병이 있다는 걸 숨겼어요."))
    assert carried(BEFORE, "b", "처음에는 병이 있다는 걸", moved) == ("fuzzy", ["처음에는 병이 있다는 걸"])
    assert carried(BEFORE, "b", "처음에는", moved) == ("orphan", [])


def test_a_coding_of_several_places_is_as_sure_as_its_least_sure_one() -> None:
    coded = [place(BEFORE, "b", "숨겼어요"), place(BEFORE, "d", "지금은 동료들한테")]
    (same,) = carry([coded], BEFORE, with_line("a", "요즘 어떠세요?"), {})
    assert (same.state, same.places) == (Anchor.EXACT, tuple(coded))
    (one_left,) = carry([coded], BEFORE, with_line("b", "전혀 다른 말이 여기에 왔다"), {})
    assert (one_left.state, one_left.places) == (Anchor.FUZZY, (coded[1],))
    (none,) = carry([coded], BEFORE, BEFORE[:1], {})
    assert none == Carried(Anchor.ORPHAN)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 3), (4, 2), (0, 99)])
def test_a_place_out_of_its_line_is_an_error(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no place"):
        carry([[Place("b", start, end)]], BEFORE, BEFORE, {})
    with pytest.raises(KeyError):
        carry([[Place("nowhere", 0, 1)]], BEFORE, BEFORE, {})


# --- descent over several transcripts -------------------------------------------------------------------------------


def test_ancestors_are_composed_over_transcripts_that_were_never_released() -> None:
    second = {"b1": ("a",), "b2": ("a",), "c": ("c",)}
    third = {"d": ("b2", "c"), "b1": ("b1",), "e": ()}
    assert descent([second, third], {"a", "c"}) == {
        "d": frozenset(["a", "c"]),
        "b1": frozenset(["a"]),
    }
    assert descent([], {"a"}) == {}


def test_an_id_that_is_known_is_not_looked_behind() -> None:
    assert descent([{"b": ("a",)}, {"b": ("b",), "c": ("b",)}], {"a", "b"}) == {
        "b": frozenset(["b"]),
        "c": frozenset(["b"]),
    }


# --- against the planted truth --------------------------------------------------------------------------------------


@pytest.mark.parametrize("recut", [False, True], ids=["same lines", "cut anew"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.10])
def test_of_150_codings_99_in_100_are_found_again_and_none_on_another_passage(share: float, recut: bool) -> None:
    before = edited.interview(420)
    coded = edited.codings(before, 160)
    after, above = edited.edited(before, share), {}
    if recut:
        after, lineage = edited.recut(after)
        above = descent([{each.id: each.ancestors for each in lineage}], {line.segment.id for line in before})
    found = carry(coded, edited.passages(before), edited.passages(after), above)
    states = Counter(each.state for each in found)
    assert len(found) == 160 and states[Anchor.ORPHAN] <= 1, states
    assert states[Anchor.FUZZY] <= 160 * (0.2 if recut else 0.12), "a person's evening is short"
    wrong = [each for each, was in zip(found, coded, strict=True)
             if each.places and not edited.right(before, was, after, each.places)]  # fmt: skip
    assert wrong == []


def test_across_a_draft_that_was_never_released() -> None:
    before = edited.interview(420, 7)
    coded = edited.codings(before, 150, 7)
    draft, first = edited.recut(edited.edited(before, 0.03, 7), 7)
    after, second = edited.recut(edited.edited(draft, 0.03, 8), 8)
    generations = [{each.id: each.ancestors for each in lineage} for lineage in (first, second)]
    above = descent(generations, {line.segment.id for line in before})
    found = carry(coded, edited.passages(before), edited.passages(after), above)
    assert Counter(each.state for each in found)[Anchor.ORPHAN] <= 1
    assert all(
        edited.right(before, was, after, each.places) for each, was in zip(found, coded, strict=True) if each.places
    )
    alone = carry(coded, edited.passages(before), edited.passages(after), {})
    surer = sum(each.state is Anchor.FUZZY for each in alone) - sum(each.state is Anchor.FUZZY for each in found)
    assert surer > 0, "without their ancestors more of them would be for a person"


@given(st.integers(0, 500), st.sampled_from((0.0, 0.05, 0.3)), st.booleans())
def test_whatever_becomes_of_a_text(seed: int, share: float, recut: bool) -> None:
    before = edited.interview(30, seed)
    coded = edited.codings(before, 8, seed)
    after = edited.edited(before, share, seed)
    if recut:
        after, _ = edited.recut(after, seed)
    texts = {line.segment.id: line.segment.text for line in after}
    found = carry(coded, edited.passages(before), edited.passages(after), {})
    assert len(found) == len(coded)
    for each, was in zip(found, coded, strict=True):
        assert (each.state is Anchor.ORPHAN) == (not each.places)
        assert all(0 <= p.start < p.end <= len(texts[p.segment]) for p in each.places)
        assert len({p.segment for p in each.places}) == len(each.places)
        if each.state is Anchor.EXACT:
            assert each.places == was
        if each.state in (Anchor.EXACT, Anchor.MOVED):
            assert edited.right(before, was, after, each.places)


@given(st.integers(0, 500))
def test_an_unchanged_text_changes_nothing(seed: int) -> None:
    before = edited.interview(20, seed)
    coded = edited.codings(before, 6, seed)
    passages = edited.passages(before)
    assert carry(coded, passages, passages, {}) == tuple(Carried(Anchor.EXACT, was, 1.0) for was in coded)
