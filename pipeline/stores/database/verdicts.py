"""Codings that a release could not carry beyond doubt: the list for a person, and the person's word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.coding.anchors import Place
from pipeline.coding.sheets import Verdict
from pipeline.stores.database import audit
from pipeline.stores.database.carried import Doubtful, confirm, doubtful, lines_of, settle
from pipeline.stores.database.opening import in_transaction
from pipeline.stores.database.schema import Carrying, Segment, SegmentVersion, TranscriptLine


class Refused(Exception):  # not an error for people: it only undoes the transaction
    """Some verdicts fit nothing; nothing was changed."""

    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__()
        self.ids = tuple(ids)


def listed(url: str, study: str) -> tuple[Doubtful, ...]:
    """The fuzzy codings and orphans that nobody has looked at, in order."""
    return in_transaction(url, lambda session: doubtful(session, study), write=False)


def judged(url: str, study: str, verdicts: Sequence[Verdict], actor: str) -> None:
    """Take a person's verdicts in, all of them or none.

    Raises Refused with those that name no coding of the list, or a line and words that are not there exactly once.
    """

    def work(session: Session) -> None:
        at = datetime.now(UTC)
        open_ids = {each.id for each in doubtful(session, study)}
        wrong = [each.id for each in verdicts if each.id not in open_ids or not _apply(session, each, actor, at)]
        if wrong:
            raise Refused(wrong)
        audit.append(session, at, actor, "look", study, {"codings": len(verdicts)})

    in_transaction(url, work, write=True)


def _apply(session: Session, verdict: Verdict, actor: str, at: datetime) -> bool:
    if verdict.word == "맞음":
        return confirm(session, verdict.id, actor, at)
    if verdict.word == "없음":
        return settle(session, verdict.id, None, actor, at)
    place = _place(session, verdict)
    return place is not None and settle(session, verdict.id, place, actor, at)


def _place(session: Session, verdict: Verdict) -> Place | None:
    """Where these words stand in that line, if they do so once."""
    transcript_id = session.get_one(Carrying, verdict.id).transcript_id
    uid = session.scalar(
        select(Segment.uid)
        .join(SegmentVersion, SegmentVersion.segment_id == Segment.id)
        .join(TranscriptLine, TranscriptLine.segment_version_id == SegmentVersion.id)
        .where(TranscriptLine.transcript_id == transcript_id, Segment.number == verdict.line)
    )
    texts = {line.segment: line.text for line in lines_of(session, transcript_id)[0]}
    text = texts.get(uid or "", "")
    if text.count(verdict.quote) != 1:
        return None
    start = text.index(verdict.quote)
    return Place(str(uid), start, start + len(verdict.quote))
