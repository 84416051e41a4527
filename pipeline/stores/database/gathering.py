"""Codings taken into the coding store from where coders made them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.codes import Coding as Gathering
from pipeline.codes import Gathered, Unread, Why, reads
from pipeline.coding.anchors import Anchor
from pipeline.interview import normal_text
from pipeline.stores.database import audit
from pipeline.stores.database.books import codes_ever
from pipeline.stores.database.carried import carry_to
from pipeline.stores.database.columns import Status
from pipeline.stores.database.memos import noted
from pipeline.stores.database.opening import in_transaction
from pipeline.stores.database.schema import (
    Carrying,
    Code,
    Coder,
    Coding,
    InterviewSession,
    Participant,
    Segment,
    SegmentVersion,
    Study,
    Transcript,
    TranscriptLine,
)
from pipeline.stores.database.writing import row

CONTEXT = 24
"""Code points that are kept on either side of a coding: with so many, quotes are told apart (measured)."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a gathering, in counts, and the rows that did not come in.

    `new` codings were written, `known` were there, `gone` had been there and were taken back by their coder. Of a coder
    whose codings of a whole interview are gone nothing is taken back: that is `vanished`, a document deleted or not
    sent along, for a person to look at.
    """

    new: int = 0
    known: int = 0
    gone: int = 0
    vanished: tuple[tuple[str, str, int], ...] = ()
    """(coder, interview, codings)."""
    unread: tuple[Unread, ...] = ()


def take(url: str, study: str, gathered: Gathered, store: str, round: int = 1) -> Taken:
    """Take in what `store` has of the study's codings: all of it or nothing, and the same again changes nothing.

    Codings of texts that have a newer release meanwhile are carried to it. Rows that are no coding of ours are reported
    and left out. Raises the errors of `opening.in_transaction`.
    """
    return in_transaction(
        url, lambda session: _take(session, study, gathered, store, round, datetime.now(UTC)), write=True
    )


@dataclass(frozen=True, slots=True)
class _Spot:
    """A line in which a coding can lie."""

    session_id: int
    transcript_id: int
    version: int
    status: Status
    segment_version_id: int
    released_version: int
    text: str
    interview: str


Key = tuple[int, str, int, int, int]
"""Coder, code, segment version, start, end."""


def _take(session: Session, study: str, gathered: Gathered, store: str, round: int, at: datetime) -> Taken:
    spots, codes = _spots(session, study), _code_rows(session, study)
    wanted, unread = _wanted(session, study, gathered, store, spots, codes)
    known = _stored(session, study, store, round)
    made = {key: _row(pair, coder=key[0], code=codes[key[1]], store=store, round=round, at=at)
            for key, pair in wanted.items() if key not in known}  # fmt: skip
    new = list(made.values())
    session.add_all(new)
    session.flush()
    there = {**{key: coding for key, (coding, _) in known.items()}, **made}
    notes = noted(session, {there[key].id: coding.memo for key, (coding, _) in wanted.items()}, at)
    gone, lost = _gone(known, wanted, _waiting(session))
    for coding_row in gone:
        coding_row.deleted_at = at
    _carry_forward(session, new, spots)
    vanished = tuple(sorted((session.get_one(Coder, id).name, where, count) for (id, where), count in lost.items()))
    if new or gone or notes:
        facts = {"store": store, "round": round, "new": len(new), "gone": len(gone), "unread": len(unread)}
        audit.append(session, at, "pipeline", "collect", study, facts)
    return Taken(len(new), len(wanted) - len(new), len(gone), vanished, unread)


def _wanted(
    session: Session,
    study: str,
    gathered: Gathered,
    store: str,
    spots: Mapping[str, Sequence[_Spot]],
    codes: Mapping[str, int],
) -> tuple[dict[Key, tuple[Gathering, _Spot]], tuple[Unread, ...]]:
    """The codings that have a line and a code here, with their lines; and the rows that do not come in."""
    wanted: dict[Key, tuple[Gathering, _Spot]] = {}
    unread, coders = list(gathered.unread), dict[str, int]()
    for number, coding in enumerate(gathered.codings, start=1):
        spot = _spot(coding, spots.get(coding.segment, ())) if coding.code in codes else Why.UNKNOWN_CODE
        if isinstance(spot, Why):
            unread.append(Unread(f"{store} {number}", spot, coding.coder))
            continue
        name = normal_text(coding.coder).strip()
        if name not in coders:
            coders[name] = row(session, Coder, study_id=row(session, Study, code=study).id, name=name).id
        wanted[coders[name], coding.code, spot.segment_version_id, coding.start, coding.end] = coding, spot
    return wanted, tuple(unread)


def _spots(session: Session, study: str) -> dict[str, list[_Spot]]:
    """Every line of every release of the study, newest release first, by segment."""
    rows = session.execute(
        select(Segment.uid, Transcript, TranscriptLine, SegmentVersion, Participant.code, InterviewSession.code)
        .join(SegmentVersion, SegmentVersion.segment_id == Segment.id)
        .join(TranscriptLine, TranscriptLine.segment_version_id == SegmentVersion.id)
        .join(Transcript, Transcript.id == TranscriptLine.transcript_id)
        .join(InterviewSession, InterviewSession.id == Transcript.session_id)
        .join(Participant, Participant.id == InterviewSession.participant_id)
        .join(Study, Study.id == Participant.study_id)
        .where(Study.code == study)
        .order_by(Transcript.version.desc())
    )
    found: dict[str, list[_Spot]] = defaultdict(list)
    for uid, transcript, line, version, participant, code in rows:
        interview = f"{study}-{participant}-{code}"
        found[uid].append(
            _Spot(
                transcript.session_id,
                transcript.id,
                transcript.version,
                transcript.status,
                version.id,
                line.released_version,
                version.text,
                interview,
            )
        )
    return found


def _spot(coding: Gathering, spots: Sequence[_Spot]) -> _Spot | Why:
    """The line that the coder had before them: of that version, else any that reads so there; or why there is none.

    The newest of several that say the same. A segment id that several interviews have is no one's.
    """
    if not spots:
        return Why.UNKNOWN_DOCUMENT
    if len({spot.session_id for spot in spots}) > 1:
        return Why.UNREADABLE
    fitting = [spot for spot in spots if reads(spot.text[coding.start : coding.end], coding.quote)]
    if fitting:
        return next((spot for spot in fitting if spot.released_version == coding.version), fitting[0])
    return Why.OUT_OF_RANGE if all(coding.end > len(spot.text) for spot in spots) else Why.CHANGED_DOCUMENT


def _code_rows(session: Session, study: str) -> dict[str, int]:
    """The row of each code, by uid: that of the newest codebook which has it."""
    return {uid: id for uid, id, _ in codes_ever(session, study)}


def _stored(session: Session, study: str, store: str, round: int) -> dict[Key, tuple[Coding, str]]:
    """What was taken from there before and not taken back, with its interview."""
    rows = session.execute(
        select(Coding, Code.uid, Participant.code, InterviewSession.code)
        .join(Code, Code.id == Coding.code_id)
        .join(Transcript, Transcript.id == Coding.transcript_id)
        .join(InterviewSession, InterviewSession.id == Transcript.session_id)
        .join(Participant, Participant.id == InterviewSession.participant_id)
        .join(Study, Study.id == Participant.study_id)
        .where(Study.code == study, Coding.store == store, Coding.round == round, Coding.deleted_at.is_(None))
    )
    return {
        (coding.coder_id, uid, coding.segment_version_id, coding.start_cp, coding.end_cp): (
            coding,
            f"{study}-{participant}-{code}",
        )
        for coding, uid, participant, code in rows
    }


def _row(pair: tuple[Gathering, _Spot], *, coder: int, code: int, store: str, round: int, at: datetime) -> Coding:
    coding, spot = pair
    return Coding(
        code_id=code,
        coder_id=coder,
        transcript_id=spot.transcript_id,
        segment_version_id=spot.segment_version_id,
        start_cp=coding.start,
        end_cp=coding.end,
        exact=spot.text[coding.start : coding.end],  # what was blotted out since must not come back with a quote
        prefix=spot.text[max(0, coding.start - CONTEXT) : coding.start],
        suffix=spot.text[coding.end : coding.end + CONTEXT],
        created_at=at,
        round=round,
        store=store,
    )


def _waiting(session: Session) -> set[int]:
    """Codings that a release could not carry for sure: packages of that release do not hold them."""
    unsettled = (
        select(Carrying.coding_id)
        .join(Transcript, Transcript.id == Carrying.transcript_id)
        .where(Carrying.settled_by.is_(None), Transcript.status != Status.SUPERSEDED)
    )
    return set(session.scalars(unsettled.where(Carrying.state.in_((Anchor.FUZZY, Anchor.ORPHAN)))))


def _gone(
    known: dict[Key, tuple[Coding, str]], wanted: Mapping[Key, tuple[Gathering, _Spot]], waiting: Collection[int]
) -> tuple[list[Coding], dict[tuple[int, str], int]]:
    """What their coders took back; and the coder and interview of which nothing came, with how many there were.

    One that is `waiting` for a person is taken back by that person alone: its coder may never have had it.
    """
    there = {(key[0], spot.interview) for key, (_, spot) in wanted.items()}
    missing = [(key[0], *known[key]) for key in known.keys() - wanted.keys() if known[key][0].id not in waiting]
    gone = [coding for coder, coding, interview in missing if (coder, interview) in there]
    return gone, Counter((coder, interview) for coder, _, interview in missing if (coder, interview) not in there)


def _carry_forward(session: Session, new: Sequence[Coding], spots: Mapping[str, Sequence[_Spot]]) -> None:
    """Codings of releases that are not the newest any more go where a release would have carried them."""
    newest: dict[int, _Spot] = {}
    of_transcript: dict[int, int] = {}
    for each in (spot for some in spots.values() for spot in some):
        of_transcript[each.transcript_id] = each.session_id
        if each.session_id not in newest or newest[each.session_id].version < each.version:
            newest[each.session_id] = each
    old: dict[int, list[Coding]] = defaultdict(list)
    for coding in new:
        target = newest[of_transcript[coding.transcript_id]].transcript_id
        if target != coding.transcript_id:
            old[target].append(coding)
    for transcript_id, codings in old.items():
        carry_to(session, codings, session.get_one(Transcript, transcript_id))
