from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.interview import Recording
from pipeline.lines.listen_here import Doubt, Limits, doubts, flags, judged, stretches, suspect_share, unheard_share
from pipeline.settings import load
from pipeline.speech import Attribution, Diarization, Gap, Passage, SpokenWord, Transcription, Word
from pipeline.transcript import Transcript

LIMITS = Limits(
    stretches=20,
    low_probability=0.7,
    min_seconds=3.0,
    max_seconds=15.0,
    join_seconds=1.0,
    max_unheard_share=0.05,
    max_suspect_share=0.02,
    accepted_sound=("narrowband",),
)
SOUND = Recording("02-recording", "aa", 16_000 * 3600, 0.5, "bb")
FOUND = Diarization((), (), ("S1", "S2"), True)
NOTHING = Transcription("ko", ())


def word(start: float, probability: float = 0.9, **more: bool) -> SpokenWord:
    return SpokenWord("네", start, start + 0.5, probability, "S1", **more)


def said(*words: SpokenWord, gaps: tuple[Gap, ...] = (), speech: float = 0.0) -> Attribution:
    return Attribution(words, gaps, speech)


def test_the_settings_are_these_limits() -> None:
    assert Limits(**load().listen.model_dump()) == LIMITS


# --- what is doubted ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (word(5), []),
        (word(5, 0.7), []),
        (word(5, 0.625), [Doubt(5, 5.5, "words", 0.375)]),
        (word(5, 0.49), [Doubt(5, 5.5, "words", 0.5)]),
        (word(5, doubtful=True), [Doubt(5, 5.5, "speaker", 0.5)]),
        (word(5, overlapped=True), [Doubt(5, 5.5, "overlap", 0.3)]),
        (word(5, 0.1, overlapped=True), [Doubt(5, 5.5, "words", 0.5), Doubt(5, 5.5, "overlap", 0.3)]),
    ],
)
def test_a_word_is_doubted_for_itself(words: SpokenWord, expected: list[Doubt]) -> None:
    assert list(doubts(said(words), NOTHING, LIMITS)) == expected


def test_words_of_a_doubted_passage_are_doubted_and_no_others() -> None:
    heard = (Word("시청해", 1.0, 2.0, 0.9), Word("주셔서", 2.0, 3.0, 0.9))
    passages = (Passage(1.0, 3.0, heard, doubts=("boilerplate",)), Passage(4.0, 5.0, (Word("네", 4.0, 5.0, 0.9),)))
    found = list(doubts(said(), Transcription("ko", passages), LIMITS))
    assert found == [Doubt(1.0, 2.0, "hallucination", 0.8), Doubt(2.0, 3.0, "hallucination", 0.8)]


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (Gap(10, 12, "no words"), Doubt(9, 13, "gap", 4.0)),
        (Gap(0.5, 1.5, "no words"), Doubt(0.0, 2.5, "gap", 2.0)),
        (Gap(100, 200, "no words"), Doubt(99, 201, "gap", 30.0)),
    ],
)
def test_a_gap_counts_by_its_length_and_is_heard_with_its_edges(gap: Gap, expected: Doubt) -> None:
    assert list(doubts(said(gaps=(gap,)), NOTHING, LIMITS)) == [expected]


# --- stretches ------------------------------------------------------------------------------------------------------


