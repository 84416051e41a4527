"""`chaerok up`: a small lab's server, deployments and inbox in one command; Ctrl-C or SIGTERM ends all of it.

Two processes under this one: the Prefect server, and ``python -m flows.up``, which serves the deployments and watches
the inbox. What is killed is started again, after a wait that grows; what keeps falling ends it all with an error. Both
have sessions of their own: a terminal's Ctrl-C reaches this process alone, which ends them in order. The second ends
when its standard input does, and so when this process dies in whatever way. A run that goes on without the process that
started it is ended before another begins: nobody would count it, and two would do the work of one.

Prefect is not imported here: it takes eighty megabytes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

import psutil
from filelock import FileLock, Timeout

from flows import asking, server
from flows.machine import warn_of_swap
from flows.terminal import either, err, out
from pipeline.errors import KeepsFalling, PlaceBusy, ServerFailed
from pipeline.places import ROOT, Home
from pipeline.settings import Server as Where
from pipeline.settings import load
from pipeline.stores.sealed import private_folder

GRACE_SECONDS = 12
ENDS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
FORGIVEN_SECONDS = 600
"""A fall so long ago no longer counts."""
SILENT_SECONDS = 180
"""A server that answers nobody for so long, or a serving process that asks for no work, hangs: it is started again. A
busy machine keeps the one waiting for seconds, and a server that was down keeps the other away for half a minute."""
LOOK_SECONDS = 10
MARK = "CHAEROK_SERVED"
"""In the environment of the process that serves, and so of every run that it starts."""


def run_lab() -> None:
    """Serve until interrupted. Raises PlaceBusy (it runs already, or a stranger has the port), ServerFailed, or
    KeepsFalling.
    """
    home = Home.here()
    settings = load(home)
    for folder in (home.inbox, home.studies, home.prefect):
        private_folder(folder)
    warn_of_swap()
    try:
        with FileLock(home.prefect / "up.lock", timeout=0):
            _until_interrupted(_Lab(home, settings.server))
    except Timeout:
        raise PlaceBusy(what="chaerok up") from None
    except KeyboardInterrupt:
        out.print(either("껐습니다.", "stopped."))


def wait_after(falls: Sequence[float], waits: Sequence[float], now: float) -> float | None:
    """Seconds to wait after the last of `falls` (monotonic times), the longer the more there were lately; None: enough.

    >>> wait_after((1.0, 2.0), (0, 5), 3.0), wait_after((1.0, 2.0, 3.0), (0, 5), 3.0), wait_after((1.0,), (7,), 999.0)
    (5, None, 7)
    """
    lately = [fall for fall in falls if now - fall < FORGIVEN_SECONDS]
    return waits[max(0, len(lately) - 1)] if len(lately) <= len(waits) else None


@dataclass
class _Lab:
    """What is under way."""

    home: Home
    where: Where
    serving: subprocess.Popen[bytes] | None = None
    ours: bool = False
    """Whether the server is ours to stop: one that `demo` left is not."""
    falls: dict[str, list[float]] = field(default_factory=dict)
    silent: dict[str, float] = field(default_factory=dict)
    """Since when (monotonic) each has not answered."""


def _until_interrupted(lab: _Lab) -> None:
    for number in ENDS:
        signal.signal(number, _interrupt)
    server.enter(lab.home, lab.where)
    try:
        out.print(either("켜는 중입니다 …", "starting ..."))
        _end_strays(lab.home)
        lab.ours = server.start(lab.home, lab.where)
        lab.serving = _serve_apart("--anew")
        out.print(f"Prefect UI: {server.url(lab.where)}/runs", markup=False)
        out.print(
            f"{either('녹음과 시트를 넣는 곳', 'drop recordings and sheets here')}: {lab.home.inbox}", markup=False
        )
        out.print(either("끄기: Ctrl-C", "stop: Ctrl-C"))
        _keep_up(lab)
    finally:
        for number in ENDS:
            signal.signal(number, signal.SIG_IGN)  # the end is under way
        if lab.serving:
            _end(lab.serving)
        if lab.ours:
            server.stop(lab.home)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


# --- starting again -------------------------------------------------------------------------------------------------


def _keep_up(lab: _Lab) -> None:
    """Start again what ended. Raises KeepsFalling."""
    looked = time.monotonic()
    while True:
        if server.running(lab.home, lab.where) is None:
            _fallen(lab, "server")
            _start_server(lab)
        assert lab.serving  # started before
        if lab.serving.poll() is not None:
            _end_strays(lab.home)
            _fallen(lab, "flows")
            lab.serving = _serve_apart()
        if time.monotonic() - looked >= LOOK_SECONDS:
            _end_what_hangs(lab)
            looked = time.monotonic()
        time.sleep(0.5)


def _fallen(lab: _Lab, what: str) -> None:
    """Say that it fell, and wait."""
    falls = lab.falls.setdefault(what, [])
    falls.append(time.monotonic())
    lab.silent.clear()
    wait = wait_after(falls, lab.where.restart_waits_seconds, falls[-1])
    if wait is None:
        raise KeepsFalling(what=what, count=len(falls), log=lab.home.prefect / "server.log")
    korean, english = f"{what} 프로세스가 꺼졌습니다. {wait:g}초 뒤 다시 켭니다.", f"{what} ended; again in {wait:g} s."
    err.print(either(korean, english), markup=False)
    time.sleep(wait)


def _start_server(lab: _Lab) -> None:
    """As long as it does not come up, and has not fallen too often."""
    while True:
        try:
            lab.ours = server.start(lab.home, lab.where) or lab.ours
            return
        except ServerFailed:
            _fallen(lab, "server")


def _end_what_hangs(lab: _Lab) -> None:
    """Kill what lives and does nothing; that it is gone is seen at the next look."""
    now = time.monotonic()
    answering = server.is_up(lab.where)
    polled = not answering or _is_polled(lab.where)
    for what, well in (("server", answering), ("flows", polled)):
        since = lab.silent.setdefault(what, now)
        if well:
            lab.silent[what] = now
        elif now - since > SILENT_SECONDS and what == "flows" and lab.serving:
            lab.serving.kill()
        elif now - since > SILENT_SECONDS:
            server.stop(lab.home)


def _is_polled(where: Where) -> bool:
    """Whether somebody asks the server for runs of `process`."""
    try:
        return bool(asking.ask(where, "deployments/name/process/process")["status"] == "READY")
    except (OSError, ValueError):
        return True  # busy: the other look says whether it hangs


# --- the process that serves ----------------------------------------------------------------------------------------


def _serve_apart(*words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "flows.up", *words]
    environment = {**os.environ, MARK: str(os.getpid())}
    return subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT, env=environment, start_new_session=True)


def _end(serving: subprocess.Popen[bytes]) -> None:
    """Let it stop its runs; end what is left after that, down to the last descendant."""
    try:
        family = psutil.Process(serving.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    assert serving.stdin  # asked for
    with suppress(BrokenPipeError):
        serving.stdin.close()
    try:
        serving.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        serving.kill()
    for process in psutil.wait_procs(family, timeout=2)[1]:
        process.kill()
    serving.wait()
    _end_strays(Home.here())


def _end_strays(home: Home) -> None:
    """End what a serving process of this home left behind when it was killed: runs that nobody counts."""
    strays = [process for process in psutil.process_iter() if _is_stray(process, home)]
    for process in strays:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(strays, timeout=5)


def _is_stray(process: psutil.Process, home: Home) -> bool:
    try:
        environment = process.environ()
    except (psutil.Error, OSError):
        return False
    return MARK in environment and environment.get("CHAEROK_HOME") == str(home.root)
