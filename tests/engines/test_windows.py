"""One window of sound: its lines, its words, what is doubted and tried again; and the second look."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.faster_whisper.lines import Aligned, Line, dealt, fitted, lines
from pipeline.engines.faster_whisper.second_look import believable, inserted
from pipeline.engines.faster_whisper.windows import TRIES, Draft, Ear
from pipeline.interview import SAMPLE_RATE
from pipeline.speech import Passage, Word

TIME = 2_000_000
"""The first time token here; the others are code points."""


def tokens(text: str) -> tuple[int, ...]:
    """``<2.50>`` is a time, every other sign a token of its own."""
    found: list[int] = []
    while text:
        if text[0] == "<":
            time, _, text = text[1:].partition(">")
            found.append(TIME + round(float(time) / 0.02))
        else:
            found.append(ord(text[0]))
            text = text[1:]
    return tuple(found)


def text(spoken: Sequence[int]) -> str:
    return "".join(chr(token) for token in spoken if token < TIME)


# --- lines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heard", "found", "done"),
    [
        ("<0.00> 네.<1.00><1.50> 그렇죠.<3.00>", [(0, 1, " 네."), (1.5, 3, " 그렇죠.")], 10.0 - 7.0),  # an early end
        ("<0.00> 네.<1.00><1.50> 그렇죠.<9.00>", [(0, 1, " 네."), (1.5, 9, " 그렇죠.")], 10.0),
        ("<0.00> 네.<1.00><1.50> 그렇", [(0, 1, " 네.")], 1.0),
        ("<0.00> 네.<1.00><1.50>", [(0, 1, " 네.")], 1.0),
        ("<0.00> 네.<2.00>", [(0, 2, " 네.")], 2.0),
        ("<0.00> 네.<9.50>", [(0, 9.5, " 네.")], 10.0),
        ("<0.00> 네.<29.00>", [(0, 10, " 네.")], 10.0),  # a time past the end
        ("<0.00> 네", [(0, 10, " 네")], None),
        (" 네", [(0, 10, " 네")], None),
        ("<0.00>", [], None),
        ("", [], None),
    ],
)
def test_times_make_lines_and_say_where_reading_goes_on(
    heard: str, found: list[tuple[float, float, str]], done: float | None
) -> None:
    spoken, until = lines(tokens(heard), TIME, 10.0)
    assert [(line.start, line.end, text(line.tokens)) for line in spoken] == [pytest.approx(line) for line in found]
    assert until == (done if done is None else pytest.approx(done))


some_tokens = st.lists(
    st.one_of(st.just(65), st.integers(0, 1500).map(lambda step: TIME + step)), min_size=2, max_size=30
)


@given(some_tokens)
def test_lines_are_whispers_own(heard: list[int]) -> None:
    from faster_whisper.transcribe import WhisperModel

    library = SimpleNamespace(time_precision=0.02, input_stride=2)
    tokenizer = SimpleNamespace(timestamp_begin=TIME)
    theirs, seek, _ = WhisperModel._split_segments_by_timestamps(library, tokenizer, heard, 0.0, 3000, 30.0, 0)
    ours, done = lines(heard, TIME, 30.0)
    spoken = [[token for token in one["tokens"] if token < TIME] for one in theirs]
    assert [list(line.tokens) for line in ours] == [one for one in spoken if one]
    assert done is None or 0 <= done <= 30
    if done is not None and not (heard[-2] < TIME <= heard[-1]):
        assert done == pytest.approx(seek / 100)


# --- words and their times --------------------------------------------------------------------------------------------


def aligned(spoken: str, start: float, end: float) -> Aligned:
    return Aligned(spoken, tokens(spoken), start, end, 0.9)


def test_every_word_is_dealt_to_the_line_whose_tokens_make_it() -> None:
    found = [Line(0, 1, tokens(" 네.")), Line(2, 4, tokens(" 저는 가요"))]
    words = [aligned(" 네.", 0, 1), aligned(" 저는", 2, 3), aligned("", 3, 3), aligned(" 가요", 3, 4)]
    assert [[one.word for one in own] for _, own in dealt(found, words)] == [[" 네."], [" 저는", " 가요"]]
    crossing = [aligned(" 네. 저", 0, 2), aligned("는 가요", 2, 4)]
    assert [[one.word for one in own] for _, own in dealt(found, crossing)] == [[" 네. 저"], ["는 가요"]]
    assert [own for _, own in dealt(found, [])] == [[], []]


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ([(" 저는", 1.0, 1.4), (" 가요", 1.4, 2.0)], [(1.0, 1.4), (1.4, 2.0)]),
        ([(" 저는", 0.0, 1.4), (" 가요", 1.5, 2.0)], [(0.7, 1.4), (1.5, 2.0)]),  # drawn out into the pause before
        ([(" 저는", 1.0, 1.4), (" 가요", 1.4, 9.0)], [(1.0, 1.4), (1.4, 2.1)]),  # ... and behind
        ([(" 저는", 1.0, 1.2), (" 네", 1.2, 1.9), (" 가요", 1.9, 2.0)], [(1.0, 1.2), (1.2, 1.75), (1.9, 2.0)]),
    ],
)
def test_words_are_not_drawn_out_into_pauses(
    words: list[tuple[str, float, float]], times: list[tuple[float, float]]
) -> None:
    pieces = fitted([aligned(*word) for word in words], 1.0, 2.0)
    assert [(piece.start, piece.end) for piece in pieces] == [pytest.approx(time) for time in times]


# --- doubts and further tries -----------------------------------------------------------------------------------------


def draft(heard: str, log_probability: float = -0.2, no_speech: float = 0.0) -> Draft:
    return Draft(tokens(heard), text(tokens(heard)).strip(), log_probability, no_speech)


class Scripted(Ear):
    """An ear that hears what it was told to: first each window's draft, then one for each time it listens again."""

    def __init__(self, first: list[Draft], again: Sequence[Draft] = (), terms: tuple[str, ...] = ()) -> None:
        self.language, self.terms, self.first, self.again = "ko", terms, first, list(again)
        self.tokenizer = SimpleNamespace(timestamp_begin=TIME, decode=text)
        self.given: list[str | None] = []
        self.filled: list[float] = []

    def _encode(self, sounds: Sequence[Any], seconds: float) -> Any:
        self.filled.append(seconds)
        return range(len(sounds))

    def _one(self, encoded: Any, index: int, sound: Any, filled: float) -> Any:
        return None

    def _decode(self, encoded: Any, count: int, given: str | None = None, **settings: Any) -> list[Draft]:
        self.given.append(given)
        return self.first if encoded is not None else [self.again.pop(0)]

    def _timed(self, encoded: Any, found: Sequence[list[Line]], seconds: Sequence[float]) -> list[list[Aligned]]:
        return [[aligned(text(line.tokens), line.start, line.start + 0.5) for line in some] for some in found]


