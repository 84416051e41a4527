"""`chaerok export`: from the vault into files and folders, of one release or of a study."""

from __future__ import annotations

import sqlite3
import stat
import wave
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from faults import leavings, with_room
from files import FORMS
from golden.walked import approved, on, taken_in
from typer.testing import CliRunner, Result

from flows import exporting
from flows.cli import app
from pipeline import exports, masking, quarantine
from pipeline.codes import Code, Codebook
from pipeline.errors import (
    CodesMissing,
    CodingsUnreadable,
    DiskFull,
    ExportTaken,
    NothingReleased,
    SettingsInvalid,
    StudyInvalid,
)
from pipeline.interview import ReleasedAudio
from pipeline.package import Package
from pipeline.transcript import Quarantine, Released
from pipeline.walk import Walk

RULES = '[detect]\nrecognizers = ["roster", "patterns"]\n[mask]\nenabled = true\ncheck = false\n'


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """A golden interview that waits for its approval, in the home that is here."""
    walk = taken_in("two_speakers", tmp_path, RULES)
    monkeypatch.setenv("CHAEROK_HOME", str(walk.home.root))
    monkeypatch.setenv("CHAEROK_LANG", "en")
    monkeypatch.chdir(tmp_path)
    on(walk)
    return walk


@pytest.fixture
def published(walk: Walk) -> Walk:
    approved(walk)
    return walk


def chaerok(*words: str) -> Result:
    return CliRunner().invoke(app, ["export", *words])


@pytest.mark.parametrize("form", FORMS)
def test_every_format_is_written_for_its_owner_alone(published: Walk, form: str, tmp_path: Path) -> None:
    answer = chaerok(str(published.interview), "--as", form)
    assert answer.exit_code == 0, answer.output
    path = tmp_path / f"{published.interview}.{exports.ENDINGS.get(form, form)}"
    made = [path, *path.rglob("*")]
    assert all(stat.S_IMODE(one.stat().st_mode) == (0o700 if one.is_dir() else 0o600) for one in made)
    assert leavings(tmp_path) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_study_is_a_package(published: Walk, form: str, tmp_path: Path) -> None:
    study = published.interview.study
    answer = chaerok("--study", study, "--as", form, "--to", str(tmp_path / "out" / form))
    assert answer.exit_code == 0, answer.output
    assert "1 interviews" in answer.output and (tmp_path / "out" / form).exists()


def test_a_coder_s_package_has_the_code_tree_and_the_voices(published: Walk, tmp_path: Path) -> None:
    released = published.vault.read(published.interview, Released)
    copy = published.vault.read(published.interview, ReleasedAudio)
    assert released and copy
    tree = tmp_path / "tree.qdc"
    exporting.write(Package((released,), Codebook("s", 1, (Code("c", None, "낙인"),))), "qdc", tree)
    study = published.interview.study
    words = ("--study", study, "--coder", "anna", "--codebook", str(tree), "--audio")
    assert chaerok(*words, "--as", "qda").exit_code == 0
    folder = tmp_path / f"{study}-anna.qda"
    with closing(sqlite3.connect(folder / "data.qda")) as database:
        assert database.execute("SELECT name FROM code_name").fetchall() == [("낙인",)]
        assert database.execute("SELECT codername FROM project").fetchall() == [("anna",)]
    with wave.open(str(folder / "audio" / f"{published.interview}.wav")) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (1, 16_000, copy.samples)
        assert sound.readframes(copy.samples) == b"".join(masking.sound(published, copy))
    assert chaerok(*words, "--as", "qdpx").exit_code == 0
    with zipfile.ZipFile(tmp_path / f"{study}-anna.qdpx") as archive:
        assert any(name.endswith(".wav") for name in archive.namelist())


def test_a_folder_is_never_written_over(published: Walk, tmp_path: Path) -> None:
    words = (str(published.interview), "--as", "qda", "--to", str(tmp_path / "a.qda"))
    assert chaerok(*words).exit_code == 0
    (tmp_path / "a.qda" / "data.qda").write_bytes(b"a coder's work")
    assert chaerok(*words).exit_code == ExportTaken.exit_code
    assert (tmp_path / "a.qda" / "data.qda").read_bytes() == b"a coder's work"


def test_a_full_disk_leaves_no_half_of_a_folder(
    published: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        with_room(patch, 100)
        assert chaerok(str(published.interview), "--as", "qda", "--to", "out/a.qda").exit_code == DiskFull.exit_code
    assert list((tmp_path / "out").iterdir()) == []


def test_what_is_not_released_is_left_out_and_named(walk: Walk) -> None:
    answer = chaerok("--study", walk.interview.study, "--as", "qdpx")
    assert answer.exit_code == NothingReleased.exit_code


def test_what_is_quarantined_is_left_out(published: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "in_force", lambda walk: Quarantine)
    assert chaerok("--study", published.interview.study).exit_code == NothingReleased.exit_code
    answer = chaerok(str(published.interview), "--as", "qdpx")
    assert answer.exit_code == 0 and "quarantined" in answer.output and not Path(f"{published.interview}.qdpx").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--study", "none"), StudyInvalid.exit_code),
        ((), 2),
        (("example-P01-S1", "--study", "example"), 2),
    ],
)
def test_what_is_not_there_is_refused(walk: Walk, words: tuple[str, ...], code: int) -> None:
    assert chaerok(*words).exit_code == code


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--as", "qdc"), CodesMissing),
        (("--as", "qdpx", "--codebook", "tree.qdc"), CodingsUnreadable),
        (("--as", "qdpx", "--coder", "../anna"), SettingsInvalid),
        (("--as", "xml"), SettingsInvalid),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_written(
    published: Walk, words: tuple[str, ...], error: type[Exception], tmp_path: Path
) -> None:
    (tmp_path / "tree.qdc").write_bytes(b"no tree")
    before = set(tmp_path.rglob("*.q*"))
    assert chaerok(str(published.interview), *words).exit_code == error.exit_code  # type: ignore[attr-defined]
    assert set(tmp_path.rglob("*.q*")) == before


def test_the_study_s_own_words_are_in_it(published: Walk, tmp_path: Path) -> None:
    settings = published.home.root / "settings.toml"
    settings.write_text(
        settings.read_text("utf-8") + '[printing]\nparticipant = "내담자"\nnumbering = "turns"\n', "utf-8"
    )
    text = exporting.export(str(published.interview), "txt", tmp_path / "a.txt").read_text("utf-8")
    assert "내담자1: " in text and "참여자: " not in text
