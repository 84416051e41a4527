"""A lab in which the canaries of `leaks.canaries` were recorded, for tests that search for them afterwards."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import soundfile
from lab import SAMPLE, Lab, answers, built
from leaks.canaries import INTERVIEWER, LATER, NICKNAME, PARTICIPANT, SAID

from pipeline.places import Home
from pipeline.settings import DEFAULTS

RATE = 16000
EVERY = 2.5
"""Seconds from one line to the next, so that none overlaps another."""
SECONDS = EVERY * len(SAID)
RECOGNIZERS: tuple[str, ...] = tuple(tomllib.loads(DEFAULTS.read_text("utf-8"))["detect"]["recognizers"])

SHEET = f"""
study = "lab"
participant = "{{participant}}"
session = "S1"
[consent]
recording = true
processing = true
[[people]]
name = "{PARTICIPANT}"
aliases = ["{NICKNAME}"]
role = "participant"
[[people]]
name = "{INTERVIEWER}"
role = "interviewer"
[[people]]
name = "{LATER}"
"""


def canary_lab(folder: Path, port: int, recognizers: tuple[str, ...] = RECOGNIZERS) -> Lab:
    """A home in ``folder/home`` whose answers and drops, which hold names, lie in ``folder/given``."""
    lab = built(Home(folder / "home"), port)
    given = folder / "given"
    given.mkdir()
    settings = (lab.home.root / "settings.toml").read_text("utf-8")
    settings = settings.replace(lab.answers.as_posix(), given.as_posix())
    settings = settings.replace('["roster", "patterns"]', repr(list(recognizers)))
    (lab.home.root / "settings.toml").write_text(settings, "utf-8")
    return lab


def dropped(lab: Lab, path: Path, number: int) -> tuple[Path, Path]:
    """A recording at `path` with names in its tags, and its sheet; what is to be heard in it lies in ``given``."""
    sound, _ = soundfile.read(SAMPLE, stop=int(SECONDS * RATE), dtype="int16")
    sound[:100] = number
    path.parent.mkdir(parents=True, exist_ok=True)
    with soundfile.SoundFile(path, "w", RATE, 1, format="FLAC") as file:
        file.title, file.artist, file.comment = PARTICIPANT, INTERVIEWER, f"{PARTICIPANT} {NICKNAME}"
        file.write(sound)
    said = tuple((EVERY * at, voice, words) for at, (voice, words) in enumerate(SAID))
    given = lab.home.root.parent / "given"
    (given / f"{number}.json").write_text(json.dumps(answers(path, said, SECONDS)), "utf-8")
    path.with_suffix(".toml").write_text(SHEET.format(participant=f"P{number:02d}"), "utf-8")
    return path, path.with_suffix(".toml")
