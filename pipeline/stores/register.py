"""The study register on disk: an index under the study's key, and for each person a record under a key of their own.

::

    registers/<study>.register             sealed: ids and stand-ins; places and institutions whole; its version
    registers/<study>.key                  the study's data key, wrapped
    registers/<study>.people/ID-N.person   sealed: the names of one person, N-th version
    registers/<study>.people/ID.key        that person's data key, wrapped

It lies apart from the vault, under other keys: who may read transcripts need not know who is who. Without their key a
person's names are beyond recall, while their stand-in stays taken. Study, person and version are part of what a record
is sealed for: one that was swapped, moved or put back from before does not open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, TypeVar

from filelock import FileLock
from pydantic import ConfigDict, TypeAdapter, ValidationError

from pipeline.errors import SealBroken
from pipeline.people import Entry, Register
from pipeline.stores.keyring import Identity, data_key, renewed
from pipeline.stores.sealed import private_folder, reseal, seal, unseal
from pipeline.transcript import Label

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in the index: of a person without the names, which are in the record of that number.

    Record 0: there is none, and the entry is whole; of a person who was destroyed, it has no names.
    """

    entry: Entry
    record: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """What the study's key opens."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    study: str
    rows: tuple[Row, ...] = ()
    version: int = 0


_REGISTER, _NAMES = TypeAdapter(Register), TypeAdapter(tuple[str, ...])
_INDEX: TypeAdapter[Index | Register] = TypeAdapter(Index | Register)
"""A register as it was written before people had keys of their own is read, too."""


def digest(register: Register) -> str:
    """sha256 of its entries; the version does not count."""
    return hashlib.sha256(_REGISTER.dump_json(replace(register, version=0))).hexdigest()


def read_register(folder: Path, study: str, identity: Identity) -> Register:
    """The study's register; an empty one where there is none yet. Raises SealBroken, KeyMissing, KeyWrong."""
    index = _index(folder, study, identity)
    entries = tuple(_named(folder, study, row, identity) for row in index.rows)
    return Register(study, entries, index.version)


def change_register(folder: Path, study: str, identity: Identity, change: Callable[[Register], Register]) -> Register:
    """Read, `change` and write it under its lock: two walks at once never mint two stand-ins for one person."""
    private_folder(folder)
    with FileLock(folder / f".{study}.lock"):
        index = _index(folder, study, identity)
        before = Register(study, tuple(_named(folder, study, row, identity) for row in index.rows), index.version)
        after = change(before)
        if after.entries == before.entries:
            return before
        after = replace(after, version=before.version + 1)
        held = {row.entry.id: (row, entry) for row, entry in zip(index.rows, before.entries, strict=True)}
        rows = tuple(_row(folder, study, entry, held, identity) for entry in after.entries)
        _write_index(folder, Index(study, rows, after.version), identity)
        _sweep(folder, study, rows)
        return after


def destroy(folder: Path, study: str, person: str, identity: Identity) -> None:
    """The names of the entry `person` are beyond recall from now on; the stand-in stays taken. KeyWrong, SealBroken."""
    with FileLock(folder / f".{study}.lock"):
        index = _index(folder, study, identity)
        rows = tuple(replace(row, record=0) if row.entry.id == person else row for row in index.rows)
        _write_index(folder, replace(index, rows=rows, version=index.version + 1), identity)
        _sweep(folder, study, rows)


def renew(folder: Path, study: str, opener: Identity, publics: tuple[str, ...]) -> int:
    """Seal the study's register, voices and people under new data keys, wrapped for `publics`; the number of keys.

    Cut short, everything still opens. Raises KeyMissing, KeyWrong, SealBroken, DiskFull.
    """
    with FileLock(folder / f".{study}.lock"):
        index = _index(folder, study, opener)
        _sweep(folder, study, index.rows)  # keys that a crash left would stay wrapped for whom they were
        key = folder / f"{study}.key"
        with renewed(key, opener, publics) as keys:
            for path in (key.with_suffix(".register"), key.with_suffix(".voices")):
                if path.exists():
                    reseal(path, keys, path.name)
        people = [row for row in index.rows if row.record]
        for row in people:
            with renewed(_key(folder, study, row.entry.id), opener, publics) as keys:
                reseal(_record(folder, study, row), keys, _place(study, row))
        return 1 + len(people)


