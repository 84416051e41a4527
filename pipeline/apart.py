"""A heavy step in a process of its own: its memory returns, and a crash of a native library is an error, not the end.

The parent sends the task on standard input and keeps it open: when the parent dies, the child sees its end and stops.
The child answers with one JSON object a line: ``{"progress"}``, ``{"ran"}``, ``{"error", "facts"}``, ``{"waiting"}``.
The service identity goes through the pipe as well, so that `chaerok hear` never puts its throwaway key on the disk.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from pipeline import errors, steps
from pipeline.errors import ChaerokError, EngineCrashed, Waiting
from pipeline.interview import InterviewId
from pipeline.places import Home
from pipeline.settings import Settings
from pipeline.sheets import Study
from pipeline.steps import Step
from pipeline.stores.keyring import Identity
from pipeline.stores.vault import Vault
from pipeline.walk import Walk

GARBAGE = 100_000
"""New objects before the collector looks for cycles. Importing torch and pyannote.audio makes a million that stay, over
which it goes time and again otherwise: 1 of 6 s of CPU."""

STDERR_KEPT = 200
"""Last lines of a dead child's standard error that are sealed in the vault."""


def run(row: Step, walk: Walk) -> bool:
    """`steps.run`, in a child process where the step is heavy and has anything to do. Raises EngineCrashed too."""
    if not row.heavy or steps.is_fresh(row, walk):
        return steps.run(row, walk)
    child = subprocess.Popen(
        [sys.executable, "-m", "pipeline.apart"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **_threads(row, walk)},
    )
    limit = threading.Timer(walk.settings.run.heavy_timeout_hours * 3600, child.kill)
    limit.daemon = True
    limit.start()
    try:
        return _conversation(child, row, walk)
    finally:
        limit.cancel()
        if child.poll() is None:
            child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()


def _threads(row: Step, walk: Walk) -> dict[str, str]:
    """OpenMP reads its number of threads once, when a library loads. Spinning would burn the other step's core."""
    chosen = walk.settings.diarize if row.name == "diarize" else walk.settings.transcribe  # as which mask listens
    threads = str(chosen.threads)
    return {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "OMP_WAIT_POLICY": "PASSIVE"}


def _conversation(child: subprocess.Popen[str], row: Step, walk: Walk) -> bool:
    assert child.stdin and child.stdout and child.stderr  # asked for in run
    complaints: list[str] = []
    listener = threading.Thread(target=_listen, args=(child.stderr, complaints), daemon=True)
    listener.start()
    with suppress(BrokenPipeError):  # dead already: what follows finds out
        child.stdin.write(json.dumps(_task(row, walk)) + "\n")
        child.stdin.flush()
    for line in child.stdout:
        answer = json.loads(line)
        if "progress" in answer:
            walk.report(row.name, answer["progress"])
        elif "ran" in answer:
            return bool(answer["ran"])
        elif "waiting" in answer:
            raise Waiting(answer["waiting"], str(walk.interview))
        else:
            raise _error(answer)
    code = child.wait()
    listener.join(timeout=5)
    walk.vault.write_failure(walk.interview, row.name, "".join(complaints))
    raise EngineCrashed(step=row.name, code=code)


def _listen(pipe: IO[str], into: list[str]) -> None:
    for line in pipe:
        into.append(line)
        del into[:-STDERR_KEPT]


def _task(row: Step, walk: Walk) -> dict[str, Any]:
    return {
        "step": row.name,
        "interview": str(walk.interview),
        "home": str(walk.home.root),
        "identity": [walk.identity.secret, *walk.identity.others],
        "settings": walk.settings.model_dump(mode="json"),
        "study": walk.study.model_dump(mode="json"),
    }


def _error(answer: dict[str, Any]) -> Exception:
    kind = getattr(errors, answer["error"], None)
    if isinstance(kind, type) and issubclass(kind, ChaerokError):
        return kind(**answer["facts"])
    return errors.EngineFailed(engine=answer.get("engine", ""), why=answer["error"])


# --- the child ------------------------------------------------------------------------------------------------------


def main() -> None:
    """Read one task, do it, answer."""
    gc.set_threshold(GARBAGE)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    walk, row = _received(json.loads(sys.stdin.readline()))
    threading.Thread(target=_die_with_parent, daemon=True).start()

    def answer(**fields: object) -> None:
        answers.write(json.dumps(fields, default=str) + "\n")
        answers.flush()

    walk = replace(walk, report=lambda _, share: answer(progress=round(share, 4)))
    try:
        answer(ran=steps.run(row, walk))
    except Waiting as waiting:
        answer(waiting=waiting.what)
    except ChaerokError as error:
        answer(error=type(error).__name__, facts=error.facts)
    except Exception as error:  # steps.run has sealed the traceback; only the class may leave
        answer(error=type(error).__name__, facts={}, engine=row.name)


def _received(task: dict[str, Any]) -> tuple[Walk, Step]:
    secret, *others = task["identity"]
    home, identity = Home(Path(task["home"])), Identity(secret, tuple(others))
    settings, study = Settings.model_validate(task["settings"]), Study.model_validate(task["study"])
    vault = Vault(home.vault, identity)
    walk = Walk(InterviewId.parse(task["interview"]), home, vault, identity, settings, study)
    return walk, steps.step(task["step"])


def _die_with_parent() -> None:
    """Standard input ends when the parent does."""
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
    os._exit(0)  # everything is answered and on the disk; to take torch down in good order takes a second of CPU
