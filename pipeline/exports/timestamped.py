"""Plain text in the timestamp forms that NVivo and MAXQDA import. Neither program was run here: see docs/exports.md.

NVivo: tab-delimited lines with a timespan column, times without brackets to the tenth of a second, in order of time
(NVivo help, "Import transcripts"). MAXQDA: paragraphs that begin with ``[hh:mm:ss]``, as aTrain writes them for it.
"""

from __future__ import annotations

from pipeline.printing import Convention, clock, fine_clock, labels, notices, shown
from pipeline.transcript import Line, Released


def nvivo(released: Released, convention: Convention) -> bytes:
    """A head and a row a line: Timespan, Content, Speaker, Line; as many tabs in each. UTF-8 with a byte order mark."""
    rows = ["Timespan\tContent\tSpeaker\tLine"]
    rows += [f"00:00:00.0 - 00:00:00.0\t{notice}\t\t" for notice in notices(released)]
    for line, label in sorted(zip(released.lines, labels(released, convention), strict=True), key=_start):
        span = f"{fine_clock(line.start)[:-2]} - {fine_clock(max(line.start, line.end))[:-2]}"
        rows.append(f"{span}\t{shown(line.text)}\t{label}\t{line.line:04d}")
    return ("\n".join(rows) + "\n").encode("utf-8-sig")


def maxqda(released: Released, convention: Convention) -> bytes:
    """A paragraph a line, with a blank line between: ``[00:12:31] 참여자: 네``. UTF-8 with a byte order mark."""
    ordered = sorted(zip(released.lines, labels(released, convention), strict=True), key=_start)
    paragraphs = [f"{notice}\n" for notice in notices(released)]
    paragraphs += [f"[{clock(line.start)}] {label}: {shown(line.text)}\n" for line, label in ordered]
    return "\n".join(paragraphs).encode("utf-8-sig")


def _start(pair: tuple[Line, str]) -> float:
    return pair[0].start
