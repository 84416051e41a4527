from __future__ import annotations

from dataclasses import dataclass

import pytest

from pipeline.errors import EngineFailed
from pipeline.interview import Audio, Consent, EngineId, InterviewId, Progress, Recording, Sheet, Source
from pipeline.speech import SpeakerTurns, Turn
from pipeline.stages.diarize import diarize

AUDIO = Audio(Recording("blob", "", 160_000, 1.0, ""), lambda start, stop: b"")


@dataclass(frozen=True)
class Answering:
    """A `Diarizer` that says what it is told to, if it is asked for so many speakers."""

    answer: SpeakerTurns
    asked: int | None = 2

    @property
    def engine(self) -> EngineId:
        return EngineId("answering", "1")

    def __call__(self, audio: Audio, speakers: int | None, progress: Progress) -> SpeakerTurns:
        assert speakers == self.asked
        return self.answer


def source(speakers: int | None) -> Source:
    return Source(InterviewId("S", "P", "1"), (), Sheet(InterviewId("S", "P", "1"), Consent(True, True), speakers))


@pytest.mark.parametrize(("speakers", "known"), [(2, True), (None, False)])
def test_what_is_found_is_kept_with_where_the_count_is_from(speakers: int | None, known: bool) -> None:
    turns = Turn(3, 5, "S2"), Turn(0, 4, "S1")
    found = SpeakerTurns(turns, turns[:1], (("S1", 0.8),))
    made = diarize(AUDIO, source(speakers), Answering(found, speakers), lambda share: None)
    assert (made.turns, made.exclusive, made.likeness) == (found.turns, found.exclusive, found.likeness)
    assert made.speakers == ("S1", "S2") and made.speakers_given is known


@pytest.mark.parametrize("turn", [Turn(-0.1, 1, "S1"), Turn(9, 10.1, "S1"), Turn(2, 2, "S1"), Turn(3, 2, "S1")])
@pytest.mark.parametrize("exclusive", [True, False])
def test_turns_outside_the_recording_are_refused(turn: Turn, exclusive: bool) -> None:
    found = SpeakerTurns((), (turn,)) if exclusive else SpeakerTurns((turn,), ())
    with pytest.raises(EngineFailed, match="outside the recording"):
        diarize(AUDIO, source(2), Answering(found), lambda share: None)


def test_nobody_speaks() -> None:
    made = diarize(AUDIO, source(2), Answering(SpeakerTurns((), ())), lambda share: None)
    assert made.turns == made.exclusive == made.speakers == ()
