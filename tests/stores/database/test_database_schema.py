"""The tables: migrations and declarations agree, and the rules that the database itself keeps."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from pipeline.errors import ChaerokError, StoreOutdated, StoreRefused
from pipeline.stores.database import interviews, opening, publish, schema, sqlite_in
from pipeline.stores.database.columns import Status
from pipeline.stores.database.opening import in_transaction
from pipeline.transcript import Released

MakeRelease = Callable[..., Released]

A, B = "1" * 64, "2" * 64
SAID = (("a", "하나"), ("b", "둘"))


def add(*rows: object) -> Callable[[Session], None]:
    """Work that adds rows, in this order."""

    def work(session: Session) -> None:
        for row in rows:
            session.add(row)
            session.flush()

    return work


def test_the_migrations_make_the_tables_that_are_declared(url: str) -> None:
    def differences(session: Session) -> list[object]:
        context = MigrationContext.configure(session.connection(), opts={"compare_server_default": True})
        return list(compare_metadata(context, schema.Study.metadata))

    assert in_transaction(url, differences, write=True) == []


def test_the_checks_are_those_that_are_declared(tmp_path: Path) -> None:
    """Alembic does not compare check constraints."""
    url = sqlite_in(tmp_path)
    in_transaction(url, lambda session: None, write=True)
    declared = {
        str(constraint.name)
        for table in schema.Study.metadata.tables.values()
        for constraint in table.constraints
        if str(constraint.name).startswith("ck_")
    }
    with closing(sqlite3.connect(tmp_path / "coding.sqlite")) as connection:
        made = "\n".join(row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table'"))
    assert len(declared) == 11
    assert all(f"CONSTRAINT {name} CHECK" in made for name in declared)


def test_an_empty_database_is_migrated_by_a_reader_too(postgresql: str) -> None:
    assert interviews(postgresql) == ()


def test_the_file_is_for_its_owner_alone(tmp_path: Path, release: MakeRelease) -> None:
    before = os.umask(0)
    try:
        publish(release(SAID), A, sqlite_in(tmp_path / "home" / "store"))
    finally:
        os.umask(before)
    folder = tmp_path / "home" / "store"
    rights = {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir())}
    assert rights == {"store": "0o700", "coding.sqlite": "0o600"}


def test_rights_that_were_given_on_purpose_stay(tmp_path: Path, release: MakeRelease) -> None:
    url, file = sqlite_in(tmp_path), tmp_path / "coding.sqlite"
    publish(release(SAID), A, url)
    file.chmod(0o640)
    publish(release(SAID), B, url)
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_deleted_text_is_gone_from_the_file(tmp_path: Path, release: MakeRelease) -> None:
    url, file, secret = sqlite_in(tmp_path), tmp_path / "coding.sqlite", "지워져야 하는 말" * 3
    publish(release((("a", secret), ("b", "남는 말"))), A, url)
    assert secret.encode() in file.read_bytes()

    def forget(session: Session) -> None:
        version = session.scalars(select(schema.SegmentVersion).filter_by(text=secret)).one()
        session.execute(delete(schema.TranscriptLine).where(schema.TranscriptLine.segment_version_id == version.id))
        session.delete(version)

    in_transaction(url, forget, write=True)
    assert secret.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


# --- a database of another program, or of another time ---------------------------------------------------------------


@pytest.mark.parametrize(
    "statements",
    [
        ("UPDATE alembic_version SET version_num = '9999'",),
        ("INSERT INTO alembic_version VALUES ('9999')",),
        ("DELETE FROM alembic_version",),
    ],
)
def test_a_store_of_another_version_is_left_alone(url: str, release: MakeRelease, statements: tuple[str, ...]) -> None:
    publish(release(SAID), A, url)
    in_transaction(url, lambda session: [session.execute(text(each)) for each in statements] and None, write=True)
    with pytest.raises(StoreOutdated):
        publish(release(SAID), B, url)
    with pytest.raises(StoreOutdated):
        interviews(url)


def test_a_file_of_another_program_is_left_alone(tmp_path: Path, release: MakeRelease) -> None:
    file = tmp_path / "coding.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = file.read_bytes()
    with pytest.raises(StoreOutdated, match=r"coding\.sqlite"):
        publish(release(SAID), A, sqlite_in(tmp_path))
    assert file.read_bytes() == before


def test_a_store_is_never_taken_back_to_nothing(sqlite: str) -> None:
    def downgrade(session: Session) -> None:
        command.downgrade(opening.migration_config(session.connection()), "base")

    with pytest.raises(CommandError, match="restore the backup"):
        in_transaction(sqlite, downgrade, write=True)


# --- what the database itself refuses --------------------------------------------------------------------------------


def refused(url: str, work: Callable[[Session], object]) -> StoreRefused:
    """The error with which the store refuses `work`."""
    with pytest.raises(StoreRefused) as caught:
        in_transaction(url, work, write=True)
    return caught.value


def test_keys_must_lead_somewhere(url: str) -> None:
    refused(url, add(schema.Participant(study_id=99, code="P01")))


def test_a_session_has_one_current_transcript(url: str, release: MakeRelease) -> None:
    publish(release(SAID), A, url)
    publish(release(SAID), B, url)
    refused(url, lambda session: session.execute(update(schema.Transcript).values(status=Status.CURRENT)))


def test_code_names_are_unique_among_siblings_at_the_top_too(url: str) -> None:
    study, book = schema.Study(id=1, code="peers"), schema.Codebook(id=1, study_id=1, version=1)
    root, child = (
        schema.Code(id=1, codebook_id=1, name="낙인"),
        schema.Code(id=2, codebook_id=1, parent_id=1, name="낙인"),
    )
    in_transaction(url, add(study, book, root, child), write=True)
    refused(url, add(schema.Code(id=5, codebook_id=1, name="낙인")))
    refused(url, add(schema.Code(id=6, codebook_id=1, parent_id=1, name="낙인")))


def test_a_code_stays_in_its_codebook(url: str) -> None:
    study = schema.Study(id=1, code="peers")
    books = schema.Codebook(id=1, study_id=1, version=1), schema.Codebook(id=2, study_id=1, version=2)
    in_transaction(url, add(study, *books, schema.Code(id=1, codebook_id=1, name="낙인")), write=True)
    refused(url, add(schema.Code(id=7, codebook_id=2, parent_id=1, name="자기낙인")))


@pytest.mark.parametrize(("start", "end", "version"), [(2, 2, 1), (-1, 1, 1), (3, 2, 1), (0, 1, 99)])
def test_a_coding_has_a_span_in_a_line_of_its_transcript(
    url: str, release: MakeRelease, start: int, end: int, version: int
) -> None:
    publish(release(SAID), A, url)
    coder, book = schema.Coder(id=1, study_id=1, name="coder1"), schema.Codebook(id=1, study_id=1, version=1)
    in_transaction(url, add(coder, book, schema.Code(id=1, codebook_id=1, name="낙인")), write=True)
    span = {"transcript_id": 1, "segment_version_id": version, "start_cp": start, "end_cp": end, "exact": "하"}
    now = datetime.now(UTC)
    refused(url, add(schema.Coding(code_id=1, coder_id=1, created_at=now, **span)))


def test_the_audit_can_only_grow(url: str, release: MakeRelease) -> None:
    publish(release(SAID), A, url)
    changes = [update(schema.Audit).values(actor="nobody"), delete(schema.Audit)]
    for change in changes:
        refused(url, lambda session, change=change: session.execute(change))  # type: ignore[misc]


def test_a_refusal_says_nothing_of_the_row(url: str) -> None:
    error: ChaerokError = refused(url, add(schema.Participant(study_id=99, code="canary")))
    assert "canary" not in f"{error} {error.facts}"
