from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import SECONDS, attributions, spoken

from pipeline.engines.rules.sentences import MarkedSentences
from pipeline.lines.cutting import Limits, Line, cut
from pipeline.speech import Attribution, SpokenWord

LIMITS = Limits(
    max_pause_seconds=2.0,
    breath_seconds=0.6,
    max_seconds=20.0,
    max_characters=200,
    short_characters=15,
    backchannel_seconds=1.5,
    role_sure_from=0.95,
)
TIGHT = replace(LIMITS, max_pause_seconds=0.5, max_seconds=3.0, max_characters=20)
PLAIN = replace(LIMITS, backchannel_seconds=0.0, breath_seconds=0.001)
EITHER = st.sampled_from((LIMITS, TIGHT, PLAIN))
GAPS = st.lists(SECONDS, max_size=4).map(sorted)


def words(*rows: tuple[str, float, float, str]) -> list[SpokenWord]:
    return sorted((w for text, start, end, who in rows for w in spoken(text, start, end, who)), key=lambda w: w.start)


def texts(lines: list[Line]) -> list[str]:
    return [f"{line[0].speaker}: {' '.join(word.text for word in line)}" for line in lines]


def lines_of(
    *rows: tuple[str, float, float, str], limits: Limits = LIMITS, unheard: tuple[float, ...] = ()
) -> list[str]:
    return texts(cut(words(*rows), unheard, limits, MarkedSentences()))


# --- what always holds ----------------------------------------------------------------------------------------------


@given(attributions(), GAPS, EITHER)
def test_every_word_is_in_one_line_and_each_speakers_words_are_in_order(
    attribution: Attribution, unheard: list[float], limits: Limits
) -> None:
    lines = cut(attribution.words, unheard, limits, MarkedSentences())
    for who in ("S1", "S2", "S3"):
        assert [w for line in lines for w in line if w.speaker == who] == [
            w for w in attribution.words if w.speaker == who
        ]
    assert [line[0].start for line in lines] == sorted(line[0].start for line in lines)


@given(attributions(), GAPS, EITHER)
def test_a_line_is_one_speaker_within_the_limits_without_a_long_pause_or_a_gap(
    attribution: Attribution, unheard: list[float], limits: Limits
) -> None:
    for line in cut(attribution.words, unheard, limits, MarkedSentences()):
        assert line and len({word.speaker for word in line}) == 1
        assert all(b.start - a.end <= limits.max_pause_seconds for a, b in pairwise(line))
        assert not any(a.start <= gap < b.start for a, b in pairwise(line) for gap in unheard)
        if len(line) > 1:
            assert len(" ".join(word.text for word in line)) <= limits.max_characters
            assert max(word.end for word in line) - line[0].start <= limits.max_seconds


@given(attributions(), GAPS)
def test_without_backchannels_only_words_of_one_breath_pass_over_anothers(
    attribution: Attribution, unheard: list[float]
) -> None:
    for line in cut(attribution.words, unheard, PLAIN, MarkedSentences()):
        for a, b in pairwise(line):
            others = [w for w in attribution.words if a.start < w.start < b.start and w.speaker != a.speaker]
            assert not others or b.start - a.end <= PLAIN.breath_seconds


# --- sentences ------------------------------------------------------------------------------------------------------


def test_each_sentence_is_a_line() -> None:
    said = (
        "저는 수원에서 간호사로 일하고 있어요. 올해로 벌써 사 년이나 됐습니다. 처음에는 아무것도 몰랐어요.",
        0,
        9,
        "S1",
    )
    assert lines_of(said) == [
        "S1: 저는 수원에서 간호사로 일하고 있어요.",
        "S1: 올해로 벌써 사 년이나 됐습니다.",
        "S1: 처음에는 아무것도 몰랐어요.",
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("네. 저는 수원에서 간호사로 일하고 있어요.", ["네. 저는 수원에서 간호사로 일하고 있어요."]),
        ("아. 네. 저는 수원에서 간호사로 일하고 있어요.", ["아. 네. 저는 수원에서 간호사로 일하고 있어요."]),
        ("저는 수원에서 간호사로 일하고 있어요. 그렇죠.", ["저는 수원에서 간호사로 일하고 있어요. 그렇죠."]),
        (
            "저는 수원에서 간호사로 일해요. 네. 올해로 벌써 사 년이나 됐습니다.",
            ["저는 수원에서 간호사로 일해요.", "네. 올해로 벌써 사 년이나 됐습니다."],
        ),
        ("네.", ["네."]),
        ("이름이 뭡니까? 어디 살아요?", ["이름이 뭡니까? 어디 살아요?"]),
    ],
)
def test_a_small_sentence_stays_with_its_own(text: str, lines: list[str]) -> None:
    assert lines_of((text, 0, 5, "S1")) == [f"S1: {line}" for line in lines]


