from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import EngineFailed
from pipeline.hearing.listening import (
    Heard,
    Piece,
    Reel,
    Samples,
    listened,
    ordered,
    overlooked,
    place,
    portions,
    prompt,
    reels,
    side_by_side,
    sound,
    spread,
    words,
)
from pipeline.interview import SAMPLE_RATE, Audio, Recording
from pipeline.speech import Passage, Word


def audio(samples: np.ndarray) -> Audio:
    pcm = samples.astype("<i2").tobytes()
    return Audio(Recording("blob", "sha", len(samples), 1.0, "source"), lambda start, stop: pcm[2 * start : 2 * stop])


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, round(seconds * SAMPLE_RATE))


def word(text: str, start: float, end: float) -> Word:
    return Word(text, start, end, 0.9)


# --- what is heard ----------------------------------------------------------------------------------------------------


def test_speech_is_heard_with_its_edges_and_with_short_silences_but_not_with_long_ones() -> None:
    found = listened([(0.1, 2.0), (3.0, 4.0), (6.5, 7.0)], 7 * SAMPLE_RATE)
    assert [(start / SAMPLE_RATE, stop / SAMPLE_RATE) for start, stop in found] == [(0, 4.4), (6.1, 7)]
    assert listened([], 7 * SAMPLE_RATE) == []
    assert listened([(8, 9)], 7 * SAMPLE_RATE) == []


spans = st.lists(st.tuples(st.floats(0, 600), st.floats(0.05, 90)), max_size=12).map(
    lambda pairs: [(start, start + length) for start, length in pairs]
)


