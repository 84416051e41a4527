"""The first tables: releases as transcripts of segments, and what coders add to them.

Frozen: a later change is a later migration. Constraints get their names from `columns.NAMES`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def key() -> sa.Column[int]:
    """The row's number."""
    return sa.Column("id", BIG, primary_key=True)


def of(table: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[int]:
    """The number of a row of `table`."""
    return sa.Column(f"{table}_id", BIG, sa.ForeignKey(f"{table}.id"), nullable=nullable, primary_key=primary_key)


def text(name: str) -> sa.Column[str]:
    """Text that is always there."""
    return sa.Column(name, sa.Text(), nullable=False)


def number(name: str) -> sa.Column[int]:
    """A count, a time in milliseconds or an offset in code points."""
    return sa.Column(name, sa.Integer(), nullable=False)


def word(column: str, name: str, *words: str, default: str | None = None) -> sa.Column[str]:
    """One of a closed set of words."""
    kind = sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=16)
    return sa.Column(column, kind, nullable=False, server_default=default)


def unique_where(name: str, table: str, columns: list[str], condition: str) -> None:
    """`columns` are unique among the rows that meet `condition`."""
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    study_tables()
    transcript_tables()
    segment_tables()
    line_tables()
    code_tables()
    coding_tables()
    op.execute(CURRENT_LINES)
    audit_table()


def downgrade() -> None:
    raise CommandError("this would drop every transcript and coding; restore the backup instead")


