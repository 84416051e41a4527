"""The audit tells what was done, and shows when somebody changed it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.stores.database import broken_audit_entry, publish, schema, sqlite_in
from pipeline.stores.database.opening import in_transaction
from pipeline.transcript import Released

MakeRelease = Callable[..., Released]

A, B, C = "1" * 64, "2" * 64, "3" * 64
FIRST = (("a", "안녕하세요."), ("b", "네, 안녕하세요."), ("c", "[이름1] 씨는요?"))
SECOND = (("a", "안녕하세요."), ("x", "음."), ("b", "네, 안녕하셨어요."))


def test_the_audit_tells_each_publication_in_ids_and_counts(url: str, release: MakeRelease) -> None:
    publish(release(FIRST), A, url)
    publish(release(SECOND), B, url)
    assert broken_audit_entry(url) is None
    entries = in_transaction(
        url, lambda s: [(e.position, e.subject, e.facts) for e in s.scalars(select(schema.Audit))], write=False
    )
    assert entries == [
        (1, "peers-P03-S1", {"version": 1, "release_sha256": A, "lines": 3, "gaps": 1}),
        (2, "peers-P03-S1", {"version": 2, "release_sha256": B, "lines": 3, "gaps": 1}),
    ]


@pytest.mark.parametrize(
    ("tampering", "position"),
    [
        ("UPDATE audit SET facts = '{}' WHERE position = 2", 2),
        ("UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE position = 1", 1),
        ("DELETE FROM audit WHERE position = 2", 2),
        ("DELETE FROM audit WHERE position = 1", 1),
        ("UPDATE audit SET previous = '' WHERE position = 3", 3),
    ],
)
def test_tampering_with_the_audit_shows(tmp_path: Path, release: MakeRelease, tampering: str, position: int) -> None:
    url = sqlite_in(tmp_path)
    for sha in (A, B, C):
        publish(release(FIRST), sha, url)
    connection = sqlite3.connect(tmp_path / "coding.sqlite", isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(tampering)
    connection.execute("DROP TRIGGER audit_no_update")
    connection.execute("DROP TRIGGER audit_no_delete")
    connection.execute(tampering)
    connection.close()
    assert broken_audit_entry(url) == position
