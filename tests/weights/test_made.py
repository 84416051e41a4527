from __future__ import annotations

import os
from pathlib import Path

import pytest
from mirror import NOWHERE, SMALL, Server, known, sha256

from pipeline import weights
from pipeline.errors import (
    WeightsUnreachable,
    WeightsWrong,
)
from pipeline.weights import catalogue
from pipeline.weights.catalogue import Entry, Made, Pinned, Url


@pytest.fixture
def conversion(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    known(monkeypatch, Url(server.url))
    made = Made(by="upper", made_from="w", tensors_sha256=sha256(SMALL.upper()))
    base = catalogue.entries()
    official = (Pinned("upper.pt", 9, sha256(b"official")),)
    upper = Entry("upper", "", "", "work", "", "https://page", official, (NOWHERE, made))
    monkeypatch.setattr(catalogue, "entries", lambda: (*base, upper))
    return made


def shout(folder: Path, target: Path) -> str:
    data = (folder / "config.json").read_bytes().upper()
    target.write_bytes(data + os.urandom(4))  # as torch may, another file with the same tensors each time
    return sha256(data)


def test_made_weights_are_known_by_their_tensors(conversion: Made, tmp_path: Path) -> None:
    got = weights.get("upper", tmp_path, {"upper": shout})
    assert got.hashes == (("upper.pt", conversion.tensors_sha256),)
    assert weights.verify("upper", tmp_path) == weights.located("upper", tmp_path) == got
    assert weights.located("w", tmp_path).files["config.json"].exists()
    got.files["upper.pt"].write_bytes(SMALL.upper())
    with pytest.raises(WeightsWrong):
        weights.located("upper", tmp_path)


def test_made_weights_with_other_tensors_are_refused(conversion: Made, tmp_path: Path) -> None:
    with pytest.raises(WeightsWrong):
        weights.get("upper", tmp_path, {"upper": lambda folder, target: shout(folder, target)[::-1]})
    assert not (tmp_path / "upper").exists()


def test_weights_that_nobody_here_can_make_are_unreachable(conversion: Made, tmp_path: Path) -> None:
    with pytest.raises(WeightsUnreachable, match="upper: cannot be made here"):
        weights.get("upper", tmp_path)
