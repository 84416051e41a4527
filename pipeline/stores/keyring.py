"""Keys: two kinds of identity, and the data keys that are wrapped for them with age (X25519).

The *service identity* opens vault and register, so that walks run unattended after a reboot. A *custodian identity*
belongs to the data manager, lies elsewhere, and alone reveals, rotates and destroys (`pipeline.custody`).
A data key (32 random bytes) belongs to one participant's recordings, to one study's register, or to one person in it.
It lies beside what it opens, wrapped by pyrage for the service identity and for every custodian. Removing a wrapped key
makes all that it opens unreadable (older backups excepted).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyrage
from filelock import FileLock

from pipeline.errors import IdentityInvalid, KeyMissing, KeyWrong, PassphraseWrong
from pipeline.place import Place
from pipeline.stores.locks import turn
from pipeline.stores.sealed import DATA_KEY, private_folder, write_atomically

SERVICE, CUSTODIANS = "service.key", "custodians"
ARMOUR = b"age-encryption.org/"
"""The beginning of an encrypted file of age: an identity under a passphrase."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An age X25519 secret key in its text form. Never printed: `repr` hides it.

    `others`: public keys of those who can open, too, what this identity wraps.
    """

    secret: str
    others: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without the secret."""
        return "Identity(…)"

    @classmethod
    def fresh(cls) -> Identity:
        """A new identity."""
        return cls(str(pyrage.x25519.Identity.generate()))

    @property
    def public(self) -> str:
        """The public key, ``age1…``: what a data key is wrapped for."""
        return str(pyrage.x25519.Identity.from_str(self.secret).to_public())

    def wrap(self, data_key: bytes) -> bytes:
        """`data_key` encrypted for this identity and the others."""
        return wrapped(data_key, (self.public, *self.others))

    def unwrap(self, data: bytes, path: Place) -> bytes:
        """The data key, or those of an unfinished `renewed`. Raises KeyWrong, naming `path`, where it does not open."""
        try:
            data_key: bytes = pyrage.decrypt(data, [pyrage.x25519.Identity.from_str(self.secret)])
        except pyrage.DecryptError:
            raise KeyWrong(path=path) from None
        if not data_key or len(data_key) % DATA_KEY:
            raise KeyWrong(path=path)
        return data_key


def wrapped(data_key: bytes, publics: Iterable[str]) -> bytes:
    """`data_key` encrypted for each of `publics`. Raises IdentityInvalid for what is no public key."""
    try:
        recipients = [pyrage.x25519.Recipient.from_str(public) for public in dict.fromkeys(publics)]
    except pyrage.RecipientError:
        raise IdentityInvalid(path="age1…") from None
    data: bytes = pyrage.encrypt(data_key, recipients)
    return data


def rewrap(path: Place, opener: Identity, publics: Iterable[str]) -> None:
    """Wrap the data key at `path`, which `opener` can open, for `publics` instead of those before.

    Raises KeyWrong, IdentityInvalid, DiskFull.
    """
    write_atomically(path, [wrapped(opener.unwrap(path.read_bytes(), path), publics)])


@contextmanager
def renewed(path: Place, opener: Identity, publics: Iterable[str]) -> Iterator[bytes]:
    """A new data key at `path`, in front of the old ones, which go at the end: inside, seal anew what they sealed.

    Cut short, everything still opens, and the next time begins anew.
    Raises KeyWrong, IdentityInvalid, DiskFull.
    """
    publics = tuple(publics)
    keys = secrets.token_bytes(DATA_KEY) + opener.unwrap(path.read_bytes(), path)
    write_atomically(path, [wrapped(keys, publics)])
    yield keys
    write_atomically(path, [wrapped(keys[:DATA_KEY], publics)])


# --- the service identity -------------------------------------------------------------------------------------------


def service_identity(folder: Path) -> Identity:
    """The identity in ``folder/service.key``, with the custodians as others. Raises KeyMissing, KeyWrong."""
    path = folder / SERVICE
    if not path.exists():
        raise KeyMissing(path=path)
    secret = path.read_text("ascii", errors="replace").strip()
    try:
        pyrage.x25519.Identity.from_str(secret)
    except pyrage.IdentityError:
        raise KeyWrong(path=path) from None
    return Identity(secret, tuple(public for public, _ in custodians(folder)))


def make_service_identity(folder: Path) -> Identity:
    """The identity in `folder`, made (0600) where there is none yet."""
    private_folder(folder)
    with FileLock(folder / ".service.lock"):
        path = folder / SERVICE
        if not path.exists():
            write_atomically(path, [Identity.fresh().secret.encode() + b"\n"])
    return service_identity(folder)


# --- custodians -----------------------------------------------------------------------------------------------------


def custodians(folder: Path) -> tuple[tuple[str, str], ...]:
    """(public key, whose) of everybody for whom data keys are wrapped beside the service."""
    path = folder / CUSTODIANS
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    parts = (line.partition(" ") for line in lines if line.strip())
    return tuple((public, whose) for public, _, whose in parts)


def list_custodian(folder: Path, public: str, whose: str) -> None:
    """Add a custodian to the list; one who is on it stays once. Raises IdentityInvalid for what is no public key."""
    wrapped(bytes(DATA_KEY), [public])
    private_folder(folder)
    with FileLock(folder / ".service.lock"):
        known = dict(custodians(folder)) | {public: " ".join(whose.split())}
        text = "".join(f"{key} {name}".rstrip() + "\n" for key, name in known.items())
        write_atomically(folder / CUSTODIANS, [text.encode()])


def write_custodian(path: Path, passphrase: str) -> Identity:
    """A new identity, in a file (0600) that only `passphrase` opens; in the clear where that is empty.

    Raises PlaceUnwritable, DiskFull; FileExistsError where there is a file already.
    """
    if path.exists():
        raise FileExistsError(path)
    identity = Identity.fresh()
    secret = identity.secret.encode() + b"\n"
    write_atomically(path, [pyrage.passphrase.encrypt(secret, passphrase) if passphrase else secret])
    return identity


def is_encrypted(path: Path) -> bool:
    """Whether a passphrase is needed. Raises KeyMissing."""
    if not path.is_file():
        raise KeyMissing(path=path)
    with path.open("rb") as file:
        return file.read(len(ARMOUR)) == ARMOUR


def custodian(path: Path, passphrase: str) -> Identity:
    """The identity in `path`. Raises KeyMissing, PassphraseWrong, IdentityInvalid."""
    data = path.read_bytes() if is_encrypted(path) else b""
    try:
        secret = pyrage.passphrase.decrypt(data, passphrase) if data else path.read_bytes()
    except pyrage.DecryptError:
        raise PassphraseWrong(path=path) from None
    lines = [line for line in secret.decode("ascii", errors="replace").splitlines() if not line.startswith("#")]
    try:
        return Identity(str(pyrage.x25519.Identity.from_str("".join(lines).strip())))
    except pyrage.IdentityError:
        raise IdentityInvalid(path=path) from None


# --- data keys ------------------------------------------------------------------------------------------------------


def data_key(path: Place, identity: Identity, *, make: bool = False) -> bytes:
    """The data key wrapped at `path`; with `make` a new one where there is none. Raises KeyMissing, KeyWrong."""
    if not path.exists():
        if not make:
            raise KeyMissing(path=path)
        private_folder(path.parent)
        with turn(path.with_suffix(".lock")):
            if not path.exists():
                write_atomically(path, [identity.wrap(secrets.token_bytes(DATA_KEY))])
    return identity.unwrap(path.read_bytes(), path)
