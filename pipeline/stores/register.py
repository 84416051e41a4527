"""The study register on disk: one sealed file for a study, versioned, changed only under its lock.

It lies apart from the vault, under a data key of its own: who may read transcripts need not know who is who.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import SealBroken
from pipeline.people import Register
from pipeline.stores.keyring import Identity, data_key
from pipeline.stores.sealed import private_folder, seal, unseal

T = TypeVar("T")
_REGISTER = TypeAdapter(Register)


def digest(register: Register) -> str:
    """sha256 of its entries; the version does not count."""
    return hashlib.sha256(_REGISTER.dump_json(replace(register, version=0))).hexdigest()


def read_register(folder: Path, study: str, identity: Identity) -> Register:
    """The study's register; an empty one where there is none yet. Raises SealBroken, KeyMissing, KeyWrong."""
    path = folder / f"{study}.register"
    return opened(path, _REGISTER, identity) if path.exists() else Register(study)


def opened(path: Path, kind: TypeAdapter[T], identity: Identity) -> T:
    """What is sealed at `path` under the study's key beside it. Raises SealBroken, KeyMissing, KeyWrong."""
    with unseal(path, data_key(path.with_suffix(".key"), identity), path.name) as stream:
        data = stream.read()
    try:
        return kind.validate_json(data)
    except ValidationError:  # it quotes names: it must go no further
        problem = SealBroken(path=path)
    raise problem


def change_register(folder: Path, study: str, identity: Identity, change: Callable[[Register], Register]) -> Register:
    """Read, `change` and write it under its lock: two walks at once never mint two stand-ins for one person."""
    private_folder(folder)
    with FileLock(folder / f".{study}.lock"):
        before = read_register(folder, study, identity)
        after = change(before)
        if after.entries == before.entries:
            return before
        after = replace(after, version=before.version + 1)
        path = folder / f"{study}.register"
        key = data_key(path.with_suffix(".key"), identity, make=True)
        seal(path, [_REGISTER.dump_json(after)], key, path.name)
        return after
