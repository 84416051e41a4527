from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline import weights
from pipeline.engines import plain_whisper
from pipeline.places import ROOT, weights_folder
from pipeline.speech import Word

SAMPLE = ROOT / "data" / "samples" / "P01_S1"


def word(text: str, start: float, end: float) -> dict[str, Any]:
    return {"word": text, "start": start, "end": end, "probability": 0.5}


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        (" 네 그래요", [word(" 네", 0, 1), word(" 그래요", 1, 2)], [Word("네", 0, 1, 0.5), Word("그래요", 1, 2, 0.5)]),
        (" 네 그래요", [], [Word("네 그래요", 0.0, 2.0, 1.0)]),
        (" ", [], []),
    ],
    ids=["words", "no word times", "nothing"],
)
def test_a_passage_keeps_what_was_heard(text: str, words: list[dict[str, Any]], expected: list[Word]) -> None:
    assert list(plain_whisper._passage(0.0, 2.0, text, 0.0, words).words) == expected


def test_sound_of_any_form_becomes_mono_at_16_khz(tmp_path: Any) -> None:
    soundfile.write(tmp_path / "a.wav", np.full((44_100, 2), 0.25), 44_100)
    sound = plain_whisper.decoded(tmp_path / "a.wav")
    assert (sound.dtype, sound.ndim) == (np.float32, 1)
    assert abs(len(sound) - 16_000) < 100
    assert sound[4_000:12_000] == pytest.approx(0.25, abs=0.01)


@pytest.mark.engines
@pytest.mark.slow
@pytest.mark.skipif(not (weights_folder() / "openai-whisper-base").is_dir(), reason="weights are not fetched")
def test_openai_whisper_hears_the_sample(tmp_path: Any) -> None:
    sound, rate = soundfile.read(SAMPLE.with_suffix(".flac"))
    soundfile.write(tmp_path / "a.flac", sound[: 10 * rate], rate)
    (checkpoint,) = weights.located("openai-whisper-base", weights_folder()).files.values()
    words = [
        one
        for passage in plain_whisper.by_openai_whisper(tmp_path / "a.flac", checkpoint, "ko", "cpu")
        for one in passage.words
    ]
    assert len(words) > 5
    assert all(0 <= one.start <= one.end <= 10.5 and one.text == one.text.strip() for one in words)
