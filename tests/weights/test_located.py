from __future__ import annotations

import os
from pathlib import Path

import pytest
from mirror import FILES, LARGE, NOWHERE, SMALL, Server, known, sha256

from pipeline import weights
from pipeline.errors import (
    WeightsMissing,
    WeightsWrong,
)
from pipeline.weights.catalogue import Pinned, Url


@pytest.fixture
def fetched(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    known(monkeypatch, Url(server.url))
    weights.get("w", tmp_path)
    return tmp_path / "w"


def test_verify_sees_what_size_and_time_do_not_show(fetched: Path) -> None:
    path = fetched / "deep" / "model.bin"
    before = path.stat()
    path.write_bytes(b"!" + LARGE[1:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert weights.located("w", fetched.parent)
    with pytest.raises(WeightsWrong):
        weights.verify("w", fetched.parent)
    assert not path.exists()
    with pytest.raises(WeightsMissing):
        weights.located("w", fetched.parent)


def test_a_changed_file_is_seen_at_once_and_fetched_again(fetched: Path) -> None:
    (fetched / "config.json").write_bytes(SMALL[:-1])
    with pytest.raises(WeightsWrong):
        weights.located("w", fetched.parent)
    assert weights.get("w", fetched.parent).files["config.json"].read_bytes() == SMALL


@pytest.mark.parametrize("receipt", [None, b"", b"{}", b"[1]", b'{"config.json": 3}', b"\xff"])
def test_files_put_there_by_hand_are_hashed_and_taken(fetched: Path, receipt: bytes | None) -> None:
    (fetched / "fetched.json").unlink()
    if receipt is not None:
        (fetched / "fetched.json").write_bytes(receipt)
    assert weights.located("w", fetched.parent).hashes[0] == ("config.json", sha256(SMALL))
    assert b"changed_ns" in (fetched / "fetched.json").read_bytes()


def test_a_receipt_does_not_outlive_its_pin(fetched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = tuple(Pinned(name, len(data), sha256(b"new")) for name, data in FILES.items())
    known(monkeypatch, NOWHERE, files=newer)
    with pytest.raises(WeightsWrong):
        weights.located("w", fetched.parent)
