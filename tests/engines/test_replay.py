from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from pipeline.engines.replay import ReplayDiarizer, ReplayTranscriber
from pipeline.errors import EngineFailed
from pipeline.interview import Audio, Recording
from pipeline.speech import Turn, Word

ANSWERS = {
    "source_sha256": "aa",
    "turns": [[0, 2, "A"], [1, 3, "B"]],
    "exclusive": [[0, 1, "A"], [1, 3, "B"]],
    "passages": [
        {"start": 0, "end": 2, "words": [["네", 0, 1, 0.5], [unicodedata.normalize("NFD", "김민수"), 1, 2, 0.9]]}
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.json").write_text(json.dumps({**ANSWERS, "source_sha256": "other"}), "utf-8")
    (tmp_path / "two.json").write_text(json.dumps(ANSWERS), "utf-8")
    return tmp_path


def audio(source: str = "aa") -> Audio:
    return Audio(Recording("recording", "", 48_000, 1.0, source), lambda start, stop: b"")


def test_the_recorded_turns_are_given(folder: Path) -> None:
    shares: list[float] = []
    found = ReplayDiarizer(folder)(audio(), 2, shares.append)
    assert found.turns == (Turn(0, 2, "A"), Turn(1, 3, "B"))
    assert found.exclusive == (Turn(0, 1, "A"), Turn(1, 3, "B"))
    assert shares == [1.0]


def test_the_recorded_words_are_given_in_nfc(folder: Path) -> None:
    shares: list[float] = []
    (passage,) = ReplayTranscriber(folder)(audio(), (), shares.append).passages
    assert passage.words == (Word("네", 0, 1, 0.5), Word("김민수", 1, 2, 0.9))
    assert shares == [1.0]


@pytest.mark.parametrize("source", ["bb", ""])
def test_another_recording_has_no_answers(folder: Path, source: str) -> None:
    with pytest.raises(EngineFailed, match="no recorded answers"):
        ReplayDiarizer(folder)(audio(source), 2, lambda share: None)
    with pytest.raises(EngineFailed, match="no recorded answers"):
        ReplayTranscriber(folder)(audio(source), (), lambda share: None)


def test_an_empty_folder_has_no_answers(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed):
        ReplayDiarizer(tmp_path)(audio(), 2, lambda share: None)


def test_the_engine_is_its_answers_and_of_demo_grade(folder: Path) -> None:
    before = ReplayDiarizer(folder).engine
    assert before == ReplayTranscriber(folder).engine
    assert before.demo_grade and [name for name, _ in before.weights] == ["one.json", "two.json"]
    with (folder / "two.json").open("a") as file:
        file.write("\n")
    assert ReplayDiarizer(folder).engine != before


def test_it_takes_as_long_as_it_is_told_for_each_second_of_sound(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    sound = audio()
    for engine in (ReplayDiarizer(folder, pace=0.5), ReplayDiarizer(folder)):
        engine(sound, 2, lambda share: None)
    ReplayTranscriber(folder, pace=2.0)(sound, (), lambda share: None)
    assert slept == [0.5 * sound.recording.seconds, 0.0, 2.0 * sound.recording.seconds]
