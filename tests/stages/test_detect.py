from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.interview import Role
from pipeline.people import Entry, Register
from pipeline.stages.detect import REVIEWER, Once, detect, find
from pipeline.transcript import Finding, Label, Mention, Reviewed, Ruling, Segment, State

LINE = "어제 김정훈센터에서 봤어요"


@dataclass(frozen=True)
class Fixed:
    """Finds what it is told to."""

    findings: tuple[Finding, ...]
    name: str = "fixed"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        return self.findings


@dataclass(frozen=True)
class Word:
    """Finds one word wherever it stands."""

    word: str
    score: float = 0.9
    name: str = "word"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        return tuple(
            Finding(i, line.index(self.word), line.index(self.word) + len(self.word), Label.NAME, self.score, self.name)
            for i, line in enumerate(lines)
            if self.word in line
        )


def finding(
    start: int, end: int, label: Label = Label.NAME, score: float = 0.9, by: str = "a", form: str = ""
) -> Finding:
    return Finding(0, start, end, label, score, by, form)


def seen(*findings: Finding, line: str = LINE) -> list[tuple[str, Label, State]]:
    (mentions,) = find((line,), (), (Fixed(findings),), 0.7, 0.3)
    return [(m.text, m.label, m.state) for m in mentions]


def reviewed(*texts: str, rulings: tuple[Ruling, ...] = ()) -> Reviewed:
    segments = tuple(Segment(f"s{i}", i, "A", Role.PARTICIPANT, 0, 1, text) for i, text in enumerate(texts))
    return Reviewed(segments, rulings=rulings)


def of(mentions: tuple[Mention, ...]) -> list[tuple[str, str, State]]:
    return [(m.segment, m.text, m.state) for m in mentions]


@pytest.mark.parametrize(
    ("score", "state"), [(0.95, State.SURE), (0.7, State.SURE), (0.69, State.DOUBTFUL), (0.3, State.DOUBTFUL)]
)
def test_the_score_decides_the_state(score: float, state: State) -> None:
    assert seen(finding(3, 6, score=score)) == [("김정훈", Label.NAME, state)]


def test_below_doubtful_nothing_is_kept() -> None:
    assert seen(finding(3, 6, score=0.29)) == []


def test_agreement_adds_to_the_best_score_and_unites_the_evidence() -> None:
    ((mention,),) = find(
        (LINE,),
        (),
        (Fixed((finding(3, 6, score=0.65, by="b"), finding(3, 6, score=0.4, by="a", form="김정훈"))),),
        0.7,
        0.3,
    )
    assert (mention.evidence, mention.state, mention.form) == (("a", "b"), State.SURE, "김정훈")
    assert mention.score == pytest.approx(0.75)


def test_the_same_recognizer_twice_is_no_agreement() -> None:
    assert seen(finding(3, 6, score=0.65), finding(3, 6, score=0.6)) == [("김정훈", Label.NAME, State.DOUBTFUL)]


def test_an_institution_wins_over_the_name_in_it() -> None:
    assert seen(finding(3, 6), finding(3, 8, Label.ORG)) == [("김정훈센터", Label.ORG, State.SURE)]


def test_a_sure_name_is_not_hidden_by_a_doubtful_institution() -> None:
    assert seen(finding(3, 6), finding(3, 8, Label.ORG, 0.5)) == [
        ("김정훈", Label.NAME, State.SURE),
        ("센터", Label.ORG, State.DOUBTFUL),
    ]


def test_of_two_doubtful_ones_the_longer_wins() -> None:
    assert seen(finding(3, 6, score=0.6), finding(3, 8, Label.PLACE, 0.45)) == [
        ("김정훈센터", Label.PLACE, State.DOUBTFUL)
    ]


def test_a_shape_wins_even_when_doubtful() -> None:
    line = "번호는 3377이에요"
    assert seen(finding(4, 8, Label.PHONE, 0.6), finding(4, 8, Label.PLACE, 0.9), line=line) == [
        ("3377", Label.PHONE, State.DOUBTFUL)
    ]


def test_the_longer_of_two_names_wins() -> None:
    assert seen(finding(4, 6), finding(3, 6)) == [("김정훈", Label.NAME, State.SURE)]


def test_what_a_sure_loser_covered_beyond_the_winner_stays_doubtful() -> None:
    assert seen(finding(0, 6), finding(3, 8, Label.ORG)) == [
        ("어제", Label.NAME, State.DOUBTFUL),
        ("김정훈센터", Label.ORG, State.SURE),
    ]


@pytest.mark.parametrize(
    ("line", "doubtful", "sure", "rests"),
    [
        ("응우옌 티 란 씨가", (0, 7), (6, 7), ["응우옌 티"]),
        ("김 정훈이가", (0, 4), (2, 4), ["김"]),
        ("정훈이가", (0, 4), (0, 2), []),  # its particles
        ("정훈이가 왔어요", (1, 8), (0, 2), []),  # beside it
    ],
)
def test_what_a_doubtful_name_covers_around_a_sure_one_stays(
    line: str, doubtful: tuple[int, int], sure: tuple[int, int], rests: list[str]
) -> None:
    found = seen(finding(*doubtful, score=0.5), finding(*sure), line=line)
    assert [text for text, _, state in found if state is State.DOUBTFUL] == rests
    assert (line[slice(*sure)], Label.NAME, State.SURE) in found


def test_what_another_label_covers_doubtfully_before_a_sure_name_goes() -> None:
    assert seen(finding(0, 8, Label.PLACE, 0.5), finding(3, 6)) == [("김정훈", Label.NAME, State.SURE)]


