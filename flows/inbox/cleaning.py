"""Originals leave the inbox `keep_days` after they came into ``처리됨/``: each compared with its sealed copy first."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

from flows.inbox import journal, notes
from flows.inbox.folders import folders
from flows.inbox.gathering import alone
from flows.inbox.naming import DONE, REASON, is_junk
from pipeline.errors import ChaerokError
from pipeline.interview import InterviewId, Source
from pipeline.places import Home
from pipeline.settings import load
from pipeline.stores.keyring import service_identity
from pipeline.stores.vault import Vault

DAY_SECONDS = 86_400
UNVERIFIED = "보관소의 사본과 같은지 확인하지 못해 지우지 않았습니다. 관리자에게 알려 주세요."


def clean(home: Home) -> Counter[str]:
    """Remove originals whose time has come: ``removed``, ``kept`` (too early), ``unverified`` (no equal copy).

    Nothing is done while another process is at the inbox. Raises InboxGone, KeyMissing, SettingsInvalid.
    """
    counts: Counter[str] = Counter()
    with alone(home) as is_alone:
        if not is_alone:
            return counts
        keep = load(home).inbox.keep_days * DAY_SECONDS
        done = [path for folder in folders(home.inbox) for path in _originals(folder.path / DONE)]
        if not done:
            return counts
        vault = Vault(home.vault, service_identity(home.keys))
        copies = _copies(vault)
        for path in done:
            counts[_cleaned(path, keep, vault, copies)] += 1
        for folder in {path.parent for path in done}:
            notes.remove_empty(folder)
        journal.forget(home.inbox, keep)
    return counts


def _originals(folder: Path) -> list[Path]:
    return [path for path in notes.inside(folder) if path.is_file() and not is_junk(path.name)]


def _copies(vault: Vault) -> dict[str, list[InterviewId]]:
    """sha256 of a file → the interviews of which it is a part."""
    found: dict[str, list[InterviewId]] = {}
    for interview in vault.interviews():
        stamp = vault.stamp(interview, Source)
        for sha256 in dict(stamp.inputs).get("files", "").split("+") if stamp else ():
            found.setdefault(sha256, []).append(interview)
    return found


def _cleaned(path: Path, keep: float, vault: Vault, copies: dict[str, list[InterviewId]]) -> str:
    note = notes.beside(path, REASON)
    if not note.exists():  # nobody knows since when it lies here: from now on
        notes.say(path, REASON, "보관소에 넣은 녹음의 원본입니다.")
    if not journal.now() - note.stat().st_mtime >= keep:
        return "kept"
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if not any(_is_whole(vault, interview, sha256) for interview in copies.get(sha256, ())):
        notes.say(path, REASON, UNVERIFIED)
        return "unverified"
    path.unlink()
    note.unlink(missing_ok=True)
    return "removed"


def _is_whole(vault: Vault, interview: InterviewId, sha256: str) -> bool:
    """Whether the sealed copy opens, and is the same, byte for byte."""
    try:
        source = vault.read(interview, Source)
        blobs = [part.blob for part in source.parts if part.sha256 == sha256] if source else []
        for blob in blobs:
            with vault.open_blob(interview, blob) as copy:
                if hashlib.file_digest(copy, "sha256").hexdigest() == sha256:
                    return True
    except (ChaerokError, OSError):
        return False
    return False
