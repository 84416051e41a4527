"""`Recording` → `Diarization`: who speaks when."""

from __future__ import annotations

from typing import Protocol

from pipeline.errors import EngineFailed
from pipeline.interview import Audio, EngineId, Progress, Source
from pipeline.speech import Diarization, SpeakerTurns


class Diarizer(Protocol):
    """Finds who speaks when."""

    @property
    def engine(self) -> EngineId:
        """What listens, with its weights."""
        ...

    def __call__(self, audio: Audio, speakers: int | None, progress: Progress) -> SpeakerTurns:
        """Who speaks when. `speakers` is their number, None where it is not known."""
        ...


def diarize(audio: Audio, source: Source, find: Diarizer, progress: Progress) -> Diarization:
    """Ask `find`, and refuse turns outside the recording. Raises EngineFailed."""
    found = find(audio, source.sheet.speakers, progress)
    end = audio.recording.seconds
    if any(not 0 <= turn.start < turn.end <= end for turn in (*found.turns, *found.exclusive)):
        raise EngineFailed(engine=find.engine.name, why="a turn lies outside the recording")
    speakers = tuple(dict.fromkeys(turn.speaker for turn in sorted(found.turns, key=lambda turn: turn.start)))
    return Diarization(found.turns, found.exclusive, speakers, source.sheet.speakers is not None, found.likeness)
