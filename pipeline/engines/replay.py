"""Recorded answers instead of networks: the whole walk in a second, without weights, for tests and for trials.

A folder holds files ``NAME.json``: ``{"source_sha256", "turns": [[start, end, speaker]], "exclusive": [...],
"passages": [{"start", "end", "words": [[text, start, end, probability]]}]}``, and "speech": [[start, end]] where voice
activity is to be known. The hash of the recording's source picks the file.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import EngineFailed
from pipeline.interview import Audio, EngineId, Progress, normal_text
from pipeline.speech import Passage, SpeakerTurns, SpokenPassages, Turn, Word


def _answers(folder: Path, audio: Audio) -> dict[str, Any]:
    for path in sorted(folder.glob("*.json")):
        answers: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if answers.get("source_sha256") == audio.recording.source_sha256:
            return answers
    raise EngineFailed(engine="replay", why="no recorded answers for this recording")


def _engine(folder: Path) -> EngineId:
    files = sorted(folder.glob("*.json"))
    return EngineId("replay", "1", tuple((f.name, hashlib.sha256(f.read_bytes()).hexdigest()) for f in files), True)


def _turns(rows: list[list[Any]]) -> tuple[Turn, ...]:
    return tuple(Turn(float(start), float(end), str(speaker)) for start, end, speaker in rows)


@dataclass(frozen=True, slots=True)
class ReplayDiarizer:
    """Answers with recorded turns."""

    folder: Path
    pace: float = 0.0
    """Seconds to sleep for each second of sound."""

    @property
    def engine(self) -> EngineId:
        """The recorded answers, by hash."""
        return _engine(self.folder)

    def __call__(self, audio: Audio, speakers: int | None, progress: Progress) -> SpeakerTurns:
        """The recorded turns, whatever `speakers` says. Raises EngineFailed where there are none."""
        answers = _answers(self.folder, audio)
        time.sleep(self.pace * audio.recording.seconds)
        progress(1.0)
        return SpeakerTurns(_turns(answers["turns"]), _turns(answers["exclusive"]))


@dataclass(frozen=True, slots=True)
class ReplayTranscriber:
    """Answers with recorded passages."""

    folder: Path
    pace: float = 0.0
    """As of the diarizer."""

    @property
    def engine(self) -> EngineId:
        """The recorded answers, by hash."""
        return _engine(self.folder)

    def __call__(self, audio: Audio, terms: tuple[str, ...], progress: Progress) -> SpokenPassages:
        """The recorded passages, whatever `terms` says. Raises EngineFailed where there are none."""
        answers = _answers(self.folder, audio)
        time.sleep(self.pace * audio.recording.seconds)
        progress(1.0)
        passages = (
            Passage(one["start"], one["end"], tuple(Word(normal_text(text), *times) for text, *times in one["words"]))
            for one in answers["passages"]
        )
        return SpokenPassages(tuple(passages), tuple((start, end) for start, end in answers.get("speech", ())))
