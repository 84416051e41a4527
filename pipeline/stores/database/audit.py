"""The store's audit: each entry holds the hash of the one before, so that none is changed or taken out unseen.

A chain does not show entries cut off at its end; who must know that keeps the newest hash elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.stores.database.schema import Audit

START = "0" * 64
"""What stands for the hash before the first entry."""


def append(session: Session, at: datetime, actor: str, action: str, subject: str, facts: dict[str, Any]) -> None:
    """Add an entry. Ids, hashes and counts only: it outlives what it tells of."""
    last = session.scalar(select(Audit).order_by(Audit.position.desc()).limit(1))
    entry = Audit(
        position=last.position + 1 if last else 1,
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        facts=facts,
        previous=last.sha256 if last else START,
    )
    entry.sha256 = digest(entry)
    session.add(entry)


def digest(entry: Audit) -> str:
    """sha256 of the canonical JSON of all that `entry` says, the hash before it included."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [entry.position, at, entry.actor, entry.action, entry.subject, entry.facts, entry.previous]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def first_broken(session: Session) -> int | None:
    """The position of the first entry that is not as it was written, or stands where another was; None: all whole."""
    previous = START
    for position, entry in enumerate(session.scalars(select(Audit).order_by(Audit.position)), start=1):
        if (entry.position, entry.previous, entry.sha256) != (position, previous, digest(entry)):
            return position
        previous = entry.sha256
    return None
