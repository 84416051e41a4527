"""Taguette, in its multi-user form (``taguette server``). It has no tokens: we sign in as a person does.

Written against 1.5.2 (its source was read, and the server run): what has no API is read from the page that its own
script reads it from. Coders get the right to tag and no other, so that documents stay what they are.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from pipeline.codes import Codebook, Why
from pipeline.documents import Document
from pipeline.errors import LoginRefused, ServerStrange, SettingsInvalid
from pipeline.stores.servers.contract import Room, Spans
from pipeline.stores.servers.labels import (
    code_note,
    code_of,
    document_name,
    release_note,
    release_of,
    tag_paths,
)
from pipeline.stores.servers.ledger import Mark, Seat, Sent
from pipeline.stores.servers.taguette_text import from_native, rendered, text_in, to_native
from pipeline.stores.servers.wire import Access, Wire

VERSION = re.compile(r"Taguette[/ ](\d+)\.(\d+)")
UNDERSTOOD = 1
"""Major version."""
PROJECT = re.compile(r'href="[^"]*/project/(\d+)">(.*?)</a>', re.DOTALL)
STATE = r"^\s*var {} = (.*);$"
"""How a project's page gives its script what it shows."""


@contextmanager
def connected(access: Access, password: str, transport: httpx.BaseTransport | None = None) -> Iterator[Taguette]:
    """Signed in. Raises LoginRefused, ServerStrange, and the errors of `wire`."""
    with Wire(access, transport) as wire:
        wire.cookies.set("cookies_accepted", "yes")
        page = wire.send("GET", "/login", (200, 404))
        _require_known(wire, page)
        token = wire.cookies.get("_xsrf") or ""
        form = {"login": access.account, "password": password, "_xsrf": token}
        if not wire.send("POST", "/login", (200, 302, 303), data=form).is_redirect:
            raise LoginRefused(store=wire.store)
        wire.headers["X-XSRFToken"] = token
        yield Taguette(wire, access.account.lower())


def _require_known(wire: Wire, page: httpx.Response) -> None:
    """Raises ServerStrange unless it is a Taguette that we know, for several people."""
    found = VERSION.search(f"{page.headers.get('server', '')}\n{page.text}")
    if found is None:
        raise ServerStrange(store=wire.store, why="no Taguette")
    if int(found[1]) != UNDERSTOOD:
        raise ServerStrange(store=wire.store, why=f"Taguette {found[1]}.{found[2]}")
    if page.status_code == 404:
        raise ServerStrange(store=wire.store, why="single-user; taguette server CONFIG")


@dataclass(frozen=True, slots=True)
class Taguette:
    """A session of ours."""

    wire: Wire
    account: str

    def room(self, name: str, seat: Seat, account: str, book: Codebook, make: bool) -> Room | None:
        """As `rooms.Server.room`."""
        id = self._found(name, seat.project) or (self._made(name) if make else None)
        if id is None:
            return None
        room = Project(self.wire, id, self._state(id, "tags"))
        if account:
            self._admit(id, account.lower())
        room.bring(book, seat)
        return room

    def _found(self, name: str, known: str) -> str | None:
        """The project known by its number, else the only one of that name."""
        if known and self.wire.send("GET", f"/project/{known}", (200, 404)).status_code == 200:
            return known
        listed = PROJECT.findall(self.wire.send("GET", "/").text)
        alike = [id for id, called in listed if name and html.unescape(called) == name]
        if len(alike) > 1:
            raise ServerStrange(store=self.wire.store, why=f"{len(alike)} x project")
        return alike[0] if alike else None

    def _made(self, name: str) -> str:
        """A new project, without the tag that Taguette gives each."""
        token = self.wire.headers["X-XSRFToken"]
        answer = self.wire.send(
            "POST", "/project/new", (302, 303), data={"name": name, "description": "", "_xsrf": token}
        )
        id = str(answer.headers.get("location", "")).rstrip("/").rpartition("/")[2]
        if not id.isdigit():
            raise ServerStrange(store=self.wire.store, why="project/new")
        for tag in self._state(id, "tags"):
            self.wire.send("DELETE", f"/api/project/{id}/tag/{tag}", (204, 404))
        return id

    def _admit(self, id: str, account: str) -> None:
        """The coder may tag there, where they had no right yet. Raises SettingsInvalid without such an account."""
        if account in self._state(id, "members"):
            return
        if not self.wire.read("POST", "/api/check_user", json={"login": account}).get("exists"):
            raise SettingsInvalid(path="publish.taguette.coders", where=account)
        self.wire.send("PATCH", f"/api/project/{id}/members", (204,), json={account: {"privileges": "TAG"}})

    def _state(self, id: str, what: str) -> dict[str, Any]:
        return state(self.wire, id, what)


