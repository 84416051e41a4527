"""Our own Prefect server: bound to 127.0.0.1, silent, its database under CHAEROK_HOME, its pages kept from calling out.

``python -m flows.server`` serves until it is told to stop; `start` runs that in the background and `stop` ends it. The
content security policy is the real control over the UI, whose default version calls out before it reads any setting.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock

from pipeline.errors import PlaceBusy, ServerFailed, SettingsInvalid
from pipeline.places import ROOT, Home
from pipeline.settings import Server
from pipeline.sharing import asyncpg
from pipeline.stores.locks import require_database
from pipeline.stores.sealed import private_folder, write_atomically

HEARTBEAT_SECONDS = 30
"""Between the signs of life of a run: the least that Prefect allows."""
Message = MutableMapping[str, Any]
Asgi = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

ITSELF = "prefect-in-memory"
"""The host that the server's own automations name when they call it; no browser can be led to a name without a dot."""
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "connect-src 'self' ws://{host}:{port} http://{host}:{port}; frame-ancestors 'none'; form-action 'self'"
)


def url(server: Server) -> str:
    """Where the UI is; the API is under ``/api``."""
    return f"http://{server.host}:{server.port}"


def environment(home: Home, server: Server) -> dict[str, str]:
    """What every process of ours that speaks to Prefect needs to know. Results and caches are off: stamps decide."""
    password = os.environ.get("PREFECT_API_AUTH_STRING") or os.environ.get("PREFECT_SERVER_API_AUTH_STRING")
    direct = ",".join(filter(None, (os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), server.host)))
    return {
        "NO_PROXY": direct,
        "no_proxy": direct,
        "PREFECT_HOME": str(home.prefect),
        "PREFECT_API_URL": f"{url(server)}/api",
        "PREFECT_UI_API_URL": f"{url(server)}/api",
        "PREFECT_SERVER_API_HOST": server.host,
        "PREFECT_SERVER_API_PORT": str(server.port),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": url(server),
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "ERROR",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",  # SQLite has one writer at a time, and a burst of runs writes much
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": str(server.late_after_seconds),
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
        "PREFECT_RUNNER_POLL_FREQUENCY": "3",
        "PREFECT_WORKER_QUERY_SECONDS": "3",
        "PREFECT_RUNNER_AUTO_INSTALL_DEPENDENCIES": "false",
        "PREFECT_CLI_PROMPT": "false",
        "CHAEROK_HOME": str(home.root),
        **({"PREFECT_SERVER_DATABASE_CONNECTION_URL": asyncpg(server.database)} if server.database else {}),
        **({"PREFECT_API_AUTH_STRING": password} if password else {}),
    }


def enter(home: Home, server: Server) -> None:
    """Make this process, and those that it starts, speak to our server. Before Prefect is imported."""
    private_folder(home.prefect)
    for foreign in ("PREFECT_API_KEY", "PREFECT_PROFILE"):
        os.environ.pop(foreign, None)
    os.environ.update(environment(home, server))


def is_up(server: Server) -> bool:
    """True where a Prefect server answers."""
    try:
        with directly().open(f"{url(server)}/api/health", timeout=2) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, HTTPException):
        return False


def directly() -> urllib.request.OpenerDirector:
    """Opens addresses by no proxy."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def is_taken(server: Server) -> bool:
    """True where anything at all listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((server.host, server.port)) == 0


def running(home: Home, server: Server) -> Server | None:
    """Where the server of this home is, if it is alive: it may have another port than `server` says."""
    process, port = _left_running(home)
    return server.model_copy(update={"port": port}) if process else None


def start(home: Home, server: Server) -> bool:
    """Start the server in the background, unless it answers already; True if it was started now.

    Raises ServerFailed where it does not come up, PlaceBusy where a stranger has the port, SettingsInvalid where others
    could reach it without a password, DatabaseUnreachable.
    """
    _require_password(home, server)
    if server.database:
        require_database(server.database)
    private_folder(home.prefect)
    with FileLock(home.prefect / "server.lock"):
        if running(home, server) == server and is_up(server):
            return False
        stop(home)
        if is_taken(server):
            raise PlaceBusy(what=url(server))
        process = _spawn(home, server)
        try:
            _await_health(home, server, process)
        except BaseException:
            stop(home)
            raise
    return True


def _require_password(home: Home, server: Server) -> None:
    if not _is_loopback(server.host) and not os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
        where = f"server.host: {server.host}: PREFECT_SERVER_API_AUTH_STRING"
        raise SettingsInvalid(path=home.root / "settings.toml", where=where)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _spawn(home: Home, server: Server) -> subprocess.Popen[bytes]:
    with _log(home).open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.server"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, **environment(home, server)},
            start_new_session=True,
        )
    write_atomically(_pid_file(home), [f"{process.pid} {server.port}".encode()])
    return process


def _await_health(home: Home, server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + server.start_timeout_seconds
    while not is_up(server):
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerFailed(url=url(server), log=_log(home))
        time.sleep(0.25)


def stop(home: Home) -> bool:
    """Stop the server that `start` started; True if there was one."""
    process, _ = _left_running(home)
    _pid_file(home).unlink(missing_ok=True)
    if process is None:
        return False
    with suppress(psutil.NoSuchProcess):
        process.terminate()
    _, alive = psutil.wait_procs([process], timeout=10)
    for survivor in alive:
        survivor.kill()
    psutil.wait_procs(alive, timeout=5)
    return True


def _left_running(home: Home) -> tuple[psutil.Process | None, int]:
    """The process of the pid file, if it is still our server's, and its port."""
    try:
        pid, port = map(int, _pid_file(home).read_text().split())
        process = psutil.Process(pid)
        return (process if "flows.server" in process.cmdline() else None), port
    except (OSError, ValueError, psutil.Error):
        return None, 0


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


def let_schedules_be_written() -> None:
    """Prefect 3.8.8 inserts scheduled runs with a hybrid attribute, `state`, among the columns, and its row afterwards.

    SQLAlchemy 2.1 wants to be told what such a value means for the insert: nothing, as it meant to 2.0. Without this
    nothing that has a schedule ever runs.
    """
    from prefect.server.database.orm_models import FlowRun

    vars(FlowRun)["state"].bulk_dml_setter = lambda kind, columns, value: None


def main() -> None:
    """Serve in the foreground."""
    import uvicorn
    from prefect.server.api.server import create_app
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    let_schedules_be_written()
    host, port = os.environ["PREFECT_SERVER_API_HOST"], int(os.environ["PREFECT_SERVER_API_PORT"])
    app = create_app()
    if _is_loopback(host):  # a page elsewhere that has its own name point here is refused
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[host, "localhost", ITSELF])
    app.add_middleware(ContentSecurityPolicy, policy=POLICY.format(host=host, port=port))
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_keep_alive=5, timeout_graceful_shutdown=3)


if __name__ == "__main__":
    main()
