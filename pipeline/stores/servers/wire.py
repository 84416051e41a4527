"""HTTP to a coding server of the lab: which addresses may be called, where the password lies, what answers mean.

Nothing that a server says is quoted in an error: it may be what a participant said. No proxy of the environment is
used, redirections are not followed, every wait has an end.
"""

from __future__ import annotations

import ipaddress
import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from pipeline.errors import AddressUnsafe, LoginMissing, LoginRefused, ServerStrange, StoreRefused, StoreUnreachable

CONNECTING = 2
"""How often a connection that was refused is tried again; the flow then tries all of it again."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a server is reached: its address, our account there (empty where a token says it), the file or variable with
    the password or token, and seconds that an answer may take."""

    url: str
    account: str
    secret_file: str
    secret_variable: str
    timeout_seconds: float


def checked(url: str) -> httpx.URL:
    """The address, if text may go there: https, or this very machine. Raises AddressUnsafe."""
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise AddressUnsafe(address="?", why="URL") from None
    if address.scheme not in ("http", "https") or not address.host:
        raise AddressUnsafe(address=address.host or "?", why="http:// | https://")
    if address.userinfo or address.query:
        raise AddressUnsafe(address=address.host, why="user, password, ?")
    if address.scheme == "http" and not is_here(address.host):
        raise AddressUnsafe(address=address.host, why="http")
    return address


def is_here(host: str) -> bool:
    """Whether that host is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def secret(access: Access, root: Path) -> str:
    """The password or token: of the environment, or the first line of a file (under `root` unless it says otherwise).

    Raises LoginMissing: neither or both are named, there is none, or others may read the file.
    """
    if bool(access.secret_file) == bool(access.secret_variable):
        raise LoginMissing(place="secret_file | secret_variable", why="-")
    if access.secret_variable:
        found = os.environ.get(access.secret_variable, "")
        place, why = access.secret_variable, "empty"
    else:
        path = root / access.secret_file
        place = str(path)
        found, why = _first_line(path)
    if not found:
        raise LoginMissing(place=place, why=why)
    return found


def _first_line(path: Path) -> tuple[str, str]:
    """The line, or why there is none."""
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            return "", "chmod 600"
        return next(iter(path.read_text("utf-8").splitlines()), "").strip(), "empty"
    except (OSError, UnicodeDecodeError) as error:
        return "", type(error).__name__


class Wire:
    """A session with one server. A context: it is closed at the end."""

    def __init__(self, access: Access, transport: httpx.BaseTransport | None = None) -> None:
        """Nothing is sent yet; `transport` is for tests. Raises AddressUnsafe."""
        address = checked(access.url)
        port = f":{address.port}" if address.port else ""
        self.store = f"{address.host}{port}"
        self._client = httpx.Client(
            base_url=address,
            timeout=access.timeout_seconds,
            transport=transport or httpx.HTTPTransport(retries=CONNECTING),
            follow_redirects=False,
        )

    def __enter__(self) -> Wire:
        """Itself."""
        return self

    def __exit__(self, *problem: object) -> None:
        """Close."""
        self._client.close()

    @property
    def headers(self) -> httpx.Headers:
        """Sent with every request."""
        return self._client.headers

    @property
    def cookies(self) -> httpx.Cookies:
        """As the server set them."""
        return self._client.cookies

    def send(self, method: str, path: str, known: Collection[int] = (200,), **content: Any) -> httpx.Response:
        """What the server answers, if its status is one of `known`.

        Raises StoreUnreachable (no answer in time, or an error of the server's own), LoginRefused (401, 403),
        ServerStrange (404 where there must be a page), StoreRefused for any other status.
        """
        try:
            answer = self._client.request(method, path, **content)
        except httpx.HTTPError as error:
            why = type(error).__name__
        else:
            if answer.status_code in known:
                return answer
            if answer.status_code in (401, 403):
                raise LoginRefused(store=self.store)
            if answer.status_code == 404:
                raise ServerStrange(store=self.store, why="HTTP 404")
            if answer.status_code < 500:
                raise StoreRefused(store=self.store, why=f"HTTP {answer.status_code}")
            why = f"HTTP {answer.status_code}"
        raise StoreUnreachable(store=self.store, why=why)

    def read(self, method: str, path: str, known: Collection[int] = (200,), **content: Any) -> Any:
        """As `send`, the JSON in it; None for a status other than 2xx. Raises ServerStrange where it is none."""
        answer = self.send(method, path, known, **content)
        if not answer.is_success:
            return None
        try:
            return answer.json()
        except ValueError:
            raise ServerStrange(store=self.store, why="no JSON") from None
