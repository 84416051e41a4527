"""faster-whisper as its README shows it, for the composition that benches compare with; the walk never uses this.

The whole file at once and the library's own defaults: beam 5, each passage conditioned on the text before it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.interview import Passage, Word

Samples = npt.NDArray[np.float32]


def decoded(file: Path) -> Samples:
    """Mono sound at 16 kHz, -1 to 1."""
    from faster_whisper import decode_audio

    sound: Samples = decode_audio(str(file))
    return sound


def heard(file: Path, weights: Path, language: str, compute_type: str, conditioned: bool) -> list[Passage]:
    """Passages with their words as faster-whisper gives them, spaces stripped; threads are the library's default."""
    from faster_whisper import WhisperModel

    network = WhisperModel(str(weights), device="cpu", compute_type=compute_type, local_files_only=True)
    segments, _ = network.transcribe(
        str(file),
        language=language,
        vad_filter=True,
        word_timestamps=True,
        condition_on_previous_text=conditioned,
    )
    return [
        Passage(
            segment.start,
            segment.end,
            tuple(Word(word.word.strip(), word.start, word.end, word.probability) for word in segment.words or ()),
        )
        for segment in segments
    ]
