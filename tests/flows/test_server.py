from __future__ import annotations

import os
import socket
from pathlib import Path

import httpx
import psutil
import pytest
from lab import Lab, built, free_port

from flows import server
from pipeline.errors import PlaceBusy, ServerFailed, SettingsInvalid
from pipeline.places import Home
from pipeline.settings import load


def get(lab: Lab, path: str, **headers: str) -> httpx.Response:
    return httpx.get(server.url(lab.where) + path, headers=headers, timeout=10, trust_env=False)


@pytest.fixture
def stopped(tmp_path: Path) -> Lab:
    """A lab without a server."""
    return built(Home(tmp_path / "home"), free_port())


@pytest.mark.prefect
@pytest.mark.parametrize("path", ["/", "/runs", "/v2/", "/api/health", "/api/version", "/api/no-such-thing"])
def test_no_page_may_speak_to_another_host(serving: Lab, path: str) -> None:
    [policy] = get(serving, path).headers.get_list("content-security-policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert "'self'" in rules["default-src"] and "*" not in policy
    here = f"{serving.where.host}:{serving.where.port}"
    assert rules["connect-src"].split() == ["'self'", f"ws://{here}", f"http://{here}"]


@pytest.mark.prefect
def test_the_quieter_ui_is_the_default_and_no_other_page_may_read_the_api(serving: Lab) -> None:
    assert get(serving, "/ui-settings").json()["default_ui"] == "v1"
    assert get(serving, "/api/health").json() is True
    stranger = get(serving, "/api/health", Origin="http://elsewhere.example")
    assert "access-control-allow-origin" not in stranger.headers
    assert get(serving, "/api/health", Host="elsewhere.example").status_code == 400


@pytest.mark.prefect
def test_it_listens_on_loopback_alone_and_keeps_its_files_to_its_owner(serving: Lab) -> None:
    [process] = [p for p in psutil.process_iter() if is_server_of(p, serving)]
    listening = {tuple(c.laddr) for c in process.net_connections() if c.status == psutil.CONN_LISTEN}
    assert listening == {("127.0.0.1", serving.where.port)}
    assert serving.home.prefect.stat().st_mode & 0o077 == 0 or os.name == "nt"


def is_server_of(process: psutil.Process, lab: Lab) -> bool:
    try:
        return "flows.server" in process.cmdline() and process.environ()["CHAEROK_HOME"] == str(lab.home.root)
    except (psutil.Error, KeyError):
        return False


@pytest.mark.prefect
def test_started_twice_it_is_one_and_stopped_it_is_gone(own: Lab) -> None:
    try:
        assert server.start(own.home, own.where) is True
        assert server.start(own.home, own.where) is False
        assert server.running(own.home, own.where) == own.where
        assert server.running(own.home, own.where.model_copy(update={"port": 1})) == own.where  # wherever it is
    finally:
        assert server.stop(own.home) is True
    assert not server.is_up(own.where) and not server.is_taken(own.where)
    assert server.running(own.home, own.where) is None and server.stop(own.home) is False


def test_a_stranger_on_the_port_is_left_alone(stopped: Lab) -> None:
    listening = socket.create_server((stopped.where.host, stopped.where.port))
    with listening, pytest.raises(PlaceBusy, match=str(stopped.where.port)):
        server.start(stopped.home, stopped.where)
    assert server.stop(stopped.home) is False


@pytest.mark.prefect
def test_a_server_that_cannot_start_says_where_its_log_is(stopped: Lab) -> None:
    stopped.home.prefect.mkdir()
    (stopped.home.prefect / "prefect.db").write_bytes(b"no database" * 1000)
    with pytest.raises(ServerFailed) as caught:
        server.start(stopped.home, stopped.where)
    log = Path(str(caught.value.facts["log"]))
    assert "not a database" in log.read_text()
    assert server.running(stopped.home, stopped.where) is None and not server.is_taken(stopped.where)


def test_a_server_that_takes_too_long_is_ended(stopped: Lab) -> None:
    hasty = stopped.where.model_copy(update={"start_timeout_seconds": 0.1})
    with pytest.raises(ServerFailed):
        server.start(stopped.home, hasty)
    assert not [p for p in psutil.process_iter() if is_server_of(p, stopped)]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "lab.example"])
def test_others_need_a_password(stopped: Lab, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_SERVER_API_AUTH_STRING", raising=False)
    with pytest.raises(SettingsInvalid, match="PREFECT_SERVER_API_AUTH_STRING"):
        server.start(stopped.home, stopped.where.model_copy(update={"host": host}))


@pytest.mark.parametrize("pid_file", ["", "x y", "1", "999999999 4200", "{ours} 4200"])
def test_a_pid_file_that_is_not_our_servers_is_nothing(stopped: Lab, pid_file: str) -> None:
    stopped.home.prefect.mkdir()
    (stopped.home.prefect / "server.pid").write_text(pid_file.format(ours=os.getpid()))
    assert server.running(stopped.home, stopped.where) is None
    assert server.stop(stopped.home) is False


def test_processes_of_ours_pass_by_proxies_and_other_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    monkeypatch.delenv("no_proxy", raising=False)
    where = load().server
    entered = server.environment(Home(tmp_path), where)
    assert entered["NO_PROXY"] == entered["no_proxy"] == "intranet.example,127.0.0.1"
    assert entered["PREFECT_RESULTS_PERSIST_BY_DEFAULT"] == "false"
    for name, value in entered.items():  # so that it is all undone
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PREFECT_API_KEY", "somebody's")
    server.enter(Home(tmp_path), where)
    assert "PREFECT_API_KEY" not in os.environ


@pytest.mark.parametrize(("own", "shared"), [("", "lab:secret"), ("lab:own", "lab:secret"), ("", "")])
def test_processes_of_ours_know_the_team_database_and_the_servers_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, shared: str
) -> None:
    for name, value in (("PREFECT_API_AUTH_STRING", own), ("PREFECT_SERVER_API_AUTH_STRING", shared)):
        monkeypatch.setenv(name, value)
    where = load().server.model_copy(update={"database": "postgresql://lab@db/prefect"})
    environment = server.environment(Home(tmp_path), where)
    assert environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] == "postgresql+asyncpg://lab@db/prefect"
    assert environment.get("PREFECT_API_AUTH_STRING", "") == (own or shared)
    alone = server.environment(Home(tmp_path), where.model_copy(update={"database": ""}))
    assert "PREFECT_SERVER_DATABASE_CONNECTION_URL" not in alone
