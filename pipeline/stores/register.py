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
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from pipeline.errors import SealBroken
from pipeline.objects import ObjectPlace
from pipeline.people import Entry, Register
from pipeline.place import Place
from pipeline.stores.keyring import Identity, data_key, renewed
from pipeline.stores.locks import turn
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
    past: tuple[str, ...] = ()
    salt: str = ""
    """As in `Register`, both."""


_REGISTER, _NAMES = TypeAdapter(Register), TypeAdapter(tuple[str, ...])
_INDEX: TypeAdapter[Index | Register] = TypeAdapter(Index | Register)
"""A register as it was written before people had keys of their own is read, too."""


def digest(register: Register) -> str:
    """Salted sha256 of its entries; neither the version counts nor since when they are there."""
    history: dict[str, Any] = {"past": True, "entries": {"__all__": {"since"}}}
    return hashlib.sha256(_REGISTER.dump_json(replace(register, version=0), exclude=history)).hexdigest()


def news(register: Register, seen: str) -> tuple[Entry, ...] | None:
    """The entries with forms that a register with the digest `seen` did not have; None where it was none of its past.

    A register that was put back from a backup has another past than the one that was seen since.
    """
    if seen not in register.past:
        return None
    version = len(register.past) - register.past[::-1].index(seen)
    return tuple(entry for entry in register.entries if entry.since > version)


def read_register(folder: Place, study: str, identity: Identity) -> Register:
    """The study's register; an empty one where there is none yet. Raises SealBroken, KeyMissing, KeyWrong."""
    if not (folder / f"{study}.register").exists():
        return Register(study)
    with turn(folder / f".{study}.lock"):  # or a record could go between the index and itself
        return _read(folder, study, identity)[1]


_READ: dict[tuple[Place, str, Identity], tuple[frozenset[tuple[object, ...]], Index, Register]] = {}
"""What was read last, with what lay on the disk: a key for each person takes a third of a millisecond to unwrap."""


def _read(folder: Place, study: str, identity: Identity) -> tuple[Index, Register]:
    """The index and the register that it makes, by whoever holds its lock."""
    kept, seen = _READ.get((folder, study, identity)), _on_disk(folder, study)
    if kept is None or kept[0] != seen:
        index = _index(folder, study, identity)
        kept = seen, index, _register(folder, study, index, identity)
        _READ.clear()  # one study at a time; and no names of another
        _READ[folder, study, identity] = kept
    return kept[1], kept[2]


