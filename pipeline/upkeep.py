"""What is looked after at night: that all that was sealed still opens, and copies of what could not be made again.

The vault is not copied here: it is large, and sealed; a copy of its folder by any means is as good. What is copied is
small: coding store, registers and keys, study files. Whoever has the keys and the vault can read everything, so the two
kinds of copy lie apart.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

from sqlalchemy import URL, make_url

from pipeline.destinations import database_url
from pipeline.errors import BackupFailed, ChaerokError, SealError
from pipeline.interview import Artifact, InterviewId, Recording, ReleasedAudio, Source
from pipeline.objects import ObjectPlace
from pipeline.place import Place
from pipeline.places import Home
from pipeline.settings import Settings
from pipeline.stores.keyring import Identity, service_identity
from pipeline.stores.locks import turn
from pipeline.stores.register import read_register, studies
from pipeline.stores.sealed import private_folder, write_atomically
from pipeline.stores.vault import Vault
from pipeline.transcript import ARTIFACTS

PIECE = 1 << 20
AGAIN_SECONDS = 2.0
REACHED = ".upkeep.json"
"""In the vault: the interview that was looked at last."""
UNFINISHED = ".part"
LEFT = (".lock", ".tmp")
"""What is not copied."""


# --- the vault ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at the vault found. `whole`: all interviews were looked at, and none is left for the next night."""

    interviews: int
    size: int
    damaged: tuple[InterviewId, ...]
    whole: bool


def check(home: Home, identity: Identity, budget: int) -> Checked:
    """Open all that is sealed of as many interviews as fit into `budget` bytes, one at least; go on there next time.

    An interview is damaged where a seal does not open, an artifact is another than its stamp says, or sound that it
    speaks of is gone or another. Raises KeyWrong, DiskFull.
    """
    vault = Vault(home.vault, identity)
    ids = vault.interviews()
    reached = _reached(home)
    ahead = [i for i in ids if str(i) > reached] or list(ids)
    size, done, damaged = 0, list[InterviewId](), list[InterviewId]()
    for interview in ahead:
        if done and size + _size(vault, interview) > budget:
            break
        size += _size(vault, interview)
        done.append(interview)
        if not _is_sound(vault, interview):
            damaged.append(interview)
    last = str(done[-1]) if len(done) < len(ahead) else ""
    if ids:
        write_atomically(home.vault / REACHED, [json.dumps({"reached": last}).encode()])
    return Checked(len(done), size, tuple(damaged), not last and len(done) == len(ids))


