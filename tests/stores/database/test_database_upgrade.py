"""A store that an older Chaerok made: read and written as if it had always been of this one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.orm import Session

from pipeline.errors import StoreUnreachable
from pipeline.interview import InterviewId
from pipeline.stores.database import interviews, lines, opening, publish, sqlite_in
from pipeline.transcript import Released

MakeRelease = Callable[..., Released]

A, B = "1" * 64, "2" * 64
INTERVIEW = InterviewId("peers", "P03", "S1")
AT = datetime(2026, 5, 5, tzinfo=UTC)

AS_0001_HAD_IT = (
    "INSERT INTO study (code) VALUES ('peers')",
    "INSERT INTO participant (study_id, code) VALUES (1, 'P03')",
    "INSERT INTO session (participant_id, code) VALUES (1, 'S1')",
    "INSERT INTO recording (session_id, sha256, duration_ms) VALUES (1, 'ab', 9000)",
    "INSERT INTO transcript (session_id, recording_id, version, status, release_sha256, text_sha256, demo_grade,"
    f" provenance, published_at) VALUES (1, 1, 1, 'current', '{A}', 'cd', :yes, '{{}}', :at)",
    "INSERT INTO speaker (session_id, label, role) VALUES (1, 'S1', 'participant')",
    "INSERT INTO segment (session_id, uid, number) VALUES (1, 'a', 'u0001')",
    "INSERT INTO segment_version (segment_id, version, speaker_id, start_ms, end_ms, text, replaced)"
    " VALUES (1, 1, 1, 0, 1000, '안녕하세요.', 0)",
    "INSERT INTO transcript_line (transcript_id, line, segment_version_id) VALUES (1, 1, 1)",
    "INSERT INTO coder (study_id, name) VALUES (1, 'coder1')",
    "INSERT INTO codebook (study_id, version) VALUES (1, 1)",
    "INSERT INTO code (codebook_id, name, description) VALUES (1, '인사', '')",
    "INSERT INTO coding (code_id, coder_id, transcript_id, segment_version_id, start_cp, end_cp, exact, prefix,"
    " suffix, created_at) VALUES (1, 1, 1, 1, 0, 2, '안녕', '', '하세요', :at)",
)  # fmt: skip


def made_by_0001(url: str, *more: str) -> None:
    """A store as the first migration left it, with a line and a coding of it."""
    engine = opening.engine_for(opening.parsed(url), write=True)
    with Session(engine) as session, session.begin():
        command.upgrade(opening.migration_config(session.connection()), "0001")
        for statement in (*AS_0001_HAD_IT, *more):
            session.execute(text(statement), {"at": AT.replace(tzinfo=None), "yes": True})


def test_an_older_store_is_read_at_once_and_keeps_all_that_is_in_it(url: str, release: MakeRelease) -> None:
    made_by_0001(url)
    (line,) = lines(url, INTERVIEW)
    assert (line.number, line.segment, line.text, line.question) == ("u0001", "a", "안녕하세요.", 0)
    counting = text("SELECT exact, segment_version_id, transcript_id FROM coding")
    kept = opening.in_transaction(url, lambda session: session.execute(counting).all(), write=False)
    assert [tuple(row) for row in kept] == [("안녕", 1, 1)]


def test_an_older_store_takes_a_new_release(url: str, release: MakeRelease) -> None:
    made_by_0001(url)
    texts = (("a", "안녕하세요."), ("b", "네."))
    assert publish(release(texts, interview=INTERVIEW, questions=(2, 2)), B, url) == 2
    assert [(line.segment, line.question) for line in lines(url, INTERVIEW)] == [("a", 2), ("b", 2)]
    assert [(found.version, found.lines) for found in interviews(url)] == [(2, 2)]


def test_a_person_with_plain_sql_sees_the_questions(tmp_path: Path, release: MakeRelease) -> None:
    made_by_0001(sqlite_in(tmp_path))
    publish(release((("a", "안녕하세요."),), interview=INTERVIEW, questions=(3,)), B, sqlite_in(tmp_path))
    with closing(sqlite3.connect(tmp_path / "coding.sqlite")) as connection:
        assert connection.execute("SELECT line, text, question FROM current_lines").fetchall() == [
            (1, "안녕하세요.", 3)
        ]


def test_who_might_read_the_view_still_may(postgresql: str) -> None:
    made_by_0001(postgresql, "GRANT SELECT ON current_lines TO pg_monitor")
    interviews(postgresql)
    asked = text("SELECT has_table_privilege('pg_monitor', 'current_lines', 'SELECT')")
    assert opening.in_transaction(postgresql, lambda session: session.scalar(asked), write=False) is True


def test_a_store_is_not_taken_back(url: str) -> None:
    made_by_0001(url)

    def downgrade(session: Session) -> None:
        command.downgrade(opening.migration_config(session.connection()), "0001")

    with pytest.raises(CommandError, match="restore the backup"):
        opening.in_transaction(url, downgrade, write=True)
    assert lines(url, INTERVIEW)[0].question == 0


def test_a_store_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable):
        interviews(sqlite_in(tmp_path / "none"))


def test_another_question_is_no_new_version_of_a_segment(url: str, release: MakeRelease) -> None:
    texts = (("a", "안녕하세요."), ("b", "네."))
    publish(release(texts, questions=(1, 1)), A, url)
    publish(release(texts, questions=(1, 2)), B, url)
    assert [line.question for line in lines(url, INTERVIEW)] == [1, 2]
    counting = text("SELECT count(*) FROM segment_version")
    assert opening.in_transaction(url, lambda session: session.scalar(counting), write=False) == 2
    before = text("SELECT question FROM transcript_line WHERE transcript_id = 1 ORDER BY line")
    assert opening.in_transaction(url, lambda s: s.scalars(before).all(), write=False) == [1, 1]


# --- from 0002: codings that were made before any of them was carried -------------------------------------------------


def made_by_0002(url: str) -> None:
    """A store as the second migration left it: two versions of a codebook, a coding."""
    engine = opening.engine_for(opening.parsed(url), write=True)
    more = (
        "INSERT INTO code (codebook_id, parent_id, name, description) VALUES (1, 1, '첫인사', '')",
        "INSERT INTO codebook (study_id, version) VALUES (1, 2)",
        "INSERT INTO code (codebook_id, name, description) VALUES (2, '인사', '')",
        "INSERT INTO code (codebook_id, parent_id, name, description) VALUES (2, 3, '첫인사', '')",
    )
    with Session(engine) as session, session.begin():
        command.upgrade(opening.migration_config(session.connection()), "0002")
        for statement in (*AS_0001_HAD_IT, *more):
            session.execute(text(statement), {"at": AT.replace(tzinfo=None), "yes": True})


def test_codes_of_several_versions_are_one_by_their_path(url: str) -> None:
    made_by_0002(url)
    asked = text("SELECT name, uid FROM code ORDER BY id")
    found = opening.in_transaction(url, lambda session: session.execute(asked).all(), write=False)
    uids = [uid for _, uid in found]
    assert [name for name, _ in found] == ["인사", "첫인사", "인사", "첫인사"]
    assert uids[0] == uids[2] and uids[1] == uids[3] and uids[0] != uids[1] and all(uids)


def test_an_older_coding_is_carried_by_the_next_release(url: str, release: MakeRelease) -> None:
    made_by_0002(url)
    publish(release((("a", "음, 안녕하세요."), ("b", "네.")), interview=INTERVIEW), B, url, questions=("무엇을?",))
    asked = text("SELECT coder, code_name, state, exact, start_cp, round, store FROM current_codings")
    found = opening.in_transaction(url, lambda session: session.execute(asked).all(), write=False)
    assert [tuple(row) for row in found] == [("coder1", "인사", "fuzzy", "안녕", 3, 1, "")] or [
        tuple(row) for row in found
    ] == [("coder1", "인사", "moved", "안녕", 3, 1, "")]
    guide = text("SELECT transcript_id, number, text FROM guide_question")
    assert opening.in_transaction(url, lambda s: [tuple(r) for r in s.execute(guide)], write=False) == [
        (2, 1, "무엇을?")
    ]
