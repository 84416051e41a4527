"""Codings out of what coders hand back: files in their folders under 돌려받음, and packages that they worked in.

A folder says whose the file is: many programs call everybody ``default``. Of several files of one coder the one that
was changed last counts, so that a project that is handed in again replaces the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.codes import Codebook, Gathered, Unread, Why
from pipeline.errors import ChaerokError, CodingsUnreadable, FileMissing, ProjectOpen
from pipeline.gathering import matching, qualcoder, refi
from pipeline.interview import normal_text
from pipeline.packing import STORES, Shelf, returned
from pipeline.printing import Convention
from pipeline.stores import given, packages
from pipeline.stores.keyring import service_identity
from pipeline.stores.vault import Vault
from pipeline.transcript import Released

STORE = "files"
"""Under which codings from files stand in the own store, whatever program they came from."""

Reader = Callable[[Path, tuple[Released, ...], Codebook, Convention], Gathered]
READERS: Mapping[str, Reader] = {".qda": qualcoder.codings, ".qdpx": refi.codings}
"""A program's reader, by how its files end."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A coder's file; `coder` is empty where its folder does not say whose it is."""

    coder: str
    path: Path


def gather(study: str, *, shelf: Shelf) -> Gathered:
    """The codings of all that the study's coders handed back, and the rows that are none.

    A file that cannot be read is a row, for the others are; where none can, its error is raised.
    """
    handed = newest(_handed(shelf, study))
    known = {*shelf.settings.publish.coders, *(one.coder for one in handed if one.coder)}
    readable = [one for one in handed if one.path.suffix.lower() in READERS]
    strange = [Unread(one.coder, Why.UNREADABLE, one.coder) for one in handed if one not in readable]
    read, failed = dict[str, Gathered](), list[tuple[Handed, ChaerokError]]()
    reading = _reading(shelf, study) if readable else None
    for number, one in enumerate(readable, start=1):
        assert reading is not None
        try:
            read[one.coder or f"file {number}"] = theirs(reading(one.path), one.coder, known)
        except ChaerokError as error:
            failed.append((one, error))
    if failed and not read:
        raise failed[0][1]
    whole = matching.united(read)
    return Gathered(whole.codings, (*whole.unread, *strange, *(_row(one, error) for one, error in failed)))


def read_files(study: str, paths: Collection[Path], coder: str, *, shelf: Shelf) -> Gathered:
    """The codings of these files. Raises FileMissing, CodingsUnreadable, ProjectOpen."""
    reading = _reading(shelf, study)
    for path in paths:
        if not path.exists():
            raise FileMissing(path=path)
        if path.suffix.lower() not in READERS:
            raise CodingsUnreadable(path=path, why=" ".join(READERS))
    known = {*shelf.settings.publish.coders, coder} - {""}
    return matching.united({f"file {at}": theirs(reading(path), coder, known) for at, path in enumerate(paths, 1)})


def theirs(found: Gathered, coder: str, known: Collection[str]) -> Gathered:
    """What a file from the folder of `coder` holds as theirs, under whatever one name their program has for them.

    Other coders' codings are not taken from it, nor those of two names that nobody knows.
    """
    if not coder:
        return found
    names = {one.coder for one in found.codings}
    strangers = names - set(known)
    mine = {coder} | (strangers if len(strangers) == 1 else set())
    kept = tuple(dict.fromkeys(replace(one, coder=coder) for one in found.codings if one.coder in mine))
    others = [Unread(f"{one.segment} {one.start}", Why.UNKNOWN_CODER, one.coder)
              for one in found.codings if one.coder not in mine]  # fmt: skip
    rows = (replace(row, coder=coder) if row.coder in mine else row for row in found.unread)
    return Gathered(kept, (*rows, *others))


def newest(handed: Iterator[Handed]) -> tuple[Handed, ...]:
    """Of each coder, the file that was changed last; all of those whose coder nobody knows."""
    found: dict[str, Handed] = {}
    for at, one in enumerate(handed):
        key = one.coder or f"\x00{at}"
        if key not in found or changed(found[key].path) <= changed(one.path):
            found[key] = one
    return tuple(found.values())


def changed(path: Path) -> float:
    """When a file, or anything in a folder, was changed last."""
    return max(one.stat().st_mtime for one in (path, *path.rglob("*")))


def _handed(shelf: Shelf, study: str) -> Iterator[Handed]:
    """Packages that coders worked in, older first, then what was put into 돌려받음; hidden files are not looked at."""
    for name in STORES:
        store = shelf.home.exports / study / name
        for version in packages.versions(store) if STORES[name] in ("qda", "qdpx") else ():
            for path in packages.touched(store, version):
                parent = path.parent.name
                yield Handed("" if parent.isdigit() else normal_text(parent), path)
    folder = returned(shelf.home, study)
    for path in sorted(folder.glob("*")):
        if path.name.startswith("."):
            continue
        if path.is_file() or path.suffix == ".qda":
            yield Handed("", path)
        else:
            of_coder = (one for one in sorted(path.glob("*")) if not one.name.startswith("."))
            yield from (Handed(normal_text(path.name), one) for one in of_coder)


def _reading(shelf: Shelf, study: str) -> Callable[[Path], Gathered]:
    vault = Vault(shelf.home.vault, service_identity(shelf.home.keys))
    ids = [interview for interview in vault.interviews() if interview.study == study]
    releases = tuple(released for interview in ids for released in given.versions(vault, interview))
    tree = shelf.work(study).tree or Codebook(study, 1)
    convention = Convention(**shelf.settings.printing.model_dump())

    def read(path: Path) -> Gathered:
        return READERS[path.suffix.lower()](path, releases, tree, convention)

    return read


def _row(one: Handed, error: ChaerokError) -> Unread:
    return Unread(one.coder, Why.OPEN if isinstance(error, ProjectOpen) else Why.UNREADABLE, one.coder)
