"""Our own Prefect server: bound to 127.0.0.1, silent, its database under CHAEROK_HOME, its pages kept from calling out.

``python -m flows.server`` serves until it is told to stop; `start` runs that in the background and `stop` ends it. The
content security policy is the real control over the UI, whose default version calls out before it reads any setting.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import httpx
import psutil

from pipeline.errors import ServerFailed
from pipeline.settings import Home, Server
from pipeline.stores.sealed import private_folder, write_atomically

Message = MutableMapping[str, Any]
Asgi = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "connect-src 'self' ws://{host}:{port} http://{host}:{port}; frame-ancestors 'none'; form-action 'self'"
)


def url(server: Server) -> str:
    """Where the UI is; the API is under ``/api``."""
    return f"http://{server.host}:{server.port}"


def environment(home: Home, server: Server) -> dict[str, str]:
    """What every process of ours that speaks to Prefect needs to know. Results and caches are off: stamps decide."""
    return {
        "PREFECT_HOME": str(home.prefect),
        "PREFECT_API_URL": f"{url(server)}/api",
        "PREFECT_UI_API_URL": f"{url(server)}/api",
        "PREFECT_SERVER_API_HOST": server.host,
        "PREFECT_SERVER_API_PORT": str(server.port),
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_RUNNER_POLL_FREQUENCY": "3",
        "PREFECT_CLI_PROMPT": "false",
        "CHAEROK_HOME": str(home.root),
    }


def enter(home: Home, server: Server) -> None:
    """Make this process one that speaks to our server. Must come before Prefect is imported."""
    private_folder(home.prefect)
    os.environ.update(environment(home, server))


def is_up(server: Server) -> bool:
    """True where a Prefect server answers."""
    try:
        return httpx.get(f"{url(server)}/api/health", timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def start(home: Home, server: Server) -> bool:
    """Start the server in the background, unless it answers already; True if it was started. Raises ServerFailed."""
    if is_up(server):
        if is_ours(home, server):
            return False
        raise ServerFailed(url=url(server), log=_log(home))
    log = _log(home)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.server"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment(home, server)},
            start_new_session=True,
        )
    write_atomically(_pid_file(home), [str(process.pid).encode()])
    deadline = time.monotonic() + server.start_timeout_seconds
    while not is_up(server):
        if process.poll() is not None or time.monotonic() > deadline:
            stop(home)
            raise ServerFailed(url=url(server), log=log)
        time.sleep(0.5)
    return True


def stop(home: Home) -> bool:
    """Stop the server that `start` started; True if there was one."""
    process = _process(home)
    _pid_file(home).unlink(missing_ok=True)
    if process is None:
        return False
    process.send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs([process], timeout=15)
    for survivor in alive:
        survivor.kill()
    return True


def is_ours(home: Home, server: Server) -> bool:
    """True where the server of this home's pid file lives and listens where `server` says."""
    process = _process(home)
    return process is not None and str(server.port) == process.environ().get("PREFECT_SERVER_API_PORT")


def _process(home: Home) -> psutil.Process | None:
    """The process of the pid file, if it is still our server's."""
    try:
        process = psutil.Process(int(_pid_file(home).read_text()))
        return process if "flows.server" in process.cmdline() else None
    except (OSError, ValueError, psutil.Error):
        return None


def _pid_file(home: Home) -> Path:
    return home.prefect / "server.pid"


def _log(home: Home) -> Path:
    return private_folder(home.prefect) / "server.log"


class ContentSecurityPolicy:
    """ASGI middleware: adds the policy to every response, so that no page can speak to any other host."""

    def __init__(self, app: Asgi, policy: str) -> None:
        """Wrap `app`."""
        self.app, self.policy = app, policy.encode()

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Pass on, with the header added."""

        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", self.policy)]
            await send(message)

        await self.app(scope, receive, with_policy)


def main() -> None:
    """Serve in the foreground."""
    import uvicorn
    from prefect.server.api.server import create_app

    host, port = os.environ["PREFECT_SERVER_API_HOST"], int(os.environ["PREFECT_SERVER_API_PORT"])
    app = create_app()
    app.add_middleware(ContentSecurityPolicy, policy=POLICY.format(host=host, port=port))
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_keep_alive=5)


if __name__ == "__main__":
    main()
