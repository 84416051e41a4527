"""A server with a study of its own, what coders do there, and the releases that go there."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from coded import BOOK, PROVENANCE
from fakes import Fake, FakeLabelStudio, FakeTaguette

from pipeline.codes import Codebook
from pipeline.interview import InterviewId, Role, normal_text
from pipeline.printing import Convention
from pipeline.stores.servers import label_studio, taguette
from pipeline.stores.servers.contract import House, Room, Server
from pipeline.stores.servers.ledger import Ledger
from pipeline.stores.servers.wire import Access
from pipeline.transcript import Descent, Line, Released

Said = tuple[tuple[str, Role], ...]
SAID: Said = (
    ('요즘 "어떠세요"? & <b>그럼</b> &amp;', Role.INTERVIEWER),
    ("=1+1 😀 처음에는 병이 있다는 걸 숨겼어요", Role.PARTICIPANT),
    ("사람들이 저를 다르게 봤어요. 😀😀 끝", Role.PARTICIPANT),
    (normal_text("한글 자모"), Role.PARTICIPANT),
    ("가나다라😀" * 2000, Role.PARTICIPANT),
    ("네.", Role.INTERVIEWER),
)
CORRECTED: Said = (SAID[0], ("=1+1 😀 처음에는 제 병이 있다는 걸 숨겼어요", Role.PARTICIPANT), *SAID[2:])
WITHOUT_NAME: Said = (SAID[0], ("=1+1 😀 [이름1]에는 제 병이 있다는 걸 숨겼어요", Role.PARTICIPANT), *SAID[2:])


def released(interview: InterviewId, said: Said = SAID) -> Released:
    """A release whose segments keep their ids and times from version to version."""
    lines = tuple(
        Line(f"{interview}-{at}", at, 1, role.value, role, 5.0 * at, 5.0 * at + 4, text)
        for at, (text, role) in enumerate(said, start=1)
    )
    return Released(interview, lines, (), tuple(Descent(line.id, "kept") for line in lines), (), PROVENANCE, None)


@dataclass
class Program:
    """A server and a study of its own there. `connect` signs our account in."""

    name: str
    connect: Callable[[], AbstractContextManager[Server]]
    coders: dict[str, str]
    folder: Path
    fake: Fake | None = None
    study: str = field(default_factory=lambda: f"s{secrets.token_hex(4)}")
    book: Codebook = BOOK
    round: int = 1

    @property
    def house(self) -> House:
        return House(
            self.name,
            self.connect,
            self.folder,
            self.coders,
            lambda study: replace(self.book, study=study),
            Convention(),
            self.round,
        )

    @property
    def interview(self) -> InterviewId:
        return InterviewId(self.study, "P01", "S1")

    def ledger(self) -> Ledger:
        return Ledger(self.folder / self.study)

    def room(self, server: Server, coder: str) -> Room:
        found = server.room("", self.ledger().seat(self.house.key(coder)), "", Codebook(self.study, 1), False)
        assert found is not None
        return found

    def mark(self, coder: str, spans: dict[tuple[int, int, int], set[str]]) -> None:
        """The coder marks (line from 1, start, end) of the newest release."""
        sent = self.ledger().of(self.interview)[-1]
        heads = [place.start for place in sent.document.places]
        there = {(heads[n - 1] + a, heads[n - 1] + b): frozenset(codes) for (n, a, b), codes in spans.items()}
        with self.connect() as server:
            room = self.room(server, coder)
            copy = {release: copy for copy, release in room.copies()}[sent.release]
            room.mark(copy, sent.document, there)

    def copies(self, coder: str) -> list[str]:
        """Releases that are there."""
        with self.connect() as server:
            return [release for _, release in self.room(server, coder).copies()]


def fake_taguette(folder: Path) -> Program:
    fake, access = FakeTaguette(), Access("http://127.0.0.1:7465", "chaerok", "", "", 5.0)
    coders = {"김코더": "kim", "이코더": "Lee"}
    return Program("taguette", lambda: taguette.connected(access, "secret", fake.transport), coders, folder, fake)


def fake_label_studio(folder: Path) -> Program:
    fake, access = FakeLabelStudio(), Access("http://127.0.0.1:8080", "", "", "", 5.0)
    coders = {"김코더": "kim@lab.example", "이코더": "Lee@lab.example"}
    return Program(
        "label_studio", lambda: label_studio.connected(access, "secret", fake.transport), coders, folder, fake
    )
