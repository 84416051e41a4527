"""Releases that were given out, all of them, sealed in the vault: codings come back on texts that are newer by now."""

from __future__ import annotations

import hashlib

from pipeline.errors import SealBroken
from pipeline.interview import InterviewId
from pipeline.stores.vault import Vault, from_json, to_json
from pipeline.transcript import Quarantine, Released

PREFIX = "given-"
DIGITS = 16
"""Of the sha256 that stand in a name."""


def keep(vault: Vault, interview: InterviewId, released: Released) -> None:
    """Seal a release beside those before it; one that is kept already is not kept twice."""
    data = to_json(released)
    name = hashlib.sha256(data).hexdigest()[:DIGITS]
    kept = vault.blobs(interview, PREFIX)
    if not any(one.endswith(f"-{name}") for one in kept):
        vault.write_blob(interview, f"{PREFIX}{len(kept) + 1:05d}-{name}", [data])


def versions(vault: Vault, interview: InterviewId) -> tuple[Released, ...]:
    """Every release of an interview that coders may have, older ones first. Raises SealBroken."""
    found = []
    for name in vault.blobs(interview, PREFIX):
        with vault.open_blob(interview, name) as stream:
            data = stream.read()
        try:
            found.append(from_json(Released, data))
        except ValueError:
            raise SealBroken(path=vault.folder(interview) / name) from None
    newest = vault.read(interview, Released)
    if newest and (not found or found[-1] != newest):
        found = [*(one for one in found if one != newest), newest]
    return tuple(found)


def of_study(vault: Vault, study: str) -> tuple[tuple[str, Released], ...]:
    """(sha256, release) of every interview that may be read now: released, and not quarantined."""
    found = []
    for interview in vault.interviews():
        stamp = vault.stamp(interview, Released) if interview.study == study else None
        held = vault.read(interview, Quarantine) if stamp else None
        released = vault.read(interview, Released) if stamp else None
        if stamp and released and not (held and held.release_sha256 == stamp.made):
            found.append((stamp.made, released))
    return tuple(found)
