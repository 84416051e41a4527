"""Codings of earlier transcripts of a session, carried to its newest one; in the transaction that writes that one.

A coding keeps its own row as it was made. Where it went is a `Carrying` for each later transcript, so that nothing is
lost by a release that turns out wrong: the next one starts from wherever the coding was last found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.coding.anchors import Anchor, Carried, Passage, Place
from pipeline.coding.carrying import carry, descent
from pipeline.interview import InterviewId
from pipeline.stores.database.columns import Status
from pipeline.stores.database.schema import (
    CarriedPlace,
    Carrying,
    Code,
    Coder,
    Coding,
    InterviewSession,
    Lineage,
    Participant,
    Segment,
    SegmentVersion,
    Speaker,
    Study,
    Transcript,
    TranscriptLine,
)


def carry_all(session: Session, transcript: Transcript) -> dict[str, int]:
    """Lay every coding of the session that is on an older transcript on `transcript`; how many in which state.

    Those that it has already are left as they are.
    """
    older = select(Transcript.id).where(
        Transcript.session_id == transcript.session_id, Transcript.version < transcript.version
    )
    done = select(Carrying.coding_id).where(Carrying.transcript_id == transcript.id)
    codings = session.scalars(
        select(Coding).where(Coding.transcript_id.in_(older), Coding.deleted_at.is_(None), Coding.id.not_in(done))
    ).all()
    return carry_to(session, codings, transcript)


def carry_to(session: Session, codings: Sequence[Coding], transcript: Transcript) -> dict[str, int]:
    """Lay these codings, each from where it was last found, on `transcript`; how many in which state."""
    counts = dict.fromkeys((anchor.value for anchor in Anchor), 0)
    new, versions = lines_of(session, transcript.id)
    texts = {line.segment: line.text for line in new}
    for from_id, group in _last_found(session, codings, transcript).items():
        old, _ = lines_of(session, from_id)
        ancestors = _ancestors(session, from_id, transcript, {line.segment for line in old})
        found = carry([places for _, places in group], old, new, ancestors)
        for (coding, _), each in zip(group, found, strict=True):
            _write(session, coding, transcript.id, each, versions, texts)
            counts[each.state.value] += 1
    session.flush()
    return counts


def lines_of(session: Session, transcript_id: int) -> tuple[list[Passage], dict[str, int]]:
    """The lines of a transcript as codings meet them, and the segment version of each segment there."""
    rows = session.execute(
        select(SegmentVersion, Segment.uid, Speaker.role)
        .join(TranscriptLine, TranscriptLine.segment_version_id == SegmentVersion.id)
        .join(Segment, Segment.id == SegmentVersion.segment_id)
        .join(Speaker, Speaker.id == SegmentVersion.speaker_id)
        .where(TranscriptLine.transcript_id == transcript_id)
        .order_by(TranscriptLine.line)
    ).all()
    passages = [Passage(uid, v.start_ms, v.end_ms, v.text, role.value) for v, uid, role in rows]
    return passages, {uid: version.id for version, uid, _ in rows}


def _last_found(
    session: Session, codings: Sequence[Coding], transcript: Transcript
) -> dict[int, list[tuple[Coding, list[Place]]]]:
    """By the transcript in which it was last found, before `transcript`, each coding with its places there."""
    places: dict[int, dict[int, list[tuple[CarriedPlace, str]]]] = defaultdict(lambda: defaultdict(list))
    rows = session.execute(
        select(Carrying.coding_id, CarriedPlace, Segment.uid)
        .join(Carrying, Carrying.id == CarriedPlace.carrying_id)
        .join(Transcript, Transcript.id == Carrying.transcript_id)
        .join(SegmentVersion, SegmentVersion.id == CarriedPlace.segment_version_id)
        .join(Segment, Segment.id == SegmentVersion.segment_id)
        .where(Transcript.session_id == transcript.session_id, Transcript.version < transcript.version)
        .order_by(Transcript.version, CarriedPlace.part)
    )
    for coding_id, place, uid in rows:
        places[coding_id][place.transcript_id].append((place, uid))
    own = dict(
        session.execute(
            select(SegmentVersion.id, Segment.uid)
            .join(Segment, Segment.id == SegmentVersion.segment_id)
            .where(Segment.session_id == transcript.session_id)
        ).all()
    )
    groups: dict[int, list[tuple[Coding, list[Place]]]] = defaultdict(list)
    for coding in codings:
        at = coding.transcript_id
        found = [Place(own[coding.segment_version_id], coding.start_cp, coding.end_cp)]
        for later, parts in places[coding.id].items():
            at, found = later, [Place(uid, place.start_cp, place.end_cp) for place, uid in parts]
        groups[at].append((coding, found))
    return groups


def _ancestors(session: Session, from_id: int, to: Transcript, known: set[str]) -> dict[str, frozenset[str]]:
    """What each segment of `to` comes from in the transcript `from_id`, over all releases in between."""
    begin = session.get_one(Transcript, from_id).version
    between = session.scalars(
        select(Transcript)
        .where(Transcript.session_id == to.session_id, Transcript.version > begin, Transcript.version <= to.version)
        .order_by(Transcript.version)
    ).all()
    generations: dict[int, dict[str, list[str]]] = {each.id: defaultdict(list) for each in between}
    rows = session.scalars(select(Lineage).where(Lineage.transcript_id.in_(generations)).order_by(Lineage.id))
    for row in rows:
        above = generations[row.transcript_id][row.segment_uid]
        above += [row.ancestor_uid] if row.ancestor_uid else []
    return descent(list(generations.values()), known)


def _write(
    session: Session,
    coding: Coding,
    transcript_id: int,
    found: Carried,
    versions: dict[str, int],
    texts: dict[str, str],
) -> None:
    row = Carrying(
        coding_id=coding.id, transcript_id=transcript_id, state=found.state, likeness=round(100 * found.likeness)
    )
    session.add(row)
    session.flush()
    add_places(session, row, found.places, versions, texts)


def add_places(
    session: Session, row: Carrying, places: Iterable[Place], versions: dict[str, int], texts: dict[str, str]
) -> None:
    """The places of a carrying; `versions` and `texts` are those of its transcript, by segment."""
    session.add_all(
        CarriedPlace(
            carrying_id=row.id,
            part=part,
            transcript_id=row.transcript_id,
            segment_version_id=versions[place.segment],
            start_cp=place.start,
            end_cp=place.end,
            exact=texts[place.segment][place.start : place.end],
        )
        for part, place in enumerate(places, start=1)
    )


# --- the list for a person ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A coding of which a person has to say where it lies: where it was last, and where it may be now (or nowhere).

    `id` is of the carrying; `was` is what was coded, `around` its line as it read then; `segment`, `line` and `now`
    are of the first line in which it may be, `likeness` per cent.
    """

    id: int
    interview: InterviewId
    coder: str
    code: str
    state: Anchor
    was: str
    around: str
    segment: str
    line: str
    now: str
    likeness: int


