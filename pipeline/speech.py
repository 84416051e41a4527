"""The nouns of the house, second part: what was heard, and who said it. Units as in `pipeline.interview`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pipeline.interview import Artifact


@dataclass(frozen=True, slots=True)
class Turn:
    """`speaker` speaks from `start` to `end`."""

    start: float
    end: float
    speaker: str


@dataclass(frozen=True, slots=True)
class SpeakerTurns:
    """What an engine finds of who speaks when; the fields as in `Diarization`."""

    turns: tuple[Turn, ...]
    exclusive: tuple[Turn, ...]
    likeness: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Diarization(Artifact):
    """Who speaks when. `turns` may overlap; in `exclusive` at most one speaker speaks at any time."""

    file: ClassVar[str] = "03-diarization"
    turns: tuple[Turn, ...]
    exclusive: tuple[Turn, ...]
    speakers: tuple[str, ...]
    speakers_given: bool
    """True where the sheet gave the count, False where it was estimated."""
    likeness: tuple[tuple[str, float], ...] = ()
    """Speaker → cosine between their voice and the interviewer's that the study enrolled; empty where none is."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word (eojeol) as heard, without spaces around it, with the engine's probability, 0 to 1."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch that the engine transcribed in one go, with the figures by which it can be doubted."""

    start: float
    end: float
    words: tuple[Word, ...]
    mean_log_probability: float = 0.0
    no_speech_probability: float = 0.0
    compression_ratio: float = 1.0
    doubts: tuple[str, ...] = ()
    """Why its words may not have been said (``boilerplate``, ``loop`` ...); empty where nothing speaks against them."""


@dataclass(frozen=True, slots=True)
class SpokenPassages:
    """What an engine hears; the fields as in `Transcription`."""

    passages: tuple[Passage, ...]
    speech: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Speech that has no words, and why: an entry of the gap ledger."""

    start: float
    end: float
    reason: str


@dataclass(frozen=True, slots=True)
class Transcription(Artifact):
    """What was said, not yet by whom."""

    file: ClassVar[str] = "04-transcription"
    language: str
    passages: tuple[Passage, ...]
    speech: tuple[tuple[float, float], ...] = ()
    """Where voice activity detection hears speech, sorted and disjoint; empty where the engine does not tell."""
    gaps: tuple[Gap, ...] = ()
    """Stretches whose words were refused, and why."""

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in the order in which the engine gave them."""
        return tuple(word for passage in self.passages for word in passage.words)


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word and who said it. `overlapped` where somebody else spoke at the same time."""

    text: str
    start: float
    end: float
    probability: float
    speaker: str
    overlapped: bool = False
    doubtful: bool = False
    """Where it is close who said it."""


@dataclass(frozen=True, slots=True)
class Attribution(Artifact):
    """Every word with its speaker, in order of time, and the speech for which no word was heard."""

    file: ClassVar[str] = "05-attribution"
    words: tuple[SpokenWord, ...]
    gaps: tuple[Gap, ...]
    speech_seconds: float = 0.0
    """Speech in all, by voice activity detection or by the diarizer."""