def test_a_breath_parts_a_small_sentence_from_the_next() -> None:
    apart = ("네.", 0, 0.5, "S1"), ("저는 수원에서 간호사로 일하고 있어요.", 1.2, 4, "S1")
    assert lines_of(*apart) == ["S1: 네.", "S1: 저는 수원에서 간호사로 일하고 있어요."]


@pytest.mark.parametrize(
    ("first", "pause", "parted"),
    [
        ("그래서 제가 병원에", 1.0, False),
        ("그래서 제가 병원에", 2.1, True),
        ("그래서 병원에 갔어요", 1.0, True),
        ("그래서 병원에 갔어요", 0.3, False),
        ("그래서 갔으니까", 1.0, False),
    ],
)
def test_a_pause_parts_what_may_have_ended_and_a_long_one_anything(first: str, pause: float, parted: bool) -> None:
    lines = lines_of((first, 0, 2, "S1"), ("그다음 날 아침에 다시 갔습니다", 2 + pause, 6, "S1"))
    assert len(lines) == 1 + parted


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉", ["하나 둘 셋 넷 다섯", "여섯 일곱 여덟 아홉"]),
        ("가" * 50, ["가" * 50]),
        ("하나 둘 셋이고 넷 다섯 여섯 일곱 여덟", ["하나 둘 셋이고", "넷 다섯 여섯 일곱 여덟"]),
    ],
)
def test_a_long_sentence_is_cut_at_the_end_of_a_clause(text: str, lines: list[str]) -> None:
    limits = replace(LIMITS, max_characters=20, max_seconds=99)
    assert lines_of((text, 0, 2, "S1"), limits=limits) == [f"S1: {line}" for line in lines]


def test_a_long_sentence_is_cut_at_a_pause_rather_than_at_a_clause() -> None:
    limits = replace(LIMITS, max_characters=20)
    rows = ("하나 둘 셋이고 넷", 0, 2, "S1"), ("다섯 여섯 일곱 여덟", 3, 5, "S1")
    assert lines_of(*rows, limits=limits) == ["S1: 하나 둘 셋이고 넷", "S1: 다섯 여섯 일곱 여덟"]


# --- two speak ------------------------------------------------------------------------------------------------------

BROKEN = ("아침 여섯 시에 일어나서", 0, 3, "S1"), ("병원까지 버스를 타고 가요.", 4, 7, "S1")


@pytest.mark.parametrize("word", ["네.", "음", "아, 네."])
def test_a_listeners_word_does_not_cut_the_sentence(word: str) -> None:
    assert lines_of(*BROKEN, (word, 3.2, 3.6, "S2")) == [
        "S1: 아침 여섯 시에 일어나서 병원까지 버스를 타고 가요.",
        f"S2: {word}",
    ]


@pytest.mark.parametrize(
    ("word", "limits"),
    [("왜요?", LIMITS), ("네 그런데", LIMITS), ("네.", PLAIN), ("네.", replace(LIMITS, backchannel_seconds=0.3))],
)
def test_any_other_word_in_a_pause_cuts_it(word: str, limits: Limits) -> None:
    lines = lines_of(*BROKEN, (word, 3.2, 3.6, "S2"), limits=limits)
    assert lines == ["S1: 아침 여섯 시에 일어나서", f"S2: {word}", "S1: 병원까지 버스를 타고 가요."]


def test_who_speaks_on_without_a_pause_is_not_cut_by_who_begins_too_early() -> None:
    lines = lines_of(("하루 일과를 말씀해 주시겠어요?", 0, 3, "S1"), ("보통 아침 여섯 시에 일어나요.", 2.2, 5, "S2"))
    assert lines == ["S1: 하루 일과를 말씀해 주시겠어요?", "S2: 보통 아침 여섯 시에 일어나요."]


def test_small_sentences_before_and_after_anothers_word_are_not_put_together() -> None:
    lines = lines_of(("그만뒀어요.", 0, 1, "S1"), ("네.", 1.1, 1.3, "S2"), ("힘들어서요.", 1.4, 2, "S1"))
    assert lines == ["S1: 그만뒀어요.", "S2: 네.", "S1: 힘들어서요."]


def test_a_listener_with_a_long_pause_after_is_a_turn() -> None:
    rows = ("그래서 제가", 0, 1, "S1"), ("네.", 1.5, 1.8, "S2"), ("병원에 갔어요.", 3.5, 5, "S1")
    assert lines_of(*rows) == ["S1: 그래서 제가", "S2: 네.", "S1: 병원에 갔어요."]


@pytest.mark.parametrize(("gap", "count"), [(1.5, 2), (0.0, 2), (2.0, 1), (9.0, 1)])
def test_unheard_speech_cuts_where_it_begins(gap: float, count: int) -> None:
    rows = ("그래서", 0, 1, "S1"), ("갔어요.", 2, 3, "S1")
    assert len(lines_of(*rows, unheard=(gap,))) == count
