"""The masked copy as a file in somebody's hands."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import soundfile
from faults import Disk, die, killed, leavings, with_room
from golden.walked import approved, on, taken_in
from typer.testing import CliRunner

from flows import audio_copy
from flows.audio_copy import FORMS
from flows.cli import app
from pipeline import inputs, masking, steps, tools
from pipeline.engines import encoding
from pipeline.errors import AudioConsentMissing, DiskFull, MaskingOff, SettingsInvalid, Waiting
from pipeline.interview import ReleasedAudio, Source
from pipeline.transcript import Corrections, Released, Reviewed, TextCorrection
from pipeline.walk import Walk

RULES = '[detect]\nrecognizers = ["roster", "patterns"]\n[mask]\nenabled = true\ncheck = false\n'


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Released, published and masked, in the home that is here."""
    walk = taken_in("two_speakers", tmp_path, RULES)
    monkeypatch.setenv("CHAEROK_HOME", str(walk.home.root))
    monkeypatch.setenv("CHAEROK_LANG", "en")
    on(walk)
    approved(walk)
    return walk


def test_the_file_is_the_copy_sample_by_sample_and_its_owners_alone(walk: Walk, tmp_path: Path) -> None:
    copy = walk.vault.read(walk.interview, ReleasedAudio)
    assert copy
    path = audio_copy.export(str(walk.interview), "flac", tmp_path / "out" / "P01.flac")
    samples, rate = soundfile.read(path, dtype="int16")
    assert (rate, len(samples)) == (16_000, copy.samples)
    assert samples.astype("<i2").tobytes() == b"".join(masking.sound(walk, copy))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert leavings(tmp_path) == []


@pytest.mark.parametrize("form", FORMS)
def test_the_command_writes_it_beside_the_other_formats(
    walk: Walk, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(app, ["export", str(walk.interview), "--as", form])
    assert answer.exit_code == 0, answer.output
    path = tmp_path / f"{walk.interview}.{form}"
    assert path.stat().st_size > 10_000
    data = path.read_bytes()
    for name in ("김민수", "박지영", str(walk.interview)):
        for coded in ("utf-8", "utf-16-le", "utf-16-be"):
            assert name.encode(coded) not in data


def test_the_forms_are_those_that_the_encoder_writes() -> None:
    assert set(FORMS) == set(encoding.FORMS)
    with pytest.raises(SettingsInvalid, match="mp3"):
        tools.encoder("mp3")


# --- refused --------------------------------------------------------------------------------------------------------


def exported(walk: Walk, to: Path) -> Path:
    return audio_copy.export(str(walk.interview), "flac", to)


def test_nothing_is_written_where_the_study_no_longer_makes_copies(walk: Walk, tmp_path: Path) -> None:
    settings = walk.home.root / "settings.toml"
    settings.write_text(settings.read_text("utf-8").replace("enabled = true", "enabled = false"), "utf-8")
    with pytest.raises(MaskingOff):
        exported(walk, tmp_path / "out.flac")
    answer = CliRunner().invoke(
        app, ["export", str(walk.interview), "--as", "flac", "--to", str(tmp_path / "out.flac")]
    )
    assert answer.exit_code == 55
    assert not (tmp_path / "out.flac").exists()


def test_nothing_is_written_without_consent(walk: Walk, tmp_path: Path) -> None:
    source, stamp = walk.vault.read(walk.interview, Source), walk.vault.stamp(walk.interview, Source)
    assert source and stamp
    object.__setattr__(source.sheet.consent, "audio", False)
    walk.vault.write(walk.interview, source, stamp)
    with pytest.raises(AudioConsentMissing):
        exported(walk, tmp_path / "out.flac")
    assert not (tmp_path / "out.flac").exists()


@pytest.mark.parametrize("gone", [ReleasedAudio, Released])
def test_before_there_is_a_copy_the_command_waits(walk: Walk, gone: type, tmp_path: Path) -> None:
    walk.vault.remove(walk.interview, gone)
    with pytest.raises(Waiting):
        exported(walk, tmp_path / "out.flac")
    answer = CliRunner().invoke(
        app, ["export", str(walk.interview), "--as", "flac", "--to", str(tmp_path / "out.flac")]
    )
    assert (answer.exit_code, (tmp_path / "out.flac").exists()) == (0, False)


def test_an_old_copy_is_not_handed_out_once_anything_before_it_changed(walk: Walk, tmp_path: Path) -> None:
    """A reviewer corrected a line: the draft is another one, which nobody has approved yet."""
    reviewed = walk.vault.read(walk.interview, Reviewed)
    assert reviewed
    line = reviewed.segments[3]
    inputs.correct(walk, Corrections((TextCorrection(line.id, line.text, "네, 좋아요."),), actor="reviewer1"))
    with pytest.raises(Waiting):
        exported(walk, tmp_path / "out.flac")
    steps.run(steps.step("review"), walk)
    with pytest.raises(Waiting):
        exported(walk, tmp_path / "out.flac")


# --- accidents ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_full_disk_leaves_what_was_there(
    walk: Walk, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"out.{form}"
    path.write_bytes(b"before")
    disk: Disk = with_room(monkeypatch, 50_000)
    with pytest.raises(DiskFull):
        audio_copy.export(str(walk.interview), form, path)
    assert disk.written == 50_000
    assert path.read_bytes() == b"before"
    assert leavings(tmp_path) == []


def test_an_export_that_is_killed_leaves_no_file_and_the_next_one_is_whole(walk: Walk, tmp_path: Path) -> None:
    path, encoded = tmp_path / "out" / "P01.flac", encoding.encoded

    def deadly() -> None:
        def half(pieces: object, form: str, into: object) -> None:
            encoded(list(pieces)[:2], form, into)  # type: ignore[call-overload]
            die()

        encoding.encoded = half
        exported(walk, path)

    assert killed(deadly)
    assert not path.exists()
    exported(walk, path)
    assert soundfile.info(path).frames == walk.vault.read(walk.interview, ReleasedAudio).samples
    assert leavings(tmp_path) == []
