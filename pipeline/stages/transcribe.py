"""`Recording` → `Transcription`: what is said, word by word, and what speaks against it."""

from __future__ import annotations

from typing import Protocol

from pipeline.errors import EngineFailed
from pipeline.hearing.doubts import sifted
from pipeline.interview import Audio, EngineId, Progress
from pipeline.speech import SpokenPassages, Transcription


class Transcriber(Protocol):
    """Hears words."""

    @property
    def engine(self) -> EngineId:
        """What listens, with its weights."""
        ...

    def __call__(self, audio: Audio, terms: tuple[str, ...], progress: Progress) -> SpokenPassages:
        """Passages in order of time, and where there is speech; `terms` are words of the study's field to expect."""
        ...


def transcribe(
    audio: Audio, terms: tuple[str, ...], language: str, hear: Transcriber, progress: Progress
) -> Transcription:
    """Ask `hear`, doubt what it says, and refuse its loops. What it says past the end of the recording is dropped.

    Raises EngineFailed where words have impossible times.
    """
    heard, end = hear(audio, terms, progress), audio.recording.seconds
    within = [passage for passage in heard.passages if passage.words and passage.words[0].start < end]
    passages, gaps = sifted(within, heard.speech, terms, language)
    found = Transcription(language, passages, heard.speech, gaps)
    if any(not 0 <= word.start <= word.end <= end for word in found.words):
        raise EngineFailed(engine=hear.engine.name, why="a word lies outside the recording")
    return found
