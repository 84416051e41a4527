"""Real servers in environments of their own: installed once by pip, kept in pytest's cache, started for a session."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock
from programs import Program

from pipeline.stores.servers import label_studio, taguette
from pipeline.stores.servers.wire import Access

QUIET = {"SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "COLLECT_ANALYTICS": "false", "LC_ALL": "C.UTF-8"}


def environment(request: pytest.FixtureRequest, *packages: str) -> Path:
    """The folder with the programs of an environment that has `packages`: made once, kept in pytest's cache."""
    kept = request.config.cache.mkdir("servers") / packages[0]
    where = kept / ("Scripts" if os.name == "nt" else "bin")
    with FileLock(f"{kept}.lock"):
        if not (kept / "whole").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", kept], check=True)
            command = [where / "python", "-m", "pip", "install", "--quiet", *packages]
            made = subprocess.run(command, capture_output=True, timeout=1500, check=False)
            if made.returncode:
                pytest.skip(f"pip cannot install {packages[0]} here: no package index in reach, or none that has it")
            (kept / "whole").touch()
    return where


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, "the server came to an end"
        try:
            if httpx.get(url, trust_env=False, timeout=5).is_success:
                return
        except httpx.HTTPError:
            time.sleep(1)
    raise AssertionError(f"no answer in {seconds} s")


@dataclass(frozen=True)
class Running:
    """A real server, the password or token of our account, and what its administrator may do."""

    url: str
    secret: str


def running(command: list[Any], folder: Path, more: dict[str, str]) -> subprocess.Popen[bytes]:
    clean = {key: value for key, value in os.environ.items() if key in ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP")}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=folder, env={**clean, "HOME": str(folder), **QUIET, **more}, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log,
        )  # fmt: skip


def taguette_running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    where = environment(request, "taguette==1.5.2", "SQLAlchemy<2")
    folder, port = tmp_path_factory.mktemp("taguette"), free_port()
    settings = {"NAME": "test", "BIND_ADDRESS": "127.0.0.1", "PORT": port, "SECRET_KEY": secrets.token_hex(32),
                "DATABASE": f"sqlite:///{folder / 'taguette.sqlite3'}", "TOS_FILE": None, "DOMAIN": "localhost",
                "X_HEADERS": False, "EMAIL": "a@lab.example", "COOKIES_PROMPT": False,
                "MAIL_SERVER": {"ssl": False, "host": "127.0.0.1", "port": 25}}  # fmt: skip
    (folder / "config.py").write_text("".join(f"{key} = {value!r}\n" for key, value in settings.items()), "utf-8")
    process = running([where / "taguette", "--no-browser", "server", "config.py"], folder, {})
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/health", process, 60)
        for name in ("chaerok", "kim", "lee"):
            register(url, name)
        yield Running(url, "secret-of-chaerok")
    finally:
        process.terminate()
        process.wait(20)


def register(url: str, name: str) -> None:
    """As a person makes an account."""
    with httpx.Client(base_url=url, trust_env=False) as client:
        client.get("/register")
        secret = f"secret-of-{name}"
        form = {"login": name, "password1": secret, "password2": secret, "_xsrf": client.cookies["_xsrf"]}
        assert client.post("/register", data=form).status_code in (302, 303)


def label_studio_running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if not os.environ.get("CHAEROK_LABEL_STUDIO"):
        pytest.skip("a gigabyte and minutes: CHAEROK_LABEL_STUDIO=1 installs it and runs it")
    where = environment(request, "label-studio==1.23.2")
    folder, port, token = tmp_path_factory.mktemp("label_studio"), free_port(), secrets.token_hex(20)
    more = {"LABEL_STUDIO_BASE_DATA_DIR": str(folder / "data"), "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
            "LATEST_VERSION_CHECK": "false"}  # fmt: skip
    account = ["--username", "chaerok@lab.example", "--password", secrets.token_hex(8), "--user-token", token]
    command = [where / "label-studio", "start", "--no-browser", "--port", str(port), "--internal-host", "127.0.0.1"]
    process = running([*command, *account], folder, more)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/api/version", process, 900)
        yield Running(url, token)
    finally:
        process.terminate()
        process.wait(30)


def real_taguette(request: pytest.FixtureRequest, folder: Path) -> Program:
    server: Running = request.getfixturevalue("taguette_server")
    access = Access(server.url, "chaerok", "", "", 60.0)
    coders = {"김코더": "kim", "이코더": "lee"}
    return Program("taguette", lambda: taguette.connected(access, server.secret), coders, folder)


def real_label_studio(request: pytest.FixtureRequest, folder: Path) -> Program:
    """Its coder is our own account: others sign up through an invitation, which is for people."""
    server: Running = request.getfixturevalue("label_studio_server")
    access = Access(server.url, "", "", "", 60.0)
    return Program(
        "label_studio", lambda: label_studio.connected(access, server.secret), {"김코더": "chaerok@lab.example"}, folder
    )
