from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mirror import FILES, LARGE, NOWHERE, SMALL, Server, known, sha256

from pipeline import weights
from pipeline.errors import (
    DiskFull,
    PlaceUnwritable,
    WeightsMissing,
    WeightsUnreachable,
    WeightsWrong,
)
from pipeline.weights.catalogue import Url


def test_fetched_once_and_found_without_network(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, Url(server.url))
    with pytest.raises(WeightsMissing):
        weights.located("w", tmp_path)
    reports: list[tuple[int, int]] = []
    got = weights.get("w", tmp_path, report=lambda done, total: reports.append((done, total)))
    assert {name: path.read_bytes() for name, path in got.files.items()} == FILES
    assert got.hashes == tuple((name, sha256(data)) for name, data in FILES.items())
    assert got.demo_grade
    assert reports == sorted(reports)
    assert reports[-1] == (len(SMALL) + len(LARGE),) * 2
    asked = len(server.requests)
    assert weights.get("w", tmp_path) == weights.located("w", tmp_path) == weights.verify("w", tmp_path) == got
    assert len(server.requests) == asked
    assert not (tmp_path / "w.part").exists()


def test_all_sources_silent_is_a_quick_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, NOWHERE)
    began = time.monotonic()
    with pytest.raises(WeightsUnreachable) as error:
        weights.get("w", tmp_path)
    assert time.monotonic() - began < 5
    assert "https://page" in str(error.value)
    assert str(tmp_path / "w") in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] in ([".w.lock"], [])


def test_the_next_source_is_tried_where_one_is_silent_or_wrong(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files |= {"bad/config.json": b"<html>please log in</html>", "bad/deep/model.bin": LARGE}
    known(monkeypatch, NOWHERE, Url(server.url.replace("{", "bad/{")), Url(server.url))
    assert weights.get("w", tmp_path).files["config.json"].read_bytes() == SMALL


@pytest.mark.parametrize("broken", FILES)
def test_a_wrong_hash_is_refused_and_removed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    server.files[broken] = FILES[broken][:-1] + b"!"
    known(monkeypatch, Url(server.url))
    with pytest.raises(WeightsWrong, match=broken):
        weights.get("w", tmp_path)
    assert not (tmp_path / "w").exists()
    assert not (tmp_path / "w.part" / broken).exists()
    server.files[broken] = FILES[broken]
    assert weights.get("w", tmp_path).files[broken].read_bytes() == FILES[broken]


@pytest.mark.parametrize(
    ("there", "asked", "tries"),
    [
        (LARGE[:5000], "bytes=5000-", 1),
        (LARGE, None, 1),  # whole: not asked for again
        (b"?" * 5000, "bytes=5000-", 2),  # of another file: the seam shows in the hash
        (LARGE + b"x", f"bytes={len(LARGE) + 1}-", 2),  # too long: HTTP 416
    ],
)
def test_an_interrupted_download_goes_on(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bytes, asked: str | None, tries: int
) -> None:
    known(monkeypatch, Url(server.url))
    half = tmp_path / "w.part" / "deep" / "model.bin"
    half.parent.mkdir(parents=True)
    half.write_bytes(there)
    for _ in range(tries - 1):
        with pytest.raises((WeightsWrong, WeightsUnreachable)):
            weights.get("w", tmp_path)
    assert weights.get("w", tmp_path).files["deep/model.bin"].read_bytes() == LARGE
    ranges = [wanted for name, wanted, _ in server.requests if name == "deep/model.bin"]
    assert ranges == ([asked, None][:tries] if asked else [])


def test_a_killed_download_leaves_nothing_that_is_taken_for_weights(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, Url(server.url))
    server.stall_after = len(LARGE) // 2
    table = "\n".join(f'{{ name = "{n}", bytes = {len(d)}, sha256 = "{sha256(d)}" }},' for n, d in FILES.items())
    facts = 'purpose = ""\nengine = ""\ngrade = "demo"\nlicence = ""\npage = ""'
    (tmp_path / "list.toml").write_text(
        f'[w]\n{facts}\nfiles = [{table}]\n[[w.sources]]\nurl = "{server.url}"', "utf-8"
    )
    code = (
        "import sys; from pathlib import Path; from pipeline import weights; from pipeline.weights import catalogue\n"
        "catalogue.CATALOGUE = Path(sys.argv[1]); weights.get('w', Path(sys.argv[2]))"
    )
    folder = tmp_path / "weights"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "list.toml"), str(folder)]) as victim:
        half = folder / "w.part" / "deep" / "model.bin"
        while not (half.exists() and half.stat().st_size):
            assert victim.poll() is None
            time.sleep(0.02)
        victim.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    with pytest.raises(WeightsMissing):
        weights.located("w", folder)
    server.stall_after = None
    assert weights.get("w", folder).files["deep/model.bin"].read_bytes() == LARGE


def test_two_calls_at_once_fetch_once(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, Url(server.url))
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda _: weights.get("w", tmp_path), range(4)))
    assert all(located == got[0] for located in got)
    assert sorted(name for name, _, _ in server.requests) == sorted(FILES)


def test_a_gated_source_gets_the_token_and_no_other_does(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, Url(server.url, token=True))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with pytest.raises(WeightsUnreachable, match="HF_TOKEN"):
        weights.get("w", tmp_path)
    assert server.requests == []
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    weights.get("w", tmp_path)
    assert {token for _, _, token in server.requests} == {"Bearer hf_secret"}
    server.requests.clear()
    known(monkeypatch, Url(server.url))
    weights.get("w", tmp_path / "other")
    assert {token for _, _, token in server.requests} == {None}


@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, DiskFull), (errno.EACCES, PlaceUnwritable)])
def test_a_full_or_closed_disk_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    known(monkeypatch, NOWHERE)
    monkeypatch.setattr(weights, "download", fail)
    with pytest.raises(error):
        weights.get("w", tmp_path)


def test_no_bar_is_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with weights.shown("w") as report:
        report(1, 2)
    assert capsys.readouterr() == ("", "")
