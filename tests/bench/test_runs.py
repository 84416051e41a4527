from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import soundfile

from pipeline.bench import runs
from pipeline.bench.cases import cases
from pipeline.bench.runs import Plan, run
from pipeline.errors import EngineUnknown, SettingsInvalid
from pipeline.evaluation import rttm
from pipeline.places import ROOT, weights_folder
from pipeline.settings import DEFAULTS, Settings, load, merged, read_toml

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
    (row,) = run(folder, replayed(), Plan(("chaerok",), keep=folder / "kept"), told.append)
    assert (row["case"], row["system"], row["audio_seconds"]) == ("audio", "chaerok", pytest.approx(40, abs=3))
    assert row["der"]["total"] > 25 and row["der"]["missed"] == row["der"]["confused"] == pytest.approx(0)
    assert row["cer"]["total"] > 100 and row["cer"]["deletions"] == row["cer"]["insertions"] == 0
    assert row["cp_cer"]["total"] == row["cer"]["total"]
    assert row["speakers"] == {"truth": 2, "found": 2}
    assert row["gap_seconds"] >= row["gaps"] >= 0
    assert row["seconds"] > 0 and row["peak_mib"] > 50
    assert row["pss_mib"] is None or 30 < row["pss_mib"] <= row["peak_mib"] + 1
    assert isinstance(row["flags"], list) and row["told"] and row["steady"] and "minutes" not in row
    assert told[0].startswith("audio chaerok: ")
    json.dumps(row)


def test_what_was_heard_is_kept_in_the_forms_that_others_score(folder: Path) -> None:
    run(folder, replayed(), Plan(("chaerok",), keep=folder / "kept"))
    heard = json.loads((folder / "kept" / "audio.chaerok.json").read_text("utf-8"))
    assert {"start", "end", "speaker", "text"} <= set(heard["utterances"][0])
    assert len(rttm.read((folder / "kept" / "audio.chaerok.rttm").read_text("utf-8"))) == 7


def test_a_failure_is_a_row_and_no_end(folder: Path) -> None:
    shutil.copyfile(folder / "audio.json", folder / "other.json")
    sound, rate = soundfile.read(folder / "audio.flac")
    soundfile.write(folder / "other.flac", sound[::-1], rate)  # a recording without recorded answers
    rows = run(folder, replayed(), Plan(("chaerok",)))
    assert [(row["case"], "failed" in row) for row in rows] == [("audio", False), ("other", True)]
    assert "replay" in rows[1]["failed"]


def test_an_unknown_system_is_refused_before_anything_runs(folder: Path) -> None:
    with pytest.raises(EngineUnknown) as caught:
        run(folder, replayed(), Plan(("chaerok", "whisperx")))
    assert "plain-unconditioned" in str(caught.value)


def hearing(seconds: float, cpu: float, peak: float, **other: Any) -> dict[str, Any]:
    said = {"id": str(seconds), "start": 0.0, "end": 1.0, "speaker": "S1", "text": "네"}
    answer = {"utterances": [{**said, **other}], "gaps": None, "flags": None, "rttm": ""}
    return {"answer": answer, "seconds": seconds, "cpu_seconds": cpu, "peak_mib": peak, "pss_mib": None}


def test_costs_are_medians_and_peaks_the_highest(folder: Path) -> None:
    (case,) = cases(folder)
    made = runs.row(case, "plain", Plan(repeat=3), [hearing(9, 5, 100), hearing(2, 7, 300), hearing(4, 6, 200)])
    assert (made["seconds"], made["cpu_seconds"], made["peak_mib"], made["pss_mib"]) == (4, 6, 300, None)
    assert [one["seconds"] for one in made["runs"]] == [9, 2, 4] and "answer" not in made["runs"][0]
    assert made["steady"]
    json.dumps(made)


@pytest.mark.parametrize("other", [{"text": "예"}, {"speaker": "S2"}, {"end": 1.5}])
def test_another_answer_the_second_time_is_not_steady_and_the_first_is_scored(
    folder: Path, other: dict[str, Any]
) -> None:
    (case,) = cases(folder)
    times = [hearing(1, 1, 1), hearing(1, 1, 1, **other)]
    made, first = runs.row(case, "plain", Plan(repeat=2), times), runs.row(case, "plain", Plan(), times[:1])
    assert not made["steady"]
    assert made["cer"] == first["cer"]


def test_one_failure_of_several_runs_fails_the_row(folder: Path) -> None:
    (case,) = cases(folder)
    made = runs.row(case, "plain", Plan(repeat=2), [hearing(1, 1, 1), {"failed": "exit code -9"}])
    assert made["failed"] == "exit code -9" and "cer" not in made


def test_systems_take_turns_and_are_told_the_count_or_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int | None]] = []

    def watched(_: list[str], question: str) -> runs.Ended:
        read = json.loads(question)
        asked.append((read["system"], read["speakers"]))
        answer = json.dumps(hearing(1, 1, 1)["answer"])
        return runs.Ended(0, answer, 1.0, 1.0, 1.0, None)

    monkeypatch.setattr(runs, "watched", watched)
    run(folder, replayed(), Plan(("chaerok", "plain"), repeat=2))
    run(folder, replayed(), Plan(("plain",), told=False))
    assert asked == [("chaerok", 2), ("plain", 2), ("chaerok", 2), ("plain", 2), ("plain", None)]


def test_sessions_of_several_lengths_are_heard(folder: Path) -> None:
    made = run(folder, replayed(), Plan(("chaerok",), minutes=(0.5,)))
    assert [(one["case"], one["minutes"], "failed" in one) for one in made] == [("0.5 min", 0.5, True)]


@pytest.mark.engines
@pytest.mark.slow
@pytest.mark.skipif(not (weights_folder() / "whisper-base").is_dir(), reason="weights are not fetched")
def test_chaerok_and_the_plain_composition_hear_the_sample(tmp_path: Path) -> None:
    sound, rate = soundfile.read(SAMPLE.with_suffix(".flac"))
    soundfile.write(tmp_path / "a.flac", sound[: round(SECONDS * rate)], rate)
    turns = json.loads(SAMPLE.with_suffix(".truth.json").read_text("utf-8"))["turns"]
    (tmp_path / "a.json").write_text(json.dumps([turn for turn in turns if turn["end"] < SECONDS]), "utf-8")
    chaerok, plain = run(tmp_path, load(), Plan(("chaerok", "plain")))
    assert (chaerok["system"], plain["system"]) == ("chaerok", "plain")
    for made in (chaerok, plain):
        assert "failed" not in made, made["failed"]
        assert made["speakers"] == {"truth": 2, "found": 2}
        counts = made["der"]
        assert counts["missed"] + counts["confused"] < 0.2 * counts["total"]
        assert sum(made["cp_cer"].values()) < 1.4 * made["cp_cer"]["total"]
    assert plain["gaps"] is None and chaerok["gaps"] is not None
