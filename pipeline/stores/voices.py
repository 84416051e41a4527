"""The interviewers' voice prints of a study: sealed beside its register, under the register's key.

A voice print tells its owner from other people by their sound, as a name does by letters: it is kept as a name is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import TypeAdapter

from pipeline.place import Place
from pipeline.stores.keyring import Identity, data_key
from pipeline.stores.locks import turn
from pipeline.stores.register import opened
from pipeline.stores.sealed import private_folder, seal


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice print, unit length, and the sha256 of the network's weights that it was made with."""

    numbers: tuple[float, ...]
    weights: str


_VOICES = TypeAdapter(tuple[Voice, ...])


def digest(voices: Iterable[Voice]) -> str:
    """sha256 of them; empty where there are none."""
    held = tuple(voices)
    return hashlib.sha256(_VOICES.dump_json(held)).hexdigest() if held else ""


def read_voices(folder: Place, study: str, identity: Identity) -> tuple[Voice, ...]:
    """The study's voices; none where none were enrolled. Raises SealBroken, KeyMissing, KeyWrong."""
    path = folder / f"{study}.voices"
    return opened(path, _VOICES, identity) if path.exists() else ()


def write_voices(folder: Place, study: str, identity: Identity, voices: Iterable[Voice]) -> None:
    """These are the study's voices from now on, instead of any before; none removes the file. Raises DiskFull."""
    private_folder(folder)
    with turn(folder / f".{study}.lock"):
        path, held = folder / f"{study}.voices", tuple(voices)
        if held:
            key = data_key(path.with_suffix(".key"), identity, make=True)
            seal(path, [_VOICES.dump_json(held)], key, path.name)
        else:
            path.unlink(missing_ok=True)