def state(wire: Wire, project: str, what: str) -> dict[str, Any]:
    """``documents``, ``tags`` or ``members`` of a project, by id or login. Raises ServerStrange."""
    found = re.search(STATE.format(what), wire.send("GET", f"/project/{project}").text, re.MULTILINE)
    try:
        listed = json.loads(found[1]) if found else None
    except ValueError:
        listed = None
    if not isinstance(listed, dict):
        raise ServerStrange(store=wire.store, why=what)
    return listed


@dataclass(slots=True)
class Project:
    """A coder's project."""

    wire: Wire
    id: str
    tags: dict[str, Any]
    """By number: path, description, as the server gives them."""
    codes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know our codes among the tags."""
        self.codes = {code: tag["path"] for tag in self.tags.values() if (code := code_of(tag["description"]))}

    @property
    def _at(self) -> str:
        return f"/api/project/{self.id}"

    def bring(self, book: Codebook, seat: Seat) -> None:
        """Tags for codes that have none; a code that the study calls otherwise now is called so, unless a coder did."""
        numbers = {code_of(tag["description"]): number for number, tag in self.tags.items()}
        named = {tag["path"]: number for number, tag in self.tags.items()}
        for id, path in tag_paths(book).items():
            code = next(one for one in book.codes if one.id == id)
            called = self.codes.get(id)
            if called == path or (called is not None and called != seat.called.get(id)):
                continue
            there = numbers.get(id) or named.get(path)  # a coder may have made one of that name
            tag = {"path": path, "description": code_note(code)}
            where = f"{self._at}/tag/{there or 'new'}"
            answer = self.wire.read("POST", where, (200, 409), json=tag)
            if answer is not None:  # else another tag has that name: the code keeps its old one
                self.tags[str(answer["id"])] = {**tag, "id": answer["id"]}
        self.__post_init__()

    def copies(self) -> list[tuple[str, str]]:
        """As `rooms.Room.copies`."""
        listed = state(self.wire, self.id, "documents")
        return [
            (number, release_of(one["description"]))
            for number, one in sorted(listed.items(), key=lambda one: int(one[0]))
        ]

    def add(self, sent: Sent) -> str:
        """As `rooms.Room.add`. Raises ServerStrange, and leaves nothing, where other text than ours arrived."""
        name = document_name(sent.interview, sent.version)
        about = {"name": name, "description": release_note(sent.release)}
        page = ("transcript.html", rendered(sent.document.text), "text/html")
        made = str(self.wire.read("POST", f"{self._at}/document/new", data=about, files={"file": page})["created"])
        kept = self.wire.read("GET", f"{self._at}/document/{made}/contents")["contents"]
        if text_in("".join(part["contents"] for part in kept)) != sent.document.text.replace("\n", ""):
            self.remove(made)
            raise ServerStrange(store=self.wire.store, why="text")
        return made

    def marks(self, copy: str, document: Document | None) -> tuple[Mark, ...]:
        """As `rooms.Room.marks`: one for each tag of a highlight."""
        found = self.wire.read("GET", f"{self._at}/document/{copy}", (200, 404)) or {"highlights": []}
        return tuple(mark for one in found["highlights"] for mark in self._of(one, document))

    def _of(self, highlight: dict[str, Any], document: Document | None) -> Iterator[Mark]:
        start, end, why = 0, 0, None
        try:
            if document is None:
                why = Why.UNKNOWN_DOCUMENT
            else:
                start, end = from_native(document.text, highlight["start_offset"], highlight["end_offset"])
        except (ValueError, TypeError):
            why = Why.OUT_OF_RANGE
        number, known = highlight["id"], {path: id for id, path in self.codes.items()}
        for tag in sorted(highlight["tags"]):
            called = self.tags.get(str(tag), {"path": ""})["path"]
            yield Mark(f"{number}.{tag}", start, end, known.get(called), called, why)
        if not highlight["tags"]:
            yield Mark(f"{number}", start, end, None, "", why)

    def mark(self, copy: str, document: Document, spans: Spans) -> None:
        """As `rooms.Room.mark`."""
        numbers = {code_of(tag["description"]): number for number, tag in self.tags.items()}
        for (first, last), codes in sorted(spans.items()):
            start, end = to_native(document.text, first, last)
            tags = sorted(int(numbers[code]) for code in codes)
            body = {"start_offset": start, "end_offset": end, "tags": tags}
            self.wire.send("POST", f"{self._at}/document/{copy}/highlight/new", json=body)

    def remove(self, copy: str) -> None:
        """As `rooms.Room.remove`."""
        self.wire.send("DELETE", f"{self._at}/document/{copy}", (204, 404))
