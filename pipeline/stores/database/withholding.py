"""Taking a release back from coders: it is no longer current, and what it shows is blotted out.

Their codings stay, on the same segments and offsets: a blot is as long as what stood there. The next release is the
next version of the same segments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.codes import blotted
from pipeline.interview import InterviewId
from pipeline.stores.database import audit
from pipeline.stores.database.columns import Status
from pipeline.stores.database.reading import transcripts_of
from pipeline.stores.database.schema import (
    CarriedPlace,
    Coding,
    Memo,
    Segment,
    SegmentVersion,
    Transcript,
    TranscriptLine,
)


def take_back(
    session: Session, interview: InterviewId, newer: str, shown: Mapping[str, Sequence[str]], at: datetime
) -> None:
    """Withdraw the current transcript, unless it is the release `newer`, and blot out `shown` (by segment) elsewhere.

    Done again it changes nothing.
    """
    transcripts = session.scalars(transcripts_of(interview)).all()
    kept = [transcript.id for transcript in transcripts if newer and transcript.release_sha256 == newer]
    current = [t for t in transcripts if t.status is Status.CURRENT and t.id not in kept]
    for transcript in current:
        transcript.status = Status.WITHDRAWN
    blotted = [version for version in _versions(session, transcripts, kept, shown) if _blot(session, *version)]
    if current or blotted:
        facts = {"versions": [transcript.version for transcript in current], "lines": len(blotted)}
        audit.append(session, at, "pipeline", "quarantine", str(interview), facts)


def _versions(
    session: Session, transcripts: Sequence[Transcript], kept: Sequence[int], shown: Mapping[str, Sequence[str]]
) -> list[tuple[SegmentVersion, Sequence[str]]]:
    """The versions of those segments that no kept transcript has, each with what is to go from it."""
    sessions = {transcript.session_id for transcript in transcripts}
    of_kept = select(TranscriptLine.segment_version_id).where(TranscriptLine.transcript_id.in_(kept))
    found = session.execute(
        select(SegmentVersion, Segment.uid)
        .join(Segment, Segment.id == SegmentVersion.segment_id)
        .where(Segment.session_id.in_(sessions), Segment.uid.in_(shown), SegmentVersion.id.not_in(of_kept))
    )
    return [(version, shown[uid]) for version, uid in found]


def _blot(session: Session, version: SegmentVersion, quotes: Sequence[str]) -> bool:
    """Whether anything had to go; from the codings on it, too."""
    text = blotted(version.text, quotes)
    if text == version.text:
        return False
    version.text = text
    for coding in session.scalars(select(Coding).where(Coding.segment_version_id == version.id)):
        start, end = coding.start_cp, coding.end_cp
        coding.exact = text[start:end]
        coding.prefix = text[max(0, start - len(coding.prefix)) : start]
        coding.suffix = text[end : end + len(coding.suffix)]
        for memo in session.scalars(select(Memo).where(Memo.coding_id == coding.id)):
            memo.text = blotted(memo.text, quotes)
    for place in session.scalars(select(CarriedPlace).where(CarriedPlace.segment_version_id == version.id)):
        place.exact = text[place.start_cp : place.end_cp]
    return True
