"""The tables of the coding store, for SQLite and PostgreSQL alike.

What a release is made of comes first, what coders add to it second. Three rules carry the rest:

* A `Segment` is an identity: minted once, kept for ever, even when the present transcript no longer has it.
  What it says and when is a `SegmentVersion`, and that row never changes.
* A `Transcript` is a list of segment versions in order (`TranscriptLine`); at most one of a session is current.
* A `Coding` points at a segment version *in* a transcript, so that no later release can move it by accident.

Times are integer milliseconds from the start of the session, half-open; text offsets are code points, half-open, of
NFC text. The migrations make these tables; a test holds the two together.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pipeline.interview import Role
from pipeline.stores.database.columns import BIG, Anchor, Base, How, Key, Status

# --- what a release is made of -------------------------------------------------------------------------------------


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


class TranscriptLine(Base):
    """Line `line` of a transcript is this segment version, said under guide question `question` (0: under none)."""

    __tablename__ = "transcript_line"
    __table_args__ = (UniqueConstraint("transcript_id", "segment_version_id"),)
    transcript_id: Mapped[int] = mapped_column(ForeignKey("transcript.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    segment_version_id: Mapped[int] = mapped_column(ForeignKey("segment_version.id"), index=True)
    question: Mapped[int] = mapped_column(server_default="0")


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


# --- what coders add -----------------------------------------------------------------------------------------------


class Coder(Base):
    """Someone who codes in a study, by the name that they code under."""

    __tablename__ = "coder"
    __table_args__ = (UniqueConstraint("study_id", "name"),)
    id: Mapped[Key]
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    name: Mapped[str]


class Codebook(Base):
    """A version of a study's code tree; `frozen_at` once it may no longer change."""

    __tablename__ = "codebook"
    __table_args__ = (UniqueConstraint("study_id", "version"),)
    id: Mapped[Key]
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    version: Mapped[int]
    frozen_at: Mapped[datetime | None]


class Code(Base):
    """A code, under its parent (NULL: at the top) in the same codebook; names are unique among siblings."""

    __tablename__ = "code"
    __table_args__ = (
        UniqueConstraint("codebook_id", "id"),  # what the parent's key refers to, so that a tree stays in its codebook
        UniqueConstraint("codebook_id", "parent_id", "name"),
        ForeignKeyConstraint(["codebook_id", "parent_id"], ["code.codebook_id", "code.id"]),
        Index(
            "ix_code_one_root",  # NULLs are all different to a unique constraint
            "codebook_id",
            "name",
            unique=True,
            sqlite_where=text("parent_id IS NULL"),
            postgresql_where=text("parent_id IS NULL"),
        ),
    )
    id: Mapped[Key]
    codebook_id: Mapped[int] = mapped_column(ForeignKey("codebook.id"))
    parent_id: Mapped[int | None] = mapped_column(BIG)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")


class Coding(Base):
    """A coder's code on code points ``[start_cp, end_cp)`` of a segment version, as read in a transcript.

    `exact` is that text, `prefix` and `suffix` what stands around it, for repair when the text changes.
    A coding that is taken back keeps its row, with `deleted_at`.
    """

    __tablename__ = "coding"
    __table_args__ = (
        ForeignKeyConstraint(
            ["transcript_id", "segment_version_id"],
            ["transcript_line.transcript_id", "transcript_line.segment_version_id"],
        ),
        CheckConstraint("0 <= start_cp AND start_cp < end_cp", "span"),
        Index(None, "transcript_id", "segment_version_id"),
    )
    id: Mapped[Key]
    code_id: Mapped[int] = mapped_column(ForeignKey("code.id"), index=True)
    coder_id: Mapped[int] = mapped_column(ForeignKey("coder.id"), index=True)
    transcript_id: Mapped[int] = mapped_column(BIG)
    segment_version_id: Mapped[int] = mapped_column(BIG)
    start_cp: Mapped[int]
    end_cp: Mapped[int]
    exact: Mapped[str]
    prefix: Mapped[str] = mapped_column(default="")
    suffix: Mapped[str] = mapped_column(default="")
    anchor_state: Mapped[Anchor] = mapped_column(server_default=Anchor.EXACT.value)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Memo(Base):
    """A coder's note: on a coding, or on the study as a whole (NULL)."""

    __tablename__ = "memo"
    id: Mapped[Key]
    coder_id: Mapped[int] = mapped_column(ForeignKey("coder.id"), index=True)
    coding_id: Mapped[int | None] = mapped_column(ForeignKey("coding.id"), index=True)
    text: Mapped[str]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


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
