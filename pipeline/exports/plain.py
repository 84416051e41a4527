"""Plain text as Korean qualitative studies read it: numbered lines, 연구자/참여자, times, the guide's questions."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.printing import Convention, Heading, clock, gap_mark, head, labels, rows, shown
from pipeline.speech import Gap
from pipeline.transcript import Released


def rendered(released: Released, convention: Convention) -> bytes:
    """UTF-8 with LF line ends."""
    above = [f"# {line}" for line in head(released)]
    return ("\n".join([*above, "", *_body(released, convention)]) + "\n").encode()


def _body(released: Released, convention: Convention) -> Iterator[str]:
    called = dict(zip(released.lines, labels(released, convention), strict=True))
    for row in rows(released):
        if isinstance(row, Heading):
            yield f"## 질문 {row.question}"
        elif isinstance(row, Gap):
            yield f"     {gap_mark(row)}"
        else:
            yield f"{row.line:04d} [{clock(row.start)}] {called[row]}: {shown(row.text)}"
