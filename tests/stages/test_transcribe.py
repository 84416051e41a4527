from __future__ import annotations

import pytest

from pipeline.errors import EngineFailed
from pipeline.interview import SAMPLE_RATE, Audio, EngineId, Progress, Recording
from pipeline.speech import Gap, Passage, SpokenPassages, Transcription, Word
from pipeline.stages.transcribe import transcribe


class Saying:
    """An engine that says what it was told to."""

    engine = EngineId("saying", "1")

    def __init__(self, *passages: Passage, speech: tuple[tuple[float, float], ...] = ()) -> None:
        self.heard = SpokenPassages(passages, speech)

    def __call__(self, audio: Audio, terms: tuple[str, ...], progress: Progress) -> SpokenPassages:
        progress(1.0)
        return self.heard


def line(text: str, start: float, each: float = 0.25, probability: float = 0.9) -> Passage:
    times = [start + each * at for at in range(len(text.split()) + 1)]
    words = tuple(Word(word, *times[at : at + 2], probability) for at, word in enumerate(text.split()))
    return Passage(start, start + each * len(words), words)


def heard(engine: Saying, terms: tuple[str, ...] = (), seconds: float = 20.0) -> Transcription:
    recording = Recording("blob", "sha", round(seconds * SAMPLE_RATE), 1.0, "source")
    return transcribe(Audio(recording, lambda start, stop: b""), terms, "ko", engine, lambda share: None)


def test_words_and_speech_are_passed_on() -> None:
    given = line("네, 그렇습니다.", 1.0)
    assert heard(Saying(given, speech=((0.9, 1.6),))) == Transcription("ko", (given,), ((0.9, 1.6),))


@pytest.mark.parametrize(
    ("fault", "terms", "passages", "gaps"),
    [
        (line("그래서 " + "팝 " * 8, 4.0), (), [("그래서", ())], (Gap(4.25, 6.25, "loop"),)),
        (line("회\ufffd 를", 4.0), (), [("를", ())], (Gap(4.0, 4.25, "broken text"),)),
        (line("시청해 주셔서 감사합니다.", 4.0), (), [("시청해 주셔서 감사합니다.", ("boilerplate",))], ()),
        (line("한빛병원, 회복.", 4.0), ("한빛병원", "회복"), [("한빛병원, 회복.", ("echo",))], ()),
        (line("아 네.", 15.0, probability=0.4), (), [("아 네.", ("no speech",))], ()),
        (line("아 네.", 4.0, each=0.0), (), [], ()),
        (line("아 네.", 20.0, each=0.0), (), [], ()),
        (line("아 네.", 21.0), (), [], ()),
        (Passage(4.0, 5.0, ()), (), [], ()),
    ],
)
def test_each_failure_of_an_engine_is_refused_or_marked(
    fault: Passage, terms: tuple[str, ...], passages: list[tuple[str, tuple[str, ...]]], gaps: tuple[Gap, ...]
) -> None:
    found = heard(Saying(line("저는 간호사예요.", 1.0), fault, speech=((0.5, 12.0),)), terms)
    said = [(" ".join(word.text for word in one.words), one.doubts) for one in found.passages]
    assert said == [("저는 간호사예요.", ()), *passages]
    assert found.gaps == gaps


@pytest.mark.parametrize("word", [Word("네", -0.1, 0.5, 1.0), Word("네", 5.0, 4.0, 1.0), Word("네", 19.0, 20.1, 1.0)])
def test_impossible_times_are_the_engines_fault(word: Word) -> None:
    with pytest.raises(EngineFailed, match="saying"):
        heard(Saying(Passage(0, 20, (Word("아", 0.0, 0.2, 1.0), word, Word("네", 19.5, 19.9, 1.0)))))
