"""A heavy step in a process of its own: what it answers, and what its death looks like from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from faults import leavings
from golden.walked import on, reopened, taken_in

from pipeline import apart, steps
from pipeline.errors import EngineCrashed, EngineFailed, PlaceBusy, SettingsInvalid, Waiting, WeightsMissing
from pipeline.interview import Recording
from pipeline.places import ROOT
from pipeline.speech import Diarization
from pipeline.walk import Walk
from pipeline.walking import walk_through

RULES = '[detect]\nrecognizers = ["roster"]\n'
DIARIZE = steps.step("diarize")


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    return taken_in("two_speakers", tmp_path, RULES)


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[subprocess.Popen[str]]]:
    """Make the children do something else first; the list fills with them."""

    def instead(code: str) -> list[subprocess.Popen[str]]:
        started: list[subprocess.Popen[str]] = []
        popen = subprocess.Popen

        def start(command: list[str], **options: Any) -> subprocess.Popen[str]:
            assert command == [sys.executable, "-m", "pipeline.apart"]
            program = f"import os, signal, sys, time\nfrom pipeline import apart, steps\n{code}\napart.main()\n"
            started.append(popen([sys.executable, "-c", program], cwd=ROOT, **options))
            return started[-1]

        monkeypatch.setattr(apart.subprocess, "Popen", start)
        return started

    return instead


def test_a_heavy_step_runs_elsewhere_and_reports_here(walk: Walk) -> None:
    told: list[tuple[str, float]] = []
    walk = replace(walk, report=lambda step, share: told.append((step, share)))
    assert apart.run(DIARIZE, walk) is True
    assert told == [("diarize", 1.0)]
    assert walk.vault.read(walk.interview, Diarization) is not None
    assert not [child for child in psutil.Process().children() if "pipeline.apart" in words_of(child)]


def words_of(process: psutil.Process) -> list[str]:
    """Its command line; none of one that has ended (other tests' servers may be there)."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_what_is_fresh_starts_no_process(walk: Walk, child: Callable[[str], list[Any]]) -> None:
    on(walk)
    started = child("")
    assert apart.run(DIARIZE, walk) is False
    assert walk_through(walk).ran == ()
    assert started == []


def test_a_light_step_stays_here(walk: Walk, child: Callable[[str], list[Any]]) -> None:
    on(walk)
    started = child("")
    walk.vault.remove(walk.interview, steps.step("merge").makes)
    assert apart.run(steps.step("merge"), walk) is True
    assert started == []


def test_the_whole_walk_apart_is_the_walk_at_home(walk: Walk, tmp_path: Path) -> None:
    outcome = walk_through(walk)
    other = taken_in("two_speakers", tmp_path / "other", RULES)
    assert outcome == on(other)
    assert walk.vault.read(walk.interview, Diarization) == other.vault.read(other.interview, Diarization)


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("os.abort()", -6),
        ("os._exit(3)", 3),
        ("raise ImportError('libsomething.so')", 1),
        ("steps.run = lambda *_: os.kill(os.getpid(), signal.SIGKILL)", -9),
    ],
    ids=["killed at once", "aborted", "left", "import", "killed at work"],
)
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_a_child_that_dies_is_a_crash_and_the_walk_goes_on_later(
    walk: Walk, child: Callable[[str], list[Any]], code: str, exit_code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (started,) = [child(f"sys.stderr.write('last words\\n'); sys.stderr.flush()\n{code}")]
    with pytest.raises(EngineCrashed) as crashed:
        apart.run(DIARIZE, walk)
    assert crashed.value.facts == {"step": "diarize", "code": exit_code}
    assert len(started) == 1 and started[0].poll() == exit_code
    assert "last words" in walk.vault.failures(walk.interview)["diarize"]
    assert walk.vault.read(walk.interview, Diarization) is None and leavings(walk.home.root) == []
    monkeypatch.undo()
    assert apart.run(DIARIZE, walk) is True
    assert walk.vault.failures(walk.interview) == {}


def test_what_a_library_prints_is_no_answer(walk: Walk, child: Callable[[str], list[Any]]) -> None:
    child(
        "run = steps.run\n"
        "def loud(row, walk):\n"
        "    print('hello'); os.write(1, b'{\"ran\": false}\\n'); os.write(2, b'noise\\n' * 50_000)\n"
        "    return run(row, walk)\n"
        "steps.run = loud\n"
    )
    assert apart.run(DIARIZE, walk) is True
    assert walk.vault.read(walk.interview, Diarization) is not None


@pytest.mark.parametrize(
    ("raised", "expected", "facts"),
    [
        ("errors.EngineFailed(engine='pyannote', why='NaN')", EngineFailed, {"engine": "pyannote", "why": "NaN"}),
        ("errors.WeightsMissing(name='x')", WeightsMissing, {"name": "x"}),
        ("errors.SettingsInvalid(path=Path('a'), where='b')", SettingsInvalid, {"path": "a", "where": "b"}),
        ("MemoryError('김민수')", EngineFailed, {"engine": "diarize", "why": "MemoryError"}),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, '김민수')", EngineFailed,
         {"engine": "diarize", "why": "UnicodeDecodeError"}),
    ],
)  # fmt: skip
def test_an_error_in_the_child_is_the_same_error_here_and_a_strangers_is_its_class_alone(
    walk: Walk, child: Callable[[str], list[Any]], raised: str, expected: type[Exception], facts: dict[str, str]
) -> None:
    child(
        "from pathlib import Path\nfrom pipeline import errors\n"
        f"def fail(row, walk):\n    raise {raised}\nsteps.run = fail"
    )
    with pytest.raises(expected) as error:
        apart.run(DIARIZE, walk)
    assert error.value.facts == facts  # type: ignore[attr-defined]
    assert "김민수" not in str(error.value)


