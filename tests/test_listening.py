from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import EngineFailed
from pipeline.interview import SAMPLE_RATE, Audio, Passage, Recording, Word
from pipeline.listening import Piece, Samples, passages, place, prompt, spread, windows, words


def audio(samples: np.ndarray) -> Audio:
    pcm = samples.astype("<i2").tobytes()
    return Audio(Recording("blob", "sha", len(samples), 1.0, "source"), lambda start, stop: pcm[2 * start : 2 * stop])


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, round(seconds * SAMPLE_RATE))


@given(seconds=st.floats(0.01, 20), window=st.floats(0.5, 7), seed=st.integers(0, 9))
def test_the_windows_tile_the_recording_and_lose_no_sample(seconds: float, window: float, seed: int) -> None:
    whole = noise(seconds, seed)
    found = list(windows(audio(whole), window))
    assert [start for start, _ in found] == [0, *np.cumsum([len(sound) for _, sound in found])[:-1]]
    assert np.array_equal(np.concatenate([sound for _, sound in found]), (whole / 32768).astype(np.float32))
    assert all(0 < len(sound) <= round(window * SAMPLE_RATE) for _, sound in found)


def test_a_window_ends_in_the_middle_of_the_quiet_place() -> None:
    whole = noise(100)
    quiet = slice(round(47.30 * SAMPLE_RATE), round(47.42 * SAMPLE_RATE))  # in the last 30 of 60 seconds
    whole[quiet] = 0
    (first, second) = windows(audio(whole), 60)
    assert 47.30 < second[0] / SAMPLE_RATE < 47.42
    assert np.abs(first[1][-800:]).max() == np.abs(second[1][:800]).max() == 0


def test_a_quiet_place_too_early_is_not_taken() -> None:
    whole = noise(100)
    whole[10 * SAMPLE_RATE : 12 * SAMPLE_RATE] = 0
    assert next(iter(windows(audio(whole), 60)))[1].size >= 30 * SAMPLE_RATE


def test_a_recording_shorter_than_it_says_is_refused() -> None:
    short = Audio(Recording("blob", "sha", 2 * SAMPLE_RATE, 1.0, "source"), lambda start, stop: b"\0\0" * SAMPLE_RATE)
    with pytest.raises(EngineFailed, match="shorter"):
        list(windows(short, 600))


def test_an_empty_recording_has_no_window() -> None:
    assert list(windows(audio(np.zeros(0)), 600)) == []


def test_every_window_is_heard_once_and_put_on_the_recordings_time_line() -> None:
    heard: list[int] = []
    done: list[float] = []

    def hear(sound: Samples) -> Iterable[Passage]:
        heard.append(len(sound))
        yield Passage(0.0, 1.0, (Word(f"{len(heard)}", 0.5, 0.9, 1.0),))
        yield Passage(1.0, 1.1, ())

    whole = audio(noise(25))
    found = list(passages(whole, 10, hear, done.append))
    assert sum(heard) == whole.recording.samples
    starts = [0, *np.cumsum(heard)[:-1] / SAMPLE_RATE]
    assert [word.text for passage in found for word in passage.words] == [str(i + 1) for i in range(len(heard))]
    assert [passage.start for passage in found] == pytest.approx([start + 0.5 for start in starts])
    assert done == sorted(done)
    assert done[-1] == 1.0


times = st.floats(-5, 30, allow_nan=False)
heard_words = st.lists(st.builds(Word, st.text("가나다", min_size=1), times, times, st.floats(0, 1)), min_size=1)


@given(st.lists(heard_words, max_size=5), st.floats(1, 9))
def test_times_never_go_back_nor_leave_the_recording_and_no_word_is_lost(
    given: list[list[Word]], window: float
) -> None:
    whole = audio(noise(10))
    raw = [Passage(0, 0, tuple(words)) for words in given]
    found = list(passages(whole, window, lambda sound: raw, lambda share: None))
    flat = [word for passage in found for word in passage.words]
    count = len(list(windows(whole, window)))
    assert [word.text for word in flat] == [word.text for words in given for word in words] * count
    bounds = [bound for word in flat for bound in (word.start, word.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= bound <= whole.recording.seconds for bound in bounds)
    assert all((p.start, p.end) == (p.words[0].start, p.words[-1].end) for p in found)


def test_placing_keeps_good_times_and_zero_length() -> None:
    given = (Word("가", 1.0, 1.0, 0.5), Word("나", 1.0, 2.5, 0.5), Word("다", 2.0, 3.0, 0.5))
    placed = place(Passage(0, 3, given), 100.0, 100.0, 103.0)
    assert [(word.start, word.end) for word in placed.words] == [(101, 101), (101, 102), (102, 103)]


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
