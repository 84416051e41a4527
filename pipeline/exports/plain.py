"""Plain text as Korean qualitative studies read it: numbered lines, 연구자/참여자, times, the guide's questions.

Speech that nobody understood has a line of its own; releases from before that had only the gap ledger, and its entries
stand between the lines. A heading says where the talk comes to another question of the guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pipeline.interview import Role
from pipeline.speech import Gap
from pipeline.transcript import AUTOMATIC, Line, Released

LABELS = {Role.INTERVIEWER: "연구자", Role.PARTICIPANT: "참여자"}


def clock(seconds: float) -> str:
    """``00:12:31``."""
    return f"{timedelta(seconds=int(seconds))!s:0>8}"


def label(line: Line) -> str:
    """Who speaks, as printed; an unknown role keeps the diarizer's label."""
    return LABELS.get(line.role, line.speaker)


def printed(item: Line | Gap) -> str:
    """One line of the file."""
    if isinstance(item, Gap):
        return f"     (잘 안 들림 {clock(item.start)})"
    return f"{item.line:04d} [{clock(item.start)}] {label(item)}: {item.text}"


def rendered(released: Released) -> bytes:
    """UTF-8 with LF line ends."""
    provenance = released.provenance
    head = [
        f"# {released.interview}",
        f"# 원고 {provenance.draft_sha256[:12]} · 승인 {provenance.approved_by} {provenance.approved_at:%Y-%m-%d}",
    ]
    if provenance.approved_by == AUTOMATIC:
        head.append("# 자동 공개: 사람이 확인하지 않은 원고")
    if provenance.demo_grade:
        head.append("# 시연 등급: 작은 가중치로 받아 적은 원고")
    if provenance.flags:
        head.append(f"# 확인 필요: {', '.join(provenance.flags)}")
    return ("\n".join([*head, "", *_body(released)]) + "\n").encode()


def _body(released: Released) -> Iterator[str]:
    starts = {line.start for line in released.lines}
    items: list[Line | Gap] = [*released.lines, *(gap for gap in released.gaps if gap.start not in starts)]
    question = 0
    for item in sorted(items, key=lambda item: item.start):
        if isinstance(item, Line) and item.question not in (0, question):
            question = item.question
            yield f"## 질문 {question}"
        yield printed(item)
