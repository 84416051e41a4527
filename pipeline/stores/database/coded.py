"""The tables of what coders add to transcripts: code trees, codings, where these lie by now, memos, what was agreed on.

Offsets are code points, half-open, as in `schema`.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pipeline.coding.anchors import Anchor
from pipeline.stores.database.columns import BIG, Base, Key


class Coder(Base):
    """Someone who codes in a study, by the name that they code under.

    `database_role`: the PostgreSQL role as which they may read (`rights.admit`).
    """

    __tablename__ = "coder"
    __table_args__ = (UniqueConstraint("study_id", "name"),)
    id: Mapped[Key]
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    name: Mapped[str]
    database_role: Mapped[str | None]


class Codebook(Base):
    """A version of a study's code tree. From `frozen_at` on it may not change; triggers see to that."""

    __tablename__ = "codebook"
    __table_args__ = (UniqueConstraint("study_id", "version"),)
    id: Mapped[Key]
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    version: Mapped[int]
    frozen_at: Mapped[datetime | None]


class Code(Base):
    """A code, under its parent (NULL: at the top) in the same codebook; names are unique among siblings.

    `uid` is `pipeline.codes.Code.id`: the same in every version of the study's codebook, whatever the code is called.
    """

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
        Index(None, "codebook_id", "uid", unique=True),
    )
    id: Mapped[Key]
    codebook_id: Mapped[int] = mapped_column(ForeignKey("codebook.id"))
    parent_id: Mapped[int | None] = mapped_column(BIG)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    uid: Mapped[str] = mapped_column(default=lambda: str(uuid.uuid4()), server_default=text("''"))
    colour: Mapped[str] = mapped_column(default="", server_default=text("''"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")


class Coding(Base):
    """A coder's code on code points ``[start_cp, end_cp)`` of a segment version, as read in a transcript.

    `exact` is that text, `prefix` and `suffix` what stands around it, for repair when the text changes. `round`: of
    independent coding, from 1. `store`: the program that it came back from; empty: made in here.
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
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    store: Mapped[str] = mapped_column(default="", server_default=text("''"))


class Carrying(Base):
    """Where a coding went in a later transcript than its own, and how surely; its places are `CarriedPlace` rows.

    `likeness` of the words there to those that were coded, per cent. Who looked at it is `settled_by`.
    """

    __tablename__ = "carrying"
    __table_args__ = (UniqueConstraint("coding_id", "transcript_id"),)
    id: Mapped[Key]
    coding_id: Mapped[int] = mapped_column(ForeignKey("coding.id"))
    transcript_id: Mapped[int] = mapped_column(ForeignKey("transcript.id"), index=True)
    state: Mapped[Anchor]
    likeness: Mapped[int]
    settled_by: Mapped[str | None]
    settled_at: Mapped[datetime | None]


class CarriedPlace(Base):
    """One line's share of a carried coding, `part` from 1; of an orphan there is none."""

    __tablename__ = "carried_place"
    __table_args__ = (
        ForeignKeyConstraint(
            ["transcript_id", "segment_version_id"],
            ["transcript_line.transcript_id", "transcript_line.segment_version_id"],
        ),
        CheckConstraint("0 <= start_cp AND start_cp < end_cp", "span"),
        Index(None, "transcript_id", "segment_version_id"),
    )
    carrying_id: Mapped[int] = mapped_column(ForeignKey("carrying.id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    transcript_id: Mapped[int] = mapped_column(BIG)
    segment_version_id: Mapped[int] = mapped_column(BIG)
    start_cp: Mapped[int]
    end_cp: Mapped[int]
    exact: Mapped[str]


class Memo(Base):
    """A coder's note: on a coding, or on the study as a whole (NULL)."""

    __tablename__ = "memo"
    id: Mapped[Key]
    coder_id: Mapped[int] = mapped_column(ForeignKey("coder.id"), index=True)
    coding_id: Mapped[int | None] = mapped_column(ForeignKey("coding.id"), index=True)
    text: Mapped[str]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Reconciliation(Base):
    """What coders agreed on after a round of coding: that a code applies to a segment, or does not."""

    __tablename__ = "reconciliation"
    __table_args__ = (UniqueConstraint("round", "segment_id", "code_id"),)
    id: Mapped[Key]
    round: Mapped[int]
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id"), index=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("code.id"), index=True)
    applies: Mapped[bool]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]


class MemberCheck(Base):
    """Pages that a participant got to check: their lines, and the themes of a codebook that quote them."""

    __tablename__ = "member_check"
    id: Mapped[Key]
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"), index=True)
    codebook_id: Mapped[int] = mapped_column(ForeignKey("codebook.id"))
    sent_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]


class MemberAnswer(Base):
    """How relevant a participant finds a theme, 1 (not) to 4 (very), and what they wrote beside it."""

    __tablename__ = "member_answer"
    __table_args__ = (CheckConstraint("1 <= relevance AND relevance <= 4", "relevance"),)
    member_check_id: Mapped[int] = mapped_column(ForeignKey("member_check.id"), primary_key=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("code.id"), primary_key=True)
    relevance: Mapped[int]
    remark: Mapped[str] = mapped_column(default="")
