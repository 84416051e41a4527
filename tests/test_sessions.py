"""A session from its files to who speaks in it: several parts, and a microphone for each person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recordings import encoded, people, speech, written

from pipeline import inputs, steps
from pipeline.errors import NotAudio, PartRepeated
from pipeline.interview import Consent, InterviewId, Recording, Sheet, Source
from pipeline.places import Home
from pipeline.settings import load
from pipeline.speech import Diarization
from pipeline.walk import Walk

ID = InterviewId("lab", "P01", "S1")
SHEET = Sheet(ID, Consent(True, True), 2)
VOICES = {"diarize": {"engine": "replay"}, "replay": {"folder": "nowhere"}}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.studies.mkdir(parents=True)
    (made.studies / "lab.toml").write_text('id = "lab"\n', "utf-8")
    return made


def taken(home: Home, *files: Path, sheet: Sheet = SHEET, over: dict[str, Any] | None = None) -> Walk:
    identity = inputs.identity_of(home)
    assert inputs.take_in(home, identity, files, sheet).outcome == "new"
    walk = inputs.walk_of(home, sheet.interview, identity)
    return replace(walk, settings=load(home, over)) if over else walk


def diarized(walk: Walk) -> tuple[Diarization, str]:
    """Who speaks, and the engine that the stamp names."""
    assert steps.run(steps.step("diarize"), walk)
    found, stamp = walk.vault.read(walk.interview, Diarization), walk.vault.stamp(walk.interview, Diarization)
    assert found and stamp and stamp.engine and steps.is_fresh(steps.step("diarize"), walk)
    return found, stamp.engine.name


def test_parts_are_joined_by_their_numbers_and_begin_where_the_sound_before_them_ends(
    home: Home, tmp_path: Path
) -> None:
    lengths = {1: 3.0, 2: 2.5, 10: 4.0}
    files = {
        number: encoded(
            written(tmp_path / f"raw{number}.wav", speech(seconds, seed=number)), tmp_path / f"P01_{number}.mp3"
        )
        for number, seconds in lengths.items()
    }
    walk = taken(home, files[1], files[10], files[2])
    source, recording = walk.vault.read(ID, Source), walk.vault.read(ID, Recording)
    assert source and recording
    assert [part.size for part in source.parts] == [files[number].stat().st_size for number in (1, 2, 10)]
    assert recording.offsets == pytest.approx((0, 3.0, 5.5), abs=0.1)
    whole = walk.vault.audio(ID, recording)
    for number, start in zip((1, 2, 10), recording.offsets, strict=True):
        alone = taken(home, files[number], sheet=replace(SHEET, interview=InterviewId("lab", "P02", f"S{number}")))
        single = alone.vault.read(alone.interview, Recording)
        assert single
        begin = round(start * 16_000)
        assert whole.read(begin, begin + single.samples) == alone.vault.audio(alone.interview, single).read(
            0, single.samples
        )


def test_the_same_part_twice_is_refused_and_nothing_is_kept(home: Home, tmp_path: Path) -> None:
    first = written(tmp_path / "P01_1.wav", speech(3))
    second = tmp_path / "P01_2.wav"
    second.write_bytes(first.read_bytes())
    with pytest.raises(PartRepeated) as refused:
        taken(home, first, second)
    assert refused.value.facts == {"path": first, "other": second}
    with pytest.raises(PartRepeated):
        taken(home, first, first)
    assert not home.vault.exists() or not list(home.vault.glob("lab/*/*"))


def test_an_empty_part_is_named_and_nothing_is_kept(home: Home, tmp_path: Path) -> None:
    files = written(tmp_path / "P01_1.wav", speech(3)), written(tmp_path / "P01_2.wav", np.zeros(0))
    with pytest.raises(NotAudio) as refused:
        taken(home, *files)
    assert refused.value.facts["path"] == files[1]
    assert not list(home.vault.glob("lab/*/*"))


def test_people_with_microphones_of_their_own_are_told_apart_by_them(home: Home, tmp_path: Path) -> None:
    walk = taken(home, written(tmp_path / "P01.wav", people(2, -16)))
    found, engine = diarized(walk)
    assert (engine, found.speakers, found.speakers_given) == ("channels", ("S1", "S2"), True)
    assert len(found.turns) == 9


@pytest.mark.parametrize(
    ("sound", "speakers", "over"),
    [
        (people(2, -16), 3, {}),
        (people(3, -16), 2, {}),
        (people(2, -16), None, {}),
        (people(2, -16), 2, {"diarize": {"use_channels": False}}),
        (np.stack([speech(20), speech(20)], 1), 2, {}),
        (speech(20), 2, {}),
    ],
    ids=["three people", "three microphones", "nobody counted them", "by the settings", "false stereo", "mono"],
)
def test_otherwise_they_are_told_apart_by_their_voices(
    home: Home, tmp_path: Path, sound: np.ndarray, speakers: int | None, over: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    asked: list[bool] = []
    before = steps.tools.diarizer
    monkeypatch.setattr(steps.tools, "diarizer", lambda settings, own_microphones, enrolled: asked.append(
        own_microphones and settings.diarize.use_channels) or before(load(over=VOICES)))  # fmt: skip
    walk = taken(home, written(tmp_path / "P01.wav", sound), sheet=replace(SHEET, speakers=speakers), over=over)
    assert not steps.is_fresh(steps.step("diarize"), walk)
    assert asked == [False]


def test_a_recording_without_microphones_has_no_levels(home: Home, tmp_path: Path) -> None:
    walk = taken(home, written(tmp_path / "P01.wav", speech(5)))
    recording = walk.vault.read(ID, Recording)
    assert recording and walk.vault.audio(ID, recording).levels() == b""
    assert not walk.vault.has_blob(ID, "levels")


def test_levels_are_sealed_and_read_back(home: Home, tmp_path: Path) -> None:
    walk = taken(home, written(tmp_path / "P01.wav", people(2, -16)))
    recording = walk.vault.read(ID, Recording)
    assert recording and recording.microphones == 2
    levels = walk.vault.audio(ID, recording).levels()
    assert len(levels) == 2 * recording.samples // 160
    assert levels[:200] not in b"".join(path.read_bytes() for path in home.vault.rglob("*.blob"))
