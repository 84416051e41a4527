"""What is taken out of an SQLite store is gone from its bytes: its free pages, its journal, its neighbours' slack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from leaks.searching import Search
from sqlalchemy import text
from sqlalchemy.orm import Session

from pipeline.stores.database import publish
from pipeline.stores.database.opening import in_transaction

NAME = "탁하윤"


def search(tmp_path: Path) -> set[str]:
    return {trace.where for trace in Search((NAME,)).folder(tmp_path)}


def run(url: str, *statements: str) -> list[object]:
    def work(session: Session) -> list[object]:
        return [session.execute(text(statement)) for statement in statements]

    return in_transaction(url, work, write=True)


@pytest.fixture
def filled(sqlite: str, release: Callable, tmp_path: Path) -> str:
    """A store in which a name is said a thousand times."""
    publish(release([("a", "안녕하세요.")]), "1" * 64, url=sqlite)
    run(sqlite, "CREATE TABLE said (id INTEGER PRIMARY KEY, line TEXT)")
    values = ",".join(f"('{NAME} {number} {'가' * 50}')" for number in range(1000))
    run(sqlite, f"INSERT INTO said (line) VALUES {values}")
    assert search(tmp_path)
    return sqlite


@pytest.mark.parametrize(
    ("statement", "free"), [("DELETE FROM said", 10), ("DROP TABLE said", 10), ("UPDATE said SET line = ''", 0)]
)
def test_free_pages_hold_no_names(filled: str, statement: str, free: int, tmp_path: Path) -> None:
    run(filled, statement)
    assert in_transaction(filled, lambda s: s.scalar(text("PRAGMA freelist_count")), write=False) >= free
    assert search(tmp_path) == set()


def test_what_failed_leaves_nothing(sqlite: str, release: Callable, tmp_path: Path) -> None:
    publish(release([("a", "안녕하세요.")]), "1" * 64, url=sqlite)

    def broken(session: Session) -> None:
        session.execute(text("CREATE TABLE said (line TEXT)"))
        session.execute(text(f"INSERT INTO said VALUES ('{NAME}')"))
        session.flush()
        raise KeyError(NAME)

    with pytest.raises(KeyError):
        in_transaction(sqlite, broken, write=True)
    assert search(tmp_path) == set()