def _on_disk(folder: Place, study: str) -> frozenset[tuple[object, ...]]:
    """Every file of the register as it stands: any change, swap or loss is another set."""
    people, own = _people(folder, study), (folder / f"{study}.register", folder / f"{study}.key")
    if isinstance(people, ObjectPlace):
        there = [(path.name, path.seen()) for path in own if isinstance(path, ObjectPlace)]
        return frozenset(people.versions().items()) | {(name, seen[0]) for name, seen in there if seen}
    files = [*Path(str(people)).iterdir()] if people.is_dir() else []
    files += [path for path in map(Path, map(str, own)) if path.exists()]
    found = [(path.name, path.stat()) for path in files if path.suffix != ".lock"]
    return frozenset((name, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for name, stat in found)


def _register(folder: Place, study: str, index: Index, identity: Identity) -> Register:
    entries = tuple(_named(folder, study, row, identity) for row in index.rows)
    return Register(study, entries, index.version, index.past, index.salt)


def change_register(folder: Place, study: str, identity: Identity, change: Callable[[Register], Register]) -> Register:
    """Read, `change` and write it under its lock: two walks at once never mint two stand-ins for one person."""
    private_folder(folder)
    with turn(folder / f".{study}.lock"):
        index, before = _read(folder, study, identity)
        after = change(before)
        if after.entries == before.entries:
            return before
        held = {row.entry.id: (row, entry) for row, entry in zip(index.rows, before.entries, strict=True)}
        after = _next_version(before, after)
        rows = tuple(_row(folder, study, entry, held, identity) for entry in after.entries)
        _write_index(folder, Index(study, rows, after.version, after.past, after.salt), identity)
        _sweep(folder, study, rows)
        return after


def _next_version(before: Register, after: Register) -> Register:
    """`after` with its number, its past, and in it since when each entry has the forms that it has."""
    version = before.version + 1
    held = {entry.id: entry for entry in before.entries}
    entries = tuple(
        replace(entry, since=held[entry.id].since)
        if entry.id in held and (held[entry.id].forms, held[entry.id].label) == (entry.forms, entry.label)
        else replace(entry, since=version)
        for entry in after.entries
    )
    unknown = ("",) * (before.version - len(before.past))  # written before there was a past
    after = replace(after, entries=entries, version=version, salt=before.salt or secrets.token_hex(16))
    return replace(after, past=(*before.past, *unknown, digest(after)))


def destroy(folder: Place, study: str, person: str, identity: Identity) -> None:
    """The names of the entry `person` are beyond recall from now on; the stand-in stays taken. KeyWrong, SealBroken."""
    with turn(folder / f".{study}.lock"):
        index = _index(folder, study, identity)
        rows = tuple(replace(row, record=0) if row.entry.id == person else row for row in index.rows)
        without = replace(index, rows=rows, version=index.version + 1)
        left = digest(_register(folder, study, without, identity))
        past = (*index.past, *("",) * (index.version - len(index.past)), left)
        _write_index(folder, replace(without, past=past), identity)
        _sweep(folder, study, rows)


def renew(folder: Place, study: str, opener: Identity, publics: tuple[str, ...]) -> int:
    """Seal the study's register, voices and people under new data keys, wrapped for `publics`; the number of keys.

    Cut short, everything still opens. Raises KeyMissing, KeyWrong, SealBroken, DiskFull.
    """
    with turn(folder / f".{study}.lock"):
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


def studies(folder: Place) -> tuple[str, ...]:
    """Every study that has a data key here, in order."""
    return tuple(sorted(path.stem for path in folder.glob("*.key")))


def opened(path: Place, kind: TypeAdapter[T], identity: Identity) -> T:
    """What is sealed at `path` under the study's key beside it. Raises SealBroken, KeyMissing, KeyWrong."""
    return _parsed(path, kind, data_key(path.with_suffix(".key"), identity), path.name)


def _parsed(path: Place, kind: TypeAdapter[T], key: bytes, place: str) -> T:
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


def _index(folder: Place, study: str, identity: Identity) -> Index:
    path = folder / f"{study}.register"
    if not path.exists():
        return Index(study)
    found = opened(path, _INDEX, identity)
    return found if isinstance(found, Index) else Index(study, tuple(map(Row, found.entries)), found.version)


def _write_index(folder: Place, index: Index, identity: Identity) -> None:
    path = folder / f"{index.study}.register"
    seal(path, [_INDEX.dump_json(index)], data_key(path.with_suffix(".key"), identity, make=True), path.name)


# --- one person -----------------------------------------------------------------------------------------------------


def _named(folder: Place, study: str, row: Row, identity: Identity) -> Entry:
    """The entry of `row` with its names. Raises KeyMissing, KeyWrong, SealBroken."""
    if not row.record:
        return row.entry
    path = _record(folder, study, row)
    names = _parsed(path, _NAMES, data_key(_key(folder, study, row.entry.id), identity), _place(study, row))
    return replace(row.entry, forms=names)


def _row(folder: Place, study: str, entry: Entry, held: dict[str, tuple[Row, Entry]], identity: Identity) -> Row:
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


def _sweep(folder: Place, study: str, rows: tuple[Row, ...]) -> None:
    """Remove records that the index no longer names, and the keys of people without any."""
    named = {_record(folder, study, row) for row in rows if row.record}
    keys = {_key(folder, study, row.entry.id) for row in rows if row.record}
    for path in _people(folder, study).glob("*"):
        if (path.suffix == ".key" and path not in keys) or (path.suffix == ".person" and path not in named):
            path.unlink(missing_ok=True)


def _newest(folder: Place, study: str, person: str) -> int:
    """The highest number of that person's records, also of one that a crash left unnamed; 0 where there is none."""
    numbers = (path.stem.rpartition("-")[2] for path in _people(folder, study).glob(f"{_file(person)}-*.person"))
    return max((int(number) for number in numbers if number.isdigit()), default=0)


def _people(folder: Place, study: str) -> Place:
    return folder / f"{study}.people"


def _file(person: str) -> str:
    """An id as part of a file's name."""
    return hashlib.sha256(person.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _key(folder: Place, study: str, person: str) -> Place:
    return _people(folder, study) / f"{_file(person)}.key"


def _record(folder: Place, study: str, row: Row) -> Place:
    return _people(folder, study) / f"{_file(row.entry.id)}-{row.record}.person"


def _place(study: str, row: Row) -> str:
    return f"person|{study}|{row.entry.id}|{row.record}"
