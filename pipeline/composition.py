"""The composition that everybody makes: faster-whisper, then pyannote.audio, then word → speaker by overlap.

One process, one after the other, each library at its defaults, as WhisperX and noScribe do it; the same weights as
Chaerok's. It is what `chaerok bench` compares with, and part of nothing else. Its one advantage over those tools: the
voice prints are made by Chaerok's `pipeline.engines.pyannote.embedding`, for want of another that runs these weights.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from pipeline import tools, weights
from pipeline.engines import plain_whisper, pyannote
from pipeline.evaluation.utterances import Utterance
from pipeline.interview import SAMPLE_RATE, Audio, Passage, Recording, Turn
from pipeline.settings import Settings, weights_folder

PUBLISHED = {"step_share": 0.1, "min_cluster_size": 12, "clustering_threshold": 0.7045654963945799}
"""pyannote's default step, and what its published pipeline ``speaker-diarization-3.1`` says."""

BATCH = 32
"""Of the same published pipeline."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What it makes of a file."""

    utterances: tuple[Utterance, ...]
    turns: tuple[Turn, ...]


def compose(file: Path, speakers: int | None, settings: Settings, conditioned: bool = True) -> Composed:
    """Listen to `file` with the weights of `settings`. `conditioned`: on previous text, faster-whisper's default."""
    chosen = settings.transcribe
    folder = weights.located(chosen.weights, weights_folder()).folder
    passages = plain_whisper.heard(file, folder, chosen.language, chosen.compute_type, conditioned)
    turns = _diarized(file, speakers, settings)
    return Composed(tuple(attributed(passages, turns)), turns)


def _diarized(file: Path, speakers: int | None, settings: Settings) -> tuple[Turn, ...]:
    """pyannote's overlapping turns, as it names them."""
    plainly = settings.diarize.model_copy(update={**PUBLISHED, "engine": "pyannote", "threads": os.cpu_count() or 1})
    diarizer = tools.diarizer(settings.model_copy(update={"diarize": plainly}))
    assert isinstance(diarizer, pyannote.PyannoteDiarizer)  # the engine named above
    pyannote.prepare(plainly.threads)
    pipeline = diarizer.pipeline()
    pipeline.segmentation_batch_size = pipeline.embedding_batch_size = BATCH
    sound = {"waveform": pyannote.waveform(_audio(file)), "sample_rate": SAMPLE_RATE, "uri": "recording"}
    with pyannote.foreign_warnings_off():
        found: Any = pipeline(sound, num_speakers=speakers)
    tracks = found.speaker_diarization.itertracks(yield_label=True)
    return tuple(Turn(turn.start, turn.end, label) for turn, _, label in tracks)


def _audio(file: Path) -> Audio:
    sound = plain_whisper.decoded(file)
    recording = Recording(blob="", sha256="", samples=len(sound), peak=1.0, source_sha256="")
    return Audio(recording, lambda start, stop: (sound[start:stop] * 32768).astype("<i2").tobytes())


def attributed(passages: Sequence[Passage], turns: Sequence[Turn]) -> Iterator[Utterance]:
    """Each passage, cut where its words change speaker.

    A word is whose turns overlap it longest; where none does, whose turns overlap its passage longest; where none does
    either, whoever spoke before.
    """
    before = turns[0].speaker if turns else ""
    for passage in passages:
        usual = most_overlapping(passage.start, passage.end, turns) or before
        spoken = [(most_overlapping(word.start, word.end, turns) or usual, word) for word in passage.words]
        for speaker, run in groupby(spoken, key=lambda pair: pair[0]):
            words = [word for _, word in run]
            yield Utterance(words[0].start, words[-1].end, speaker, " ".join(word.text for word in words))
            before = speaker


def most_overlapping(start: float, end: float, turns: Sequence[Turn]) -> str | None:
    """The speaker who has most of ``[start, end)``, None where nobody speaks in it.

    >>> most_overlapping(1, 4, [Turn(0, 2, "a"), Turn(2, 3, "b"), Turn(3, 9, "b")])
    'b'
    """
    shares: dict[str, float] = {}
    for turn in turns:
        shared = min(end, turn.end) - max(start, turn.start)
        if shared > 0:
            shares[turn.speaker] = shares.get(turn.speaker, 0.0) + shared
    return max(shares, key=lambda speaker: shares[speaker]) if shares else None
