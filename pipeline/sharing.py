"""The settings of a lab with more than one machine: shared places, a work pool, databases without their passwords."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

SECRET_KEYS = {"password", "sslpassword", "passfile"}
"""Parts of a URL's query that are a password, or say where one is."""
FORM = "postgresql://USER@HOST:PORT/NAME"


def _without_password(address: str) -> str:
    """Refuses a password: settings are copied, mailed and committed. Does not quote it."""
    try:
        parts = urlsplit(address)
        secret = parts.password is not None or SECRET_KEYS & {key for key, _ in parse_qsl(parts.query)}
    except ValueError:
        raise ValueError(FORM) from None
    if secret:
        raise ValueError("no password here: PGPASSFILE (0600) or PGPASSWORD has it")
    return address


def _postgresql(address: str) -> str:
    parts = urlsplit(address)
    if address and (parts.scheme.partition("+")[0] not in ("postgresql", "postgres") or not parts.path.strip("/")):
        raise ValueError(FORM)
    return address


Store = Annotated[str, AfterValidator(_without_password)]
"""Any database. The password comes from PGPASSFILE, ~/.pgpass or PGPASSWORD, as of every PostgreSQL client."""
Address = Annotated[Store, AfterValidator(_postgresql)]
"""A PostgreSQL database, or nothing."""


def libpq(address: str) -> str:
    """`address` as psycopg and libpq read it: without SQLAlchemy's name of a driver."""
    scheme, _, rest = address.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


def asyncpg(address: str) -> str:
    """`address` as Prefect's server wants it."""
    return f"postgresql+asyncpg://{address.partition('://')[2]}"


def shown(address: str) -> str:
    """The database by its place alone, for people."""
    parts = urlsplit(address)
    return f"{parts.hostname or 'localhost'}:{parts.port or 5432}{parts.path}"


class Section(BaseModel):
    """A table of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Places(Section):
    """Where the zones lie that several machines share; `pipeline.places.Home` reads the same table."""

    vault: str
    registers: str
    studies: str
    endpoint: str
    locks: Address


class Workers(Section):
    """Prefect workers on other machines."""

    pool: str
    silent_seconds: Annotated[float, Field(ge=60)]
