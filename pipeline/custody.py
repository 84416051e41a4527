"""What only a custodian does: name the person behind a stand-in, let others in, change all keys, destroy a person's.

Each of these opens data keys with a custodian's identity, never with the service's, and is written into an append-only
log first. (The service identity can read the register too: it must, to find names while nobody is there. What keeps it
from revealing is where its file lies and who may read it.)
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from pipeline.errors import CustodianExists, IdentityInvalid, LogBroken, PersonUnknown, ReasonUnfit
from pipeline.lexicon import lexicon
from pipeline.people import Entry, Register, renderings, sought_forms, squeezed
from pipeline.place import Place
from pipeline.places import Home
from pipeline.stores.keyring import (
    SERVICE,
    Identity,
    custodians,
    list_custodian,
    make_service_identity,
    rewrap,
    service_identity,
    write_custodian,
)
from pipeline.stores.register import destroy as destroy_person
from pipeline.stores.register import read_register, studies
from pipeline.stores.register import renew as renew_register
from pipeline.stores.sealed import private_folder, write_atomically
from pipeline.stores.vault import renew as renew_vault
from pipeline.transcript import Label

LOG = "custody.log"
PARTICIPANTS = "*/*/participant.key"


@dataclass(frozen=True, slots=True)
class Act:
    """A line of the log: who did what to whom, why. `who` is an entry's id; no name is ever in it."""

    at: str
    actor: str
    act: str
    study: str = ""
    who: str = ""
    reason: str = ""


# --- what custodians do ---------------------------------------------------------------------------------------------


def wrapped_keys(home: Home) -> list[Place]:
    """Every wrapped data key: of participants, of studies, of people."""
    return sorted(
        [
            *home.vault.glob(PARTICIPANTS),
            *home.registers.glob("*.key"),
            *home.registers.glob("*.people/*.key"),
        ]
    )


def refuse_second(home: Home, path: Path) -> None:
    """Raises CustodianExists where there is a custodian, or a file at `path`."""
    if path.exists() or custodians(home.keys):
        raise CustodianExists(path=path)


def begin(home: Home, path: Path, whose: str, passphrase: str, actor: str) -> Identity:
    """The first custodian's identity, in a file at `path`; what is sealed already is wrapped for it too.

    Raises CustodianExists, PlaceUnwritable, DiskFull.
    """
    refuse_second(home, path)
    service = make_service_identity(home.keys)
    made = write_custodian(path, passphrase)
    note(home, Act(_now(), actor, "init", who=made.public))
    list_custodian(home.keys, made.public, whose)
    for key in wrapped_keys(home):
        rewrap(key, service, (service.public, made.public))
    return made


def add(home: Home, public: str, whose: str, opener: Identity, actor: str) -> int:
    """Wrap every data key for `public` too; the number of keys. Raises IdentityInvalid, KeyWrong, DiskFull."""
    note(home, Act(_now(), actor, "add-recipient", who=public))
    list_custodian(home.keys, public, whose)
    service = service_identity(home.keys)
    for path in (paths := wrapped_keys(home)):
        rewrap(path, opener, (service.public, *service.others))
    return len(paths)


def rotate(home: Home, opener: Identity, actor: str, *, everything: bool = False) -> int:
    """A new service identity instead of the old one, which opens nothing any more; the number of keys wrapped.

    Registers, with people and voices, are sealed anew under new data keys, for who had the old identity may have kept
    the old ones; with `everything` all that is in the vault too. Where it is cut short it goes on the next time: the
    new identity lies beside the old one until all is done. Walks fail meanwhile with KeyWrong. Raises KeyWrong,
    SealBroken, DiskFull.
    """
    note(home, Act(_now(), actor, "rotate", reason="everything" if everything else "registers"))
    coming = home.keys / f"{SERVICE}.next"
    if not coming.exists():
        write_atomically(coming, [Identity.fresh().secret.encode() + b"\n"])
    fresh = Identity(coming.read_text("ascii").strip())
    publics = (fresh.public, *(public for public, _ in custodians(home.keys)))
    participants = sorted(home.vault.glob(PARTICIPANTS))
    for path in participants:
        if everything:
            renew_vault(home.vault, path, opener, publics)
        else:
            rewrap(path, opener, publics)
    count = sum(renew_register(home.registers, study, opener, publics) for study in studies(home.registers))
    coming.replace(home.keys / SERVICE)
    return len(participants) + count


def reveal(home: Home, study: str, person: str, reason: str, opener: Identity, actor: str) -> Entry:
    """Who is meant by `person`, a stand-in or an entry's id; written into the log before it is answered.

    Raises PersonUnknown, ReasonUnfit, KeyWrong, LogBroken.
    """
    entry = _entry(read_register(home.registers, study, _a_custodian(home, opener)), person, reason)
    note(home, Act(_now(), actor, "reveal", study, entry.id, reason))
    return entry


def destroy(home: Home, study: str, person: str, reason: str, opener: Identity, actor: str) -> str:
    """Make a person's names unrecoverable; the entry's id. Raises PersonUnknown, ReasonUnfit, KeyWrong, LogBroken."""
    entry = _entry(read_register(home.registers, study, _a_custodian(home, opener)), person, reason)
    note(home, Act(_now(), actor, "destroy", study, entry.id, reason))
    destroy_person(home.registers, study, entry.id, opener)
    return entry.id


def _a_custodian(home: Home, opener: Identity) -> Identity:
    """`opener`, if it is a listed custodian's. Raises IdentityInvalid for the service's or anybody's."""
    if opener.public not in dict(custodians(home.keys)):
        raise IdentityInvalid(path=home.keys)
    return opener


def _entry(register: Register, person: str, reason: str) -> Entry:
    """Who is meant, if the log may hold `reason`: a given name counts as a name, a syllable does not."""
    people = [entry for entry in register.entries if entry.label is Label.NAME]
    bare = person.strip("[]")
    for entry in people:
        if person == entry.id or bare in {text.strip("[]") for text in renderings(entry, lexicon())}:
            if entry.forms:
                return _with_fit_reason(entry, reason)
            break
    raise PersonUnknown(study=register.study)


def _with_fit_reason(entry: Entry, reason: str) -> Entry:
    said = squeezed(reason)
    if not said or any(squeezed(form) in said for form in sought_forms(entry, lexicon()) if len(form) > 1):
        raise ReasonUnfit()
    return entry


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


# --- the log --------------------------------------------------------------------------------------------------------


def note(home: Home, act: Act) -> None:
    """Append `act`. Every line bears the hash of the one before: a changed or missing line breaks the chain.

    Raises LogBroken where it is broken already.
    """
    private_folder(home.keys)
    with FileLock(home.keys / ".custody.lock"):
        *_, last = "", *(digest for _, digest in _lines(home))
        line = json.dumps({**asdict(act), "after": last}, ensure_ascii=False)
        descriptor = os.open(home.keys / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def acts(home: Home) -> tuple[Act, ...]:
    """All that was done, oldest first. Raises LogBroken."""
    return tuple(act for act, _ in _lines(home))


def _lines(home: Home) -> Iterator[tuple[Act, str]]:
    """Each act and the hash of its line."""
    path, before = home.keys / LOG, ""
    raw = path.read_bytes().splitlines() if path.exists() else []
    for number, line in enumerate(raw, start=1):
        try:
            row = json.loads(line)
            sound = row.pop("after") == before
            act = Act(**row)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise LogBroken(path=path, line=number) from None
        if not sound:
            raise LogBroken(path=path, line=number)
        before = hashlib.sha256(line).hexdigest()
        yield act, before
