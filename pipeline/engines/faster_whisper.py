"""Speech to text by faster-whisper (CTranslate2): the default.

The sequential mode, with voice activity detection before it: on real talk the batched mode silently leaves out whole
stretches. Its thresholds and repeated tries at higher temperature are faster-whisper's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from pipeline.interview import Audio, EngineId, Passage, Progress
from pipeline.listening import Piece, Samples, passages, prompt, spread, words
from pipeline.weights import Located

WINDOW_SECONDS = 300.0
"""Longest stretch heard at once. With whisper-base in int8 the process then takes 0.75 GB, with 600 s 1.0 GB."""


@dataclass(frozen=True, slots=True)
class FasterWhisper:
    """Hears Whisper weights in CTranslate2's form. Settings as in config/default.toml, ``[transcribe]``."""

    weights: Located
    language: str
    beam_size: int
    compute_type: str
    device: str
    threads: int
    condition_on_previous_text: bool

    @property
    def engine(self) -> EngineId:
        """Which engine this is; found without loading it."""
        return EngineId(
            name="faster-whisper",
            version=f"{version('faster-whisper')} (ctranslate2 {version('ctranslate2')})",
            weights=self.weights.hashes,
            demo_grade=self.weights.demo_grade,
        )

    def __call__(self, audio: Audio, terms: tuple[str, ...], progress: Progress) -> Iterator[Passage]:
        """The passages of `audio` in order. `terms` are words to expect: the front of the prompt."""
        from faster_whisper import WhisperModel

        network = WhisperModel(
            str(self.weights.folder),
            device=self.device,
            compute_type=self.compute_type,
            cpu_threads=self.threads,
            local_files_only=True,
        )

        def hear(sound: Samples) -> Iterator[Passage]:
            segments, _ = network.transcribe(
                sound,
                language=self.language,
                beam_size=self.beam_size,
                condition_on_previous_text=self.condition_on_previous_text,
                vad_filter=True,
                word_timestamps=True,
                hotwords=prompt(terms),
            )
            return (self._passage(segment) for segment in segments)

        return passages(audio, WINDOW_SECONDS, hear, progress)

    def _passage(self, segment: Any) -> Passage:
        pieces = [Piece(word.word, word.start, word.end, word.probability) for word in segment.words or ()]
        return Passage(
            start=segment.start,
            end=segment.end,
            words=words(pieces or spread(segment.text, segment.start, segment.end, segment.avg_logprob), self.language),
            mean_log_probability=segment.avg_logprob,
            no_speech_probability=segment.no_speech_prob,
            compression_ratio=segment.compression_ratio,
        )