def sound(seconds: float) -> Any:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def said(ear: Ear, seconds: float = 20.0) -> list[str]:
    (heard,) = ear.hear([sound(seconds)])
    return [word.text for passage in heard.passages for word in passage.words]


GOOD = draft("<0.00> 네.<19.00>")
LOOP = draft("<0.00> " + "팝 " * 9 + "<19.00>")


@pytest.mark.parametrize(
    ("first", "again", "words", "tries"),
    [
        (GOOD, [], ["네."], 0),
        (LOOP, [GOOD], ["네."], 1),
        (LOOP, [LOOP, draft("<0.00> 회\ufffd<19.00>"), GOOD], ["네."], 3),
        (LOOP, [LOOP, draft("<0.00> 저는<19.00>", -1.5), draft("<0.00> 그게<19.00>", -1.2)], ["그게"], 3),
        (LOOP, [LOOP, LOOP, LOOP], ["팝 " * 9], 3),  # it persists: the stage refuses it
        (draft("<0.00> 회\ufffd<19.00>"), [GOOD], ["네."], 1),
        (draft("<0.00> 음<19.00>", -1.4), [GOOD], ["네."], 1),
        (draft("<0.00> 음<19.00>", -1.4, no_speech=0.9), [], [], 0),  # Whisper holds that nobody speaks
        (draft("<0.00> 음<19.00>", -0.4, no_speech=0.9), [], ["음"], 0),
        (draft("<0.00> 조현병, 회복.<19.00>"), [GOOD], ["네."], 1),  # as an echo of a prompt
        (draft("<0.00> " + "가나다라마바사아 " * 30 + "<19.00>"), [GOOD], ["네."], 1),
        (draft(""), [], [], 0),
    ],
)
def test_what_is_doubted_is_tried_again_until_it_is_not(
    first: Draft, again: list[Draft], words: list[str], tries: int
) -> None:
    ear = Scripted([first], again, ("조현병", "회복"))
    assert said(ear) == [word.strip() for word in words]
    assert ear.given == [None] * (1 + tries)
    assert not ear.again
    assert tries <= len(TRIES)


def test_the_second_look_is_a_first_hearing() -> None:
    ear = Scripted([LOOP, draft("<0.00> 조연병<1.00>")], [GOOD], ("조현병",))
    ear.hear_plainly([sound(3), sound(3)])
    assert ear.given == [None]
    assert ear.again == [GOOD]


NEAR = draft("<0.00> 그 조연병이라고 하더라고요.<19.00>", -0.30)