@given(speech=spans, workers=st.integers(1, 3), places=st.integers(1, 4), seed=st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_every_listened_sample_is_on_exactly_one_reel(
    speech: list[tuple[float, float]], workers: int, places: int, seed: int
) -> None:
    whole = audio(noise(600, seed))
    found = reels(whole, speech, workers, places)
    flat = [piece for reel in found for piece in reel.stretches]
    assert all(start < stop for start, stop in flat)
    assert all(one[1] <= two[0] for one, two in pairwise(flat))
    joined = [
        sum(stop - start for start, stop in flat),
        *(flat[0][:1] if flat else ()),
        *(flat[-1][1:] if flat else ()),
    ]
    wanted = listened(speech, whole.recording.samples)
    assert joined == [
        sum(b - a for a, b in wanted),
        *(wanted[0][:1] if wanted else ()),
        *(wanted[-1][1:] if wanted else ()),
    ]
    assert len(found) <= workers * places


@pytest.mark.parametrize(
    ("seconds", "workers", "places", "count"),
    [
        (20, 2, 4, 1),
        (59, 2, 4, 1),
        (60, 2, 4, 2),
        (179, 2, 4, 2),
        (179, 1, 4, 1),
        (181, 1, 4, 2),
        (325, 2, 4, 2),  # three would leave one worker without work half of the time
        (361, 2, 4, 4),
        (600, 2, 4, 6),
        (600, 2, 1, 2),
        (600, 1, 4, 4),
        (100, 3, 4, 3),
        (70, 3, 4, 2),
    ],
)
def test_every_worker_has_as_many_reels_and_none_is_too_short(
    seconds: int, workers: int, places: int, count: int
) -> None:
    found = reels(audio(noise(seconds)), [(0, seconds)], workers, places)
    assert len(found) == count
    lengths = [reel.samples / SAMPLE_RATE for reel in found]
    assert max(lengths) - min(lengths) < 60


def test_no_speech_is_on_no_reel() -> None:
    assert reels(audio(noise(60)), [], 2, 4) == []


def test_a_reel_is_cut_in_the_middle_of_the_quiet_place() -> None:
    whole = noise(200)
    whole[round(87.0 * SAMPLE_RATE) : round(87.4 * SAMPLE_RATE)] = 0
    (first, second) = reels(audio(whole), [(0, 200)], 1, 2)
    assert 87.1 < first.stretches[-1][1] / SAMPLE_RATE < 87.3
    assert second.stretches[0][0] == first.stretches[-1][1]


def test_a_quiet_place_too_early_is_not_taken() -> None:
    whole = noise(100)
    whole[10 * SAMPLE_RATE : 12 * SAMPLE_RATE] = 0
    assert next(portions(audio(whole), Reel(((0, len(whole)),)), 60)).samples >= 30 * SAMPLE_RATE


@given(seconds=st.floats(0.01, 20), most=st.floats(0.7, 7), seed=st.integers(0, 9))
@settings(deadline=None)
def test_portions_tile_a_reel(seconds: float, most: float, seed: int) -> None:
    whole = noise(seconds, seed)
    found = list(portions(audio(whole), Reel(((0, len(whole)),)), most))
    heard = np.concatenate([part.sound(audio(whole)) for part in found])
    assert np.array_equal(heard, (whole / 32768).astype(np.float32))
    assert all(0 < part.samples <= round(most * SAMPLE_RATE) for part in found)


def test_a_reel_has_the_sound_of_its_stretches() -> None:
    whole = np.arange(1000)
    reel = Reel(((10, 20), (500, 600)))
    assert reel.samples == 110
    assert np.array_equal(reel.sound(audio(whole)) * 32768, [*range(10, 20), *range(500, 600)])
    assert reel.between(5, 15) == Reel(((15, 20), (500, 505)))
    assert reel.between(10, 999) == Reel(((500, 600),))
    assert reel.between(0, 10) == Reel(((10, 20),))


def test_a_recording_shorter_than_it_says_is_refused() -> None:
    short = Audio(Recording("blob", "sha", 2 * SAMPLE_RATE, 1.0, "source"), lambda start, stop: b"\0\0" * SAMPLE_RATE)
    with pytest.raises(EngineFailed, match="shorter"):
        sound(short, 0, 2 * SAMPLE_RATE)


def test_words_are_put_where_they_were_said_and_reach_over_no_cut() -> None:
    reel = Reel(((10 * SAMPLE_RATE, 12 * SAMPLE_RATE), (20 * SAMPLE_RATE, 23 * SAMPLE_RATE)))
    heard = (word("가", 0.5, 1.0), word("나", 1.5, 2.2), word("다", 1.9, 2.8), word("라", 4.5, 9.0))
    placed = reel.placed(Passage(0, 5, heard)).words
    assert [(one.text, one.start, one.end) for one in placed] == [
        ("가", 10.5, 11.0),
        ("나", 11.5, 12.0),
        ("다", 20.0, 20.8),
        ("라", 22.5, 23.0),
    ]


# --- reading ----------------------------------------------------------------------------------------------------------


def reading(seconds: Sequence[float]) -> list[float]:
    """Where a reel of ten seconds is heard from, by an ear that says each time how much it is done with."""
    left, starts = list(seconds), list[float]()
    whole = np.arange(10 * SAMPLE_RATE) // 16

    def hear(sounds: Sequence[Samples]) -> list[Heard]:
        starts.append(round(float(sounds[0][0]) * 32768 / 1000, 3))
        return [Heard((), left.pop(0) if left else 99.0)]

    side_by_side(audio(whole), [Reel(((0, len(whole)),))], hear, 4.0, lambda seconds: None)
    return starts


@pytest.mark.parametrize(
    ("done", "starts"),
    [
        ([], [0, 4, 8]),
        ([3.0, 2.5], [0, 3, 5.5, 9.5]),
        ([0.0, 0.4, 4.0], [0, 4, 8]),  # an ear that is stuck does not stop the reading
        ([5.0], [0, 4, 8]),
    ],
)
def test_reading_goes_on_where_the_ear_is_done(done: list[float], starts: list[float]) -> None:
    assert reading(done) == starts


def test_reels_are_read_side_by_side_and_given_one_after_the_other() -> None:
    whole = audio(noise(100))
    taken = [Reel(((0, 10 * SAMPLE_RATE),)), Reel(((20 * SAMPLE_RATE, 22 * SAMPLE_RATE),)), Reel(())]
    together: list[int] = []
    told: list[float] = []

    def hear(sounds: Sequence[Samples]) -> list[Heard]:
        together.append(len(sounds))
        return [Heard((Passage(0, 1, (word(f"{len(together)}", 0.25, 0.75),)),), 4.0) for _ in sounds]

    found = side_by_side(whole, taken, hear, 4.0, told.append)
    assert together == [2, 1, 1]
    assert [(one.words[0].text, one.words[0].start) for one in found] == [
        ("1", 0.25),
        ("2", 4.25),
        ("3", 8.25),
        ("1", 20.25),
    ]
    assert sum(told) == pytest.approx(12.0)
    assert side_by_side(whole, [], hear, 4.0, told.append) == []


@pytest.mark.parametrize(
    ("speech", "heard", "holes"),
    [
        ([(0, 10)], [], [(0, 10)]),
        ([(0, 10)], [word("네", 0, 0.3), word("그렇죠", 4.0, 4.8)], [(0.5, 3.8), (5.0, 10)]),
        ([(0, 4)], [word("네", 0, 4)], [(0.75, 3.25)]),  # nobody takes four seconds for one syllable
        ([(0, 2), (3, 4)], [word("안녕하세요", 0, 1.5)], [(3, 4)]),
        ([(0, 0.9)], [], []),
        ([], [word("네", 0, 1)], []),
    ],
)
def test_speech_without_words_is_overlooked(
    speech: list[tuple[float, float]], heard: list[Word], holes: list[tuple[float, float]]
) -> None:
    assert overlooked(speech, heard, 1.0) == [pytest.approx(hole) for hole in holes]


# --- what is made of it -----------------------------------------------------------------------------------------------

times = st.floats(-5, 30, allow_nan=False)
heard_words = st.lists(st.builds(Word, st.text("가나다", min_size=1), times, times, st.floats(0, 1)), max_size=5)


@given(st.lists(heard_words, max_size=5))
def test_times_never_go_back_nor_leave_the_recording_and_no_word_is_lost(given: list[list[Word]]) -> None:
    found = list(ordered([Passage(0, 0, tuple(words)) for words in given], 10.0))
    flat = [one for passage in found for one in passage.words]
    assert [one.text for one in flat] == [one.text for words in given for one in words]
    bounds = [bound for one in flat for bound in (one.start, one.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= bound <= 10 for bound in bounds)
    assert all((p.start, p.end) == (p.words[0].start, p.words[-1].end) for p in found)


def test_placing_keeps_good_times_and_zero_length() -> None:
    given = (word("가", 1.0, 1.0), word("나", 1.0, 2.5), word("다", 2.0, 3.5))
    placed = place(Passage(0, 3, given), 0.0, 3.0)
    assert [(one.start, one.end) for one in placed.words] == [(1, 1), (1, 2), (2, 3)]


@pytest.mark.parametrize(
    ("language", "pieces", "whole"),
    [
        ("ko", [" 저는", " 간호사예요."], ["저는", "간호사예요."]),
        ("ko", [" 20", "%", " 정도"], ["20%", "정도"]),
        ("ko", [" 2", "-3", "회"], ["2-3회"]),
        ("ko", ["저는", " 네"], ["저는", "네"]),  # a passage may begin without a space
        ("ko", [" ", " 네", " "], ["네"]),
        ("ko", [], []),
        ("ko", [" " + unicodedata.normalize("NFD", "한글")], ["한글"]),
        ("zh", ["你好", "世界"], ["你好", "世界"]),
    ],
)
def test_pieces_become_words(language: str, pieces: list[str], whole: list[str]) -> None:
    found = words((Piece(text, i, i + 1, 0.5) for i, text in enumerate(pieces)), language)
    assert [word.text for word in found] == whole


def test_a_joined_word_spans_its_pieces_and_is_as_doubtful_as_the_worst() -> None:
    assert words([Piece(" 20", 1, 2, 0.9), Piece("%", 2, 3, 0.1)], "ko") == (Word("20%", 1, 3, 0.1),)


def test_a_passage_without_word_times_keeps_its_words() -> None:
    found = words(spread(" 네 그렇습니다 ", 2.0, 4.0, 0.0), "ko")
    assert found == (Word("네", 2.0, 3.0, 1.0), Word("그렇습니다", 3.0, 4.0, 1.0))
    assert list(spread("  ", 2.0, 4.0, -1.0)) == []


def test_the_prompt_ends_as_a_sentence_does() -> None:
    assert prompt(("한빛병원", "회복")) == "한빛병원, 회복."
    assert prompt(()) is None
