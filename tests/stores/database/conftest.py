"""Releases to publish, and stores to publish them to: SQLite always, PostgreSQL where this machine has a server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import zip_longest
from pathlib import Path

import pytest
from postgres import Server, running

from pipeline.interview import EngineId, InterviewId, Role
from pipeline.speech import Gap
from pipeline.stores.database import sqlite_in
from pipeline.transcript import Descent, Line, Provenance, Released

INTERVIEW = InterviewId("peers", "P03", "S1")
PROVENANCE = Provenance(
    engines=(("transcribe", EngineId("faster-whisper", "1.2.1", (("model.bin", "ab" * 32),), demo_grade=True)),),
    recording_sha256="cd" * 32,
    seconds=12.3456,
    draft_sha256="ef" * 32,
    approved_by="reviewer1",
    approved_at=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC),
    demo_grade=True,
)

MakeRelease = Callable[..., Released]


def released(
    texts: Sequence[tuple[str, str]],
    *,
    interview: InterviewId = INTERVIEW,
    role: Role = Role.PARTICIPANT,
    attributes: tuple[tuple[str, str], ...] = (("age band", "30s"),),
    lineage: tuple[Descent, ...] | None = None,
    gaps: tuple[Gap, ...] = (Gap(3.0, 4.2504, "no words"),),
    questions: Sequence[int] = (),
) -> Released:
    """A release of (segment id, text); the time of a segment follows from its id, so that it stays the same."""
    lines = tuple(
        Line(segment, line, 1, "참여자1", role, 2.0 * ord(segment[0]), 2.0 * ord(segment[0]) + 1.0006, text, 1)
        for line, (segment, text) in enumerate(texts, start=1)
    )
    lines = tuple(replace(line, question=number) for line, number in zip_longest(lines, questions, fillvalue=0))
    descents = tuple(Descent(segment, "new") for segment, _ in texts) if lineage is None else lineage
    return Released(interview, lines, gaps, descents, attributes, PROVENANCE, date(2026, 5, 1))


@pytest.fixture(scope="session")
def release() -> MakeRelease:
    return released


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running() as made:
        yield made


@pytest.fixture
def postgresql(server: Server) -> Iterator[str]:
    """An empty database."""
    psycopg = pytest.importorskip("psycopg")
    name = f"t{secrets.token_hex(6)}"
    administer = {"host": str(server.folder), "port": server.port, "user": "postgres", "password": server.password}
    with psycopg.connect(**administer, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield server.url(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """Where a store may be made."""
    return sqlite_in(tmp_path / "store")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A store of either kind, not made yet."""
    found: str = request.getfixturevalue(request.param)
    return found
