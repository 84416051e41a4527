from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nouns import SECONDS, diarizations, transcriptions

from pipeline.hearing.ledger import BREATH, DIARIZER_ONLY, NO_WORDS, VAD_ONLY, Limits, gaps, speech_seconds
from pipeline.hearing.spans import Span, plausible, union
from pipeline.speech import Diarization, Gap, Transcription, Turn, Word

STEP = 0.05
"""All drawn times and limits are multiples of it, and what a word takes is too."""
SPANS = st.lists(st.tuples(SECONDS, SECONDS).map(lambda pair: (min(pair), max(pair))), max_size=8)
SPEECH = SPANS.map(lambda spans: [span for span in union(spans) if span[0] < span[1]])
REFUSED = SPANS.map(lambda spans: [Gap(start, end, "loop") for start, end in spans if start < end])
ALL = Limits(STEP / 2, 0.0)


def ticks(spans: list[Span]) -> set[int]:
    return {tick for start, end in spans for tick in range(round(start / STEP), round(end / STEP))}


def times(found: tuple[Gap, ...]) -> list[Span]:
    return [(gap.start, gap.end) for gap in found]


@given(diarizations(), transcriptions(), SPEECH, REFUSED)
def test_every_tenth_of_speech_is_under_a_word_or_in_the_ledger(
    diarization: Diarization, transcription: Transcription, speech: list[Span], refused: list[Gap]
) -> None:
    found = gaps(transcription.words, diarization.turns, speech, refused, ALL)
    speaking = ticks([(turn.start, turn.end) for turn in diarization.turns]) | ticks(speech)
    worded = ticks([place for word in transcription.words for place in plausible(word)])
    held = ticks([(gap.start, gap.end) for gap in refused])
    listed = ticks([(gap.start, gap.end) for gap in found if gap.reason != "loop"])
    assert listed & speaking == speaking - worded - held
    assert not listed & (worded | held)


@given(diarizations(), transcriptions(), SPEECH, REFUSED, st.sampled_from((0.3, 0.6, 1.0)), st.sampled_from((0.0, 0.2)))
def test_entries_are_in_order_long_enough_and_do_not_overlap(
    diarization: Diarization,
    transcription: Transcription,
    speech: list[Span],
    refused: list[Gap],
    least: float,
    slack: float,
) -> None:
    found = gaps(transcription.words, diarization.turns, speech, refused, Limits(least, slack))
    assert times(found) == sorted(times(found))
    assert [gap for gap in found if gap.reason == "loop"] == sorted(refused, key=lambda gap: (gap.start, gap.end))
    own = [gap for gap in found if gap.reason != "loop"]
    assert all(before.end <= after.start for before, after in pairwise(own))
    assert all(gap.end - gap.start >= least - 1e-9 for gap in own)
    assert {gap.reason for gap in own} <= {NO_WORDS, VAD_ONLY, DIARIZER_ONLY}
    assert speech or {gap.reason for gap in own} <= {NO_WORDS}


@given(diarizations(), transcriptions(), SPEECH)
def test_more_asked_of_a_gap_gives_no_other_gaps(
    diarization: Diarization, transcription: Transcription, speech: list[Span]
) -> None:
    few = gaps(transcription.words, diarization.turns, speech, (), Limits(1.0, 0.2))
    assert set(few) <= set(gaps(transcription.words, diarization.turns, speech, (), Limits(0.5, 0.2)))


@given(diarizations(), SPEECH)
def test_speech_is_what_either_hears(diarization: Diarization, speech: list[Span]) -> None:
    either = ticks([(turn.start, turn.end) for turn in diarization.turns]) | ticks(speech)
    assert speech_seconds(diarization.turns, speech) == pytest.approx(STEP * len(either))


LIMITS = Limits(min_gap_seconds=0.6, word_slack_seconds=0.2)
WORD = ("네", 1.0, 1.5)


@pytest.mark.parametrize(
    ("words", "turns", "speech", "refused", "found"),
    [
        # a second between words is a gap, less is not; nor is what lies before the first and after the last so near
        ([WORD, ("네", 2.51, 3.0)], [(1, 3)], [(1, 3)], [], [Gap(1.7, 2.31, NO_WORDS)]),
        ([WORD, ("네", 2.4, 2.9)], [(1, 3)], [(1, 3)], [], []),
        ([WORD], [(0.3, 2.2)], [(0.3, 2.2)], [], []),
        # one witness, the other deaf, or not there at all
        ([WORD], [(1, 1.5)], [(1, 4)], [], [Gap(1.7, 4, VAD_ONLY)]),
        ([WORD], [(1, 4)], [(1, 1.5)], [], [Gap(1.7, 4, DIARIZER_ONLY)]),
        ([WORD], [(1, 4)], [], [], [Gap(1.7, 4, NO_WORDS)]),
        ([WORD], [(1, 4)], [(1, 3.2)], [], [Gap(1.7, 4, NO_WORDS)]),
        ([], [], [(2, 4)], [], [Gap(2, 4, VAD_ONLY)]),
        # a breath does not divide a gap, silence does; silence alone is none
        ([WORD], [(1, 2.1), (2.1 + BREATH, 2.9)], [], [], [Gap(1.7, 2.9, NO_WORDS)]),
        ([WORD], [(1, 2.1), (2.3 + BREATH, 3.1)], [], [], []),
        ([WORD, ("네", 2.2, 2.4)], [(1, 1.6), (2.1, 3)], [], [], []),
        # a word of nine seconds does not hide what was said meanwhile; its two ends are its own
        ([("네", 0.0, 9.0)], [(0, 9)], [(0, 9)], [], [Gap(0.75, 8.25, NO_WORDS)]),
        # what was refused is told with its own reason, once
        ([WORD], [(1, 6)], [(1, 6)], [Gap(1.6, 4, "loop")], [Gap(1.6, 4, "loop"), Gap(4, 6, NO_WORDS)]),
        ([WORD], [(1, 6)], [(1, 6)], [Gap(1.6, 5.5, "no speech")], [Gap(1.6, 5.5, "no speech")]),
        ([WORD], [], [], [Gap(3, 3.2, "boilerplate")], [Gap(3, 3.2, "boilerplate")]),
        # and a word where nobody hears speech makes no gap
        ([WORD], [], [], [], []),
    ],
)  # fmt: skip
def test_the_ledger_tells_what_went_unheard_and_why(
    words: list[tuple[str, float, float]], turns: list[Span], speech: list[Span], refused: list[Gap], found: list[Gap]
) -> None:
    heard = [Word(text, start, end, 0.9) for text, start, end in words]
    listed = gaps(heard, [Turn(start, end, "A") for start, end in turns], speech, refused, LIMITS)
    assert [gap.reason for gap in listed] == [gap.reason for gap in found]
    assert times(listed) == [pytest.approx(span) for span in times(tuple(found))]
