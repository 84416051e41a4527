"""`Pseudonymized` and `Approval` → `Released`: nothing leaves the vault that a person has not approved as it stands."""

from __future__ import annotations

from pipeline.errors import ApprovalStale
from pipeline.interview import EngineId, Recording, Source
from pipeline.transcript import Approval, Provenance, Pseudonymized, Released


def release(
    draft: Pseudonymized,
    approval: Approval,
    draft_sha256: str,
    source: Source,
    recording: Recording,
    engines: tuple[tuple[str, EngineId], ...],
) -> Released:
    """The draft, unchanged, with its provenance. Raises ApprovalStale where the approval names another draft."""
    if approval.draft_sha256 != draft_sha256:
        raise ApprovalStale(interview=draft.interview)
    provenance = Provenance(
        engines=engines,
        recording_sha256=recording.sha256,
        seconds=recording.seconds,
        draft_sha256=draft_sha256,
        approved_by=approval.actor,
        approved_at=approval.at,
        demo_grade=any(engine.demo_grade for _, engine in engines),
        flags=draft.flags,
    )
    return Released(
        interview=draft.interview,
        lines=draft.lines,
        gaps=draft.gaps,
        lineage=draft.lineage,
        attributes=source.sheet.attributes,
        provenance=provenance,
        recorded_on=source.sheet.recorded_on,
    )
