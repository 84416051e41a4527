from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines import silero
from pipeline.engines.silero import FRAME, Silero, voiced
from pipeline.hearing.listening import Voice
from pipeline.interview import SAMPLE_RATE, Audio, Recording
from pipeline.places import ROOT

SECOND = SAMPLE_RATE / FRAME
SAMPLES = ROOT / "data" / "samples"


def audio(samples: np.ndarray) -> Audio:
    pcm = samples.astype("<i2").tobytes()
    return Audio(Recording("blob", "sha", len(samples), 1.0, "source"), lambda start, stop: pcm[2 * start : 2 * stop])


def shares(*parts: tuple[float, float]) -> np.ndarray:
    """(probability, seconds) one after the other."""
    return np.concatenate([np.full(round(seconds * SECOND), share, np.float32) for share, seconds in parts])


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([(0.1, 1), (0.9, 2), (0.1, 1)], [(1, 3)]),
        ([(0.9, 2)], [(0, 2)]),
        ([(0.1, 2)], []),
        ([(0.45, 2)], []),  # not begun
        ([(0.9, 1), (0.45, 1), (0.1, 1)], [(0, 2)]),  # not ended
        ([(0.9, 1), (0.1, 0.25), (0.9, 1), (0.1, 1)], [(0, 2.25)]),
        ([(0.9, 1), (0.1, 0.5), (0.9, 1), (0.1, 1)], [(0, 1), (1.5, 2.5)]),
        ([(0.9, 0.07), (0.1, 1)], []),  # too short
        ([(0.1, 1), (0.9, 1), (0.1, 0.2)], [(1, 2)]),  # the recording ends in the pause
    ],
)
def test_speech_begins_and_ends(parts: list[tuple[float, float]], found: list[tuple[float, float]]) -> None:
    spans = voiced(shares(*parts), 0.5, 0.3, 0.1)
    assert len(spans) == len(found)
    assert np.allclose(spans or 0, found or 0, atol=0.05)


@given(st.lists(st.floats(0, 1, width=32), max_size=200), st.floats(0, 1), st.floats(0, 0.5))
def test_spans_are_sorted_disjoint_and_hold_all_that_is_surely_speech(
    probabilities: list[float], pause: float, least: float
) -> None:
    spans = voiced(np.array(probabilities, np.float32), 0.5, pause, least)
    bounds = [bound for span in spans for bound in span]
    assert bounds == sorted(bounds)
    assert all(stop - start >= least for start, stop in spans)
    if not least:
        for at, share in enumerate(probabilities):
            assert share < 0.5 or any(start <= at / SECOND < stop for start, stop in spans)


@pytest.fixture
def speech() -> np.ndarray:
    import soundfile

    (sample, *_) = sorted(SAMPLES.glob("*.flac"))
    sound, rate = soundfile.read(sample, stop=40 * SAMPLE_RATE, dtype="int16")
    assert rate == SAMPLE_RATE
    return np.asarray(sound)


def test_block_by_block_is_as_all_at_once(speech: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    from faster_whisper.vad import get_vad_model

    whole = speech.astype(np.float32) / 32768
    reference = get_vad_model()(np.pad(whole, (0, -len(whole) % FRAME))).reshape(-1)
    for frames in (1, 97, 4096):
        monkeypatch.setattr(silero, "BLOCK_FRAMES", frames)
        found = silero.probabilities(audio(speech[: len(speech) if frames > 1 else 5 * SAMPLE_RATE]))
        assert np.allclose(found[:-1], reference[: len(found) - 1], atol=1e-4)


def test_speech_is_found_where_faster_whisper_finds_it(speech: np.ndarray) -> None:
    from faster_whisper.vad import get_speech_timestamps

    options: dict[str, Any] = {"min_silence_duration_ms": 300, "min_speech_duration_ms": 100, "speech_pad_ms": 0}
    theirs = get_speech_timestamps(speech.astype(np.float32) / 32768, **options)
    ours = Silero(0.5, 0.2, 0.3, 0.1)(audio(speech)).surely
    assert len(theirs) > 3
    assert np.allclose(ours, [(span["start"] / SAMPLE_RATE, span["end"] / SAMPLE_RATE) for span in theirs], atol=0.04)


def test_no_sound_is_no_speech() -> None:
    assert Silero(0.5, 0.2, 0.3, 0.1)(audio(np.zeros(0))) == Voice((), ())
    assert Silero(0.5, 0.2, 0.3, 0.1)(audio(np.zeros(100))) == Voice((), ())


def test_what_may_be_speech_is_more_than_what_surely_is(speech: np.ndarray) -> None:
    voice = Silero(0.5, 0.2, 0.3, 0.1)(audio(speech))
    assert all(any(begin <= start and stop <= end for begin, end in voice.perhaps) for start, stop in voice.surely)
    assert sum(stop - start for start, stop in voice.perhaps) > sum(stop - start for start, stop in voice.surely)