@pytest.mark.parametrize(
    ("first", "again", "words"),
    [
        (NEAR, [draft("<0.00> 그 조현병이라고 하더라고요.<19.00>", -0.35)], "그 조현병이라고 하더라고요."),
        (
            NEAR,
            [draft("<0.00> 그 조현병이라고 하더라고요.<19.00>", -0.45)],
            "그 조연병이라고 하더라고요.",
        ),  # less probable
        (NEAR, [draft("<0.00> 그 조현병.<19.00>", -0.10)], "그 조연병이라고 하더라고요."),  # leaves much out
        (
            NEAR,
            [draft("<0.00> 그 저번 병이라고 하더라고요.<19.00>", -0.10)],
            "그 조연병이라고 하더라고요.",
        ),  # not the term
        (
            NEAR,
            [draft("<0.00> 조현병, 조현병, 조현병, 조현병.<19.00>", -0.10)],
            "그 조연병이라고 하더라고요.",
        ),  # an echo
        (draft("<0.00> 조현병이라고 하더라고요.<19.00>"), [], "조현병이라고 하더라고요."),
        (draft("<0.00> 그렇다고 하더라고요.<19.00>"), [], "그렇다고 하더라고요."),
    ],
)
def test_terms_are_given_where_something_sounds_like_one(first: Draft, again: list[Draft], words: str) -> None:
    ear = Scripted([first], again, ("조현병", "동료지원가"))
    assert said(ear) == [words]  # here a line is one word
    assert ear.given == [None, *["조현병."] * len(again)]


def test_windows_side_by_side_each_keep_their_own() -> None:
    ear = Scripted([GOOD, LOOP, draft("<0.00> 아니요.<3.00>")], [draft("<0.00> 맞아요.<19.00>")])
    heard = ear.hear([sound(20), sound(20), sound(20)])
    assert [one.passages[0].words[0].text for one in heard] == ["네.", "맞아요.", "아니요."]
    assert [one.seconds for one in heard] == [20, 20, 3]


def test_a_text_without_a_last_time_is_done_with_where_its_words_end() -> None:
    (heard,) = Scripted([draft("<0.00> 네")]).hear([sound(20)])
    assert heard.seconds == 0.5


@pytest.mark.parametrize(("seconds", "filled"), [(2.0, 8.0), (12.0, 18.0), (12.1, 30.0), (30.0, 30.0)])
def test_short_windows_are_not_filled_up(seconds: float, filled: float) -> None:
    ear = Scripted([GOOD])
    ear.hear([sound(seconds)])
    assert ear.filled == [pytest.approx(filled)]


# --- the second look --------------------------------------------------------------------------------------------------


def passage(spoken: str, start: float, log_probability: float = -0.3, no_speech: float = 0.0) -> Passage:
    words = tuple(Word(one, start + 0.5 * at, start + 0.5 * (at + 1), 0.9) for at, one in enumerate(spoken.split()))
    return Passage(start, start + 0.5 * len(words), words, log_probability, no_speech)


FOUND = [passage("저는 간호사예요.", 1.0), passage("오래 했죠.", 9.0)]


@pytest.mark.parametrize(
    ("heard", "believed"),
    [
        (passage("십 년 됐어요.", 4.0), ["십 년 됐어요."]),
        (passage("간호사예요. 십 년 됐어요.", 2.5), ["십 년 됐어요."]),  # what lies outside the hole was heard before
        (passage("간호사예요.", 4.0), []),  # said beside it, with a wrong time
        (passage("십 년 됐어요.", 4.0, log_probability=-0.9), []),
        (passage("십 년 됐어요.", 4.0, no_speech=0.7), []),
        (passage("감사합니다.", 4.0), []),
        (passage("팝 " * 8, 3.1), []),
        (passage("십 년 됐어요.", 20.0), []),
    ],
)
def test_a_second_look_is_believed_where_nothing_speaks_against_it(heard: Passage, believed: list[str]) -> None:
    found = list(believable([heard], [(3.0, 8.0)], FOUND))
    assert [" ".join(word.text for word in one.words) for one in found] == believed


def test_what_was_overlooked_is_put_where_it_was_said() -> None:
    found = inserted([passage("하나 둘 셋 넷", 1.0), passage("다섯", 5.0)], [passage("사이", 2.25), passage("뒤", 4.0)])
    assert [" ".join(word.text for word in one.words) for one in found] == ["하나 둘 셋", "사이", "넷", "뒤", "다섯"]
    assert [one.start for one in found] == [1.0, 2.25, 2.5, 4.0, 5.0]


@given(st.lists(st.floats(0, 60), max_size=8), st.integers(0, 30))
def test_no_word_is_lost_by_inserting(starts: list[float], length: int) -> None:
    whole = passage("네 " * length, 1.0) if length else Passage(0, 0, ())
    more = [passage("뒤", start) for start in starts]
    words = [word for one in inserted([whole], more) for word in one.words]
    assert sorted(words, key=lambda word: (word.start, word.text)) == sorted(
        [*whole.words, *(word for one in more for word in one.words)], key=lambda word: (word.start, word.text)
    )
    begins = [one.words[0].start for one in inserted([whole], more)]
    assert begins == sorted(begins)
