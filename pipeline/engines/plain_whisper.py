"""faster-whisper and openai-whisper as their READMEs show them, for the compositions that benches compare with.

The whole file at once and each library's own defaults, conditioned on previous text; the walk never uses this.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.speech import Passage, Word

Samples = npt.NDArray[np.float32]


def decoded(file: Path) -> Samples:
    """Mono sound at 16 kHz, -1 to 1."""
    from faster_whisper import decode_audio

    sound: Samples = decode_audio(str(file))
    return sound


def by_faster_whisper(
    file: Path, weights: Path, language: str, compute_type: str, device: str, conditioned: bool = True
) -> list[Passage]:
    """What it hears with beam 5, voice activity detection and word times; threads are its default."""
    from faster_whisper import WhisperModel

    network = WhisperModel(str(weights), device=device, compute_type=compute_type, local_files_only=True)
    segments, _ = network.transcribe(
        str(file),
        language=language,
        vad_filter=True,
        word_timestamps=True,
        condition_on_previous_text=conditioned,
    )
    return [
        _passage(one.start, one.end, one.text, one.avg_logprob, map(_as_openai, one.words or ())) for one in segments
    ]


def by_openai_whisper(file: Path, checkpoint: Path, language: str, device: str) -> list[Passage]:
    """What it hears with word times, in float32 on a CPU.

    ``transcribe`` is greedy where its command line has a beam of 5. `decoded` reads the file:
    openai-whisper itself asks for an ffmpeg on PATH.
    """
    import whisper

    network = whisper.load_model(str(checkpoint), device=device)
    if heads := whisper._ALIGNMENT_HEADS.get(checkpoint.stem):  # a path carries none; word times need them
        network.set_alignment_heads(heads)
    heard = network.transcribe(decoded(file), language=language, word_timestamps=True, fp16=device == "cuda")
    return [
        _passage(one["start"], one["end"], one["text"], one["avg_logprob"], one["words"]) for one in heard["segments"]
    ]


def _as_openai(word: Any) -> dict[str, Any]:
    """faster-whisper's word in openai-whisper's form."""
    return {"word": word.word, "start": word.start, "end": word.end, "probability": word.probability}


def _passage(
    start: float, end: float, text: str, mean_log_probability: float, words: Iterable[dict[str, Any]]
) -> Passage:
    """Spaces stripped. A passage whose words got no times is one word: what was heard counts."""
    timed = [Word(word["word"].strip(), word["start"], word["end"], word["probability"]) for word in words]
    whole = [Word(text.strip(), start, end, math.exp(min(mean_log_probability, 0.0)))] if text.strip() else []
    return Passage(start, end, tuple(timed or whole))
