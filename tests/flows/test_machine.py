"""What a person is told of the machine, where, and once."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows import cli, machine, supervisor
from pipeline import swap
from pipeline.swap import Verdict


@pytest.mark.parametrize(
    ("found", "korean", "english"),
    [
        (Verdict.PLAIN, "스왑이 암호화되어 있지 않습니다", "swap is not encrypted"),
        (Verdict.UNKNOWN, "암호화되어 있는지 알 수 없습니다", "cannot tell whether"),
        (Verdict.SAFE, "", ""),
    ],
)
def test_a_person_is_told_in_one_line(
    found: Verdict, korean: str, english: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(swap, "here", lambda: found)
    for language, said in (("ko", korean), ("en", english)):
        monkeypatch.setenv("CHAEROK_LANG", language)
        machine.warn_of_swap()
        shown = capsys.readouterr()
        assert shown.out == "" and said in shown.err and shown.err.count("\n") == bool(said)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that swaps to a disk in the clear, and an empty home."""
    monkeypatch.setattr(swap, "here", lambda: Verdict.PLAIN)
    monkeypatch.setenv("CHAEROK_LANG", "en")
    monkeypatch.setenv("CHAEROK_HOME", str(tmp_path / "home"))


@pytest.mark.usefixtures("plain")
def test_the_status_of_all_warns_once_beside_its_table() -> None:
    shown = CliRunner().invoke(cli.app, ["status"])
    assert shown.exit_code == 0
    assert shown.stderr.count("swap is not encrypted") == 1 and "swap" not in shown.stdout


@pytest.mark.usefixtures("plain")
def test_up_warns_once_before_it_begins(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(supervisor, "_until_interrupted", lambda lab: print("begins"))
    supervisor.run_lab()
    shown = capsys.readouterr()
    assert shown.err.count("swap is not encrypted") == 1 and shown.out == "begins\n"
