"""The one reader and writer of sealed files: AES-256-GCM in chunks, seekable, bound to the place where they lie.

Layout: ``CHRK1`` · salt (32 bytes) · chunks, each of 64 KiB of plaintext (the last one less) and a 16-byte tag. The
file's key is HKDF-SHA256(data key, salt, place), so a nonce is never used twice under one key; the nonce is the
chunk's number and a flag that marks the last, so chunks cannot be reordered, dropped or cut off unnoticed (STREAM:
Hoang, Reyhanitabar, Rogaway, Vizár 2015; the same construction as Tink's AES-GCM-HKDF streaming). `place` goes into the
key: a sealed file that was moved or swapped does not open.
"""

from __future__ import annotations

import errno
import glob
import io
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

import psutil
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pipeline.errors import DiskFull, PlaceUnwritable, SealBroken
from pipeline.objects import ObjectPlace
from pipeline.place import Place

MAGIC = b"CHRK1"
DATA_KEY, SALT, TAG, CHUNK = 32, 32, 16, 64 * 1024
HEADER = len(MAGIC) + SALT
P = TypeVar("P", bound=Place)


def private_folder(folder: P) -> P:
    """`folder`, made if needed, open to its owner alone. Raises PlaceUnwritable, DiskFull."""
    if not isinstance(folder, Path):
        return folder  # an object store has none
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise place_error(error, folder) from None
    return folder


def place_error(error: OSError, path: Path) -> DiskFull | PlaceUnwritable:
    """Which of ours an operating system's error is, where something was to be written."""
    full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    return DiskFull(path=path) if full else PlaceUnwritable(path=path)


def clear(folder: Place) -> None:
    """Remove all that is in it, and itself."""
    if isinstance(folder, ObjectPlace):
        folder.clear()
    else:
        shutil.rmtree(str(folder), ignore_errors=True)


def write_atomically(path: Place, pieces: Iterable[bytes]) -> None:
    """Write `path` (0600) whole or not at all: a temporary file beside it, fsync, rename. Raises DiskFull.

    In an object store: one upload. Raises PlaceUnreachable.
    """
    if isinstance(path, ObjectPlace):
        path.write(pieces)
        return

    def write(file: BinaryIO) -> None:
        for piece in pieces:
            file.write(piece)

    write_atomically_by(Path(str(path)), write)


def write_atomically_by(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """The same where `write` needs the file itself, to seek in it."""
    private_folder(path.parent)
    _sweep(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise place_error(error, path) from None
    finally:
        temporary.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Remove what killed writers of `path` left beside it."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.*.tmp"):
        writer = left.name.split(".")[-3]
        if writer.isdigit() and not psutil.pid_exists(int(writer)):
            left.unlink(missing_ok=True)


def _cipher(key: bytes, salt: bytes, place: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"chaerok sealed file|" + place.encode()).derive(key))


def _nonce(index: int, last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([last])


def _chunks(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """`pieces` re-cut into chunks of `CHUNK` bytes, the last one marked; always at least one."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) > CHUNK:
            yield bytes(waiting[:CHUNK]), False
            del waiting[:CHUNK]
    yield bytes(waiting), True


def seal(path: Place, pieces: Iterable[bytes], key: bytes, place: str, salt: bytes | None = None) -> str:
    """Seal the bytes of `pieces` at `path` under the data `key`; returns the file's salt in hex.

    `key`: 32 bytes; while a data key is being renewed, the new one and those before: the first seals, each opens.
    `salt`: for `reseal` alone; the same one twice only under different keys.
    """
    salt = salt or secrets.token_bytes(SALT)
    cipher = _cipher(key[:DATA_KEY], salt, place)

    def sealed() -> Iterator[bytes]:
        yield MAGIC + salt
        for index, (chunk, last) in enumerate(_chunks(pieces)):
            yield cipher.encrypt(_nonce(index, last), chunk, None)

    write_atomically(path, sealed())
    return salt.hex()


def reseal(path: Place, key: bytes, place: str) -> None:
    """Seal what lies at `path` under the first of the data keys in `key`. Its salt stays, and so whoever names it."""
    salt = identity(path)

    def opened() -> Iterator[bytes]:
        with unseal(path, key, place) as stream:
            yield from iter(lambda: stream.read(CHUNK), b"")

    seal(path, opened(), key, place, bytes.fromhex(salt) if salt else None)


def identity(path: Place) -> str | None:
    """The salt (hex) of the sealed file at `path`, without opening it; None where there is no such file."""
    try:
        header = path.beginning(HEADER) if isinstance(path, ObjectPlace) else _beginning(path)
    except FileNotFoundError:
        return None
    return header[len(MAGIC) :].hex() if header.startswith(MAGIC) and len(header) == HEADER else None


def _beginning(path: Place) -> bytes:
    with _opened(path) as file:
        return file.read(HEADER)


def _opened(path: Place) -> BinaryIO:
    return path.open() if isinstance(path, ObjectPlace) else Path(str(path)).open("rb")


class SealedReader(io.RawIOBase):
    """The plaintext of a sealed file as a seekable stream; one chunk is held in memory. Raises SealBroken."""

    def __init__(self, path: Place, key: bytes, place: str) -> None:
        """Open `path`; the place must be the one that it was sealed for."""
        super().__init__()
        self._path = path
        self._file: BinaryIO = _opened(path)
        header = self._file.read(HEADER)
        if not header.startswith(MAGIC) or len(header) != HEADER:
            self._file.close()
            raise SealBroken(path=path)
        body = self._file.seek(0, io.SEEK_END) - HEADER
        self._count = max(1, -(-body // (CHUNK + TAG)))
        self.size = body - self._count * TAG
        self._at, self._held, self._chunk = 0, -1, b""
        ciphers = [_cipher(key[at : at + DATA_KEY], header[len(MAGIC) :], place) for at in range(0, len(key), DATA_KEY)]
        self._cipher = next(filter(self._opens, ciphers[:-1]), ciphers[-1])

    def _opens(self, cipher: AESGCM) -> bool:
        """Whether `cipher` is the file's; leaves it in force."""
        self._cipher, self._held = cipher, -1
        try:
            self._load(0)
        except SealBroken:
            return False
        return True

    def _load(self, index: int) -> bytes:
        if index != self._held:
            self._file.seek(HEADER + index * (CHUNK + TAG))
            try:
                raw = self._file.read(CHUNK + TAG)
                self._chunk = self._cipher.decrypt(_nonce(index, index == self._count - 1), raw, None)
            except (InvalidTag, ValueError):
                raise SealBroken(path=self._path) from None
            self._held = index
        return self._chunk

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Position in the plaintext, bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of any file."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the typeshed Buffer has no len
        """Fill `buffer` from the present chunk; 0 at the end."""
        if self._at >= self.size:
            if self._held < 0:
                self._load(self._count - 1)  # an empty file too must prove its seal
            return 0
        index, start = divmod(self._at, CHUNK)
        piece = self._load(index)[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        """Close the file beneath."""
        self._file.close()
        super().close()


def unseal(path: Place, key: bytes, place: str) -> io.BufferedReader:
    """The plaintext of `path` as a buffered, seekable stream. Raises SealBroken, FileNotFoundError."""
    return io.BufferedReader(SealedReader(path, key, place), CHUNK)
