"""Label Studio, by its API. Written against 1.23.2 (its source was read, and the server run).

The community edition shows every account every project: one project a coder keeps codings apart there, and eyes only
where each coder has a server. A region of somebody else than the coder is told, and not taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from pipeline.codes import Codebook, Why
from pipeline.documents import Document
from pipeline.errors import ServerStrange, SettingsInvalid
from pipeline.stores.servers.contract import Room, Spans
from pipeline.stores.servers.label_studio_tasks import configuration, labelled, labels_in, marks, regions, task
from pipeline.stores.servers.ledger import Mark, Seat, Sent
from pipeline.stores.servers.wire import Access, Wire

UNDERSTOOD = "1."
"""What a version begins with."""
PAGE = 100


@contextmanager
def connected(
    access: Access, token: str, transport: httpx.BaseTransport | None = None, audio_url: str = ""
) -> Iterator[LabelStudio]:
    """With a token that is taken: a personal access token, or a legacy one. Raises the errors of `wire`."""
    with Wire(access, transport) as wire:
        said = wire.read("GET", "/api/version")
        version = str(said.get("release", "")) if isinstance(said, dict) else ""
        if not version.startswith(UNDERSTOOD):
            raise ServerStrange(store=wire.store, why=f"Label Studio {version[:12] or '?'}")
        if token.count(".") == 2:  # a personal access token is a JWT, which gives others for some minutes
            given = wire.read("POST", "/api/token/refresh/", json={"refresh": token})
            wire.headers["Authorization"] = f"Bearer {given.get('access', '')}"
        else:
            wire.headers["Authorization"] = f"Token {token}"
        own = wire.read("GET", "/api/current-user/whoami")
        yield LabelStudio(wire, int(own["id"]), audio_url)


@dataclass(frozen=True, slots=True)
class LabelStudio:
    """A session of ours; `own` is our account's number."""

    wire: Wire
    own: int
    audio_url: str

    def room(self, name: str, seat: Seat, account: str, book: Codebook, make: bool) -> Room | None:
        """As `rooms.Server.room`."""
        person = self._person(account) if account else None
        found = self._found(name, seat.project) or (self._made(name) if make else None)
        if found is None:
            return None
        configured = str(found["label_config"])
        try:
            wanted = labelled(configured, book, seat.called)
            before, codes = labels_in(configured), labels_in(wanted)
        except ValueError:
            raise ServerStrange(store=self.wire.store, why="label_config") from None
        if before != codes:
            self.wire.send("PATCH", f"/api/projects/{found['id']}/", json={"label_config": wanted})
        return Project(self.wire, str(found["id"]), codes, frozenset({self.own, person or self.own}), self.audio_url)

    def _found(self, name: str, known: str) -> dict[str, Any] | None:
        """The project known by its number, else the only one of that name."""
        found: dict[str, Any] | None = None
        if known:
            found = self.wire.read("GET", f"/api/projects/{known}/", (200, 404))
        if found is not None:
            return found
        alike = [one for one in self._listed() if name and one["title"] == name]
        if len(alike) > 1:
            raise ServerStrange(store=self.wire.store, why=f"{len(alike)} x project")
        return alike[0] if alike else None

    def _listed(self) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            found = self.wire.read("GET", "/api/projects/", params={"page": page, "page_size": PAGE})
            yield from found["results"]
            if not found.get("next"):
                return
            page += 1

    def _made(self, name: str) -> dict[str, Any]:
        body = {"title": name, "label_config": configuration(bool(self.audio_url))}
        made: dict[str, Any] = self.wire.read("POST", "/api/projects/", (201,), json=body)
        return made

    def _person(self, account: str) -> int:
        """The coder's number. Raises SettingsInvalid without such an account."""
        for one in self.wire.read("GET", "/api/users/"):
            if str(one.get("email", "")).lower() == account.lower():
                return int(one["id"])
        raise SettingsInvalid(path="publish.label_studio.coders", where=account)


@dataclass(frozen=True, slots=True)
class Project:
    """A coder's project; `people` are the numbers of those whose regions are the coder's: they, and we."""

    wire: Wire
    id: str
    codes: Mapping[str, str]
    people: frozenset[int]
    audio_url: str

    def copies(self) -> list[tuple[str, str]]:
        """As `rooms.Room.copies`."""
        found, page = list[tuple[str, str]](), 1
        while True:
            asked = {"project": self.id, "fields": "all", "page": page, "page_size": PAGE}
            listed = self.wire.read("GET", "/api/tasks/", params=asked)
            found += [(str(one["id"]), _release(one["data"])) for one in listed["tasks"]]
            if page * PAGE >= int(listed["total"]):
                return found
            page += 1

    def add(self, sent: Sent) -> str:
        """As `rooms.Room.add`. Raises ServerStrange, and leaves nothing, where other text than ours arrived."""
        data = task(sent, self.audio_url)
        where = f"/api/projects/{self.id}/import"
        made = self.wire.read("POST", where, (201,), params={"return_task_ids": "true"}, json=[{"data": data}])
        id = str(made["task_ids"][0])
        if self._task(id).get("data", {}).get("lines") != data["lines"]:
            self.remove(id)
            raise ServerStrange(store=self.wire.store, why="text")
        return id

    def _task(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.wire.read("GET", f"/api/tasks/{id}/", (200, 404)) or {}
        return found

    def marks(self, copy: str, document: Document | None) -> tuple[Mark, ...]:
        """As `rooms.Room.marks`; of annotations that were submitted and not skipped."""
        found = list[Mark]()
        for one in self._task(copy).get("annotations", []):
            if one.get("was_cancelled"):
                continue
            by = one.get("completed_by")
            stranger = (by.get("id") if isinstance(by, dict) else by) not in self.people
            for region in one.get("result", []):
                for mark in marks(region, document, self.codes):
                    why = Why.UNKNOWN_CODER if stranger else mark.why
                    found.append(Mark(f"{one['id']}.{mark.id}", mark.start, mark.end, mark.code, mark.called, why))
        return tuple(found)

    def mark(self, copy: str, document: Document, spans: Spans) -> None:
        """As `rooms.Room.mark`: one annotation, which the coder then goes on with."""
        if spans:
            body = {"result": regions(document, spans)}
            self.wire.send("POST", f"/api/tasks/{copy}/annotations/", (201,), json=body)

    def remove(self, copy: str) -> None:
        """As `rooms.Room.remove`."""
        self.wire.send("DELETE", f"/api/tasks/{copy}/", (204, 404))


def _release(data: object) -> str:
    return str(data.get("release", "")) if isinstance(data, dict) else ""
