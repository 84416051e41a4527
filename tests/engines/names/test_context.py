"""The weighing of a name against the word that stands there, and who leans on it: sceptic and echo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from braces import unmarked, wanted

from pipeline import recognizers
from pipeline.engines.context import PATH, Context, Judge, coefficients, probability
from pipeline.engines.context.again import FROM, Again
from pipeline.engines.context.evidence import candidates, evidence, shape
from pipeline.engines.context.sceptic import Sceptic
from pipeline.errors import SettingsInvalid
from pipeline.lexicon import lexicon
from pipeline.people import Entry
from pipeline.transcript import Finding, Label

needs_engines = pytest.mark.engines
Spans = set[tuple[int, int]]


@pytest.fixture(scope="module")
def judge() -> Judge:
    return recognizers.judge()


@dataclass(frozen=True)
class Fixed:
    """Finds what it is told to."""

    findings: tuple[Finding, ...]
    name: str = "fixed"

    def __call__(self, lines: tuple[str, ...], known: tuple[Entry, ...]) -> tuple[Finding, ...]:
        return self.findings


def at(line: str, word: str, label: Label = Label.NAME, score: float = 0.4, number: int = 0) -> Finding:
    return Finding(number, line.index(word), line.index(word) + len(word), label, score, "fixed")


# --- context --------------------------------------------------------------------------------------------------------


@needs_engines
@pytest.mark.parametrize(
    "marked",
    [
        "{탁현묵}이가 저한테 그랬어요",
        "{설하늘}이랑 같은 방을 썼어요",
        "그때 {하나}가 저한테 전화했어요",
        "{춘식}이가 먼저 퇴원했어요",
        "제가 {PLACE:삼랑진}에서 태어났어요",
        "{PLACE:구좌}에서 살았어요",
    ],
)
def test_a_name_is_likelier_here_than_the_word(judge: Judge, marked: str) -> None:
    text, truth = wanted(marked)
    seen = Context(judge)((text,), ())
    assert truth <= {(one.start, one.end, one.label) for one in seen}
    assert all(one.score < 0.8 for one in seen)


@needs_engines
@pytest.mark.parametrize(
    "text",
    [
        "하나도 안 아파요",
        "하늘이 무너지는 것 같았어요",
        "그냥 약을 먹고 잤어요",
        "병원이랑 집이랑 왔다 갔다 했어요",
        "생각이 많아지면 잠이 안 와요",
        "",
        "...",
    ],
)
def test_a_word_is_likelier_here_than_a_name(judge: Judge, text: str) -> None:
    assert Context(judge)((text,), ()) == ()


@needs_engines
@pytest.mark.parametrize(
    ("likely", "unlikely"),
    [("{하나}가 전화했어요", "{하나}도 안 아파요"), ("{보라}한테 물어봤어요", "{보라}색 옷을 입었어요")],
)
def test_the_same_word_is_a_name_here_and_none_there(judge: Judge, likely: str, unlikely: str) -> None:
    (yes, (a,)), (no, (b,)) = unmarked(likely), unmarked(unlikely)
    assert judge.likelihood(yes, a.start, a.end, Label.NAME) > 3 * judge.likelihood(no, b.start, b.end, Label.NAME)


@needs_engines
@pytest.mark.parametrize(
    ("line", "word", "verb"),
    [
        ("밥을 먹었어요", "먹었", True),
        ("보고 싶어요", "보고", True),
        ("민수가 왔어요", "민수", False),
        ("집이 커요", "집", False),
    ],
)
def test_a_verb_is_known_by_its_stem_and_ending(judge: Judge, line: str, word: str, verb: bool) -> None:
    one = at(line, word)
    assert judge.is_verb(line, one.start) == verb


@pytest.mark.parametrize(
    ("head", "kind"),
    [("김정훈", "full"), ("정훈", "given"), ("곽철", "short"), ("솔", "one-syllable"), ("가", "no"), ("까마귀", "no")],
)
def test_a_shape_is_told(head: str, kind: str) -> None:
    assert shape(head, lexicon()) == kind


def test_candidates_begin_words_and_leave_room_for_particles() -> None:
    line = "정훈이가 까마귀랑"
    heads = {line[start:end] for start, end in candidates(line, lexicon())}
    assert {"정훈", "까마귀"} <= heads
    assert not heads & {"훈이", "가", "까"}


@needs_engines
@pytest.mark.parametrize(
    ("line", "word", "says"),
    [
        ("정훈 씨가요", "정훈", "before 씨 or 님"),
        ("정훈 형이요", "정훈", "before a title"),
        ("정훈이가요", "정훈", "before the suffix 이"),
        ("정훈아", "정훈", "before 아 or 야"),
        ("정훈한테요", "정훈", "before a particle of people"),
        ("수원에서요", "수원", "where somebody is"),
        ("정훈이라고", "정훈", "before 라고"),
        ("우리 아들 정훈 말이에요", "정훈", "after a relative"),
        ("김 정훈 말이에요", "정훈", "after a surname"),
        ("하늘 하늘", "하늘", "twice"),
        ("괴산이요", "괴산", "a known place"),
    ],
)
def test_evidence_says_what_stands_around(judge: Judge, line: str, word: str, says: str) -> None:
    one = at(line, word)
    assert says in evidence(line, one.start, one.end, judge.sources)


def test_a_probability_is_one_and_unknown_evidence_says_nothing() -> None:
    assert probability({}, {"always": 0.0}) == 0.5
    assert probability({"new": 5.0}, {"always": 0.0}) == 0.5
    assert (
        0
        < probability({"a": 1.0}, {"always": -30.0, "a": 1.0})
        < probability({"a": 1.0}, {"always": 0.0, "a": 9.0})
        < 1
    )


# --- the file of coefficients ---------------------------------------------------------------------------------------


def test_the_house_has_coefficients_of_names_places_and_institutions() -> None:
    found, sha256 = coefficients()
    assert found.keys() == {Label.NAME, Label.PLACE, Label.ORG} and len(sha256) == 64
    for one in found.values():
        assert "always" in one.before and "always" in one.whole and 0 < one.worth_from < one.found_from < 1


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("[NAME]", "[NOBODY]"),  # an unknown label
        ("found_from = 0.42\n", ""),  # a missing key
        ("[NAME.whole]", "[NAME.hole]"),
        ("worth_from = 0.08", 'worth_from = "much"'),
        ("[NAME]", "[NAME"),  # no TOML
    ],
)
def test_a_broken_file_of_coefficients_is_a_clear_error(tmp_path: Path, before: str, behind: str) -> None:
    text = PATH.read_text("utf-8")
    assert before in text
    path = tmp_path / "context.toml"
    path.write_text(text.replace(before, behind, 1), "utf-8")
    with pytest.raises(SettingsInvalid):
        coefficients(path)


def test_no_file_of_coefficients_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid):
        coefficients(tmp_path / "missing.toml")


# --- the sceptic ----------------------------------------------------------------------------------------------------


@needs_engines
@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("약을 먹었어요", at("약을 먹었어요", "먹었")),
        ("생각이 많아요", at("생각이 많아요", "생각")),
        ("가고 싶은 곳에", at("가고 싶은 곳에", "가고", Label.ORG)),
        ("마음이 아파요", at("마음이 아파요", "마음", Label.PLACE)),
    ],
)
def test_a_guess_that_is_unlikely_is_withdrawn(judge: Judge, line: str, finding: Finding) -> None:
    assert Sceptic(Fixed((finding,)), judge)((line,), ()) == ()


@needs_engines
@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("하나도 안 아파요", at("하나도 안 아파요", "하나", score=0.5)),  # more than a guess
        ("정훈이가 전화했어요", at("정훈이가 전화했어요", "정훈")),  # likely
        ("저는정훈입니다", at("저는정훈입니다", "정훈")),  # inside a word
        ("3377이에요", at("3377이에요", "3377", Label.PHONE)),  # not of Hangul
        ("햇살에 다녀요", at("햇살에 다녀요", "햇살", Label.ORG)),  # an institution may be any noun
    ],
)
def test_what_may_be_right_stays(judge: Judge, line: str, finding: Finding) -> None:
    assert Sceptic(Fixed((finding,)), judge)((line,), ()) == (finding,)


def test_the_sceptic_goes_by_the_others_name(judge: Judge) -> None:
    assert Sceptic(Fixed((), "titles"), judge).name == "titles"


# --- the echo -------------------------------------------------------------------------------------------------------


def echoed(
    judge: Judge, first: str, marked: str, score: float = 0.8
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """What is marked in the second line, and what is found there after what is marked in the first was found."""
    one, (name,) = unmarked(first)
    other, truth = unmarked(marked)
    again = Again(judge)((one, other), (replace(name, score=score),))
    return {(f.start, f.end) for f in truth}, {(f.start, f.end) for f in again if f.line == 1}


@needs_engines
@pytest.mark.parametrize(
    ("first", "marked"),
    [
        ("{짱구}라고 있었어요", "{짱구}는 작년에 퇴원했어요"),
        ("{탁현묵} 씨가 왔어요", "제가 {현묵}한테 물어봤어요"),
        ("{하늘} 씨가 왔어요", "{하늘}이가 전화했어요"),
        ("{하늘} 씨가 왔어요", "{하늘}아 이리 와"),
        ("{ORG:옹달샘}이라는 모임이요", "{옹달샘} 회원들이랑 {옹달샘}에서요"),
        ("{PLACE:삼랑진}에서 왔어요", "{삼랑진}은 작아요"),
    ],
)
def test_what_was_found_is_found_again(judge: Judge, first: str, marked: str) -> None:
    truth, again = echoed(judge, first, marked)
    assert truth == again


@needs_engines
@pytest.mark.parametrize(
    ("first", "line", "score"),
    [
        ("{하늘} 씨가 왔어요", "하늘이 파래요", 0.8),  # a word too
        ("{짱구}라고 있었어요", "짱구는 작년에 퇴원했어요", FROM - 0.01),  # only guessed
        ("{짱구}라고 있었어요", "왕짱구가 웃었어요", 0.8),  # inside a word
        ("{PHONE:3377}이요", "3377번 버스요", 0.8),  # a shape is a shape where it stands
        ("{김}이 왔어요", "김이 맛있어요", 0.8),  # one syllable
        ("{보라} 씨요", "보라고 해서 봤어요", 0.8),
    ],
)
def test_what_is_another_word_here_is_left(judge: Judge, first: str, line: str, score: float) -> None:
    assert echoed(judge, first, line, score) == (set(), set())


def test_nothing_found_nothing_again(judge: Judge) -> None:
    assert Again(judge)(("짱구가 왔어요",), ()) == ()
