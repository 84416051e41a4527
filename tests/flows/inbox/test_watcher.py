from __future__ import annotations

import asyncio
import os
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import tomli_w
from dropping import DEFAULTS, page, said, scan, seen, sound
from lab import Lab
from watchfiles import Change

from flows import watcher
from flows.inbox import naming


@pytest.fixture
def quickly(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Nothing to wait for but events: the look through everything comes once in five minutes."""
    change(lab, scan_seconds=300, settle_seconds=0.3, poll_seconds=0.2)
    monkeypatch.setattr(watcher, "LEAST_SECONDS", 0.05)
    monkeypatch.setattr(watcher, "MOST_SECONDS", 0.5)
    said(lab.home.inbox / "폴더.toml", DEFAULTS)
    return lab


def change(lab: Lab, **inbox: object) -> None:
    path = lab.home.root / "settings.toml"
    path.write_text(tomli_w.dumps(tomllib.loads(path.read_text("utf-8")) | {"inbox": inbox}), "utf-8")


def watching(lab: Lab, during: Callable[[], object], until: Callable[[], object], seconds: float = 20.0) -> float:
    """Watch, do something, and wait for what must come of it; how long that took."""

    async def run() -> float:
        task = asyncio.create_task(watcher.watch(lab.home, lambda: scan(lab)))
        try:
            await asyncio.sleep(1.0)
            await asyncio.to_thread(during)
            began = time.monotonic()
            while not until():
                assert not task.done(), task.exception()
                assert time.monotonic() - began < seconds, seen(lab)
                await asyncio.sleep(0.02)
            return time.monotonic() - began
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return asyncio.run(run())


@pytest.mark.parametrize("polling", [False, True])
def test_an_event_is_enough(quickly: Lab, submitted, polling: bool) -> None:
    change(quickly, scan_seconds=300, settle_seconds=0.3, poll_seconds=0.2, polling=polling)
    took = watching(quickly, lambda: sound(quickly.home.inbox / "봄" / "P01_S1.wav", 1), lambda: submitted)
    assert submitted == ["lab-P01-S1"] and took < 10
    assert "lab-P01-S1" in page(quickly)


def test_without_any_event_the_rescan_finds_it(quickly: Lab, submitted, monkeypatch) -> None:
    async def no_events(*_: object) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(watcher, "_listen", no_events)
    change(quickly, scan_seconds=0.5, settle_seconds=0.2)
    watching(quickly, lambda: sound(quickly.home.inbox / "P01_S1.wav", 1), lambda: submitted)
    assert submitted == ["lab-P01-S1"]


def test_what_lay_there_at_the_start_is_taken(quickly: Lab, submitted) -> None:
    sound(quickly.home.inbox / "P01_S1.wav", 1)
    watching(quickly, lambda: None, lambda: submitted)
    assert submitted == ["lab-P01-S1"]


def test_a_share_that_disappears_and_returns(quickly: Lab, submitted, capsys) -> None:
    inbox, away = quickly.home.inbox, quickly.home.root / "away"

    def vanish() -> None:
        inbox.rename(away)
        time.sleep(2)
        assert not inbox.exists()
        sound(away / "P01_S1.wav", 1)
        away.rename(inbox)

    change(quickly, scan_seconds=0.5, settle_seconds=0.2)
    watching(quickly, vanish, lambda: submitted)
    assert submitted == ["lab-P01-S1"]
    said_of_it = capsys.readouterr().err.splitlines()
    assert len(said_of_it) == 1 and said_of_it[0].endswith("InboxGone")


def test_another_folder_in_its_place_is_listened_to(quickly: Lab, submitted) -> None:
    """Events come from the new one: the rescan is five minutes away."""
    inbox = quickly.home.inbox

    def replace() -> None:
        inbox.rename(quickly.home.root / "old")
        inbox.mkdir()
        said(inbox / "폴더.toml", DEFAULTS)
        time.sleep(2.5)
        sound(inbox / "P01_S1.wav", 1)

    watching(quickly, replace, lambda: submitted)
    assert submitted == ["lab-P01-S1"]


def test_what_fails_is_said_once_and_tried_again(quickly: Lab, submitted, capsys, monkeypatch) -> None:
    monkeypatch.setattr(watcher, "RETRY_SECONDS", 0.2)
    change(quickly, scan_seconds=0.2, settle_seconds=0.1)
    tries: list[float] = []

    def refuse() -> None:
        tries.append(time.monotonic())
        if len(tries) < 4:
            raise ConnectionError("P01_S1.wav")
        scan(quickly)

    sound(quickly.home.inbox / "P01_S1.wav", 1)
    looking = watcher._Looking(quickly.home)
    end = time.monotonic() + 20
    while not submitted and time.monotonic() < end:
        time.sleep(looking.once(refuse, lambda: None))
    assert submitted == ["lab-P01-S1"] and len(tries) == 4
    said_of_it = capsys.readouterr().err
    assert said_of_it.count("ConnectionError") == 1 and "P01_S1" not in said_of_it


def test_the_same_drops_are_not_announced_with_every_look(quickly: Lab, submitted) -> None:
    change(quickly, settle_seconds=0)
    sound(quickly.home.inbox / "P01_S1.wav", 1)
    looking, calls = watcher._Looking(quickly.home), []
    for _ in range(3):
        looking.once(lambda: calls.append(1), lambda: None)
    assert calls == [1]
    sound(quickly.home.inbox / "P02_S1.wav", 2)
    looking.once(lambda: calls.append(1), lambda: None)
    assert calls == [1, 1]


def test_a_broken_settings_file_is_said_and_waited_for(quickly: Lab, submitted, capsys) -> None:
    settings = quickly.home.root / "settings.toml"
    good = settings.read_text("utf-8")
    settings.write_text("[inbox\n", "utf-8")
    looking = watcher._Looking(quickly.home)
    assert looking.once(lambda: None, lambda: None) == 15.0
    assert "SettingsInvalid" in capsys.readouterr().err
    settings.write_text(good, "utf-8")
    assert looking.once(lambda: None, lambda: None) <= 300


@pytest.mark.parametrize(
    ("path", "does"),
    [("P01_S1.wav", True), ("봄/P01_S1.wav", True), ("봄", True), ("폴더.toml", True), ("상태.html", False),
     (".seen.json", False), ("P01_S1.wav.기다림.txt", False), ("처리됨/P01_S1.wav", False),
     ("봄/처리중/P01_S1.wav", False), ("처리중", False), ("", False), ("P01_S1.wav.crdownload", False)],
)  # fmt: skip
def test_what_we_write_ourselves_wakes_nobody(tmp_path: Path, path: str, does: bool) -> None:
    assert watcher.matters(tmp_path, Change.added, os.fspath(tmp_path / path)) is does


def test_a_quiet_inbox_is_not_written_to(quickly: Lab, submitted) -> None:
    change(quickly, settle_seconds=0)
    sound(quickly.home.inbox / "어제.wav", 1)
    for _ in range(2):
        watcher.survey(quickly.home)
    before = {path: path.stat().st_mtime_ns for path in quickly.home.inbox.rglob("*")}
    assert {naming.PAGE, naming.SEEN, "어제.wav.기다림.txt"} <= {path.name for path in before}
    watcher.survey(quickly.home)
    assert {path: path.stat().st_mtime_ns for path in quickly.home.inbox.rglob("*")} == before
