from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from nouns import diarizations, transcriptions

from pipeline.hearing.attribution import NOBODY
from pipeline.hearing.spans import Span
from pipeline.settings import load
from pipeline.speech import Diarization, Gap, Passage, Transcription, Turn, Word
from pipeline.stages.merge import Limits, merge

LIMITS = Limits(**load().merge.model_dump())
STEP = 0.1
"""All drawn times are multiples of it."""


def ticks(spans: list[Span]) -> set[int]:
    """The tenths of a second that the spans cover."""
    return {tick for start, end in spans for tick in range(round(start / STEP), round(end / STEP))}


def heard(*words: tuple[str, float, float]) -> Transcription:
    said = tuple(Word(text, start, end, 0.9) for text, start, end in words)
    return Transcription("ko", (Passage(0, 99, said),) if said else ())


def turns(*rows: tuple[float, float, str]) -> Diarization:
    exclusive = tuple(Turn(*row) for row in rows)
    return Diarization(exclusive, exclusive, (), True)


@given(diarizations(), transcriptions())
def test_no_word_is_lost_invented_changed_or_reordered(diarization: Diarization, transcription: Transcription) -> None:
    merged = merge(diarization, transcription, LIMITS)
    assert [(w.text, w.start, w.end, w.probability) for w in merged.words] == [
        (w.text, w.start, w.end, w.probability) for w in transcription.words
    ]


@given(diarizations(), transcriptions())
def test_words_go_to_speakers_that_exist(diarization: Diarization, transcription: Transcription) -> None:
    known = (
        {turn.speaker for turn in (*diarization.exclusive, *diarization.turns)} if diarization.exclusive else {NOBODY}
    )
    assert {word.speaker for word in merge(diarization, transcription, LIMITS).words} <= known


@given(diarizations(), transcriptions())
def test_a_word_is_overlapped_where_two_turns_share_its_time(
    diarization: Diarization, transcription: Transcription
) -> None:
    count = Counter(tick for turn in diarization.turns for tick in ticks([(turn.start, turn.end)]))
    shared = {tick for tick, several in count.items() if several > 1}
    for word in merge(diarization, transcription, LIMITS).words:
        assert word.overlapped == bool(ticks([(word.start, word.end)]) & shared)


def test_words_out_of_order_are_put_in_order_and_equal_ones_stay() -> None:
    merged = merge(turns((0, 9, "S1")), heard(("나", 2, 3), ("가", 1, 2), ("다", 2, 4)), LIMITS)
    assert [word.text for word in merged.words] == ["가", "나", "다"]


@pytest.mark.parametrize(("limit", "doubtful"), [(0.0, "...."), (0.4, ".?.."), (99.0, ".?..")])
def test_words_are_doubtful_where_it_is_close_who_said_them(limit: float, doubtful: str) -> None:
    said = heard(("우리가", 0, 1.0), ("우리가", 1.0, 1.5), ("우리가", 1.5, 2.5), ("우리가", 2.5, 3.5))
    merged = merge(turns((0, 1.3, "A"), (1.3, 3.5, "B")), said, replace(LIMITS, doubtful_seconds=limit))
    assert "".join("?" if word.doubtful else "." for word in merged.words) == doubtful


def test_the_ledger_and_the_speech_are_those_of_both_engines() -> None:
    said = replace(heard(("네", 1, 1.5)), speech=((1.0, 1.5), (6.0, 7.0)), gaps=(Gap(8, 9, "loop"),))
    merged = merge(turns((1, 4, "A")), said, LIMITS)
    assert [(gap.start, gap.end, gap.reason) for gap in merged.gaps] == [
        (pytest.approx(1.7), 4, "diarizer only"), (6, 7, "vad only"), (8, 9, "loop"),
    ]  # fmt: skip
    assert merged.speech_seconds == pytest.approx(4.0)


def test_three_hours_are_merged_in_a_moment() -> None:
    draw = random.Random(1)
    words = [("했습니다", at * 0.36, at * 0.36 + draw.uniform(0.1, 0.6)) for at in range(30_000)]
    rows = [(at * 1.08, at * 1.08 + draw.uniform(0.2, 1.0), draw.choice("ABC")) for at in range(10_000)]
    before = time.process_time()
    merged = merge(turns((0, 0.1, "A"), *rows[1:]), heard(*words), LIMITS)
    assert len(merged.words) == 30_000
    assert time.process_time() - before < 10  # about 1.5 s; the square of it would be minutes
