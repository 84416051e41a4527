"""Where text may go, how we sign in, and what a server that does not play along is called. No password is ever told."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes import Fake, FakeLabelStudio, FakeTaguette, number_of_faults

from pipeline.errors import (
    AddressUnsafe,
    ChaerokError,
    LoginMissing,
    LoginRefused,
    ServerStrange,
    StoreError,
    StoreRefused,
    StoreUnreachable,
)
from pipeline.stores.servers import label_studio, taguette
from pipeline.stores.servers.wire import Access, Wire, checked, secret

HERE = "http://127.0.0.1:7465"


def access(url: str = HERE, file: str = "", variable: str = "") -> Access:
    return Access(url, "chaerok", file, variable, 0.5)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("http://127.0.0.1:7465", True),
        ("http://127.8.9.1", True),
        ("http://localhost:7465/taguette", True),
        ("http://[::1]:7465", True),
        ("https://coding.lab.example", True),
        ("http://coding.lab.example", False),
        ("http://192.168.0.10:7465", False),
        ("http://localhost.lab.example", False),
        ("https://chaerok:secret@coding.lab.example", False),
        ("https://coding.lab.example/?token=secret", False),
        ("ftp://127.0.0.1", False),
        ("127.0.0.1:7465", False),
        ("http://", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_text_goes_over_https_or_stays_on_this_machine(url: str, safe: bool) -> None:
    if safe:
        assert str(checked(url)).startswith("http")
    else:
        with pytest.raises(AddressUnsafe) as caught:
            checked(url)
        assert "secret" not in str(caught.value)


# --- the password -----------------------------------------------------------------------------------------------------


def test_the_password_is_the_first_line_of_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "taguette.secret"
    path.write_text("비밀 번호 \n# note\n", "utf-8")
    path.chmod(0o600)
    assert secret(access(file="taguette.secret"), tmp_path) == "비밀 번호"
    assert secret(access(file=str(path)), Path("elsewhere")) == "비밀 번호"


def test_or_an_environment_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAB_TOKEN", "token")
    assert secret(access(variable="LAB_TOKEN"), tmp_path) == "token"


@pytest.mark.parametrize(
    ("file", "variable", "why"),
    [
        ("", "", "secret_file"),
        ("a", "B", "secret_file"),
        ("none", "", "FileNotFoundError"),
        ("empty", "", "empty"),
        ("binary", "", "UnicodeDecodeError"),
        ("", "LAB_UNSET", "empty"),
        pytest.param("open", "", "chmod", marks=pytest.mark.skipif(os.name == "nt", reason="rights are others there")),
    ],
)
def test_without_a_password_we_do_not_begin(tmp_path: Path, file: str, variable: str, why: str) -> None:
    for name, content, mode in (("empty", b"\n", 0o600), ("binary", b"\xff\xfe", 0o600), ("open", b"s3cret", 0o640)):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(mode)
    with pytest.raises(LoginMissing, match=why) as caught:
        secret(access(file=file, variable=variable), tmp_path)
    assert "s3cret" not in str(caught.value)


# --- signing in -------------------------------------------------------------------------------------------------------

Connect = Callable[[Fake, str], AbstractContextManager[Any]]


def to_taguette(fake: Fake, password: str) -> AbstractContextManager[Any]:
    return taguette.connected(access(), password, fake.transport)


def to_label_studio(fake: Fake, token: str) -> AbstractContextManager[Any]:
    return label_studio.connected(access(), token, fake.transport)


PROGRAMS = [(FakeTaguette, to_taguette), (FakeLabelStudio, to_label_studio)]
each = pytest.mark.parametrize(("kind", "connect"), PROGRAMS, ids=["taguette", "label studio"])


def refused(fake: Fake, connect: Connect, password: str = "secret") -> ChaerokError:
    with pytest.raises(StoreError) as caught, connect(fake, password):
        pass
    assert "secret" not in str(caught.value) and caught.value.__cause__ is None
    return caught.value


@each
def test_a_wrong_password_is_said_to_be_one(kind: type[Fake], connect: Connect) -> None:
    assert isinstance(refused(kind(), connect, "wrong"), LoginRefused)
    with connect(kind(), "secret"):
        pass


def test_a_personal_access_token_is_changed_for_one_of_some_minutes() -> None:
    with to_label_studio(FakeLabelStudio(), "per.sonal.token"):
        pass
    assert isinstance(refused(FakeLabelStudio(), to_label_studio, "an.other.token"), LoginRefused)


@each
@pytest.mark.parametrize("version", ["2.0.0", "0.9"])
def test_a_version_that_is_not_known_is_refused(kind: type[Fake], connect: Connect, version: str) -> None:
    fake = kind()
    fake.version = version  # type: ignore[attr-defined]
    assert isinstance(refused(fake, connect), ServerStrange)


@each
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<h1>It works!</h1>"),
        httpx.Response(200, json=[1]),
        httpx.Response(200, json={"release": None}),
        httpx.Response(404),
    ],
    ids=["page", "list", "null", "404"],
)
def test_another_program_is_not_taken_for_it(kind: type[Fake], connect: Connect, answer: httpx.Response) -> None:
    fake = kind()
    fake.fault = lambda request, number: answer
    assert isinstance(refused(fake, connect), ServerStrange)


def test_a_taguette_for_one_person_has_no_coders() -> None:
    fake = FakeTaguette()
    fake.multiuser = False
    assert "single-user" in str(refused(fake, to_taguette))


@each
@pytest.mark.parametrize(
    ("what", "kind_of_error"),
    [
        (httpx.ConnectError("refused"), StoreUnreachable),
        (httpx.ConnectTimeout("late"), StoreUnreachable),
        (httpx.ReadTimeout("late"), StoreUnreachable),
        (httpx.RemoteProtocolError("cut off"), StoreUnreachable),
        (httpx.Response(500, text="secret"), StoreUnreachable),
        (httpx.Response(503), StoreUnreachable),
        (httpx.Response(401), LoginRefused),
        (httpx.Response(403), LoginRefused),
        (httpx.Response(400), StoreRefused),
        (httpx.Response(301, headers={"location": "https://elsewhere.example"}), StoreRefused),
    ],
)
def test_what_answers_mean(kind: type[Fake], connect: Connect, what: Any, kind_of_error: type[StoreError]) -> None:
    fake = kind()
    fake.fault = number_of_faults(1, what)
    assert isinstance(refused(fake, connect), kind_of_error)
    assert len(fake.asked) == 1, "no redirection is followed"


def test_a_server_that_is_down_is_said_to_be_after_some_tries() -> None:
    with Wire(access("http://127.0.0.1:9")) as wire, pytest.raises(StoreUnreachable, match=r"127\.0\.0\.1:9 "):
        wire.send("GET", "/")


def test_a_proxy_of_the_environment_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:10")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:10")
    with Wire(access()) as wire:
        assert wire._client._mounts == {}


@each
def test_logs_have_no_password_in_them(kind: type[Fake], connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), connect(kind(), "secret"):
        pass
    assert "secret" not in caplog.text