def at(start: float, end: float, words: float = 1.0, reason: str = "words") -> Doubt:
    return Doubt(start, end, reason, words)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], []),
        ([at(100, 100.5)], [(98.75, 101.75)]),
        ([at(0.1, 0.5)], [(0.0, 3.0)]),
        ([at(3599.8, 3600.3)], [(3597.0, 3600.0)]),
        ([at(100, 102), at(103, 105)], [(100, 105)]),
        ([at(100, 101), at(104.1, 105)], [(99.0, 102.0), (103.05, 106.05)]),
        ([at(100, 101), at(102.5, 103.5)], [(99.0, 102.0), (102.0, 105.0)]),
        ([at(1, 2), at(3.1, 3.6)], [(0.0, 3.0), (3.0, 6.0)]),
        ([at(100, 108), at(108, 115)], [(100, 115)]),
        ([at(100, 108), at(108, 115.1)], [(100, 108), (108, 115.1)]),
        ([at(100, 160)], [(100, 115)]),
        ([at(100, 110), at(110, 114.9), at(114.9, 115.4)], [(100, 114.9), (114.9, 117.9)]),
    ],
    ids=[
        "none",
        "one",
        "head",
        "tail",
        "near",
        "apart",
        "crowded",
        "crowded at the head",
        "to the limit",
        "past it",
        "long",
        "no room before",
    ],
)
def test_where_the_stretches_lie(found: list[Doubt], expected: list[tuple[float, float]]) -> None:
    listed = sorted((stretch.start, stretch.end) for stretch in stretches(found, 3600.0, LIMITS))
    assert listed == [pytest.approx(span) for span in expected]


def test_the_best_come_first_and_their_best_reason_first() -> None:
    found = [at(10, 11, 0.6), at(100, 101, 0.3, "overlap"), at(101, 102, 0.9), at(102, 103, 0.5, "speaker")]
    first, second = stretches(found, 3600.0, LIMITS)
    assert (first.start, first.reasons, first.score) == (100, ("words", "speaker", "overlap"), 1.7)
    assert (second.reasons, second.score) == (("words",), 0.6)


def test_equals_are_in_order_of_time_and_the_list_ends() -> None:
    found = [at(10.0 * place, 10.0 * place + 1) for place in reversed(range(30))]
    listed = stretches(found, 3600.0, LIMITS)
    assert len(listed) == 20
    assert [round(stretch.start) for stretch in listed] == sorted(round(stretch.start) for stretch in listed)


DOUBTS = st.lists(
    st.builds(
        lambda start, length, reason, words: Doubt(start, start + length, reason, words),
        st.integers(0, 1200).map(lambda tenths: tenths / 10),
        st.sampled_from((0.0, 0.3, 0.9, 4.0, 14.9, 15.0, 40.0)),
        st.sampled_from(("words", "gap", "overlap")),
        st.sampled_from((0.3, 0.5, 0.9, 8.0)),
    ),
    max_size=40,
)


AT_THE_END = [Doubt(92.3, 96.3, "words", 0.3), Doubt(92.4, 107.3, "words", 0.3)]
"""Of the second nothing is left but a few milliseconds, of a recording that ends there."""


@given(DOUBTS, st.floats(60, 121))
@example(AT_THE_END, 95.40421749440142)
def test_stretches_are_apart_within_the_recording_and_of_a_length_to_listen_to(
    found: list[Doubt], seconds: float
) -> None:
    listed = stretches(found, seconds, replace(LIMITS, stretches=1000))
    assert bool(listed) == bool(found)
    assert all(before.score >= after.score for before, after in pairwise(listed))
    for stretch in listed:
        assert 0 <= stretch.start < stretch.end <= seconds + 0.01
        assert stretch.end - stretch.start <= LIMITS.max_seconds + 0.02
    for before, after in pairwise(sorted(listed, key=lambda stretch: stretch.start)):
        assert before.end <= after.start + 0.01


@given(DOUBTS)
def test_nothing_at_stake_is_lost_or_counted_twice(found: list[Doubt]) -> None:
    listed = stretches(found, 1000.0, replace(LIMITS, stretches=1000))
    assert sum(stretch.score for stretch in listed) == pytest.approx(sum(doubt.words for doubt in found), abs=0.3)
    assert {reason for stretch in listed for reason in stretch.reasons} == {doubt.reason for doubt in found}
    for doubt in found:
        shown = min(doubt.end, doubt.start + LIMITS.max_seconds)
        assert any(stretch.start <= shown + 0.01 and doubt.start <= stretch.end + 0.01 for stretch in listed)


@given(DOUBTS)
def test_the_order_in_which_doubts_are_found_does_not_matter(found: list[Doubt]) -> None:
    assert stretches(found, 1000.0, LIMITS) == stretches(found[::-1], 1000.0, LIMITS)


# --- flags ----------------------------------------------------------------------------------------------------------

