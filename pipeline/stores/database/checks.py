"""What themes and member checks need of the coding store: codings by participant, their lines, pages sent, answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.codes import Codebook as Tree
from pipeline.coding.member_pages import OwnLine, Returned
from pipeline.coding.themes import Said
from pipeline.coding.validity import Answer
from pipeline.interview import Role
from pipeline.stores.database import audit
from pipeline.stores.database.books import book_in, row_of
from pipeline.stores.database.opening import in_transaction
from pipeline.stores.database.placed import placed_in
from pipeline.stores.database.reading import current_lines, current_transcripts
from pipeline.stores.database.schema import (
    Code,
    InterviewSession,
    MemberAnswer,
    MemberCheck,
    Participant,
    Study,
)


@dataclass(frozen=True, slots=True)
class Material:
    """What themes are made of: the newest code tree (None: there is none), codings, interviews as they were held."""

    book: Tree | None
    said: tuple[Said, ...]
    interviews: tuple[str, ...]


def material(url: str, study: str, round: int | None = None) -> Material:
    """All codings of a study, or of a round, where they lie in the current transcripts."""
    return in_transaction(url, lambda session: _material(session, study, round), write=False)


def _material(session: Session, study: str, round: int | None) -> Material:
    said = tuple(
        Said(
            each.id,
            each.code,
            each.interview.participant,
            str(each.interview),
            f"{each.interview} {each.number}",
            each.quote,
            each.coder,
        )
        for each in placed_in(session, study, round)
    )
    held = session.execute(
        select(InterviewSession.recorded_on, Participant.code, InterviewSession.code)
        .join(Participant, Participant.id == InterviewSession.participant_id)
        .join(Study, Study.id == Participant.study_id)
        .where(Study.code == study)
    )
    order = sorted((on or date.max, who, code) for on, who, code in held)
    released = {str(each.interview) for each in current_transcripts(session)}
    interviews = (f"{study}-{who}-{code}" for _, who, code in order)
    return Material(book_in(session, study), said, tuple(each for each in interviews if each in released))


def own_lines(url: str, study: str, participant: str) -> tuple[OwnLine, ...]:
    """What a participant says in the current transcripts, in order."""

    def work(session: Session) -> tuple[OwnLine, ...]:
        return tuple(
            OwnLine(str(each.interview), line.number, line.text)
            for each in current_transcripts(session)
            if (each.interview.study, each.interview.participant) == (study, participant)
            for line in current_lines(session, each.interview)
            if line.role is Role.PARTICIPANT
        )

    return in_transaction(url, work, write=False)


# --- pages sent, answers back ---------------------------------------------------------------------------------------


def sent(url: str, study: str, participants: Sequence[str]) -> None:
    """Note that these participants got pages for the newest codebook; for each once, until an answer comes."""

    def work(session: Session) -> None:
        at = datetime.now(UTC)
        book = row_of(session, study)
        for participant in participants:
            if book is not None and _open(session, study, participant, book.id) is None:
                row = _participant(session, study, participant)
                session.add(MemberCheck(participant_id=row, codebook_id=book.id, sent_at=at))
                session.flush()
        audit.append(session, at, "pipeline", "member check", study, {"participants": len(participants)})

    in_transaction(url, work, write=True)


def returned(url: str, study: str, answers: Sequence[Returned]) -> int:
    """Keep the answers; a participant's later answer to a theme replaces the one before. How many participants.

    The codebook is the newest one, and its themes are asked after; raises KeyError for a theme that is not in it.
    """

    def work(session: Session) -> int:
        at, book = datetime.now(UTC), row_of(session, study)
        ids = _ids(session, book.id) if book else {}
        for participant in {answer.participant for answer in answers}:
            check = _open(session, study, participant, book.id) if book else None
            if check is None and book is not None:
                check = MemberCheck(
                    participant_id=_participant(session, study, participant), codebook_id=book.id, sent_at=at
                )
                session.add(check)
                session.flush()
            if check is not None:
                check.returned_at = at
        for answer in answers:
            _keep(session, study, answer, ids[answer.code], book.id if book else 0)
        people = len({answer.participant for answer in answers})
        facts = {"participants": people, "answers": len(answers)}
        audit.append(session, at, "pipeline", "member answers", study, facts)
        return people

    return in_transaction(url, work, write=True)


def all_answers(url: str, study: str) -> tuple[Answer, ...]:
    """Every participant's answers to the newest codebook's themes."""

    def work(session: Session) -> tuple[Answer, ...]:
        book = row_of(session, study)
        rows = session.execute(
            select(Participant.code, Code.uid, MemberAnswer.relevance)
            .join(MemberCheck, MemberCheck.id == MemberAnswer.member_check_id)
            .join(Participant, Participant.id == MemberCheck.participant_id)
            .join(Code, Code.id == MemberAnswer.code_id)
            .where(MemberCheck.codebook_id == (book.id if book else 0))
            .order_by(Participant.code, Code.position)
        )
        return tuple(Answer(who, code, mark) for who, code, mark in rows)

    return in_transaction(url, work, write=False)


def _ids(session: Session, codebook: int) -> Mapping[str, int]:
    return dict(session.execute(select(Code.uid, Code.id).where(Code.codebook_id == codebook)).all())


def _participant(session: Session, study: str, code: str) -> int:
    of_study = select(Participant.id).join(Study, Study.id == Participant.study_id).where(Study.code == study)
    return session.scalars(of_study.where(Participant.code == code)).one()


def _open(session: Session, study: str, participant: str, codebook: int) -> MemberCheck | None:
    """The participant's check of that codebook."""
    mine = select(MemberCheck).where(MemberCheck.participant_id == _participant(session, study, participant))
    return session.scalar(mine.where(MemberCheck.codebook_id == codebook))


def _keep(session: Session, study: str, answer: Returned, code: int, codebook: int) -> None:
    check = _open(session, study, answer.participant, codebook)
    assert check is not None  # made just now
    row = session.get(MemberAnswer, (check.id, code))
    if row is None:
        row = MemberAnswer(member_check_id=check.id, code_id=code)
        session.add(row)
    row.relevance, row.remark = answer.relevance, answer.remark