def test_a_ruling_without_label_rejects_and_keeps_the_mention_in_the_list() -> None:
    text = reviewed("하늘이 파래요", "하늘이 왔어요", rulings=(Ruling("s0", "하늘", None),))
    mentions = detect(text, Register("s"), (Word("하늘"),), 0.7, 0.3).mentions
    assert of(mentions) == [("s0", "하늘", State.REJECTED), ("s1", "하늘", State.SURE)]


def test_a_rejected_mention_hides_no_other() -> None:
    text = reviewed(LINE, rulings=(Ruling("s0", "센터", None),))
    found = (finding(3, 6), finding(6, 8, Label.ORG))
    assert of(detect(text, Register("s"), (Fixed(found),), 0.7, 0.3).mentions) == [
        ("s0", "김정훈", State.SURE),
        ("s0", "센터", State.REJECTED),
    ]


def test_a_ruling_with_a_label_is_sure_wherever_its_quote_stands_in_the_segment() -> None:
    text = reviewed("까치가 그랬어요 까치 형이", "까치가 울어요", rulings=(Ruling("s0", "까치", Label.NAME),))
    mentions = detect(text, Register("s"), (), 0.7, 0.3).mentions
    assert of(mentions) == [("s0", "까치", State.SURE), ("s0", "까치", State.SURE)]
    assert {m.evidence for m in mentions} == {(REVIEWER,)}


def test_a_ruling_with_a_label_wins_over_what_was_found() -> None:
    text = reviewed(LINE, rulings=(Ruling("s0", "김정훈센터", Label.ORG),))
    found = (finding(3, 6), finding(3, 8, Label.PHONE))
    (mention,) = detect(text, Register("s"), (Fixed(found),), 0.7, 0.3).mentions
    assert (mention.text, mention.label, mention.state) == ("김정훈센터", Label.ORG, State.SURE)


def test_a_ruling_whose_quote_is_gone_does_nothing() -> None:
    text = reviewed(
        LINE, rulings=(Ruling("s0", "없는말", Label.NAME), Ruling("s9", "김정훈", None), Ruling("s0", "", None))
    )
    assert of(detect(text, Register("s"), (Word("김정훈"),), 0.7, 0.3).mentions) == [("s0", "김정훈", State.SURE)]


def test_offsets_are_of_the_line_as_given() -> None:
    line = unicodedata.normalize("NFD", LINE)
    ((mention,),) = find((line,), (), (Word("김정훈"),), 0.7, 0.3)
    assert line[mention.start : mention.end] == mention.text == unicodedata.normalize("NFD", "김정훈")


def test_nothing_comes_of_nothing() -> None:
    assert find((), (), (Word("김정훈"),), 0.7, 0.3) == ()
    assert detect(reviewed(), Register("s"), (), 0.7, 0.3).mentions == ()
    assert find(("", " "), (), (Word("김정훈"),), 0.7, 0.3) == ((), ())


FINDINGS = st.lists(
    st.builds(
        lambda start, length, label, score, by: Finding(0, start, min(start + length, 12), label, score, by),
        st.integers(0, 11),
        st.integers(1, 8),
        st.sampled_from(Label),
        st.floats(0, 0.99),
        st.sampled_from(["a", "b", "c"]),
    ),
    max_size=8,
)


@dataclass
class Counted:
    """Counts how often it is asked."""

    asked: int = 0
    name: str = "counted"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        assert known == ()
        self.asked += 1
        return tuple(Finding(number, 0, 1, Label.NAME, 0.9, self.name) for number, line in enumerate(lines) if line)


def test_a_recognizer_is_asked_once_for_the_same_lines_and_again_for_others() -> None:
    inner = Counted()
    once, known = Once(inner), (Entry("1", Label.NAME, ("김정훈",), "[이름1]"),)
    assert once.name == "counted"
    assert once(("가", "나"), ()) == once(("가", "나"), known) and inner.asked == 1
    assert len(once(("가",), ())) == 1 and inner.asked == 2
    assert len(once(("가", "나"), ())) == 2


def test_two_that_are_asked_once_do_not_answer_for_each_other() -> None:
    first, second = Counted(), Counted(name="second")
    assert Once(first)(("가",), ())[0].recognizer == "counted"
    assert Once(second)(("가",), ())[0].recognizer == "second"
    assert (first.asked, second.asked) == (1, 1)


@given(FINDINGS)
def test_no_two_mentions_overlap_and_nothing_sure_is_left_uncovered(findings: list[Finding]) -> None:
    line = "가나다라마바사아자차카타"
    (mentions,) = find((line,), (), (Fixed(tuple(findings)),), 0.7, 0.3)
    for one, next_one in pairwise(mentions):
        assert one.end <= next_one.start
    covered = {at for m in mentions for at in range(m.start, m.end)}
    for f in findings:
        if f.score >= 0.7 and f.label in {Label.NAME, Label.ORG, Label.PLACE}:
            assert set(range(f.start, f.end)) <= covered
    assert all(m.text == line[m.start : m.end] for m in mentions)


@given(FINDINGS, st.randoms())
def test_the_order_of_findings_does_not_matter(findings: list[Finding], random: Random) -> None:
    shuffled = list(findings)
    random.shuffle(shuffled)
    line = "가나다라마바사아자차카타"
    one, other = (find((line,), (), (Fixed(tuple(f)),), 0.7, 0.3) for f in (findings, shuffled))
    assert one == other
