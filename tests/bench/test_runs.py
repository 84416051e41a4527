from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import soundfile

from pipeline.bench.runs import run
from pipeline.errors import EngineUnknown, SettingsInvalid
from pipeline.evaluation import rttm
from pipeline.settings import DEFAULTS, ROOT, Settings, load, merged, read_toml, weights_folder

GOLDEN = ROOT / "tests" / "golden" / "two_speakers"
SAMPLE = ROOT / "data" / "samples" / "P01_S1"
SECONDS = 24.0
"""Of the bundled interview that the real engines hear."""


def replayed() -> Settings:
    """Recorded answers instead of networks."""
    engines = {"diarize": {"engine": "replay"}, "transcribe": {"engine": "replay"}, "replay": {"folder": str(GOLDEN)}}
    return Settings.model_validate(merged(read_toml(DEFAULTS, SettingsInvalid), engines))


def truth_of_the_answers() -> list[dict[str, Any]]:
    """Each recorded turn with the words that begin in it."""
    answers = json.loads((GOLDEN / "answers.json").read_text("utf-8"))
    words = [word for passage in answers["passages"] for word in passage["words"]]
    return [
        {
            "start": start,
            "end": end,
            "speaker": speaker,
            "text": " ".join(text for text, begins, *_ in words if start <= begins < end) or ".",
        }
        for start, end, speaker in answers["exclusive"]
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copyfile(GOLDEN / "audio.flac", tmp_path / "audio.flac")
    (tmp_path / "audio.json").write_text(json.dumps(truth_of_the_answers()), "utf-8")
    return tmp_path


def test_chaerok_is_heard_in_a_process_of_its_own_and_scored(folder: Path) -> None:
    told: list[str] = []
    (row,) = run(folder, replayed(), ("chaerok",), folder / "kept", told.append)
    assert (row["case"], row["system"], row["audio_seconds"]) == ("audio", "chaerok", pytest.approx(40, abs=3))
    assert row["der"]["total"] > 25 and row["der"]["missed"] == row["der"]["confused"] == pytest.approx(0)
    assert row["cer"]["total"] > 100 and row["cer"]["deletions"] == row["cer"]["insertions"] == 0
    assert row["cp_cer"]["total"] == row["cer"]["total"]
    assert row["speakers"] == {"truth": 2, "found": 2}
    assert row["gap_seconds"] >= row["gaps"] >= 0
    assert row["seconds"] > 0 and row["peak_mib"] > 50
    assert told[0].startswith("audio chaerok: ")
    json.dumps(row)


def test_what_was_heard_is_kept_in_the_forms_that_others_score(folder: Path) -> None:
    run(folder, replayed(), ("chaerok",), folder / "kept")
    heard = json.loads((folder / "kept" / "audio.chaerok.json").read_text("utf-8"))
    assert {"start", "end", "speaker", "text"} <= set(heard["utterances"][0])
    assert len(rttm.read((folder / "kept" / "audio.chaerok.rttm").read_text("utf-8"))) == 7


def test_a_failure_is_a_row_and_no_end(folder: Path) -> None:
    shutil.copyfile(folder / "audio.json", folder / "other.json")
    sound, rate = soundfile.read(folder / "audio.flac")
    soundfile.write(folder / "other.flac", sound[::-1], rate)  # a recording without recorded answers
    rows = run(folder, replayed(), ("chaerok",))
    assert [(row["case"], "failed" in row) for row in rows] == [("audio", False), ("other", True)]
    assert "replay" in rows[1]["failed"]


def test_an_unknown_system_is_refused_before_anything_runs(folder: Path) -> None:
    with pytest.raises(EngineUnknown) as caught:
        run(folder, replayed(), ("chaerok", "whisperx"))
    assert "plain-unconditioned" in str(caught.value)


@pytest.mark.engines
@pytest.mark.slow
@pytest.mark.skipif(not (weights_folder() / "whisper-base").is_dir(), reason="weights are not fetched")
def test_chaerok_and_the_plain_composition_hear_the_sample(tmp_path: Path) -> None:
    sound, rate = soundfile.read(SAMPLE.with_suffix(".flac"))
    soundfile.write(tmp_path / "a.flac", sound[: round(SECONDS * rate)], rate)
    turns = json.loads(SAMPLE.with_suffix(".truth.json").read_text("utf-8"))["turns"]
    (tmp_path / "a.json").write_text(json.dumps([turn for turn in turns if turn["end"] < SECONDS]), "utf-8")
    chaerok, plain = run(tmp_path, load())
    assert (chaerok["system"], plain["system"]) == ("chaerok", "plain")
    for row in (chaerok, plain):
        assert row["speakers"] == {"truth": 2, "found": 2}
        counts = row["der"]
        assert counts["missed"] + counts["confused"] < 0.2 * counts["total"]
        assert sum(row["cp_cer"].values()) < 1.4 * row["cp_cer"]["total"]
    assert plain["gaps"] is None and chaerok["gaps"] is not None
