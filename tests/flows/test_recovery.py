"""`chaerok up`, killed where it hurts: what was under way goes on, what was finished is not done again.

One lab for all of them, as a start takes long; each has an interview of its own, asleep in the middle of a heavy step.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from lab import INJECTED, Lab, asked, built, family_of, free_port, wait_for
from test_up import up

from flows import asking, server
from pipeline.places import Home
from pipeline.speech import Diarization, Transcription

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.name == "nt", reason="signals"),
]
STALL_SECONDS = 90
"""What a leaked slot may cost."""


@dataclass
class Night:
    """A lab that is up, in which every transcription sleeps until it is woken."""

    lab: Lab
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def asleep(self) -> Path:
        return self.folder / "asleep"

    def up(self) -> None:
        more = {"CHAEROK_TEST_SLEEPS": str(self.asleep), "CHAEROK_TEST_ATTEMPTS": str(self.folder / "attempts")}
        self.process = up(self.lab, self.folder, PYTHONPATH=str(INJECTED), **more)
        wait_for(lambda: server.is_up(self.lab.where), 120)

    def wake(self) -> None:
        Path(f"{self.asleep}.awake").write_text("")

    def dropped(self) -> str:
        """An interview that is asleep in transcription, and diarized."""
        Path(f"{self.asleep}.awake").unlink(missing_ok=True)
        self.asleep.unlink(missing_ok=True)
        number = next(self.numbers)
        self.lab.recording(self.lab.home.inbox / f"{number}.flac", number)
        self.lab.sheet(self.lab.home.inbox / f"{number}.toml", f"P{number:02d}-S1")
        wait_for(self.asleep.exists, 150)
        interview = f"lab-P{number:02d}-S1"
        wait_for(lambda: self.stamp(interview, Diarization), 60)
        return interview

    def stamp(self, interview: str, kind: type) -> object:
        walk = self.lab.walk(interview)
        return walk.vault.stamp(walk.interview, kind)

    def runs(self, interview: str) -> list[dict]:
        """Of `process`, oldest first."""
        named = {"flows": {"name": {"any_": ["process"]}}, "flow_runs": {"name": {"any_": [interview]}}}
        return asked(self.lab.where, "flow_runs", sort="EXPECTED_START_TIME_ASC", **named)

    def states(self, interview: str) -> list[str]:
        try:
            return [run["state_name"] for run in self.runs(interview)]
        except Exception:  # the server is down
            return []

    def of(self, word: str) -> list[psutil.Process]:
        return family_of(self.lab.home.root, word)

    def kill(self, *words: str) -> None:
        for process in [process for word in words for process in self.of(word)]:
            process.kill()


@pytest.fixture(scope="module")
def night(serving: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("night")
    lab = built(Home(folder / "home"), free_port())
    lab.home.prefect.mkdir(mode=0o700)
    shutil.copyfile(serving.home.root / "empty.db", lab.home.prefect / "prefect.db")
    lasting = Night(lab, folder)
    try:
        lasting.up()
        yield lasting
    finally:
        for process in family_of(lab.home.root):
            process.kill()


def goes_on(night: Night, interview: str, kill: Callable[[], None]) -> float:
    """Kill, and see it through to its end, with what was finished untouched; seconds to the heavy step's next start."""
    before = night.stamp(interview, Diarization)
    night.asleep.unlink()
    begun = time.monotonic()
    kill()
    wait_for(night.asleep.exists, STALL_SECONDS + 60)
    seconds = time.monotonic() - begun
    night.wake()
    wait_for(lambda: night.states(interview)[-1:] == ["Waiting"], 120)
    assert night.stamp(interview, Diarization) == before
    assert night.stamp(interview, Transcription)
    return seconds


def test_a_run_that_is_killed_is_run_again_from_the_step_that_was_under_way(night: Night) -> None:
    interview = night.dropped()
    seconds = goes_on(night, interview, lambda: night.kill("prefect.engine"))
    print(f"flow process killed: the step began again after {seconds:.0f} s")
    assert seconds < STALL_SECONDS
    assert night.states(interview) == ["Crashed", "Waiting"]


def test_the_serving_process_is_started_again_and_its_slot_is_free(night: Night) -> None:
    interview = night.dropped()
    [engine] = night.of("prefect.engine")
    seconds = goes_on(night, interview, lambda: night.kill("flows.up"))
    print(f"serving process killed: the step began again after {seconds:.0f} s")
    assert seconds < STALL_SECONDS
    assert not engine.is_running()  # and not two of them at once
    assert night.states(interview) == ["Crashed", "Waiting"]


def test_a_server_that_is_killed_is_started_again_and_the_run_never_notices(night: Night) -> None:
    interview = night.dropped()
    [engine] = night.of("prefect.engine")
    night.kill("flows.server")
    wait_for(lambda: not server.is_up(night.lab.where), 10)
    wait_for(lambda: server.is_up(night.lab.where), 120)
    assert engine.is_running()
    night.wake()
    wait_for(lambda: night.states(interview) == ["Waiting"], 120)
    later = night.dropped()  # and what is dropped after it is taken
    night.wake()
    wait_for(lambda: night.states(later) == ["Waiting"], 150)


def test_all_killed_at_once_goes_on_with_the_next_up_and_ctrl_c_ends_it(night: Night) -> None:
    interview = night.dropped()

    def all_of_it() -> None:
        for process in family_of(night.lab.home.root):
            process.kill()
        assert night.process and night.process.wait(10) == -signal.SIGKILL
        night.up()

    seconds = goes_on(night, interview, all_of_it)
    print(f"all killed, up again: the step began again after {seconds:.0f} s")
    assert night.states(interview) == ["Crashed", "Waiting"]
    for name in ("maintenance", "quality-report", "rescan"):
        deployment = asking.ask(night.lab.where, f"deployments/name/{name}/{name}")["id"]
        asking.ask(night.lab.where, f"deployments/{deployment}/create_flow_run", {"state": {"type": "SCHEDULED"}})
        of = {"flows": {"name": {"any_": [name]}}, "flow_runs": {"state": {"name": {"any_": ["Completed"]}}}}
        before = len(asked(night.lab.where, "flow_runs", **of))
        wait_for(lambda of=of, before=before: len(asked(night.lab.where, "flow_runs", **of)) > before, 120)
    automations = [one["name"] for one in asked(night.lab.where, "automations")]
    assert sorted(automations) == sorted(set(automations)) and len(automations) == 4
    assert night.process
    os.killpg(night.process.pid, signal.SIGINT)
    assert night.process.wait(30) == 0
    wait_for(lambda: not family_of(night.lab.home.root), 20)
    output = (night.lab.home.root / "output.txt").read_text()
    assert "Traceback" not in output, output
    attempts = (night.folder / "attempts").read_text().splitlines()
    assert [line for line in attempts if not line.startswith("guarded ")] == []  # nothing left this machine
