"""Versions of packages in a folder, each written whole or not at all and none ever written over.

    STORE/0003/package.json             which releases are in it, and the sha256 of every file as it was written
    STORE/0003/김코더/peers-김코더.qda    a package; without coders right under 0003

A coder may work in a package where it lies: what is not as it was written is theirs, and is never removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from filelock import Timeout

from pipeline.archives import Content, put
from pipeline.errors import PlaceBusy, PlaceUnwritable, StoreRefused
from pipeline.stores.locks import turn
from pipeline.stores.sealed import place_error, private_folder, write_atomically, write_atomically_by

MANIFEST = "package.json"
PATIENCE_SECONDS = 60.0
"""For others who write packages of the same study: each takes seconds."""

Files = Mapping[str, Content]
"""The files of a folder by their paths in it; one that ends with a slash is a folder."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version: `releases` are sha256 by interview, `packages` the files of each package, with their sha256."""

    number: int
    releases: Mapping[str, str]
    packages: Mapping[str, Mapping[str, str]]


@contextmanager
def held(store: Path) -> Iterator[None]:
    """Write in `store` alone, across processes. Raises PlaceBusy."""
    private_folder(store)
    try:
        with turn(store / ".lock", PATIENCE_SECONDS):
            yield
    except Timeout:
        raise PlaceBusy(what=store) from None


def write_folder(files: Files, path: Path) -> None:
    """Write a folder whole or not at all, open to its owner alone. Raises DiskFull, PlaceUnwritable."""
    making = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        private_folder(making)
        for name, content in files.items():
            if name.endswith("/"):
                private_folder(making / name)
            else:
                write_atomically_by(making / name, partial(put, content))
        making.rename(path)
    except OSError as error:
        raise place_error(error, path) from None
    finally:
        shutil.rmtree(making, ignore_errors=True)


def folder_of(store: Path, number: int) -> Path:
    """Where a version lies."""
    return store / f"{number:04d}"


def versions(store: Path) -> tuple[Version, ...]:
    """Every version, older ones first. Raises StoreRefused for a manifest that somebody damaged."""
    found = []
    for folder in sorted((one for one in store.glob("*") if one.name.isdigit()), key=lambda one: int(one.name)):
        try:
            read = json.loads((folder / MANIFEST).read_text("utf-8"))
            found.append(Version(int(folder.name), dict(read["releases"]), dict(read["packages"])))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreRefused(store=folder / MANIFEST, why=type(error).__name__) from None
    return tuple(found)


def add(store: Path, packages: Mapping[str, Files | Content], releases: Mapping[str, str]) -> int:
    """Write the next version, by paths below it; its number. What the newest version holds already is not written.

    Whole or not at all, for all coders at once. Call it within `held`. Raises DiskFull, PlaceUnwritable, StoreRefused.
    """
    before = versions(store)
    for left in store.glob(".*.tmp"):
        shutil.rmtree(left, ignore_errors=True)  # of a writer that was killed: nobody else writes here now
    number = before[-1].number + 1 if before else 1
    making = store / f".{number:04d}.tmp"
    try:
        for name, package in packages.items():
            if isinstance(package, Mapping):
                private_folder((making / name).parent)
                write_folder(package, making / name)
            else:
                write_atomically_by(making / name, partial(put, package))
        sums = {name: _sums(making / name) for name in packages}
        if before and (before[-1].packages, before[-1].releases) == (sums, dict(releases)):
            return before[-1].number
        _describe(making, Version(number, dict(releases), sums))
        making.rename(folder_of(store, number))
        return number
    except OSError as error:
        raise place_error(error, store) from None
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _describe(folder: Path, version: Version) -> None:
    told = json.dumps(asdict(version), ensure_ascii=False, sort_keys=True, indent=1)
    write_atomically(folder / MANIFEST, [f"{told}\n".encode()])


def _sums(path: Path) -> dict[str, str]:
    """sha256 of a package's files by their paths in it; of one file, under an empty path."""
    files = {"": path} if path.is_file() else {one.relative_to(path).as_posix(): one for one in _files(path)}
    return {name: _sha256(file) for name, file in sorted(files.items())}


def _files(path: Path) -> Iterable[Path]:
    return (one for one in path.rglob("*") if one.is_file())


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def touched(store: Path, version: Version) -> tuple[Path, ...]:
    """Packages that are there and not as they were written: somebody has worked in them."""
    there = {folder_of(store, version.number) / name: sums for name, sums in version.packages.items()}
    return tuple(path for path, sums in there.items() if path.exists() and _sums(path) != sums)


def remove(store: Path, version: Version, keep: Collection[Path]) -> None:
    """Take a version's packages away, but for those of `keep`.

    Its number and manifest stay. Call it within `held`. Raises PlaceUnwritable.
    """
    folder = folder_of(store, version.number)
    for name in version.packages:
        path = folder / name
        if path in keep:
            continue
        try:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        except OSError:
            raise PlaceUnwritable(path=path) from None
    left = {name: sums for name, sums in version.packages.items() if folder / name in keep}
    releases = dict(version.releases) if left else {}
    _describe(folder, Version(version.number, releases, left))
