"""`Recording` → `Transcription`: what is said, word by word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from pipeline.errors import EngineFailed
from pipeline.interview import Audio, EngineId, Passage, Progress, Transcription


class Transcriber(Protocol):
    """Hears words."""

    @property
    def engine(self) -> EngineId:
        """What listens, with its weights."""
        ...

    def __call__(self, audio: Audio, terms: tuple[str, ...], progress: Progress) -> Iterator[Passage]:
        """Passages in order of time; `terms` are words of the study's field to expect."""
        ...


def transcribe(
    audio: Audio, terms: tuple[str, ...], language: str, hear: Transcriber, progress: Progress
) -> Transcription:
    """Ask `hear`, and refuse words outside the recording. Raises EngineFailed."""
    heard = Transcription(language, tuple(passage for passage in hear(audio, terms, progress) if passage.words))
    end = audio.recording.seconds
    if any(not 0 <= word.start <= word.end <= end for word in heard.words):
        raise EngineFailed(engine=hear.engine.name, why="a word lies outside the recording")
    return heard
