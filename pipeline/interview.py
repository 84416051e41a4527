"""The nouns of the house, first part: the interview, who takes part in it, and its sound.

Units, once for all: times are seconds (float) from the start of the session, intervals half-open ``[start, end)``;
text is NFC with LF line ends; text offsets are Unicode code points, half-open; hashes are lower-case hex sha256.
Every value is immutable and knows nothing of files, networks or databases. Standard library only.

One `Artifact` type has one producing step and one numbered file in the interview's folder, so ``ls`` shows the state.
What is heard in it is `pipeline.speech`, what is done with the text `pipeline.transcript`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

SAMPLE_RATE = 16_000
"""Hz of every `Recording`: what Whisper and pyannote.audio both listen to."""

CODE = re.compile(r"[A-Za-z0-9_]{1,32}")
"""Study, participant and session codes. ASCII only, so that nobody can use a Korean name as a code by accident."""


def normal_text(text: str) -> str:
    """`text` in NFC with LF line ends: the only form whose offsets mean anything here.

    >>> len(normal_text("\\u1100\\u1161\\r\\n"))
    2
    """
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


@dataclass(frozen=True, slots=True, order=True)
class InterviewId:
    """One session of one participant of one study: the only thing by which an interview is named outside the vault.

    >>> str(InterviewId("peers", "P03", "S2"))
    'peers-P03-S2'
    """

    study: str
    participant: str
    session: str

    def __post_init__(self) -> None:
        """Refuse codes that are not plain ASCII words: raises ValueError."""
        for code in (self.study, self.participant, self.session):
            if not CODE.fullmatch(code):
                raise ValueError("a code is 1 to 32 ASCII letters, digits or underscores")

    def __str__(self) -> str:
        """``study-participant-session``; the inverse of `parse`."""
        return f"{self.study}-{self.participant}-{self.session}"

    @classmethod
    def parse(cls, text: str) -> InterviewId:
        """The id that `str` wrote. Raises ValueError where `text` is not one."""
        parts = text.split("-")
        if len(parts) != 3:
            raise ValueError("an interview id is study-participant-session")
        return cls(*parts)


class Role(StrEnum):
    """What a speaker is in the interview."""

    INTERVIEWER = "interviewer"
    PARTICIPANT = "participant"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class EngineId:
    """What did the work: a foreign library, its version, and the sha256 of each weights file that it read."""

    name: str
    version: str
    weights: tuple[tuple[str, str], ...] = ()
    demo_grade: bool = False
    """True for weights too small for real work: their transcripts say so wherever they go."""


# --- what a person gives -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who may be named in the interview, as the participant sheet lists them."""

    name: str
    aliases: tuple[str, ...] = ()
    role: str = "other"


@dataclass(frozen=True, slots=True)
class Category:
    """What a study wants hidden beside the labels: its name (프로그램), and of each thing all its words."""

    name: str
    words: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Consent:
    """What the participant agreed to, and until when (None: no end stated)."""

    recording: bool
    processing: bool
    until: date | None = None
    audio: bool = False
    """To coders hearing a masked copy of the recording: a voice identifies too."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A participant sheet: who speaks in these files, who is named, and what was consented to."""

    interview: InterviewId
    consent: Consent
    speakers: int | None = 2
    people: tuple[Person, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    recorded_on: date | None = None
    categories: tuple[Category, ...] = ()
    """Like the study file's, for words that may not stand in it."""


class Artifact:
    """Base of what the vault keeps for an interview; `file` is its name there, numbered in the order of the walk."""

    __slots__ = ()
    file: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Declared:
    """What a file says of its first audio track; `seconds` is 0 where it does not say."""

    seconds: float
    channels: int
    sample_rate: int
    codec: str


@dataclass(frozen=True, slots=True)
class Part:
    """One original file of a session, sealed in the vault as `blob`.

    `offset` is where it starts by what the files before it declare; `Recording.offsets` by what they hold.
    """

    sha256: str
    blob: str
    size: int
    seconds: float
    channels: int
    sample_rate: int
    codec: str
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Source(Artifact):
    """A session as it was recorded: its parts in order, and what the sheet said of it."""

    file: ClassVar[str] = "01-source"
    interview: InterviewId
    parts: tuple[Part, ...]
    sheet: Sheet

    @property
    def sha256(self) -> str:
        """The parts' hashes in order, the key by which a recording is known again."""
        return "+".join(part.sha256 for part in self.parts)


@dataclass(frozen=True, slots=True)
class Recording(Artifact):
    """The session as engines hear it: 16 kHz mono signed 16-bit little-endian PCM, sealed in the vault as `blob`."""

    file: ClassVar[str] = "02-recording"
    blob: str
    sha256: str
    samples: int
    peak: float
    """Largest absolute sample, 0 to 1."""
    source_sha256: str
    offsets: tuple[float, ...] = ()
    """Where the sound of each part of the source begins."""
    gain_db: float = 0.0
    """By how much it was amplified."""
    flags: tuple[str, ...] = ()
    """What may have cost the engines words: ``clipped``, ``quiet``, ``noisy``, ``narrowband``, ``blank`` ..."""
    microphones: int = 1
    """How many people have a microphone of their own; 1 where none has."""
    levels_blob: str = ""
    """Sealed beside it where they have: `pipeline.sound.Levels` of each microphone."""

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.samples / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Audio:
    """A recording that can be listened to. `read(start, stop)` gives the samples of that range as s16le bytes."""

    recording: Recording
    read: Callable[[int, int], bytes]
    levels: Callable[[], bytes] = lambda: b""
    """The levels of each microphone, (frames of 10 ms, microphones); empty where nobody has one of their own."""


@dataclass(frozen=True, slots=True)
class ReleasedAudio(Artifact):
    """A copy of the recording in which nobody is named: PCM as of `Recording` and as long, sealed as `blob`."""

    file: ClassVar[str] = "14-audio"
    interview: InterviewId
    blob: str
    sha256: str
    samples: int
    release_sha256: str
    """Of the release whose replaced words cannot be heard in it."""
    mentions: int
    hidden_seconds: float
    """Of replaced words, with their margins."""
    silenced_seconds: float
    """Of other speech, which nobody has read."""
    checked_by: EngineId | None = None
    """What listened to it and heard no name; None where the study asked for no check."""


Progress = Callable[[float], None]
"""Called by an engine with the share of its work that is done, 0 to 1."""
