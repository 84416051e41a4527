"""`chaerok up`: a small lab's server, deployments and inbox in one command; Ctrl-C or SIGTERM ends all of it.

Two processes under this one: the Prefect server, and ``python -m flows.up``, which serves the deployments and watches
the inbox. The second ends when its standard input does, and so when this process dies in whatever way. Both have
sessions of their own: a terminal's Ctrl-C reaches this process alone, which ends them in order.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import FrameType

import httpx
import psutil
from filelock import FileLock, Timeout

from flows import inbox, server
from flows.machine import warn_of_swap
from flows.terminal import either, err, errors_shown, out
from pipeline.errors import ChaerokError, EngineCrashed, PlaceBusy, ServerFailed
from pipeline.interview import Source
from pipeline.places import ROOT, Home
from pipeline.settings import Server as Where
from pipeline.settings import load
from pipeline.stores.keyring import service_identity
from pipeline.stores.sealed import private_folder
from pipeline.stores.vault import Vault
from pipeline.transcript import Pseudonymized

LIGHT_RUNS = 2
GRACE_SECONDS = 12
ENDS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
TRY_AGAIN_SECONDS = 60
"""Before the same drops are tried again that the last scan could not take."""


def run_lab() -> None:
    """Serve until interrupted. Raises PlaceBusy (it runs already, or a stranger has the port), ServerFailed."""
    home = Home.here()
    where = load(home).server
    for folder in (home.inbox, home.studies, home.prefect):
        private_folder(folder)
    warn_of_swap()
    try:
        with FileLock(home.prefect / "up.lock", timeout=0):
            _until_interrupted(home, where)
    except Timeout:
        raise PlaceBusy(what="chaerok up") from None
    except KeyboardInterrupt:
        out.print(either("껐습니다.", "stopped."))


def _until_interrupted(home: Home, where: Where) -> None:
    for number in ENDS:
        signal.signal(number, _interrupt)
    server.enter(home, where)
    started, serving = False, None
    try:
        out.print(either("켜는 중입니다 …", "starting ..."))
        started = server.start(home, where)
        serving = _serve_apart()
        out.print(f"Prefect UI: {server.url(where)}/runs", markup=False)
        out.print(f"{either('녹음과 시트를 넣는 곳', 'drop recordings and sheets here')}: {home.inbox}", markup=False)
        out.print(either("끄기: Ctrl-C", "stop: Ctrl-C"))
        while serving.poll() is None:
            if server.running(home, where) is None:
                raise ServerFailed(url=server.url(where), log=home.prefect / "server.log")
            time.sleep(1)
        raise EngineCrashed(step="up", code=serving.returncode)
    finally:
        for number in ENDS:
            signal.signal(number, signal.SIG_IGN)  # the end is under way
        if serving:
            _end(serving)
        if started:
            server.stop(home)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _serve_apart() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "flows.up"], stdin=subprocess.PIPE, cwd=ROOT, env=os.environ, start_new_session=True
    )


def _end(serving: subprocess.Popen[bytes]) -> None:
    """Let it stop its runs; end what is left after that, down to the last descendant."""
    try:
        family = psutil.Process(serving.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    assert serving.stdin  # asked for
    serving.stdin.close()
    try:
        serving.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        serving.kill()
    for process in psutil.wait_procs(family, timeout=2)[1]:
        process.kill()
    serving.wait()


# --- the process that serves ----------------------------------------------------------------------------------------


def main() -> None:
    """Serve the deployments and watch the inbox until standard input ends."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    threading.Thread(target=_set_at_end_of_input, args=(stop,), daemon=True).start()
    with ThreadPoolExecutor(1) as beside:  # in the main thread a runner would take SIGTERM for itself
        beside.submit(asyncio.run, _serve(Home.here(), stop)).result()


def _set_at_end_of_input(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()


async def _serve(home: Home, stop: threading.Event) -> None:
    from prefect.runner import Runner
    from prefect.types.entrypoint import EntrypointType

    from flows.collect import EVERY_SECONDS, collect_codings
    from flows.intake import intake
    from flows.process import process
    from flows.publish import publish

    heavy = Runner(name="heavy", limit=1, pause_on_shutdown=False)
    light = Runner(name="light", limit=LIGHT_RUNS, pause_on_shutdown=False)
    for runner, flow in ((heavy, process), (light, publish), (light, intake)):
        deployment = await flow.ato_deployment(flow.name, entrypoint_type=EntrypointType.MODULE_PATH)
        await runner.aadd_deployment(deployment)
    hourly = await collect_codings.ato_deployment(
        collect_codings.name, entrypoint_type=EntrypointType.MODULE_PATH, interval=EVERY_SECONDS
    )
    await light.aadd_deployment(hourly)
    tasks = [asyncio.create_task(work) for work in (heavy.start(), light.start(), _watch(home))]
    while not stop.is_set() and not any(task.done() for task in tasks):
        await asyncio.sleep(0.2)
    tasks.pop().cancel()
    await _cut_runs_off()
    for runner in (heavy, light):
        if runner.started:
            await runner.astop()
    await asyncio.gather(*tasks)


async def _cut_runs_off() -> None:
    """End what is under way, at once: a step is done whole or not at all, and the next `up` goes on from there."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter
    from prefect.client.schemas.objects import StateType
    from prefect.states import Cancelled

    under_way = FlowRunFilter.model_validate({"state": {"type": {"any_": [StateType.PENDING, StateType.RUNNING]}}})
    with suppress(httpx.HTTPError):  # where the server is gone there is nobody to tell
        async with get_client() as client:
            for run in await client.read_flow_runs(flow_run_filter=under_way):
                await client.set_flow_run_state(run.id, Cancelled(message="chaerok up was stopped"), force=True)
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            process.kill()


async def _watch(home: Home) -> None:
    """Resume what was cut off; then start a run of `intake` whenever something in the inbox is ready for it."""
    await asyncio.to_thread(_resume, home)
    tried: tuple[tuple[inbox.Drop, ...], float] = ((), 0.0)
    while True:
        tried = await asyncio.to_thread(_look, home, tried)
        await asyncio.sleep(load(home).inbox.scan_seconds)


def _resume(home: Home) -> None:
    """Submit every interview that has not come as far as a draft: its run was cut off, or failed."""
    from flows.process import submit

    if not home.vault.exists():
        return
    vault = Vault(home.vault, service_identity(home.keys))
    for interview in vault.interviews():
        if vault.stamp(interview, Source) and not vault.stamp(interview, Pseudonymized):
            submit(vault, interview, attempt=str(time.time_ns()))


def _look(home: Home, tried: tuple[tuple[inbox.Drop, ...], float]) -> tuple[tuple[inbox.Drop, ...], float]:
    from prefect.deployments import run_deployment

    try:
        with inbox.alone(home) as alone:
            drops = inbox.ready(home) if alone else ()
    except ChaerokError as error:  # its line would name a file
        err.print(either("inbox를 볼 수 없습니다: ", "cannot look into the inbox: ") + type(error).__name__)
        return tried
    soon = drops == tried[0] and time.monotonic() - tried[1] < TRY_AGAIN_SECONDS
    if not drops or soon:
        return tried
    run_deployment("intake/intake", timeout=0, as_subflow=False)
    return drops, time.monotonic()


if __name__ == "__main__":
    with errors_shown():
        main()
