"""The tables of the coding store, for SQLite and PostgreSQL alike.

What a release is made of stands here, what coders add to it in `coded`. Three rules carry the rest:

* A `Segment` is an identity: minted once, kept for ever, even when the present transcript no longer has it.
  What it says and when is a `SegmentVersion`, and that row never changes.
* A `Transcript` is a list of segment versions in order (`TranscriptLine`); at most one of a session is current.
* A `Coding` points at a segment version *in* a transcript, so that no later release can move it by accident. Where it
  lies in a later one is a row of its own, `Carrying`.

Times are integer milliseconds from the start of the session, half-open; text offsets are code points, half-open, of
NFC text. The migrations make these tables; a test holds the two together.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pipeline.interview import Role
from pipeline.stores.database.coded import (
    CarriedPlace,
    Carrying,
    Code,
    Codebook,
    Coder,
    Coding,
    MemberAnswer,
    MemberCheck,
    Memo,
    Reconciliation,
)
from pipeline.stores.database.columns import BIG, Base, How, Key, Status

__all__ = [
    "Audit",
    "CarriedPlace",
    "Carrying",
    "Code",
    "Codebook",
    "Coder",
    "Coding",
    "Gap",
    "GuideQuestion",
    "InterviewSession",
    "Lineage",
    "MemberAnswer",
    "MemberCheck",
    "Memo",
    "Participant",
    "ParticipantAttribute",
    "Reconciliation",
    "Recording",
    "Segment",
    "SegmentVersion",
    "Speaker",
    "Study",
    "Transcript",
    "TranscriptLine",
]


class Study(Base):
    """A study."""

    __tablename__ = "study"
    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)


class Participant(Base):
    """A participant, by code."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("study_id", "code"),)
    id: Mapped[Key]
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    code: Mapped[str]


class ParticipantAttribute(Base):
    """What the newest release says of a participant, such as an age band; one row a fact."""

    __tablename__ = "participant_attribute"
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class InterviewSession(Base):
    """One session of one participant: what an `InterviewId` names."""

    __tablename__ = "session"
    __table_args__ = (UniqueConstraint("participant_id", "code"),)
    id: Mapped[Key]
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    code: Mapped[str]
    recorded_on: Mapped[date | None]


class Recording(Base):
    """The decoded sound that a transcript was heard from; the sound itself stays in the vault."""

    __tablename__ = "recording"
    __table_args__ = (UniqueConstraint("session_id", "sha256"), CheckConstraint("duration_ms >= 0", "duration"))
    id: Mapped[Key]
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"))
    sha256: Mapped[str]
    duration_ms: Mapped[int]


class Transcript(Base):
    """One release of a session. `version` counts from 1 there; `text_sha256` is over the lines joined by LF."""

    __tablename__ = "transcript"
    __table_args__ = (
        UniqueConstraint("session_id", "version"),
        UniqueConstraint("session_id", "release_sha256"),
        Index(
            "ix_transcript_one_current",
            "session_id",
            unique=True,
            sqlite_where=text("status = 'current'"),
            postgresql_where=text("status = 'current'"),
        ),
    )
    id: Mapped[Key]
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"))
    recording_id: Mapped[int] = mapped_column(ForeignKey("recording.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("transcript.id"))
    version: Mapped[int]
    status: Mapped[Status]
    release_sha256: Mapped[str]
    text_sha256: Mapped[str]
    demo_grade: Mapped[bool]
    provenance: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]


class Speaker(Base):
    """A speaker's label and role in a session. A role that was corrected is a further row: older lines keep theirs."""

    __tablename__ = "speaker"
    __table_args__ = (UniqueConstraint("session_id", "label", "role"),)
    id: Mapped[Key]
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"))
    label: Mapped[str]
    role: Mapped[Role]


class Segment(Base):
    """A passage's identity: `uid` is the id that the vault minted, `number` (such as u0042) what people cite."""

    __tablename__ = "segment"
    __table_args__ = (UniqueConstraint("session_id", "uid"), UniqueConstraint("session_id", "number"))
    id: Mapped[Key]
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"))
    uid: Mapped[str]
    number: Mapped[str]


class SegmentVersion(Base):
    """What a segment said in some release; never changed. `version` counts from 1 in its segment."""

    __tablename__ = "segment_version"
    __table_args__ = (
        UniqueConstraint("segment_id", "version"),
        CheckConstraint("0 <= start_ms AND start_ms <= end_ms", "span"),
    )
    id: Mapped[Key]
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id"))
    version: Mapped[int]
    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id"))
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    text: Mapped[str]
    replaced: Mapped[int]


class GuideQuestion(Base):
    """Question `number`, from 1, of the interview guide as it was when this transcript was released."""

    __tablename__ = "guide_question"
    transcript_id: Mapped[int] = mapped_column(ForeignKey("transcript.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]


class TranscriptLine(Base):
    """Line `line` of a transcript is this segment version, said under guide question `question` (0: under none).

    `released_version` is `Line.version`, as exports tell it to coders' programs; 0 where it is not known.
    """

    __tablename__ = "transcript_line"
    __table_args__ = (UniqueConstraint("transcript_id", "segment_version_id"),)
    transcript_id: Mapped[int] = mapped_column(ForeignKey("transcript.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    segment_version_id: Mapped[int] = mapped_column(ForeignKey("segment_version.id"), index=True)
    question: Mapped[int] = mapped_column(server_default="0")
    released_version: Mapped[int] = mapped_column(server_default="0")


class Lineage(Base):
    """A transcript's word on where a segment came from, one row an ancestor (none: NULL).

    Ids as the vault minted them, not rows of `segment`: an ancestor may be of a draft that was never released.
    """

    __tablename__ = "lineage"
    id: Mapped[Key]
    transcript_id: Mapped[int] = mapped_column(ForeignKey("transcript.id"), index=True)
    segment_uid: Mapped[str]
    how: Mapped[How]
    ancestor_uid: Mapped[str | None]


class Gap(Base):
    """Speech of a transcript for which there are no words, and why."""

    __tablename__ = "gap"
    __table_args__ = (CheckConstraint("0 <= start_ms AND start_ms <= end_ms", "span"),)
    id: Mapped[Key]
    transcript_id: Mapped[int] = mapped_column(ForeignKey("transcript.id"), index=True)
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    reason: Mapped[str]


class Audit(Base):
    """What was done to the store: a chain of hashes (`audit.append`) that triggers keep append-only."""

    __tablename__ = "audit"
    position: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    facts: Mapped[dict[str, Any]]
    previous: Mapped[str]
    sha256: Mapped[str]
