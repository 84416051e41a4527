"""What this side remembers of a study's coding server: what was sent there, to whom, and what was taken back.

Pseudonymized text lies in here, as in the own store beside it. Files are 0600, each written whole or not at all, under
one lock; what can be looked up on the server (which documents are there) is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from pipeline.codes import Why
from pipeline.documents import Document, Place
from pipeline.errors import PlaceBusy, StoreRefused
from pipeline.interview import InterviewId
from pipeline.stores.sealed import private_folder, write_atomically
from pipeline.transcript import Released

PATIENCE_SECONDS = 30
"""How long to wait for another publish to the same server, before `PlaceBusy`."""

BLOT = "○"
"""As in the own store: a blot is as long as what stood there."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sent:
    """A release as it was sent. `version` counts from 1 in its interview. `lineage`: a segment's direct ancestors."""

    release: str
    interview: InterviewId
    version: int
    document: Document
    lineage: Mapping[str, tuple[str, ...]]
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """What a coder marked: code points ``[start, end)`` of a document's text, or `why` that is none.

    `code` is an id of ours, None where it is not known; `called` its name there. `id` is unique in the document.
    """

    id: str
    start: int
    end: int
    code: str | None
    called: str
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """A coder's side: the project there, releases that were put there, what each code was called when it was sent.

    `moved` are marks (``release:id``) that were carried to a later document; `kept` those of documents taken back.
    """

    project: str = ""
    placed: tuple[str, ...] = ()
    called: Mapping[str, str] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()
    kept: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)


class Ledger:
    """The files of one study on one server, under a lock that the maker holds (`opened`)."""

    def __init__(self, folder: Path) -> None:
        """In `folder`."""
        self._folder = folder
        self.seats: dict[str, Seat] = dict(_read(folder / "coders.json", dict[str, Seat]) or {})
        found = (_read(path, Sent) for path in sorted((folder / "releases").glob("*.json")))
        self.sent: dict[str, Sent] = {one.release: one for one in found if one}

    def seat(self, coder: str) -> Seat:
        """The coder's."""
        return self.seats.get(coder, Seat())

    def put_seat(self, coder: str, seat: Seat) -> None:
        """Remember it."""
        self.seats[coder] = seat
        write_atomically(self._folder / "coders.json", [_adapter(dict[str, Seat]).dump_json(self.seats)])

    def put_sent(self, sent: Sent) -> None:
        """Remember it."""
        self.sent[sent.release] = sent
        write_atomically(self._folder / "releases" / f"{sent.release}.json", [_adapter(Sent).dump_json(sent)])

    def of(self, interview: InterviewId) -> list[Sent]:
        """An interview's releases, oldest first."""
        return sorted((one for one in self.sent.values() if one.interview == interview), key=lambda one: one.version)

    def admit(self, released: Released, sha256: str, document: Document) -> Sent:
        """The release, remembered as the next version of its interview unless it is known."""
        if known := self.sent.get(sha256):
            return known
        lineage = {descent.id: descent.ancestors for descent in released.lineage}
        before = self.of(released.interview)
        sent = Sent(sha256, released.interview, before[-1].version + 1 if before else 1, document, lineage)
        self.put_sent(sent)
        return sent


@contextmanager
def opened(folder: Path) -> Iterator[Ledger]:
    """The ledger in `folder`, which is made; nobody else has it meanwhile. Raises PlaceBusy, StoreRefused."""
    lock = FileLock(private_folder(folder) / ".lock", timeout=PATIENCE_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        raise PlaceBusy(what=folder.parent.name) from None
    try:
        yield Ledger(folder)
    finally:
        lock.release()


def blotted(sent: Sent, shown: Mapping[str, Sequence[str]]) -> Sent:
    """The release without `shown` (by segment), taken back; offsets stay what they are."""
    text, places = sent.document.text, list[Place]()
    for place in sent.document.places:
        quotes = shown.get(place.line.id, ())
        said = _blot(text[place.start : place.end], quotes)
        text = text[: place.start] + said + text[place.end :]
        places.append(replace(place, line=replace(place.line, text=_blot(place.line.text, quotes))))
    return replace(sent, document=replace(sent.document, text=text, places=tuple(places)), withdrawn=True)


def _blot(text: str, quotes: Sequence[str]) -> str:
    for quote in sorted(quotes, key=len, reverse=True):
        text = text.replace(quote, BLOT * len(quote))
    return text


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _read(path: Path, kind: type[T]) -> T | None:
    """What stands there; None where there is no file. Raises StoreRefused where it is damaged."""
    try:
        found: T = _adapter(kind).validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        raise StoreRefused(store=path, why="JSON") from None
    return found
