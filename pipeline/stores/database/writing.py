"""Writing a release into the coding store, inside a transaction that somebody else opens and commits.

Every function adds rows for what is not there yet and leaves what is: the second release of an interview re-uses the
identities of its segments, and the versions of those that did not change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pipeline.interview import normal_text
from pipeline.stores.database import audit
from pipeline.stores.database.carried import carry_all
from pipeline.stores.database.columns import Base, How, Status
from pipeline.stores.database.numbering import numbered
from pipeline.stores.database.reading import transcripts_of
from pipeline.stores.database.schema import (
    Gap,
    GuideQuestion,
    InterviewSession,
    Lineage,
    Participant,
    ParticipantAttribute,
    Recording,
    Segment,
    SegmentVersion,
    Speaker,
    Study,
    Transcript,
    TranscriptLine,
)
from pipeline.transcript import Line, Provenance, Released

Row = TypeVar("Row", bound=Base)


def record(
    session: Session, released: Released, release_sha256: str, at: datetime, questions: Sequence[str] = ()
) -> int:
    """Write `released` as the current transcript of its interview, its codings laid on it; the version that it got.

    A release that the store knows already changes nothing, even one that was superseded or withdrawn since: text that
    was taken back does not return because something is sent twice.
    """
    known = transcripts_of(released.interview).where(Transcript.release_sha256 == release_sha256)
    if transcript := session.scalar(known):
        return transcript.version
    interview = interview_session(session, released)
    transcript = new_transcript(session, interview, released, release_sha256, at)
    session.add_all(transcript_lines(session, interview, transcript, released))
    session.add_all(lineage(transcript, released))
    session.add_all(gaps(transcript, released))
    session.add_all(
        GuideQuestion(transcript_id=transcript.id, number=number, text=normal_text(asked))
        for number, asked in enumerate(questions, start=1)
    )
    session.flush()
    carried = carry_all(session, transcript)
    facts = {
        "version": transcript.version,
        "release_sha256": release_sha256,
        "lines": len(released.lines),
        "gaps": len(released.gaps),
        **({"codings": carried} if any(carried.values()) else {}),
    }
    audit.append(session, at, "pipeline", "publish", str(released.interview), facts)
    return transcript.version


def row(session: Session, table: type[Row], **key: object) -> Row:
    """The row of `table` with this key, made where there is none."""
    found = session.scalar(select(table).filter_by(**key))
    if found is None:
        found = table(**key)
        session.add(found)
        session.flush()
    return found


def milliseconds(seconds: float) -> int:
    """Whole milliseconds."""
    return round(seconds * 1000)


def interview_session(session: Session, released: Released) -> InterviewSession:
    """The row of the interview; its date and its participant's attributes become those of this release."""
    study = row(session, Study, code=released.interview.study)
    participant = row(session, Participant, study_id=study.id, code=released.interview.participant)
    interview = row(session, InterviewSession, participant_id=participant.id, code=released.interview.session)
    interview.recorded_on = released.recorded_on
    wanted = dict(released.attributes)
    of_participant = select(ParticipantAttribute).where(ParticipantAttribute.participant_id == participant.id)
    for attribute in session.scalars(of_participant):
        if attribute.name in wanted:
            attribute.value = wanted.pop(attribute.name)
        else:
            session.delete(attribute)
    session.add_all(
        ParticipantAttribute(participant_id=participant.id, name=name, value=value) for name, value in wanted.items()
    )
    return interview


def new_transcript(
    session: Session, interview: InterviewSession, released: Released, release_sha256: str, at: datetime
) -> Transcript:
    """The transcript's row: the next version, child of the newest one; what was current is superseded first."""
    of_interview = select(Transcript).where(Transcript.session_id == interview.id)
    parent = session.scalar(of_interview.order_by(Transcript.version.desc()).limit(1))
    current = Transcript.session_id == interview.id, Transcript.status == Status.CURRENT
    session.execute(update(Transcript).where(*current).values(status=Status.SUPERSEDED))
    made_by = released.provenance
    recording = row(
        session,
        Recording,
        session_id=interview.id,
        sha256=made_by.recording_sha256,
        duration_ms=milliseconds(made_by.seconds),
    )
    whole_text = "\n".join(normal_text(line.text) for line in released.lines)
    transcript = Transcript(
        session_id=interview.id,
        recording_id=recording.id,
        parent_id=parent.id if parent else None,
        version=parent.version + 1 if parent else 1,
        status=Status.CURRENT,
        release_sha256=release_sha256,
        text_sha256=hashlib.sha256(whole_text.encode()).hexdigest(),
        demo_grade=made_by.demo_grade,
        provenance=plain(made_by),
        published_at=at,
    )
    session.add(transcript)
    session.flush()
    return transcript


