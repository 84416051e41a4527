from __future__ import annotations

import asyncio
import importlib

import httpx
import pytest


class AnsweredError(Exception):
    """The server is there again."""


MODULES = ("prefect._internal.observers", "prefect.runner._scheduled_run_poller")


@pytest.mark.parametrize("name", MODULES)
def test_a_runner_outlasts_a_server_that_is_down(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.utilities.services import critical_service_loop

    from flows import up

    for each in MODULES:  # put back at the end
        monkeypatch.setattr(importlib.import_module(each), "critical_service_loop", critical_service_loop)
    module = importlib.import_module(name)
    asked = 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        raise AnsweredError if asked == up.PATIENCE else httpx.ConnectError("down")

    async def loop() -> None:
        await module.critical_service_loop(workload=ask, interval=0, jitter_range=None)

    with pytest.raises(RuntimeError, match="threshold"):  # Prefect's own patience is three questions
        asyncio.run(loop())
    assert asked == 3
    asked = 0
    up._outlast_the_server()
    with pytest.raises(AnsweredError):
        asyncio.run(loop())
