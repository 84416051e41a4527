"""What the columns of the coding store are made of: key and time types, the closed sets of words, and `Base`."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, MetaData, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
"""A name for every constraint: SQLite can only alter a table (in batch mode) whose constraints have one."""

BIG = BigInteger().with_variant(Integer(), "sqlite")
"""Row numbers: SQLite counts up only in a column that is exactly INTEGER."""

Key = Annotated[int, mapped_column(BIG, primary_key=True)]


class Status(enum.StrEnum):
    """What a transcript is to its session. `WITHDRAWN` is never made current again."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class How(enum.StrEnum):
    """How a segment came from those of the transcript before; the words of `pipeline.transcript.Descent`."""

    KEPT = "kept"
    NEW = "new"
    SPLIT = "split"
    MERGED = "merged"


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Any zone in, UTC kept."""
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC out."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


def stored_words(words: type[enum.Enum]) -> list[str]:
    """What the database keeps of an enumeration: its values, not Python's names for them."""
    return [str(word.value) for word in words]


class Base(DeclarativeBase):
    """Of every table."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        datetime: Instant(),
        dict[str, Any]: JSON(),
        enum.Enum: Enum(
            enum.Enum, native_enum=False, create_constraint=True, length=16, values_callable=stored_words
        ),  # a word and a check: a new word is then a plain migration on both databases
    }
