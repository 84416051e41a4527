"""What a program must be able to do to be a coding server of ours, and a server as a study uses it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.codes import Codebook
from pipeline.documents import Document
from pipeline.interview import normal_text
from pipeline.printing import Convention
from pipeline.stores.servers.ledger import Mark, Seat, Sent

Spans = Mapping[tuple[int, int], frozenset[str]]
"""Code points of a document's text, and the ids of the codes on them."""


class Room(Protocol):
    """A coder's project on a server. What it raises: the errors of `wire`."""

    @property
    def id(self) -> str:
        """As the server calls it."""

    @property
    def codes(self) -> Mapping[str, str]:
        """Codes of ours that are there, and what they are called there."""

    def copies(self) -> Sequence[tuple[str, str]]:
        """(id there, sha256 of the release) of every document; an empty one where it is none of ours."""

    def add(self, sent: Sent) -> str:
        """A new document of it; its id."""

    def marks(self, copy: str, document: Document | None) -> tuple[Mark, ...]:
        """What is marked in a document; where it is none of ours, with a reason."""

    def mark(self, copy: str, document: Document, spans: Spans) -> None:
        """Mark these."""

    def remove(self, copy: str) -> None:
        """The document, with all that is marked in it. One that is gone already is no error."""


class Server(Protocol):
    """A session with a server."""

    def room(self, name: str, seat: Seat, account: str, book: Codebook, make: bool) -> Room | None:
        """The project `seat.project`, else that of this name, with the study's codes; the coder may enter it.

        Where there is none it is made, or None. Raises SettingsInvalid where the server has no such account.
        """


Connected = Callable[[], AbstractContextManager[Server]]
"""Signs in; a context."""


@dataclass(frozen=True, slots=True)
class House:
    """A server as a study uses it: how to reach it, the ledgers' folder, coders with their accounts, the code tree."""

    name: str
    connected: Connected
    folder: Path
    coders: Mapping[str, str]
    book: Callable[[str], Codebook]
    convention: Convention
    round: int = 1
    """Of independent coding: each has projects of its own, in which nothing is marked yet."""

    def key(self, coder: str) -> str:
        """Of the coder's seat in the ledger."""
        return coder if self.round == 1 else f"{coder} ({self.round})"

    def accounts(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """Coders with accounts of their own; and those that nobody can tell from another: one name, or one account."""
        named = [(normal_text(coder).strip(), account.strip()) for coder, account in self.coders.items()]
        names, accounts = Counter(name for name, _ in named), Counter(account.lower() for _, account in named)
        apart = {name: account for name, account in named if names[name] == accounts[account.lower()] == 1}
        return apart, tuple(dict.fromkeys(name for name, _ in named if name not in apart))
