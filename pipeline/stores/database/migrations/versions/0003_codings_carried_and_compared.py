"""Where codings went later, guide questions, identities of codes, agreement, member checks, views for coders.

Frozen: a later change is a later migration. Codes that were there before get a `uid` by their path, so that a code of
several codebook versions is one.
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def key() -> sa.Column[int]:
    """The row's number."""
    return sa.Column("id", BIG, primary_key=True)


def of(table: str, *, primary_key: bool = False) -> sa.Column[int]:
    """The number of a row of `table`."""
    return sa.Column(f"{table}_id", BIG, sa.ForeignKey(f"{table}.id"), nullable=False, primary_key=primary_key)


def filled(name: str, kind: sa.types.TypeEngine[Any], default: str | None = None) -> sa.Column[Any]:
    """A column that is always filled."""
    return sa.Column(name, kind, nullable=False, server_default=None if default is None else sa.text(default))


def upgrade() -> None:
    added_columns()
    uids()
    op.create_index(None, "code", ["codebook_id", "uid"], unique=True)
    question_table()
    carrying_tables()
    agreement_tables()
    for statement in (*VIEWS, *GUARD[op.get_bind().dialect.name]):
        op.execute(statement)
    if op.get_bind().dialect.name == "postgresql":
        for statement in CODERS_VIEWS:
            op.execute(statement)


def downgrade() -> None:
    raise CommandError("this would drop what became of every coding; restore the backup instead")


def added_columns() -> None:
    """To tables that were there: each with a default, so that SQLite need not make a table anew."""
    op.add_column("transcript_line", filled("released_version", sa.Integer(), "0"))
    op.add_column("coder", sa.Column("database_role", sa.Text()))
    for column in ("uid", "colour"):
        op.add_column("code", filled(column, sa.Text(), "''"))
    op.add_column("code", filled("position", sa.Integer(), "0"))
    op.add_column("coding", filled("round", sa.Integer(), "1"))
    op.add_column("coding", filled("store", sa.Text(), "''"))


def uids() -> None:
    """A code's uid: by its study, its name and those above it."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT code.id, code.parent_id, code.name, codebook.study_id FROM code"
            " JOIN codebook ON codebook.id = code.codebook_id"
        )
    )
    codes = {row.id: row for row in rows}
    for row in codes.values():
        path, above = [row.name], row.parent_id
        while above is not None:
            path.append(codes[above].name)
            above = codes[above].parent_id
        uid = str(uuid.uuid5(uuid.NAMESPACE_OID, "\n".join([str(row.study_id), *path])))
        op.get_bind().execute(sa.text("UPDATE code SET uid = :uid WHERE id = :id"), {"uid": uid, "id": row.id})


def question_table() -> None:
    """The guide of each release."""
    op.create_table(
        "guide_question",
        of("transcript", primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        filled("text", sa.Text()),
    )


def carrying_tables() -> None:
    """Where codings lie by now."""
    states = sa.Enum(
        "exact", "moved", "fuzzy", "orphan", name="anchor", native_enum=False, create_constraint=True, length=16
    )
    op.create_table(
        "carrying",
        key(),
        of("coding"),
        of("transcript"),
        filled("state", states),
        filled("likeness", sa.Integer()),
        sa.Column("settled_by", sa.Text()),
        sa.Column("settled_at", MOMENT),
        sa.UniqueConstraint("coding_id", "transcript_id"),
    )
    op.create_index(None, "carrying", ["transcript_id"])
    op.create_table(
        "carried_place",
        of("carrying", primary_key=True),
        sa.Column("part", sa.Integer(), primary_key=True, autoincrement=False),
        filled("transcript_id", BIG),
        filled("segment_version_id", BIG),
        filled("start_cp", sa.Integer()),
        filled("end_cp", sa.Integer()),
        filled("exact", sa.Text()),
        sa.ForeignKeyConstraint(
            ["transcript_id", "segment_version_id"],
            ["transcript_line.transcript_id", "transcript_line.segment_version_id"],
        ),
        sa.CheckConstraint("0 <= start_cp AND start_cp < end_cp", "span"),
    )
    op.create_index(None, "carried_place", ["transcript_id", "segment_version_id"])


def agreement_tables() -> None:
    """What coders agreed on, and what participants say."""
    op.create_table(
        "reconciliation",
        key(),
        filled("round", sa.Integer()),
        of("segment"),
        of("code"),
        filled("applies", sa.Boolean()),
        filled("decided_by", sa.Text()),
        filled("decided_at", MOMENT),
        sa.UniqueConstraint("round", "segment_id", "code_id"),
    )
    op.create_index(None, "reconciliation", ["segment_id"])
    op.create_index(None, "reconciliation", ["code_id"])
    op.create_table(
        "member_check",
        key(),
        of("participant"),
        of("codebook"),
        filled("sent_at", MOMENT),
        sa.Column("returned_at", MOMENT),
    )
    op.create_index(None, "member_check", ["participant_id"])
    op.create_table(
        "member_answer",
        of("member_check", primary_key=True),
        of("code", primary_key=True),
        filled("relevance", sa.Integer()),
        filled("remark", sa.Text()),
        sa.CheckConstraint("1 <= relevance AND relevance <= 4", "relevance"),
    )


VIEWS = (
    """