def plain(provenance: Provenance) -> dict[str, Any]:
    """`provenance` as JSON values; engines by the step that they did."""
    return {
        **asdict(provenance),
        "engines": {step: asdict(engine) for step, engine in provenance.engines},
        "approved_at": provenance.approved_at.isoformat(),
    }


def transcript_lines(
    session: Session, interview: InterviewSession, transcript: Transcript, released: Released
) -> list[TranscriptLine]:
    """The lines of the transcript, each with the version of its segment."""
    versions = segment_versions(session, interview, released.lines)
    return [
        TranscriptLine(
            transcript_id=transcript.id,
            line=line.line,
            segment_version_id=version.id,
            question=line.question,
            released_version=line.version,
        )
        for line, version in zip(released.lines, versions, strict=True)
    ]


def segment_versions(session: Session, interview: InterviewSession, lines: Sequence[Line]) -> list[SegmentVersion]:
    """A version for each line: the one that its segment has with these words, times and speaker, or a new one."""
    segments = identities(session, interview, lines)
    voices = dict.fromkeys((line.speaker, line.role) for line in lines)
    speakers = {
        (label, role): row(session, Speaker, session_id=interview.id, label=label, role=role).id
        for label, role in voices
    }
    stored = session.scalars(
        select(SegmentVersion).join(Segment).where(Segment.session_id == interview.id).order_by(SegmentVersion.version)
    ).all()
    known = {content(version): version for version in stored}
    newest = {version.segment_id: version.version for version in stored}
    chosen = []
    for line in lines:
        wanted = SegmentVersion(
            segment_id=segments[line.id],
            version=newest.get(segments[line.id], 0) + 1,
            speaker_id=speakers[line.speaker, line.role],
            start_ms=milliseconds(line.start),
            end_ms=milliseconds(line.end),
            text=normal_text(line.text),
            replaced=line.replaced,
        )
        chosen.append(known.get(content(wanted), wanted))
    session.add_all(chosen)
    session.flush()
    return chosen


def content(version: SegmentVersion) -> tuple[object, ...]:
    """What makes two versions of a segment one."""
    spoken = version.speaker_id, version.start_ms, version.end_ms, version.text, version.replaced
    return version.segment_id, *spoken


def identities(session: Session, interview: InterviewSession, lines: Sequence[Line]) -> dict[str, int]:
    """The row number of every segment of the session by its minted id; new ones are made, with their numbers."""
    of_interview = select(Segment).where(Segment.session_id == interview.id)
    known = {segment.uid: segment.number for segment in session.scalars(of_interview)}
    new = numbered([line.id for line in lines], known)
    session.add_all(Segment(session_id=interview.id, uid=uid, number=number) for uid, number in new.items())
    session.flush()
    return {segment.uid: segment.id for segment in session.scalars(of_interview)}


def lineage(transcript: Transcript, released: Released) -> list[Lineage]:
    """A row for each ancestor of each segment; one without an ancestor for a segment that has none."""
    return [
        Lineage(transcript_id=transcript.id, segment_uid=descent.id, how=How(descent.how), ancestor_uid=ancestor)
        for descent in released.lineage
        for ancestor in (descent.ancestors or (None,))
    ]


def gaps(transcript: Transcript, released: Released) -> list[Gap]:
    """The gap ledger's rows."""
    return [
        Gap(
            transcript_id=transcript.id,
            start_ms=milliseconds(gap.start),
            end_ms=milliseconds(gap.end),
            reason=gap.reason,
        )
        for gap in released.gaps
    ]
