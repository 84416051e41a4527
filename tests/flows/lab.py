"""A small lab for tests: a home with recorded answers instead of networks, and recordings of fifteen seconds."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import soundfile

from flows import server
from pipeline import inputs
from pipeline.interview import InterviewId
from pipeline.places import ROOT, Home
from pipeline.settings import Server, load
from pipeline.sheets import read_sheet
from pipeline.walk import Walk

SAMPLE = ROOT / "data" / "samples" / "P01_S1.flac"
SECONDS = 15
INJECTED = Path(__file__).resolve().parent / "injected"
SAID = (
    (0, "A", "안녕하세요 오늘 인터뷰를 맡은 박지영입니다"),
    (5, "B", "네 저는 김민수라고 합니다 병원에서 일해요"),
    (10, "A", "편하게 말씀해 주세요"),
)
"""(from second, speaker, words)."""

NUMBERS = itertools.count(1)

SETTINGS = """
[diarize]
engine = "replay"
[transcribe]
engine = "replay"
[segment]
splitter = "rules"
[detect]
recognizers = ["roster", "patterns"]
[intake]
least_minutes = 0
[replay]
folder = "{answers}"
[server]
port = {port}
start_timeout_seconds = 120
[inbox]
scan_seconds = 0.5
settle_seconds = 1
"""


def answers(
    audio: Path,
    said: tuple[tuple[float, str, str], ...] = SAID,
    seconds: float = SECONDS,
    unheard: tuple[tuple[float, float, str], ...] = (),
) -> dict[str, Any]:
    """What the replay engines answer for that file: each speaker's words in turn, one every 0.4 s.

    Nobody speaks on without words; `unheard` are further turns, in which somebody does.
    """
    ends = [start for start, *_ in said[1:]] + [seconds]
    turns = [[start, start + 0.4 * len(line.split()), speaker] for start, speaker, line in said] + [*unheard]
    passages = []
    for (start, _, line), end in zip(said, ends, strict=True):
        words = [[" " + word, start + 0.4 * i, start + 0.4 * (i + 1), 0.9] for i, word in enumerate(line.split())]
        passages.append({"start": start, "end": end, "words": words})
    sha256 = hashlib.sha256(audio.read_bytes()).hexdigest()
    return {"source_sha256": sha256, "turns": turns, "exclusive": turns, "passages": passages}


@dataclass(frozen=True)
class Lab:
    """A home with a study ``lab``, whose Prefect server is at `where`."""

    home: Home
    where: Server

    @property
    def answers(self) -> Path:
        return self.home.root / "answers"

    def environment(self, **more: str) -> dict[str, str]:
        """For processes of this home."""
        return {**os.environ, **server.environment(self.home, self.where), **more}

    def recording(
        self,
        path: Path,
        seed: int,
        said: tuple[tuple[float, str, str], ...] = SAID,
        unheard: tuple[tuple[float, float, str], ...] = (),
    ) -> Path:
        """Write fifteen seconds of sound, another one for each `seed`, and record the answers to it."""
        sound, rate = soundfile.read(SAMPLE, stop=SECONDS * 16000, dtype="int16")
        sound[:100] = seed
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, sound, rate, format="FLAC")
        self.answer(f"{seed}", answers(path, said, unheard=unheard))
        return path

    def answer(self, name: str, recorded: Mapping[str, Any]) -> None:
        self.answers.mkdir(exist_ok=True)
        (self.answers / f"{name}.json").write_text(json.dumps(recorded, ensure_ascii=False), "utf-8")

    def sheet(self, path: Path, session: str = "P01-S1", people: tuple[str, ...] = ("김민수", "박지영")) -> Path:
        participant, number = session.split("-")
        lines = [f'study = "lab"\nparticipant = "{participant}"\nsession = "{number}"']
        lines.append("[consent]\nrecording = true\nprocessing = true\naudio = true")
        lines += [f'[[people]]\nname = "{name}"\nrole = "participant"' for name in people]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path

    def taken_in(
        self,
        said: tuple[tuple[float, str, str], ...] = SAID,
        unheard: tuple[tuple[float, float, str], ...] = (),
        **sheet_of: Any,
    ) -> str:
        """The id of an interview that is in the vault; another one each time, as all tests share a server."""
        number = next(NUMBERS)
        recording = self.recording(self.home.root / "drops" / f"{number}.flac", number, said, unheard)
        sheet = read_sheet(self.sheet(recording.with_suffix(".toml"), f"P{number:02d}-S1", **sheet_of))
        return str(inputs.take_in(self.home, inputs.identity_of(self.home), (recording,), sheet).interview)

    def walk(self, interview: str) -> Walk:
        return inputs.walk_of(self.home, InterviewId.parse(interview), inputs.identity_of(self.home))


def built(home: Home, port: int, study: str = 'id = "lab"\n') -> Lab:
    """A home under `home`, with a study and settings that need no network."""
    home.studies.mkdir(parents=True)
    (home.studies / "lab.toml").write_text(study, "utf-8")
    lab = Lab(home, load().server.model_copy(update={"port": port}))
    (home.root / "settings.toml").write_text(SETTINGS.format(answers=lab.answers.as_posix(), port=port), "utf-8")
    return lab


def asked(where: Server, kind: str, **filters: object) -> list[dict[str, Any]]:
    """What the server knows: ``asked(where, "flow_runs", flow_runs={...})``."""
    answer = httpx.post(f"{server.url(where)}/api/{kind}/filter", json=filters, timeout=10, trust_env=False)
    answer.raise_for_status()
    return list(answer.json())


def wait_for(happened: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def family_of(home: Path, module: str = "") -> list[psutil.Process]:
    """Every living process of that home; with `module`, those that run it. One that dies as it is asked is dead."""

    def is_ours(process: psutil.Process) -> bool:
        try:
            ours = process.environ().get("CHAEROK_HOME") == str(home)
            return ours and (not module or module in process.cmdline())
        except psutil.Error:
            return False

    return [process for process in psutil.process_iter() if is_ours(process)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def python(*words: str) -> list[str]:
    return [sys.executable, *words]
