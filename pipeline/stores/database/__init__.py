"""The house's own coding store: released transcripts in SQLite (one file) or PostgreSQL, ready to be read and coded.

Only `Released` enters, one transaction a release. `schema` has the tables, `opening` how the store is opened, locked
and migrated. Who opens the file with plain SQL reads the view ``current_lines``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pipeline.errors import InterviewUnknown
from pipeline.interview import InterviewId
from pipeline.stores.database import audit
from pipeline.stores.database.columns import Status
from pipeline.stores.database.opening import in_transaction, sqlite_in
from pipeline.stores.database.reading import (
    StoredLine,
    StoredTranscript,
    current_lines,
    current_transcripts,
    transcripts_of,
)
from pipeline.stores.database.schema import Transcript
from pipeline.stores.database.withholding import take_back
from pipeline.stores.database.writing import record
from pipeline.transcript import Released

__all__ = [
    "StoredLine",
    "StoredTranscript",
    "broken_audit_entry",
    "interviews",
    "lines",
    "publish",
    "sqlite_in",
    "withhold",
]

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL refuses, and lone surrogates, which are no text."""


def publish(released: Released, release_sha256: str, url: str, questions: Sequence[str] = ()) -> int:
    """Write a release into the store at `url`, made where there is none; the version of the transcript there.

    All of it or nothing, and once: the same `release_sha256` again changes no byte and gives the same version. A new
    release of the interview is a new version, and the one before is superseded; segments keep their ids, and those
    that did not change keep their versions. What coders made stays as it is, and is laid on the new version
    (`carried`). `questions` is the interview guide under which its lines stand.

    Raises TypeError for anything but a `Released`, ValueError for one that no step of ours makes (a segment twice, a
    character that is no text), and the errors of `opening.in_transaction`.
    """
    if not isinstance(released, Released):
        raise TypeError(f"a coding store takes a Released and nothing else, not a {type(released).__name__}")
    if len({line.id for line in released.lines}) < len(released.lines):
        raise ValueError("a segment stands twice in this release")
    if any(UNSTORABLE.search(line.text) for line in released.lines):
        raise ValueError("a character of this release is no text")
    at = datetime.now(UTC)
    return in_transaction(url, lambda session: record(session, released, release_sha256, at, questions), write=True)


def withhold(interview: InterviewId, newer: str, shown: Mapping[str, Sequence[str]], url: str) -> None:
    """Coders read the interview's transcript no more, unless it is the release with the hash `newer` already.

    `shown` (by segment id) is what must not be read: it is blotted out in every version but the newer one. Codings
    stay where they are. Raises the errors of `opening.in_transaction`; StoreUnreachable where there is no store.
    """
    at = datetime.now(UTC)
    in_transaction(url, lambda session: None, write=False)  # or a store that is only out of reach would be made anew
    in_transaction(url, lambda session: take_back(session, interview, newer, shown, at), write=True)


def interviews(url: str) -> tuple[StoredTranscript, ...]:
    """The current transcript of each interview in the store, in order. Raises as `opening.in_transaction` does."""
    return in_transaction(url, current_transcripts, write=False)


def lines(url: str, interview: InterviewId) -> tuple[StoredLine, ...]:
    """The current transcript of `interview`, line by line.

    Raises InterviewUnknown where the store has no current transcript of it, and as `opening.in_transaction` does.
    """
    current = transcripts_of(interview).where(Transcript.status == Status.CURRENT)
    found = in_transaction(
        url, lambda session: current_lines(session, interview) if session.scalar(current) else None, write=False
    )
    if found is None:
        raise InterviewUnknown(interview=interview)
    return found


def broken_audit_entry(url: str) -> int | None:
    """The position of the first entry of the audit that somebody changed or took out; None where all are whole."""
    return in_transaction(url, audit.first_broken, write=False)
