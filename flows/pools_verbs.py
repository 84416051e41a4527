"""``chaerok deploy`` and ``chaerok work``: a lab on several machines."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from flows.terminal import either, errors_shown, out
from pipeline.errors import SettingsInvalid

Queue = Literal["cpu", "gpu"]
Most = Annotated[
    int | None, typer.Option(min=1, help=either("모든 컴퓨터를 합해 한꺼번에 도는 수", "Runs at once, on all machines"))
]


def deploy(
    pool: Annotated[
        str, typer.Option(help=either("작업 풀 이름(없으면 설정의 것)", "Work pool; else that of the settings"))
    ] = "",
    heavy_on: Annotated[
        Queue, typer.Option("--heavy-on", help=either("받아 적기가 갈 대기열", "The queue of runs that hear"))
    ] = "gpu",
    cpu_limit: Most = None,
    gpu_limit: Most = None,
) -> None:
    """Make or change pool, queues and deployments."""
    with errors_shown():
        from flows import pools, server
        from pipeline.places import Home
        from pipeline.settings import load

        home = Home.here()
        settings = load(home)
        name = pool or settings.workers.pool
        if not name:
            raise SettingsInvalid(path=home.root / "settings.toml", where="workers.pool: NAME")
        server.enter(home, settings.server)
        for made in pools.deploy(name, heavy_on, pools.Limits(cpu_limit, gpu_limit)):
            out.print(f"{name}: {made}", markup=False)


def work(
    queue: Annotated[
        list[str] | None, typer.Option(help=either("맡을 대기열(여러 번; 없으면 모두)", "Queues to serve; else all"))
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, help=either("이 컴퓨터에서 한꺼번에 도는 수", "Runs at once on this machine"))
    ] = 1,
) -> None:
    """Be a Prefect worker until stopped."""
    with errors_shown():
        from flows import pools
        from pipeline.places import Home

        pools.work(Home.here(), tuple(queue or pools.QUEUES), limit)