CREATE VIEW current_codings AS
SELECT line.study, line.participant, line.session, line.line, line.number,
       coder.name AS coder,
       code.uid AS code,
       code.name AS code_name,
       placed.state, placed.start_cp, placed.end_cp, placed.exact,
       coding.round, coding.store,
       line.segment,
       coding.id AS coding_id,
       placed.part,
       placed.transcript_id, placed.segment_version_id
  FROM (SELECT id AS coding_id, 1 AS part, transcript_id, segment_version_id, start_cp, end_cp, exact,
               anchor_state AS state
          FROM coding
         UNION ALL
        SELECT carrying.coding_id, part, carrying.transcript_id, segment_version_id, start_cp, end_cp, exact, state
          FROM carrying JOIN carried_place ON carrying_id = carrying.id) placed
  JOIN coding ON coding.id = placed.coding_id AND coding.deleted_at IS NULL
  JOIN coder ON coder.id = coding.coder_id
  JOIN code ON code.id = coding.code_id
  JOIN current_lines line ON line.transcript_id = placed.transcript_id
       AND line.segment_version_id = placed.segment_version_id
""",
)

FROZEN = "EXISTS (SELECT 1 FROM codebook WHERE id = {row}.codebook_id AND frozen_at IS NOT NULL)"

GUARD = {
    "sqlite": (
        *(
            f"CREATE TRIGGER code_frozen_{verb} BEFORE {verb} ON code WHEN {FROZEN.format(row=row)}"
            " BEGIN SELECT RAISE(ABORT, 'the codebook is frozen'); END"
            for verb, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD"))
        ),
        "CREATE TRIGGER codebook_frozen BEFORE UPDATE ON codebook WHEN OLD.frozen_at IS NOT NULL"
        " BEGIN SELECT RAISE(ABORT, 'the codebook is frozen'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION code_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the codebook is frozen'; END $$",
        *(
            f"CREATE FUNCTION code_frozen_{verb}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {FROZEN.format(row=row)} THEN RAISE EXCEPTION 'the codebook is frozen'; END IF;"
            f" RETURN {row if verb != 'update' else 'NEW'}; END $$"
            for verb, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD"))
        ),
        *(
            f"CREATE TRIGGER code_frozen_{verb} BEFORE {verb} ON code"
            f" FOR EACH ROW EXECUTE FUNCTION code_frozen_{verb}()"
            for verb in ("insert", "update", "delete")
        ),
        "CREATE TRIGGER codebook_frozen BEFORE UPDATE ON codebook FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL)"
        " EXECUTE FUNCTION code_refuse()",
    ),
}

MINE = "study IN (SELECT study.code FROM coder JOIN study ON study.id = study_id WHERE database_role = current_user)"

CODERS_VIEWS = (
    f"CREATE VIEW coder_lines WITH (security_barrier) AS SELECT study, participant, session, transcript_version, line,"
    f" number, speaker, role, start_ms, end_ms, text, segment, question FROM current_lines WHERE {MINE}",
    "CREATE VIEW coder_questions WITH (security_barrier) AS"
    " SELECT DISTINCT line.study, line.participant, line.session, asked.number, asked.text"
    f" FROM (SELECT * FROM current_lines WHERE {MINE}) line"
    " JOIN guide_question asked ON asked.transcript_id = line.transcript_id",
    "CREATE VIEW coder_codes WITH (security_barrier) AS SELECT * FROM (SELECT study.code AS study, codebook.version,"
    " code.uid, above.uid AS parent, code.name, code.colour, code.description, code.position"
    " FROM code JOIN codebook ON codebook.id = code.codebook_id JOIN study ON study.id = codebook.study_id"
    f" LEFT JOIN code above ON above.id = code.parent_id) codes WHERE {MINE}",
    "CREATE VIEW coder_codings WITH (security_barrier) AS SELECT coding.* FROM current_codings coding"
    " JOIN study ON study.code = coding.study JOIN coder ON coder.study_id = study.id AND coder.name = coding.coder"
    " WHERE coder.database_role = current_user",
)
"""What a coder's role may read: the lines, guide and codes of their studies, and nobody's codings but their own."""
