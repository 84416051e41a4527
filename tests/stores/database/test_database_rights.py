"""A coder's own PostgreSQL role reads released lines and its own codings, and nothing else. With a real role."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import make_url
from test_database import A, B
from test_database_codings import BOOK, HIDING, SAID, STIGMA

from pipeline.codes import Gathered
from pipeline.errors import RoleUnfit
from pipeline.interview import InterviewId
from pipeline.stores.database import publish, schema
from pipeline.stores.database.books import put_codebook
from pipeline.stores.database.gathering import take
from pipeline.stores.database.rights import VIEWS, admit
from pipeline.transcript import Released

MakeRelease = Callable[..., Released]
PASSWORD = "blau-7-Elefant"


@pytest.fixture
def role(postgresql: str) -> Iterator[str]:
    """A plain role, gone after the test."""
    psycopg = pytest.importorskip("psycopg")
    name = f"coder_{secrets.token_hex(4)}"
    with psycopg.connect(native(postgresql), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
        yield name
        connection.execute(f"DROP OWNED BY {name}")
        connection.execute(f"DROP ROLE {name}")


def native(url: str, **change: str) -> str:
    address = make_url(url).set(drivername="postgresql", **change)  # type: ignore[arg-type]
    return address.render_as_string(hide_password=False)


@pytest.fixture
def store(postgresql: str, role: str, release: MakeRelease) -> str:
    """Two studies; two coders in one of them; the role is the first one's."""
    publish(release(SAID), A, postgresql, questions=("요즘 어떠세요?",))
    publish(release(SAID, interview=InterviewId("others", "P01", "S1")), B, postgresql)
    put_codebook(postgresql, BOOK)
    take(postgresql, "peers", Gathered((HIDING, STIGMA)), "qualcoder")
    admit(postgresql, "peers", "김코더", role)
    return postgresql


def asked(url: str, role: str, sql: str) -> list[tuple[Any, ...]]:
    """What the role gets."""
    import psycopg

    with psycopg.connect(native(url, username=role, password=PASSWORD)) as connection:
        return connection.execute(sql).fetchall()  # type: ignore[arg-type]


def test_it_reads_the_lines_the_guide_and_the_codes_of_its_study(store: str, role: str) -> None:
    lines = asked(store, role, "SELECT study, number, text FROM coder_lines ORDER BY line")
    assert lines == [("peers", f"u000{at}", said) for at, (_, said) in enumerate(SAID, start=1)]
    assert asked(store, role, "SELECT number, text FROM coder_questions") == [(1, "요즘 어떠세요?")]
    codes = asked(store, role, "SELECT uid, parent, name FROM coder_codes ORDER BY position")
    assert codes == [("k1", None, "낙인"), ("k2", "k1", "자기 낙인"), ("k3", "k1", "숨김"), ("k4", None, "회복")]


def test_it_sees_its_own_codings_and_nobody_elses(store: str, role: str) -> None:
    assert asked(store, role, "SELECT coder, exact FROM coder_codings") == [("김코더", "숨겼어요")]


def test_a_text_that_is_no_longer_current_is_not_shown(store: str, role: str, release: MakeRelease) -> None:
    publish(release((SAID[0],)), "3" * 64, store)
    assert asked(store, role, "SELECT text FROM coder_lines") == [(SAID[0][1],)]


EVERYTHING_ELSE = (*schema.Study.metadata.tables, "current_lines", "current_codings", "alembic_version")


def test_it_reads_nothing_else(store: str, role: str) -> None:
    import psycopg

    for table in EVERYTHING_ELSE:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            asked(store, role, f"SELECT * FROM {table}")


def test_it_changes_nothing(store: str, role: str) -> None:
    import psycopg

    for statement in (
        "DELETE FROM coder_lines",
        "INSERT INTO coder_codes (uid) VALUES ('x')",
        "UPDATE coder_codings SET exact = ''",
        "CREATE TABLE mine (x int)",
    ):
        with pytest.raises(psycopg.Error):
            asked(store, role, statement)


def test_a_function_in_a_condition_sees_no_row_that_the_view_hides(store: str, role: str) -> None:
    seen = "SELECT count(*) FROM coder_codings WHERE length(exact) > 4"
    assert asked(store, role, seen) == [(0,)], "the other coder's is longer"


def test_admitting_twice_changes_nothing_and_takes_rights_that_were_given_by_hand(store: str, role: str) -> None:
    import psycopg

    with psycopg.connect(native(store), autocommit=True) as connection:
        connection.execute(f"GRANT SELECT ON coding TO {role}")
    assert len(asked(store, role, "SELECT * FROM coding")) == 2
    admit(store, "peers", "김코더", role)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(store, role, "SELECT * FROM coding")
    assert len(asked(store, role, f"SELECT * FROM {VIEWS[0]}")) == 3


def test_a_role_that_cannot_be_a_coders_is_refused(store: str, role: str) -> None:
    quoted = 'x"; DROP TABLE coding; --'
    for who, name in (("이코더", role), ("김코더", "nobody_there"), ("김코더", "postgres"), ("김코더", quoted)):
        with pytest.raises(RoleUnfit):
            admit(store, "peers", who, name)
    assert len(asked(store, role, "SELECT * FROM coder_codings")) == 1


def test_sqlite_has_no_roles(sqlite: str, release: MakeRelease) -> None:
    publish(release(SAID), A, sqlite)
    with pytest.raises(RoleUnfit, match="SQLite"):
        admit(sqlite, "peers", "김코더", "coder1")
