"""When a replaced word was said, and what else nobody may hear."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import line

from pipeline.hearing.hiding import Limits, hidden, unread
from pipeline.hearing.spans import Span
from pipeline.speech import Gap, Passage, SpokenWord, Transcription, Word
from pipeline.stages.review import review
from pipeline.transcript import Corrections, Label, Mention, Mentions, Segment, State, TextCorrection, Transcript

EXACT = Limits("words", 0.0, True, 0.3)
SAID = line("저는 김민수라고 합니다 네", 1, start=10.0, end=14.0)
"""A second for each word."""


def mention(segment: Segment, quote: str, state: State = State.SURE) -> Mention:
    start = segment.text.index(quote)
    return Mention(segment.id, start, start + len(quote), quote, Label.NAME, state, 0.9, ("roster",))


def spans(
    *mentions: Mention, of: tuple[Segment, ...] = (SAID,), after: str | None = None, limits: Limits = EXACT
) -> list[Span]:
    """What is hidden in `of`, whose first line a reviewer corrected to `after`."""
    transcript = Transcript(of)
    texts = () if after is None else (TextCorrection(of[0].id, of[0].text, after),)
    return hidden(review(transcript, Corrections(texts)), Mentions(mentions), transcript, limits)


# --- replaced words -------------------------------------------------------------------------------------------------


def test_a_mention_takes_the_time_of_its_word_with_its_particle() -> None:
    assert spans(mention(SAID, "김민수")) == [(11.0, 12.0)]


def test_the_margin_lies_on_both_sides_and_may_reach_over_the_start() -> None:
    first = line("민수 씨", 1, start=0.0, end=2.0)
    assert spans(mention(first, "민수"), of=(first,), limits=replace(EXACT, margin_seconds=0.25)) == [(-0.25, 1.25)]


@pytest.mark.parametrize(
    ("quotes", "expected"),
    [
        (("김민수라고 합니다",), [(11.0, 13.0)]),
        (("저는", "네"), [(10.0, 11.0), (13.0, 14.0)]),
        (("저는", "김민수"), [(10.0, 12.0)]),
        (("라고 합",), [(11.0, 13.0)]),
    ],
    ids=["over two words", "first and last", "neighbours", "parts of two words"],
)
def test_a_mention_takes_every_word_that_it_touches(quotes: tuple[str, ...], expected: list[Span]) -> None:
    assert spans(*(mention(SAID, quote) for quote in quotes)) == expected


def test_doubtful_mentions_are_hidden_and_rejected_ones_are_heard() -> None:
    assert spans(mention(SAID, "김민수", State.DOUBTFUL)) == [(11.0, 12.0)]
    assert spans(mention(SAID, "김민수", State.REJECTED)) == []


def test_without_mentions_nothing_is_hidden() -> None:
    assert spans() == []


def test_whole_lines_where_the_study_asks_for_them() -> None:
    assert spans(mention(SAID, "김민수"), limits=replace(EXACT, cover="lines")) == [(10.0, 14.0)]


@pytest.mark.parametrize("length", [0.0, 0.1, 0.29])
def test_a_word_too_short_to_have_been_said_takes_its_neighbours(length: float) -> None:
    words = (SpokenWord("저는", 1.0, 1.5, 0.9, "S1"), SpokenWord("김민수라고", 1.5, 1.5 + length, 0.9, "S1"),
             SpokenWord("합니다", 1.8, 2.4, 0.9, "S1"), SpokenWord("네", 2.4, 3.0, 0.9, "S1"))  # fmt: skip
    told = replace(SAID, start=1.0, end=3.0, words=words)
    assert spans(mention(told, "김민수"), of=(told,)) == [(1.0, 2.4)]


def test_decomposed_text_is_mapped_as_any_other() -> None:
    text = unicodedata.normalize("NFD", SAID.text)
    told = replace(SAID, text=text)
    assert spans(mention(told, unicodedata.normalize("NFD", "김민수")), of=(told,)) == [(11.0, 12.0)]


# --- corrected lines ------------------------------------------------------------------------------------------------


def test_a_word_that_a_reviewer_changed_takes_its_whole_line() -> None:
    told = line("저는 긴민수라고 합니다 네", 1, start=10.0, end=14.0)
    corrected = replace(told, text=SAID.text)
    assert spans(mention(corrected, "김민수"), of=(told,), after=SAID.text) == [(10.0, 14.0)]


def test_a_word_that_stayed_keeps_its_time_in_a_corrected_line() -> None:
    after = "저는 김민수라고 했습니다 네"
    assert spans(mention(replace(SAID, text=after), "김민수"), after=after) == [(11.0, 12.0)]


def test_a_line_of_which_only_the_spaces_were_changed_is_mapped_word_by_word() -> None:
    after = "저는  김민수라고 합니다 네"
    assert spans(mention(replace(SAID, text=after), "김민수"), after=after) == [(11.0, 12.0)]


def test_an_unheard_line_that_was_filled_in_has_no_words_and_is_hidden_whole() -> None:
    told = Segment("id-1", 1, "S1", SAID.role, 5.0, 7.0, "(잘 안 들림 00:00:05)")
    after = "민수가 그랬어요"
    assert spans(mention(replace(told, text=after), "민수"), of=(told,), after=after) == [(5.0, 7.0)]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("저는 합니다 네", [(11.0, 12.0)]),
        ("저는 네", [(11.0, 13.0)]),
        ("저는 그렇습니다 네", [(11.0, 13.0)]),
        ("", [(10.0, 14.0)]),
        ("저는 긴민수라고 합니다 네", []),
        ("저는 김민수라고 합니다 네 네", []),
    ],
    ids=["a name deleted", "two words deleted", "two words made one", "all deleted", "a word for a word", "added"],
)
def test_what_a_reviewer_took_out_of_the_text_is_hidden_too(after: str, expected: list[Span]) -> None:
    assert spans(after=after) == expected


@given(st.data())
def test_what_is_hidden_covers_every_replaced_word_and_stays_in_its_lines(data: st.DataObject) -> None:
    texts = data.draw(
        st.lists(st.sampled_from(("저는", "민수가", "김민수라고", "네", "합니다")), min_size=1, max_size=8)
    )
    told = line(" ".join(texts), 1, start=3.0, end=3.0 + len(texts))
    start = data.draw(st.integers(0, len(told.text) - 1))
    end = data.draw(st.integers(start + 1, len(told.text)))
    one = Mention(told.id, start, end, told.text[start:end], Label.NAME, State.SURE, 0.9, ())
    margin = data.draw(st.sampled_from((0.0, 0.3)))
    found = spans(one, of=(told,), limits=replace(EXACT, margin_seconds=margin))
    at = 0
    for word in told.words:
        if at < end and start < at + len(word.text):
            assert any(a <= word.start - margin and word.end + margin <= b for a, b in found)
        at += len(word.text) + 1
    assert all(told.start - margin <= a < b <= told.end + margin for a, b in found)


# --- speech that nobody read ----------------------------------------------------------------------------------------

WORDS = tuple(Word(text, 1.0 + at, 1.9 + at, 0.9) for at, text in enumerate(("그래서", "어제는", "괜찮았어요")))


def silent(transcription: Transcription, *gaps: Gap, limits: Limits = EXACT, after: str | None = None) -> list[Span]:
    lines = tuple(
        Segment(f"gap-{number}", number, "S1", SAID.role, gap.start, gap.end, "(잘 안 들림)")
        for number, gap in enumerate(gaps, start=1)
    )
    transcript = Transcript(lines, gaps)
    texts = () if after is None else (TextCorrection(lines[0].id, lines[0].text, after),)
    return unread(review(transcript, Corrections(texts)), transcript, transcription, limits)


def heard(*passages: Passage, **more: tuple) -> Transcription:
    return Transcription("ko", passages or (Passage(1.0, 3.9, WORDS),), **more)


def test_speech_in_the_gap_ledger_is_silenced_unless_a_reviewer_wrote_what_was_said() -> None:
    gap = Gap(5.0, 7.0, "no words")
    assert silent(heard(), gap) == [(5.0, 7.0)]
    assert silent(heard(), gap, after="네, 그랬어요.") == []
    assert silent(heard(), gap, limits=replace(EXACT, silence_unread=False)) == []


def test_refused_stretches_and_doubted_passages_are_silenced() -> None:
    refused = heard(gaps=(Gap(8.0, 9.0, "loop"),))
    assert silent(refused) == [(8.0, 9.0)]
    doubted = heard(Passage(1.0, 3.9, WORDS), Passage(5.0, 6.0, (Word("감사합니다", 5.0, 6.0, 0.3),), doubts=("echo",)))
    assert silent(doubted) == [(5.0, 6.0)]
    assert silent(replace(doubted, speech=((1.0, 3.9), (4.8, 6.3)))) == [(4.8, 6.3)]


@pytest.mark.parametrize(
    ("speech", "expected"),
    [
        (((1.0, 3.9),), []),
        (((1.0, 5.0),), [(4.1, 5.0)]),
        (((0.2, 3.9),), [(0.2, 0.8)]),
        (((1.0, 4.3),), []),
        ((), []),
    ],
    ids=["all has words", "more after", "more before", "too short", "not told"],
)
def test_speech_between_words_is_silenced_where_it_is_long_enough_for_a_name(
    speech: tuple[Span, ...], expected: list[Span]
) -> None:
    found = silent(heard(speech=speech))
    assert [(round(start, 3), round(end, 3)) for start, end in found] == expected


def test_spans_that_overlap_are_one() -> None:
    both = heard(Passage(1.0, 3.9, WORDS), gaps=(Gap(5.5, 8.0, "loop"), Gap(9.0, 9.0, "loop")))
    assert silent(both, Gap(5.0, 7.0, "no words")) == [(5.0, 8.0)]