def doubtful(session: Session, study: str) -> tuple[Doubtful, ...]:
    """The fuzzy codings and the orphans of the current transcripts that nobody has looked at yet, in order."""
    rows = session.execute(
        select(Carrying, Coding, Coder.name, Code.name, Participant.code, InterviewSession.code, SegmentVersion.text)
        .join(Coding, Coding.id == Carrying.coding_id)
        .join(Coder, Coder.id == Coding.coder_id)
        .join(Code, Code.id == Coding.code_id)
        .join(Transcript, Transcript.id == Carrying.transcript_id)
        .join(InterviewSession, InterviewSession.id == Transcript.session_id)
        .join(Participant, Participant.id == InterviewSession.participant_id)
        .join(Study, Study.id == Participant.study_id)
        .join(SegmentVersion, SegmentVersion.id == Coding.segment_version_id)
        .where(
            Study.code == study,
            Transcript.status == Status.CURRENT,
            Carrying.state.in_([Anchor.FUZZY, Anchor.ORPHAN]),
            Carrying.settled_by.is_(None),
            Coding.deleted_at.is_(None),
        )
        .order_by(Participant.code, InterviewSession.code, SegmentVersion.start_ms, Carrying.id)
    ).all()
    places = _first_places(session, [row[0].id for row in rows])
    return tuple(
        Doubtful(
            carrying.id,
            InterviewId(study, participant, code),
            coder,
            name,
            carrying.state,
            coding.exact,
            around,
            *places.get(carrying.id, ("", "", "")),
            carrying.likeness,
        )
        for carrying, coding, coder, name, participant, code, around in rows
    )


def _first_places(session: Session, carryings: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """(segment, number of its line, all of the words there) by carrying."""
    rows = session.execute(
        select(CarriedPlace, Segment.uid, Segment.number)
        .join(SegmentVersion, SegmentVersion.id == CarriedPlace.segment_version_id)
        .join(Segment, Segment.id == SegmentVersion.segment_id)
        .where(CarriedPlace.carrying_id.in_(carryings))
        .order_by(CarriedPlace.carrying_id, CarriedPlace.part)
    )
    found: dict[int, tuple[str, str, str]] = {}
    for place, uid, number in rows:
        segment, line, words = found.get(place.carrying_id, (uid, number, ""))
        found[place.carrying_id] = segment, line, f"{words} {place.exact}".strip()
    return found


def settle(session: Session, carrying_id: int, place: Place | None, actor: str, at: datetime) -> bool:
    """A person's word on where a carried coding lies: `place` in the transcript it was carried to; None: nowhere.

    False, and nothing changed, where there is no such carrying, or no such place in its transcript.
    """
    row = session.get(Carrying, carrying_id)
    if row is None:
        return False
    lines, versions = lines_of(session, row.transcript_id)
    texts = {line.segment: line.text for line in lines}
    if place and not 0 <= place.start < place.end <= len(texts.get(place.segment, "")):
        return False
    for old in session.scalars(select(CarriedPlace).where(CarriedPlace.carrying_id == row.id)):
        session.delete(old)
    session.flush()
    row.state, row.settled_by, row.settled_at = Anchor.MOVED if place else Anchor.ORPHAN, actor, at
    add_places(session, row, [place] if place else [], versions, texts)
    return True


def confirm(session: Session, carrying_id: int, actor: str, at: datetime) -> bool:
    """A person's word that a fuzzy coding lies where it was found; False where it was found nowhere."""
    row = session.get(Carrying, carrying_id)
    if row is None or row.state is Anchor.ORPHAN:
        return False
    row.state, row.settled_by, row.settled_at = Anchor.MOVED, actor, at
    return True
