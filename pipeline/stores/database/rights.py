"""What a coder may read of a PostgreSQL store with a role of their own: released lines, and no one else's codings.

The views ``coder_lines``, ``coder_questions``, ``coder_codes`` and ``coder_codings`` show what belongs to studies in
which a coder has the asking role; nothing else is granted. docs/operations.md has the SQL.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from pipeline.errors import RoleUnfit
from pipeline.stores.database import audit
from pipeline.stores.database.opening import in_transaction
from pipeline.stores.database.schema import Coder, Study
from pipeline.stores.database.writing import row

VIEWS = ("coder_lines", "coder_questions", "coder_codes", "coder_codings")


def admit(url: str, study: str, coder: str, role: str) -> None:
    """Let the PostgreSQL role `role` read as `coder` of `study`, and take every other right on our tables from it.

    Raises RoleUnfit for a store without roles, a role that is not there, that is a superuser or owns the tables (no
    right can be kept from these), or that reads for somebody else of the study; and as `opening.in_transaction` does.
    """
    in_transaction(url, lambda session: _admit(session, study, coder, role), write=True)


def _admit(session: Session, study: str, coder: str, role: str) -> None:
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        raise RoleUnfit(role=role, why="SQLite")
    asked = text(
        "SELECT rolsuper OR rolbypassrls OR oid = (SELECT relowner FROM pg_class WHERE oid = 'coding'::regclass)"
        " FROM pg_roles WHERE rolname = :role"
    )
    mighty = session.scalar(asked, {"role": role})
    if mighty is None:
        raise RoleUnfit(role=role, why="CREATE ROLE")
    if mighty:
        raise RoleUnfit(role=role, why="superuser, owner")
    study_row = row(session, Study, code=study)
    taken = select(Coder.name).where(Coder.study_id == study_row.id, Coder.database_role == role, Coder.name != coder)
    if session.scalar(taken) is not None:
        raise RoleUnfit(role=role, why="coder")
    row(session, Coder, study_id=study_row.id, name=coder).database_role = role
    quoted = connection.dialect.identifier_preparer.quote(role)
    schema = connection.dialect.identifier_preparer.quote(str(session.scalar(text("SELECT current_schema()"))))
    for statement in (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {quoted}",
        f"GRANT USAGE ON SCHEMA {schema} TO {quoted}",
        f"GRANT SELECT ON {', '.join(VIEWS)} TO {quoted}",
    ):
        connection.exec_driver_sql(statement)
    audit.append(session, datetime.now(UTC), "pipeline", "admit", study, {"role": role})
