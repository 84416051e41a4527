from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline.bench.cases import cases, read_truth
from pipeline.errors import NotAudio, TruthInvalid
from pipeline.evaluation.utterances import Utterance
from pipeline.places import ROOT

TURNS = [{"start": 0, "end": 1.5, "speaker": "가", "text": "네"}, {"start": 2, "end": 3, "speaker": 7, "text": "예"}]


def put(folder: Path, truth: Any, *audio: str) -> Path:
    (folder / "a.json").write_text(json.dumps(truth), "utf-8")
    for name in audio:
        soundfile.write(folder / name, np.zeros(8000), 16000)
    return folder


@pytest.mark.parametrize(
    ("audio", "names"),
    [
        (["a.flac"], ["a"]),
        (["a.wav", "a.noise15.flac", "a.clean.flac"], ["a.clean", "a.noise15", "a"]),
        (["ab.flac", "b.a.flac", "a.x.y.flac"], []),
        ([], []),
    ],
    ids=["one", "variants", "others' audio", "truth alone"],
)
def test_audio_that_belongs_to_a_truth(tmp_path: Path, audio: list[str], names: list[str]) -> None:
    assert [case.name for case in cases(put(tmp_path, TURNS, *audio))] == names


@pytest.mark.parametrize("truth", [TURNS, {"turns": TURNS}, {"utterances": TURNS, "provenance": {}}])
def test_the_forms_of_truth(tmp_path: Path, truth: Any) -> None:
    (case,) = cases(put(tmp_path, truth, "a.flac"))
    assert case.truth == (Utterance(0.0, 1.5, "가", "네"), Utterance(2.0, 3.0, "7", "예"))
    assert (case.seconds, case.speakers, case.texts) == (0.5, 2, True)
    assert [turn.end for turn in case.turns] == [1.5, 3.0]


def test_without_the_text_of_every_turn_there_is_no_cer(tmp_path: Path) -> None:
    (case,) = cases(put(tmp_path, [TURNS[0], {**TURNS[1], "text": None}], "a.flac"))
    assert not case.texts


@pytest.mark.parametrize("truth", [{}, {"turns": [{"start": 0}]}, "turns", [1], [{**TURNS[0], "end": "late"}], None])
def test_a_truth_that_is_none(tmp_path: Path, truth: Any) -> None:
    with pytest.raises(TruthInvalid):
        cases(put(tmp_path, truth, "a.flac"))


def test_json_without_audio_need_not_be_a_truth(tmp_path: Path) -> None:
    assert cases(put(tmp_path, {"rows": []})) == []


def test_what_is_no_audio(tmp_path: Path) -> None:
    put(tmp_path, TURNS)
    (tmp_path / "a.flac").write_text("no audio")
    with pytest.raises(NotAudio):
        cases(tmp_path)


def test_the_bundled_sample_is_a_case() -> None:
    (case,) = cases(ROOT / "data" / "samples")
    assert (case.name, case.speakers, case.texts) == ("P01_S1", 2, True)
    assert read_truth(ROOT / "data" / "samples" / "P01_S1.truth.json")[0] == case.truth