FINE = said(word(1.0), speech=100.0)


def flags_of(
    attribution: Attribution = FINE,
    transcription: Transcription = NOTHING,
    diarization: Diarization = FOUND,
    recording: Recording = SOUND,
    speakers: int | None = 2,
) -> tuple[str, ...]:
    return flags(attribution, transcription, diarization, recording, speakers, LIMITS)


def test_nothing_is_flagged_where_nothing_is_wrong() -> None:
    assert flags_of() == ()


@pytest.mark.parametrize(
    ("gaps", "speech", "flagged"),
    [
        ((Gap(0, 5, "x"),), 100.0, False),
        ((Gap(0, 5.01, "x"),), 100.0, True),
        ((Gap(0, 3, "x"), Gap(5, 8, "y")), 100.0, True),
        ((Gap(0, 0.02, "x"),), 0.0, False),
        ((Gap(0, 0.03, "x"),), 0.0, True),
        ((Gap(0, 5, "x"),), 1.0, True),
    ],
    ids=["at the limit", "above", "together", "speech unknown", "speech unknown, above", "more than speech"],
)
def test_speech_without_words_is_flagged_by_its_share(gaps: tuple[Gap, ...], speech: float, flagged: bool) -> None:
    assert flags_of(said(word(1.0), gaps=gaps, speech=speech)) == (("unheard",) if flagged else ())


def test_a_recording_of_which_not_a_word_was_heard_is_flagged() -> None:
    assert flags_of(said()) == ("unheard",) and unheard_share(said()) == 0.0
    assert unheard_share(said(gaps=(Gap(0, 2, "x"),))) == 1.0


def passage(count: int, *why: str) -> Passage:
    return Passage(0, 1, tuple(Word("네", 0, 1, 0.9) for _ in range(count)), doubts=why)


@pytest.mark.parametrize(
    ("passages", "share", "flagged"),
    [
        ((), 0.0, False),
        ((passage(98), passage(2, "loop")), 0.02, False),
        ((passage(97), passage(3, "loop")), 0.03, True),
        ((passage(97), passage(2, "loop"), passage(1, "boilerplate")), 0.03, True),
        ((passage(0, "loop"),), 0.0, False),
    ],
)
def test_invented_words_are_flagged_by_their_share(passages: tuple[Passage, ...], share: float, flagged: bool) -> None:
    transcription = Transcription("ko", passages)
    assert suspect_share(transcription) == pytest.approx(share)
    assert flags_of(transcription=transcription) == (("hallucination",) if flagged else ())


@pytest.mark.parametrize(
    ("given_", "found", "count", "flagged"),
    [(True, 2, 2, False), (True, 3, 2, False), (True, 1, 2, True), (False, 2, None, True), (True, 2, None, False)],
)
def test_the_number_of_speakers_is_flagged_where_nobody_vouches_for_it(
    given_: bool, found: int, count: int | None, flagged: bool
) -> None:
    diarization = Diarization((), (), tuple(f"S{n}" for n in range(found)), given_)
    assert flags_of(diarization=diarization, speakers=count) == (("speakers",) if flagged else ())


@pytest.mark.parametrize(
    ("sound", "flagged"), [((), False), (("narrowband",), False), (("clipped",), True), (("narrowband", "quiet"), True)]
)
def test_poor_sound_is_flagged_but_not_a_telephones(sound: tuple[str, ...], flagged: bool) -> None:
    assert flags_of(recording=replace(SOUND, flags=sound)) == (("quality",) if flagged else ())


def test_a_transcript_keeps_the_flags_that_it_has() -> None:
    made = Transcript((), flags=("roles",))
    gap = Gap(10, 12, "no words")
    result = judged(made, said(gaps=(gap,)), NOTHING, FOUND, SOUND, 3, LIMITS)
    assert result.flags == ("roles", "speakers", "unheard")
    assert [(stretch.start, stretch.end, stretch.reasons) for stretch in result.listen] == [(9.0, 13.0, ("gap",))]
    assert replace(result, flags=("roles",), listen=()) == made
