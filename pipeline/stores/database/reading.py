"""Reading the coding store: which interviews it holds, and the lines of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, column, func, select, table
from sqlalchemy.orm import Session

from pipeline.interview import InterviewId, Role
from pipeline.stores.database.columns import Status
from pipeline.stores.database.schema import InterviewSession, Participant, Study, Transcript, TranscriptLine


@dataclass(frozen=True, slots=True)
class StoredTranscript:
    """The current transcript of an interview, in figures. `version` counts from 1 in its interview."""

    interview: InterviewId
    version: int
    release_sha256: str
    lines: int
    demo_grade: bool
    published_at: datetime


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line of a current transcript; times in ms. `segment` is its id for ever, `number` what people cite.

    `question` is the guide question under which it was said, from 1; 0: under none.
    """

    line: int
    number: str
    segment: str
    speaker: str
    role: Role
    start_ms: int
    end_ms: int
    text: str
    question: int


COLUMNS = ("line", "number", "segment", "speaker", "role", "start_ms", "end_ms", "text", "question")
KEY = ("study", "participant", "session")
VIEW = table("current_lines", *(column(name) for name in (*KEY, *COLUMNS)))
"""The view that a person with plain sqlite3 or psql reads, too."""


def transcripts_of(interview: InterviewId) -> Select[Transcript]:
    """Every version of an interview's transcript."""
    codes = Study.code, Participant.code, InterviewSession.code
    wanted = interview.study, interview.participant, interview.session
    joined = select(Transcript).join(InterviewSession, InterviewSession.id == Transcript.session_id)
    joined = joined.join(Participant, Participant.id == InterviewSession.participant_id)
    joined = joined.join(Study, Study.id == Participant.study_id)
    return joined.where(*(code == value for code, value in zip(codes, wanted, strict=True)))


def current_transcripts(session: Session) -> tuple[StoredTranscript, ...]:
    """Of every interview that has one, by study, participant and session."""
    codes = Study.code, Participant.code, InterviewSession.code
    lines = select(func.count()).where(TranscriptLine.transcript_id == Transcript.id).scalar_subquery()
    rows = session.execute(
        select(*codes, Transcript, lines)
        .join(Participant, Participant.study_id == Study.id)
        .join(InterviewSession, InterviewSession.participant_id == Participant.id)
        .join(Transcript, Transcript.session_id == InterviewSession.id)
        .where(Transcript.status == Status.CURRENT)
        .order_by(*codes)
    )
    return tuple(
        StoredTranscript(
            interview=InterviewId(study, participant, code),
            version=transcript.version,
            release_sha256=transcript.release_sha256,
            lines=count,
            demo_grade=transcript.demo_grade,
            published_at=transcript.published_at,
        )
        for study, participant, code, transcript, count in rows
    )


def current_lines(session: Session, interview: InterviewId) -> tuple[StoredLine, ...]:
    """The lines of an interview's current transcript in order; none where it has no line, or no current transcript."""
    wanted = interview.study, interview.participant, interview.session
    rows = session.execute(
        select(*(VIEW.c[name] for name in COLUMNS))
        .where(*(VIEW.c[name] == value for name, value in zip(KEY, wanted, strict=True)))
        .order_by(VIEW.c.line)
    )
    return tuple(StoredLine(**{**found, "role": Role(found["role"])}) for found in rows.mappings())
