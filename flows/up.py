"""``python -m flows.up``: serves the deployments and watches the inbox, under `flows.supervisor`.

It ends when its standard input does. The flows themselves are not imported here: each run has a process of its own.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID

import httpx
import psutil

from flows import pools
from flows.terminal import either, err, errors_shown
from pipeline.places import Home
from pipeline.settings import load

AFTER_TROUBLE_SECONDS = 5.0
"""Before the inbox is watched again, where that ended with an error: the server is being started again, as a rule."""
ANEW = "--anew"
"""Given where `chaerok up` starts, and not where this process alone is started again."""


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

    from flows import deployments, recovery

    settings = load(home)
    heavy = Runner(name="heavy", limit=settings.run.heavy_slots, pause_on_shutdown=False)
    light = Runner(name="light", limit=settings.run.light_slots, pause_on_shutdown=False)
    served = {
        row.name: await (heavy if row.heavy else light).aadd_deployment(deployments.built(row, settings))
        for row in deployments.TABLE
        if not pools.is_elsewhere(home, row.name)
    }
    await recovery.begin(served, anew=ANEW in sys.argv)
    watched = [pools.watch(home)] if settings.workers.pool else []
    watching = [asyncio.create_task(work) for work in (*watched, _steadily(lambda: _watch(home)))]
    runners = [asyncio.create_task(runner.start()) for runner in (heavy, light)]
    while not stop.is_set() and not any(task.done() for task in (*runners, *watching)):
        await asyncio.sleep(0.2)
    for task in watching:
        task.cancel()
    await _cut_runs_off(served)
    for runner in (heavy, light):
        if runner.started:
            await runner.astop()
    await asyncio.gather(*runners)


async def _cut_runs_off(served: dict[str, UUID]) -> None:
    """End what is under way, at once: a step is done whole or not at all, and the next `up` goes on from there."""
    from prefect.states import Cancelled

    from flows import recovery

    with suppress(httpx.HTTPError):  # where the server is gone there is nobody to tell
        await recovery.end(served, Cancelled(message=f"{recovery.OURS}: chaerok up was stopped"))
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            process.kill()


async def _steadily(work: Callable[[], Awaitable[None]]) -> None:
    """Do it, and again where it ends with an error: the inbox is watched as long as this process lives."""
    while True:
        try:
            await work()
        except Exception as error:  # its words may name a file
            err.print(either("inbox 감시를 다시 시작합니다: ", "watching anew: ") + type(error).__name__, markup=False)
        await asyncio.sleep(AFTER_TROUBLE_SECONDS)


async def _watch(home: Home) -> None:
    """Start a run of `intake` whenever something in the inbox is ready for it, and hand on what waits for its turn."""
    from prefect.deployments import run_deployment

    from flows import handing, watcher

    await watcher.watch(
        home,
        on_ready=lambda: run_deployment("intake/intake", timeout=0, as_subflow=False),
        on_look=lambda: handing.pass_on(home),
    )


if __name__ == "__main__":
    with errors_shown():
        main()
