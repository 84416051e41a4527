"""What coders noted on their codings. A note that was changed is a further row, and the old one is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.interview import normal_text
from pipeline.stores.database.schema import Coding, Memo


def noted(session: Session, notes: Mapping[int, str], at: datetime) -> int:
    """Let these be the notes on codings, by their rows; an empty one takes back. How many changed.

    No note of a coding that `notes` does not name is touched.
    """
    standing = select(Memo).where(Memo.coding_id.in_(notes), Memo.deleted_at.is_(None))
    before = {memo.coding_id: memo for memo in session.scalars(standing)}
    changed = 0
    for coding_id, text in notes.items():
        said, old = normal_text(text).strip(), before.get(coding_id)
        if said == (old.text if old else ""):
            continue
        if old:
            old.deleted_at = at
        if said:
            coder_id = session.get_one(Coding, coding_id).coder_id
            session.add(Memo(coder_id=coder_id, coding_id=coding_id, text=said, created_at=at))
        changed += 1
    return changed


def on_codings(session: Session, study_codings: list[int]) -> dict[int, str]:
    """The notes that stand, by coding."""
    standing = select(Memo.coding_id, Memo.text).where(Memo.coding_id.in_(study_codings), Memo.deleted_at.is_(None))
    return {coding_id: text for coding_id, text in session.execute(standing) if coding_id is not None}