def study_tables() -> None:
    """Who was interviewed, and when."""
    op.create_table("study", key(), text("code"), sa.UniqueConstraint("code"))
    op.create_table("participant", key(), of("study"), text("code"), sa.UniqueConstraint("study_id", "code"))
    op.create_table(
        "participant_attribute",
        of("participant", primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        text("value"),
    )
    op.create_table(
        "session",
        key(),
        of("participant"),
        text("code"),
        sa.Column("recorded_on", sa.Date()),
        sa.UniqueConstraint("participant_id", "code"),
    )


def transcript_tables() -> None:
    """What was released of a session."""
    op.create_table(
        "recording",
        key(),
        of("session"),
        text("sha256"),
        number("duration_ms"),
        sa.UniqueConstraint("session_id", "sha256"),
        sa.CheckConstraint("duration_ms >= 0", "duration"),
    )
    op.create_table(
        "transcript",
        key(),
        of("session"),
        of("recording"),
        sa.Column("parent_id", BIG, sa.ForeignKey("transcript.id")),
        number("version"),
        word("status", "status", "current", "superseded", "withdrawn"),
        text("release_sha256"),
        text("text_sha256"),
        sa.Column("demo_grade", sa.Boolean(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.UniqueConstraint("session_id", "version"),
        sa.UniqueConstraint("session_id", "release_sha256"),
    )
    unique_where("ix_transcript_one_current", "transcript", ["session_id"], "status = 'current'")


def segment_tables() -> None:
    """Passages: their identities, and what each said in which release."""
    op.create_table(
        "speaker",
        key(),
        of("session"),
        text("label"),
        word("role", "role", "interviewer", "participant", "unknown"),
        sa.UniqueConstraint("session_id", "label", "role"),
    )
    op.create_table(
        "segment",
        key(),
        of("session"),
        text("uid"),
        text("number"),
        sa.UniqueConstraint("session_id", "uid"),
        sa.UniqueConstraint("session_id", "number"),
    )
    op.create_table(
        "segment_version",
        key(),
        of("segment"),
        number("version"),
        of("speaker"),
        number("start_ms"),
        number("end_ms"),
        text("text"),
        number("replaced"),
        sa.UniqueConstraint("segment_id", "version"),
        sa.CheckConstraint("0 <= start_ms AND start_ms <= end_ms", "span"),
    )


def line_tables() -> None:
    """Which segment versions a transcript is made of, where they came from, and what it lacks."""
    op.create_table(
        "transcript_line",
        of("transcript", primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True, autoincrement=False),
        of("segment_version"),
        sa.UniqueConstraint("transcript_id", "segment_version_id"),
    )
    op.create_table(
        "lineage",
        key(),
        of("transcript"),
        text("segment_uid"),
        word("how", "how", "kept", "new", "split", "merged"),
        sa.Column("ancestor_uid", sa.Text()),
    )
    op.create_table(
        "gap",
        key(),
        of("transcript"),
        number("start_ms"),
        number("end_ms"),
        text("reason"),
        sa.CheckConstraint("0 <= start_ms AND start_ms <= end_ms", "span"),
    )
    op.create_index(None, "transcript_line", ["segment_version_id"])
    op.create_index(None, "lineage", ["transcript_id"])
    op.create_index(None, "gap", ["transcript_id"])


def code_tables() -> None:
    """Coders and code trees."""
    op.create_table("coder", key(), of("study"), text("name"), sa.UniqueConstraint("study_id", "name"))
    op.create_table(
        "codebook",
        key(),
        of("study"),
        number("version"),
        sa.Column("frozen_at", MOMENT),
        sa.UniqueConstraint("study_id", "version"),
    )
    op.create_table(
        "code",
        key(),
        of("codebook"),
        sa.Column("parent_id", BIG),
        text("name"),
        text("description"),
        sa.UniqueConstraint("codebook_id", "id"),
        sa.UniqueConstraint("codebook_id", "parent_id", "name"),
        sa.ForeignKeyConstraint(["codebook_id", "parent_id"], ["code.codebook_id", "code.id"]),
    )
    unique_where("ix_code_one_root", "code", ["codebook_id", "name"], "parent_id IS NULL")


def coding_tables() -> None:
    """What coders say of passages."""
    op.create_table(
        "coding",
        key(),
        of("code"),
        of("coder"),
        sa.Column("transcript_id", BIG, nullable=False),
        sa.Column("segment_version_id", BIG, nullable=False),
        number("start_cp"),
        number("end_cp"),
        text("exact"),
        text("prefix"),
        text("suffix"),
        word("anchor_state", "anchor", "exact", "moved", "fuzzy", "orphan", default="exact"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["transcript_id", "segment_version_id"],
            ["transcript_line.transcript_id", "transcript_line.segment_version_id"],
        ),
        sa.CheckConstraint("0 <= start_cp AND start_cp < end_cp", "span"),
    )
    op.create_table(
        "memo",
        key(),
        of("coder"),
        of("coding", nullable=True),
        text("text"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT),
    )
    op.create_index(None, "coding", ["code_id"])
    op.create_index(None, "coding", ["coder_id"])
    op.create_index(None, "coding", ["transcript_id", "segment_version_id"])
    op.create_index(None, "memo", ["coder_id"])
    op.create_index(None, "memo", ["coding_id"])


def audit_table() -> None:
    """The audit, and triggers that refuse to change it."""
    op.create_table(
        "audit",
        sa.Column("position", BIG, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        *(text(name) for name in ("actor", "action", "subject")),
        sa.Column("facts", sa.JSON(), nullable=False),
        *(text(name) for name in ("previous", "sha256")),
    )
    for statement in AUDIT_GUARD[op.get_bind().dialect.name]:
        op.execute(statement)


AUDIT_GUARD = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_no_{verb} BEFORE {verb} ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
        for verb in ("update", "delete")
    ),
    "postgresql": (
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$",
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    ),
}

CURRENT_LINES = """
CREATE VIEW current_lines AS
SELECT study.code AS study,
       participant.code AS participant,
       session.code AS session,
       transcript.version AS transcript_version,
       transcript.demo_grade AS demo_grade,
       transcript_line.line AS line,
       segment.number AS number,
       speaker.label AS speaker,
       speaker.role AS role,
       segment_version.start_ms AS start_ms,
       segment_version.end_ms AS end_ms,
       segment_version.text AS text,
       segment.uid AS segment,
       transcript.id AS transcript_id,
       segment_version.id AS segment_version_id
  FROM transcript
  JOIN session ON session.id = transcript.session_id
  JOIN participant ON participant.id = session.participant_id
  JOIN study ON study.id = participant.study_id
  JOIN transcript_line ON transcript_line.transcript_id = transcript.id
  JOIN segment_version ON segment_version.id = transcript_line.segment_version_id
  JOIN segment ON segment.id = segment_version.segment_id
  JOIN speaker ON speaker.id = segment_version.speaker_id
 WHERE transcript.status = 'current'
 ORDER BY study.code, participant.code, session.code, transcript_line.line
"""
