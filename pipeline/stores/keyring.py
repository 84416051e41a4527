"""Keys: the service identity that opens the vault unattended, and data keys wrapped for it with age (X25519).

A data key (32 random bytes) belongs to one participant, or to one study's register. It lies beside what it opens,
wrapped by pyrage for the service identity. Removing a participant's wrapped key makes all that is theirs unreadable
(older backups excepted).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

import pyrage
from filelock import FileLock

from pipeline.errors import KeyMissing, KeyWrong
from pipeline.stores.sealed import private_folder, write_atomically

DATA_KEY = 32


@dataclass(frozen=True, slots=True)
class Identity:
    """A service identity: an age X25519 secret key in its text form. Never printed: `repr` hides it."""

    secret: str

    def __repr__(self) -> str:
        """Without the secret."""
        return "Identity(…)"

    @classmethod
    def fresh(cls) -> Identity:
        """A new identity."""
        return cls(str(pyrage.x25519.Identity.generate()))

    def wrap(self, data_key: bytes) -> bytes:
        """`data_key` encrypted for this identity."""
        wrapped: bytes = pyrage.encrypt(data_key, [pyrage.x25519.Identity.from_str(self.secret).to_public()])
        return wrapped

    def unwrap(self, wrapped: bytes, path: Path) -> bytes:
        """The data key. Raises KeyWrong, naming `path`, where this identity does not open it."""
        try:
            data_key: bytes = pyrage.decrypt(wrapped, [pyrage.x25519.Identity.from_str(self.secret)])
        except pyrage.DecryptError:
            raise KeyWrong(path=path) from None
        if len(data_key) != DATA_KEY:
            raise KeyWrong(path=path)
        return data_key


def service_identity(folder: Path) -> Identity:
    """The identity in ``folder/service.key``. Raises KeyMissing, KeyWrong."""
    path = folder / "service.key"
    if not path.exists():
        raise KeyMissing(path=path)
    secret = path.read_text("ascii", errors="replace").strip()
    try:
        pyrage.x25519.Identity.from_str(secret)
    except pyrage.IdentityError:
        raise KeyWrong(path=path) from None
    return Identity(secret)


def make_service_identity(folder: Path) -> Identity:
    """The identity in `folder`, made (0600) where there is none yet."""
    private_folder(folder)
    with FileLock(folder / ".service.lock"):
        path = folder / "service.key"
        if not path.exists():
            write_atomically(path, [Identity.fresh().secret.encode() + b"\n"])
    return service_identity(folder)


def data_key(path: Path, identity: Identity, *, make: bool = False) -> bytes:
    """The data key wrapped at `path`; with `make` a new one where there is none. Raises KeyMissing, KeyWrong."""
    if not path.exists():
        if not make:
            raise KeyMissing(path=path)
        private_folder(path.parent)
        with FileLock(path.with_suffix(".lock")):
            if not path.exists():
                write_atomically(path, [identity.wrap(secrets.token_bytes(DATA_KEY))])
    return identity.unwrap(path.read_bytes(), path)
