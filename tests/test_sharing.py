from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import SettingsInvalid
from pipeline.settings import load
from pipeline.sharing import Address, Store, asyncpg, libpq, shown

ADDRESS, STORE = TypeAdapter(Address), TypeAdapter(Store)
SECRET = "hunter2secret"


@pytest.mark.parametrize("address", ["", "postgresql://lab@db.example/prefect", "postgresql+asyncpg://lab@db:5433/x",
                                     "postgres:///x?host=/run/postgresql"])  # fmt: skip
def test_an_address_without_a_password_is_taken_as_it_is(address: str) -> None:
    assert ADDRESS.validate_python(address) == address == STORE.validate_python(address)


@pytest.mark.parametrize(
    "address",
    [f"postgresql://lab:{SECRET}@db/x", f"postgresql+psycopg://lab:{SECRET}@/x?host=/run", f"postgresql://:{SECRET}@db/x",
     f"postgresql://lab@db/x?password={SECRET}", "postgresql://lab:@db/x", "postgresql://lab@db/x?passfile=/a"],
)  # fmt: skip
@pytest.mark.parametrize("table", ["server.database", "places.locks", "publish.database_url"])
def test_a_password_in_the_settings_is_refused_and_not_repeated(address: str, table: str) -> None:
    name, _, key = table.partition(".")
    with pytest.raises(SettingsInvalid) as refused:
        load(over={name: {key: address}})
    assert "PGPASSFILE" in str(refused.value) and table in str(refused.value) and SECRET not in str(refused.value)


@pytest.mark.parametrize("address", ["sqlite:///x.db", "mysql://lab@db/x", "postgresql://lab@db", "postgresql://lab@db/",
                                     "db/x", "http://[x/"])  # fmt: skip
def test_what_is_no_postgresql_database_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="postgresql://USER@HOST:PORT/NAME"):
        ADDRESS.validate_python(address)


def test_a_coding_store_may_be_a_file() -> None:
    assert STORE.validate_python("sqlite:////folder/coding.sqlite")


@pytest.mark.parametrize(
    ("address", "for_psycopg", "for_prefect", "for_people"),
    [("postgresql://lab@db/x", "postgresql://lab@db/x", "postgresql+asyncpg://lab@db/x", "db:5432/x"),
     ("postgresql+psycopg://lab@db:5433/x", "postgresql://lab@db:5433/x", "postgresql+asyncpg://lab@db:5433/x",
      "db:5433/x"),
     ("postgres:///x?host=/run", "postgres:///x?host=/run", "postgresql+asyncpg:///x?host=/run", "localhost:5432/x")],
)  # fmt: skip
def test_each_reader_gets_the_address_in_its_own_form(
    address: str, for_psycopg: str, for_prefect: str, for_people: str
) -> None:
    assert (libpq(address), asyncpg(address), shown(address)) == (for_psycopg, for_prefect, for_people)
