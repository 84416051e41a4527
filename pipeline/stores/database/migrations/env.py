"""Alembic's entry: runs the migrations on the connection that `pipeline.stores.database.opening` hands over.

A new migration after a change of the tables::

    python -c "from pipeline.stores.database.opening import draft_migration; draft_migration('what changes')"
"""

from __future__ import annotations

from typing import Literal

from alembic import context

from pipeline.stores.database import schema
from pipeline.stores.database.columns import Instant


def in_plain_words(_kind: str, thing: object, _context: object) -> str | Literal[False]:
    """How a drafted migration names our own column type: by SQLAlchemy's, so that it never depends on this program."""
    return "sa.DateTime(timezone=True)" if isinstance(thing, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.Study.metadata,
    render_item=in_plain_words,
    render_as_batch=True,  # SQLite alters a table by making it anew
    transactional_ddl=True,  # `opening` begins SQLite's transactions itself, so its DDL rolls back like PostgreSQL's
)
with context.begin_transaction():
    context.run_migrations()