def _reached(home: Home) -> str:
    try:
        return str(json.loads((home.vault / REACHED).read_bytes())["reached"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _files(vault: Vault, interview: InterviewId) -> list[Place]:
    """What is sealed of it; stamps are plain."""
    folder = vault.folder(interview)
    return sorted(path for path in folder.glob("[!.]*") if path.is_file() and path.suffix != ".stamp")


def _size(vault: Vault, interview: InterviewId) -> int:
    total = 0
    for path in _files(vault, interview):
        with suppress(FileNotFoundError):  # walked meanwhile
            total += _bytes(path)
    return total


def _bytes(path: Place) -> int:
    if isinstance(path, ObjectPlace):
        with path.open() as stream:
            return stream.seek(0, os.SEEK_END)
    return Path(str(path)).stat().st_size


def _is_sound(vault: Vault, interview: InterviewId) -> bool:
    """Looked at twice before it is called damaged: between two looks a walk may have made some of it anew."""
    if _agrees(vault, interview):
        return True
    time.sleep(AGAIN_SECONDS)
    return _agrees(vault, interview)


def _agrees(vault: Vault, interview: InterviewId) -> bool:
    hashes: dict[str, str] = {}
    try:
        for path in _files(vault, interview):
            with suppress(FileNotFoundError):  # walked meanwhile
                hashes[path.name] = _sha256(vault.opened(interview, path))
        expected = [pair for kind in ARTIFACTS for pair in _expected(vault, interview, kind)]
    except SealError:
        return False
    return all(hashes.get(name) == sha256 for name, sha256 in expected)


def _sha256(stream: BufferedReader) -> str:
    found = hashlib.sha256()
    with stream:
        for piece in iter(lambda: stream.read(PIECE), b""):
            found.update(piece)
    return found.hexdigest()


def _expected(vault: Vault, interview: InterviewId, kind: type[Artifact]) -> Iterator[tuple[str, str]]:
    """(file, sha256 of its plaintext) of an artifact with a stamp, and of the sound that it speaks of.

    A stamp of nothing, or of another file, is a crash between the two, or a file that is gone: the first is mended by
    the next walk, the second is none of any file's hashes.
    """
    stamp = vault.stamp(interview, kind)
    path = vault.folder(interview) / kind.file
    if stamp is None and not path.exists() and path.with_name(f"{kind.file}.stamp").exists():
        yield kind.file, "gone"
    if stamp is not None:
        yield kind.file, stamp.made
        yield from ((f"{blob}.blob", sha256) for blob, sha256 in _sounds(vault, interview, kind))


def _sounds(vault: Vault, interview: InterviewId, kind: type[Artifact]) -> Iterator[tuple[str, str]]:
    """(blob, sha256 of its plaintext) of the sound that an artifact speaks of."""
    if kind is Source and (source := vault.read(interview, Source)):
        yield from ((part.blob, part.sha256) for part in source.parts)
    if kind is Recording and (recording := vault.read(interview, Recording)):
        yield recording.blob, recording.sha256
    if kind is ReleasedAudio and (copy := vault.read(interview, ReleasedAudio)):
        yield copy.blob, copy.sha256


# --- copies ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Copied:
    """Where the copies are. `store` is None where there is no store yet, or nothing here could copy it (`why`)."""

    keys: Path | None
    store: Path | None
    why: str = ""


def backup(home: Home, settings: Settings, at: datetime | None = None) -> Copied:
    """Copy the coding store, and apart from it registers, keys and study files; open the copies; let old ones go.

    Raises BackupFailed where a copy does not open, DiskFull, PlaceUnwritable, KeyMissing: earlier copies are kept then.
    """
    chosen, name = settings.maintenance, (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    of_keys = Path(chosen.backup_keys_folder or home.root / "backups" / "keys")
    of_store = Path(chosen.backup_folder or home.root / "backups" / "store")
    keys = _made(of_keys, name, lambda folder: _copy_keys(home, folder)) if home.keys.exists() else None
    copy, why = _store_copier(database_url(settings, home))
    store = _made(of_store, name, copy) if copy else None
    for place, made in ((of_keys, keys), (of_store, store)):
        if made:
            _forget(place, chosen.backups_kept)
    return Copied(keys, store, why)


def _made(place: Path, name: str, copy: Callable[[Path], None]) -> Path:
    """The folder ``place/name``, whole or not at all."""
    private_folder(place)
    for left in place.glob(f"*{UNFINISHED}"):
        shutil.rmtree(left)
    draft = private_folder(place / f"{name}{UNFINISHED}")
    try:
        copy(draft)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return draft.rename(place / name)


def _forget(place: Path, keep: int) -> None:
    whole = sorted(path for path in place.iterdir() if path.is_dir() and path.suffix != UNFINISHED)
    for old in whole[:-keep]:
        shutil.rmtree(old)


def _copy_keys(home: Home, folder: Path) -> None:
    """Registers, each under its lock, keys, study files; then read the registers of the copy with the key in it."""
    for study in studies(home.registers):
        with turn(home.registers / f".{study}.lock"):
            for path in (*home.registers.glob(f"{study}.*"), *home.registers.glob(f"{study}.*/*")):
                if path.is_file() and path.suffix not in LEFT:
                    write_atomically(folder / "registers" / path.relative_to(home.registers), [path.read_bytes()])
    _copy(home.keys, folder / "keys")
    _copy(home.studies, folder / "studies")
    _copy(home.root / "settings.toml", folder / "settings.toml")
    identity = service_identity(folder / "keys")
    for study in studies(folder / "registers"):
        try:
            read_register(folder / "registers", study, identity)
        except ChaerokError as error:
            raise BackupFailed(what=study, why=type(error).__name__) from None
    for lock in folder.rglob("*.lock"):
        lock.unlink()


def _copy(path: Path, to: Path) -> None:
    """A file, or a folder with all that is in it but for locks and drafts."""
    if path.is_dir():
        for inside in sorted(path.iterdir()):
            if inside.suffix not in LEFT:
                _copy(inside, to / inside.name)
    elif path.is_file():
        write_atomically(to, [path.read_bytes()])


# --- the coding store -----------------------------------------------------------------------------------------------


def _store_copier(url: str) -> tuple[Callable[[Path], None] | None, str]:
    """How to copy the store at `url` into a folder; or why not."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        path = Path(address.database or "")
        return (lambda folder: _copy_sqlite(path, folder / path.name), "") if path.is_file() else (None, "")
    tool = shutil.which("pg_dump")
    if tool is None:
        return None, "pg_dump"
    return lambda folder: _dump(tool, url, folder / "coding.dump"), ""


def _copy_sqlite(path: Path, to: Path) -> None:
    """By SQLite's own means, page by page, while others may write; then checked as a whole."""
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        source = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(source, uri=True)) as store, closing(sqlite3.connect(to)) as copy:
            store.backup(copy)
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        found = type(error).__name__
    if found != "ok":
        raise BackupFailed(what=path.name, why="integrity_check")


def _dump(tool: str, url: str, to: Path) -> None:
    """PostgreSQL's own copy; its list of contents is read back. The password goes through the environment alone."""
    address = make_url(url)
    bare = URL.create("postgresql", address.username, None, address.host, address.port, address.database, address.query)
    environment = {**os.environ, "PGPASSWORD": str(address.password or "")}
    restore = shutil.which("pg_restore") or tool.replace("pg_dump", "pg_restore")
    for command in ([tool, "--format=custom", f"--file={to}", bare.render_as_string()], [restore, "--list", str(to)]):
        if subprocess.run(command, env=environment, capture_output=True, check=False).returncode:
            raise BackupFailed(what="pg_dump", why=Path(command[0]).name)
    to.chmod(0o600)