def studies(folder: Path) -> tuple[str, ...]:
    """Every study that has a data key here, in order."""
    return tuple(sorted(path.stem for path in folder.glob("*.key")))


def opened(path: Path, kind: TypeAdapter[T], identity: Identity) -> T:
    """What is sealed at `path` under the study's key beside it. Raises SealBroken, KeyMissing, KeyWrong."""
    return _parsed(path, kind, data_key(path.with_suffix(".key"), identity), path.name)


def _parsed(path: Path, kind: TypeAdapter[T], key: bytes, place: str) -> T:
    if not path.exists():
        raise SealBroken(path=path)
    with unseal(path, key, place) as stream:
        data = stream.read()
    try:
        return kind.validate_json(data)
    except ValidationError:  # it quotes names: it must go no further
        problem = SealBroken(path=path)
    raise problem


# --- the index ------------------------------------------------------------------------------------------------------


def _index(folder: Path, study: str, identity: Identity) -> Index:
    path = folder / f"{study}.register"
    if not path.exists():
        return Index(study)
    found = opened(path, _INDEX, identity)
    return found if isinstance(found, Index) else Index(study, tuple(map(Row, found.entries)), found.version)


def _write_index(folder: Path, index: Index, identity: Identity) -> None:
    path = folder / f"{index.study}.register"
    seal(path, [_INDEX.dump_json(index)], data_key(path.with_suffix(".key"), identity, make=True), path.name)


# --- one person -----------------------------------------------------------------------------------------------------


def _named(folder: Path, study: str, row: Row, identity: Identity) -> Entry:
    """The entry of `row` with its names. Raises KeyMissing, KeyWrong, SealBroken."""
    if not row.record:
        return row.entry
    path = _record(folder, study, row)
    names = _parsed(path, _NAMES, data_key(_key(folder, study, row.entry.id), identity), _place(study, row))
    return replace(row.entry, forms=names)


def _row(folder: Path, study: str, entry: Entry, held: dict[str, tuple[Row, Entry]], identity: Identity) -> Row:
    """How `entry` stands in the index; what is new about a person is written into a record first."""
    if entry.label is not Label.NAME or not entry.forms:
        return Row(entry)
    row, before = held.get(entry.id, (None, None))
    bare = replace(entry, forms=())
    if row is not None and before is not None and row.record and before.forms == entry.forms:
        return Row(bare, row.record)
    new = Row(bare, _newest(folder, study, entry.id) + 1)
    key = data_key(_key(folder, study, entry.id), identity, make=True)
    seal(_record(folder, study, new), [_NAMES.dump_json(entry.forms)], key, _place(study, new))
    return new


def _sweep(folder: Path, study: str, rows: tuple[Row, ...]) -> None:
    """Remove records that the index no longer names, and the keys of people without any."""
    named = {_record(folder, study, row) for row in rows if row.record}
    keys = {_key(folder, study, row.entry.id) for row in rows if row.record}
    for path in _people(folder, study).glob("*"):
        if (path.suffix == ".key" and path not in keys) or (path.suffix == ".person" and path not in named):
            path.unlink(missing_ok=True)


def _newest(folder: Path, study: str, person: str) -> int:
    """The highest number of that person's records, also of one that a crash left unnamed; 0 where there is none."""
    numbers = (path.stem.rpartition("-")[2] for path in _people(folder, study).glob(f"{_file(person)}-*.person"))
    return max((int(number) for number in numbers if number.isdigit()), default=0)


def _people(folder: Path, study: str) -> Path:
    return folder / f"{study}.people"


def _file(person: str) -> str:
    """An id as part of a file's name."""
    return hashlib.sha256(person.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _key(folder: Path, study: str, person: str) -> Path:
    return _people(folder, study) / f"{_file(person)}.key"


def _record(folder: Path, study: str, row: Row) -> Path:
    return _people(folder, study) / f"{_file(row.entry.id)}-{row.record}.person"


def _place(study: str, row: Row) -> str:
    return f"person|{study}|{row.entry.id}|{row.record}"
