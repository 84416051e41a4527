"""What agreement needs of the coding store: who set which code on which line, and what coders agreed on afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.coding.agreement import Rated
from pipeline.interview import Role
from pipeline.stores.database import audit
from pipeline.stores.database.books import codes_ever
from pipeline.stores.database.opening import in_transaction
from pipeline.stores.database.placed import placed_in
from pipeline.stores.database.reading import current_lines, current_transcripts
from pipeline.stores.database.schema import (
    Code,
    InterviewSession,
    Participant,
    Reconciliation,
    Segment,
    Study,
)


@dataclass(frozen=True, slots=True)
class Round:
    """A round of coding. `rated` are the lines that count, by unit ("peers-P01-S1 u0042"); `texts` what they say.

    Of an interview count the participants' lines and those that somebody coded; a coder who set no code in an interview
    has not coded it. `names` of the codes (newest codebook first), `decided` what was agreed on: unit and code.
    """

    rated: tuple[Rated, ...]
    texts: Mapping[str, str]
    coders: tuple[str, ...]
    names: Mapping[str, str]
    decided: Mapping[tuple[str, str], bool]


def round_of(url: str, study: str, number: int) -> Round:
    """The study's codings of that round, as they lie in the current transcripts."""
    return in_transaction(url, lambda session: _round(session, study, number), write=False)


def _round(session: Session, study: str, number: int) -> Round:
    marked: dict[str, dict[str, set[str]]] = {}
    at_work: dict[str, set[str]] = {}
    for coding in placed_in(session, study, number):
        unit = f"{coding.interview} {coding.number}"
        marked.setdefault(unit, {}).setdefault(coding.coder, set()).add(coding.code)
        at_work.setdefault(str(coding.interview), set()).add(coding.coder)
    rated, texts = [], {}
    for transcript in current_transcripts(session):
        interview = str(transcript.interview)
        for line in current_lines(session, transcript.interview) if interview in at_work else ():
            unit = f"{interview} {line.number}"
            if unit in marked or line.role is Role.PARTICIPANT:
                mine = marked.get(unit, {})
                codes = {who: frozenset(mine.get(who, ())) for who in sorted(at_work[interview])}
                rated.append(Rated(interview, unit, codes))
                texts[unit] = line.text
    coders = tuple(sorted(set().union(*at_work.values())))
    return Round(tuple(rated), texts, coders, names_in(session, study), _decided(session, study, number))


def names_in(session: Session, study: str) -> dict[str, str]:
    """What each code that the study ever had is called, by id: in the newest codebook that has it."""
    return {uid: name for uid, _, name in codes_ever(session, study)}


def _units(session: Session, study: str) -> dict[str, int]:
    """The segment's row of each unit that the study ever had."""
    rows = session.execute(
        select(Participant.code, InterviewSession.code, Segment.number, Segment.id)
        .join(InterviewSession, InterviewSession.id == Segment.session_id)
        .join(Participant, Participant.id == InterviewSession.participant_id)
        .join(Study, Study.id == Participant.study_id)
        .where(Study.code == study)
    )
    return {f"{study}-{participant}-{code} {number}": id for participant, code, number, id in rows}


def _decided(session: Session, study: str, number: int) -> dict[tuple[str, str], bool]:
    units = {id: unit for unit, id in _units(session, study).items()}
    rows = session.execute(
        select(Reconciliation.segment_id, Code.uid, Reconciliation.applies)
        .join(Code, Code.id == Reconciliation.code_id)
        .where(Reconciliation.round == number, Reconciliation.segment_id.in_(units))
    )
    return {(units[segment], code): applies for segment, code, applies in rows}


def reconcile(
    url: str, study: str, number: int, decided: Mapping[tuple[str, str], bool], actor: str
) -> tuple[tuple[str, str], ...]:
    """Keep what coders agreed on, by unit and code; a later word on the same replaces the one before.

    Gives those that name no line or no code of the study; then nothing is kept at all.
    """

    def work(session: Session) -> tuple[tuple[str, str], ...]:
        units, codes = _units(session, study), _codes(session, study)
        unknown = tuple((unit, code) for unit, code in decided if unit not in units or code not in codes)
        if not unknown:
            _keep(session, number, {(units[unit], codes[code]): yes for (unit, code), yes in decided.items()}, actor)
            facts = {"round": number, "decisions": len(decided)}
            audit.append(session, datetime.now(UTC), actor, "reconcile", study, facts)
        return unknown

    return in_transaction(url, work, write=True)


def _codes(session: Session, study: str) -> dict[str, int]:
    """The row of each code: of the oldest codebook that has it, so that a decision is not made twice."""
    return {uid: id for uid, id, _ in reversed(codes_ever(session, study))}


def _keep(session: Session, number: int, decided: Mapping[tuple[int, int], bool], actor: str) -> None:
    at = datetime.now(UTC)
    known = {
        (each.segment_id, each.code_id): each
        for each in session.scalars(select(Reconciliation).where(Reconciliation.round == number))
    }
    for (segment, code), applies in decided.items():
        found = known.get((segment, code))
        if found is None:
            found = Reconciliation(round=number, segment_id=segment, code_id=code)
            session.add(found)
        found.applies, found.decided_by, found.decided_at = applies, actor, at