def test_a_strangers_error_is_sealed_by_the_child(walk: Walk, child: Callable[[str], list[Any]]) -> None:
    child(
        "import dataclasses\n"
        "def fail(*given):\n    raise ZeroDivisionError('김민수')\n"
        "step = steps.step\n"
        "steps.step = lambda name: dataclasses.replace(step(name), run=fail)\n"
    )
    with pytest.raises(EngineFailed):
        apart.run(DIARIZE, walk)
    assert "김민수" in walk.vault.failures(walk.interview)["diarize"]


def test_a_step_that_waits_waits_here_too(walk: Walk) -> None:
    walk.vault.remove(walk.interview, Recording)
    with pytest.raises(Waiting) as waiting:
        apart.run(DIARIZE, walk)
    assert (waiting.value.what, waiting.value.interview) == ("recording", str(walk.interview))


def test_a_wait_in_the_child_is_a_wait_here(walk: Walk, child: Callable[[str], list[Any]]) -> None:
    child(
        "from pipeline.errors import Waiting\n"
        "def wait(row, walk):\n    raise Waiting('recording', str(walk.interview))\nsteps.run = wait\n"
    )
    with pytest.raises(Waiting) as waiting:
        apart.run(DIARIZE, walk)
    assert (waiting.value.what, waiting.value.interview) == ("recording", str(walk.interview))


def test_a_step_that_somebody_else_does_is_busy(walk: Walk) -> None:
    with walk.vault.locked(walk.interview, "diarize"), pytest.raises(PlaceBusy):
        apart.run(DIARIZE, walk)


def test_the_identity_is_never_in_the_childs_arguments_or_environment(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    popen = subprocess.Popen

    def start(command: list[str], **options: Any) -> subprocess.Popen[str]:
        seen.extend([*command, *options["env"].values()])
        return popen(command, **options)

    monkeypatch.setattr(apart.subprocess, "Popen", start)
    apart.run(DIARIZE, walk)
    assert seen and not [text for text in seen if walk.identity.secret in text or "AGE-SECRET" in text]


def test_the_child_has_the_threads_that_the_settings_give_it(walk: Walk) -> None:
    for name in ("diarize", "transcribe"):
        row = steps.step(name)
        assert apart._threads(row, walk)["OMP_NUM_THREADS"] == str(getattr(walk.settings, name).threads)


def test_a_walk_survives_the_pipe(walk: Walk) -> None:
    walk = replace(walk, study=walk.study.model_copy(update={"terms": ("재활", "밤 근무")}))
    received, row = apart._received(json.loads(json.dumps(apart._task(DIARIZE, walk))))
    assert received == walk and row is DIARIZE


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_a_child_dies_with_its_parent(walk: Walk, tmp_path: Path) -> None:
    """kill -9 of the parent amid a heavy step: the child ends too, and the step can be done again at once."""
    program = (
        "import os, subprocess, sys\nfrom pipeline import apart, inputs, steps\n"
        "from pipeline.interview import InterviewId\n"
        "from pipeline.settings import Home\nfrom pathlib import Path\n"
        f"home = Home(Path({str(walk.home.root)!r}))\n"
        f"walk = inputs.walk_of(home, InterviewId.parse({str(walk.interview)!r}), inputs.identity_of(home))\n"
        "popen = subprocess.Popen\n"
        "code = 'import time; from pipeline import apart, steps; '\\\n"
        "    'steps.run = lambda *_: time.sleep(60); apart.main()'\n"
        "def start(command, **options):\n"
        "    child = popen([sys.executable, '-c', code], **options)\n"
        "    print(child.pid, flush=True)\n"
        "    return child\n"
        "apart.subprocess.Popen = start\n"
        "apart.run(steps.step('diarize'), walk)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    time.sleep(0.2)
    parent.kill()
    parent.wait()
    gone, alive = psutil.wait_procs([child], timeout=20)
    assert gone and not alive
    assert apart.run(DIARIZE, reopened(walk)) is True
