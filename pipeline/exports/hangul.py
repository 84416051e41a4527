"""Hangul (.hwpx): the transcript as text and headings, for readers whose word processor is 한컴오피스.

python-hwpx is a well-kept writer: typed, thousands of tests, its maintainers open what it writes in Hangul, and every
archive is checked before it is given. Hangul itself was not run here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from itertools import count

from hwpx import HwpxDocument

from pipeline.archives import settled
from pipeline.package import ORIGIN
from pipeline.printing import Convention, Heading, clock, gap_mark, head, labels, rows, shown
from pipeline.speech import Gap
from pipeline.transcript import Released

BODY = "바탕글"
"""The style of running text in Hangul's own template."""


def rendered(released: Released, convention: Convention) -> bytes:
    """The same bytes for the same release; its properties name the program and nobody else."""
    made = HwpxDocument.new()
    _properties(made, released)
    body, ids = made.styles.resolve(BODY), map(str, count(1))  # ids that the library draws by lot, counted
    title, *about = head(released)
    made.add_heading(title, level=1, id=next(ids))
    for line in (*about, *_body(released, convention)):
        if isinstance(line, Heading):
            made.add_heading(f"질문 {line.question}", level=2, id=next(ids))
        else:
            made.add_paragraph(
                line,
                inherit_style=False,  # what is inherited is sought in all paragraphs before
                style_id_ref=body.id,
                para_pr_id_ref=body.para_pr_id_ref,
                char_pr_id_ref=body.char_pr_id_ref,
                id=next(ids),
            )
    data = made.to_bytes()
    made.close()
    return settled(data, stored=("mimetype",))


def _properties(made: HwpxDocument, released: Released) -> None:
    at = f"{released.provenance.approved_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    made.parts.clear_document_metadata()
    made.parts.clear_preview()
    made.parts.set_document_metadata(title=str(released.interview), creator=ORIGIN, created_date=at, modified_date=at)


def _body(released: Released, convention: Convention) -> Iterator[str | Heading]:
    called = dict(zip(released.lines, labels(released, convention), strict=True))
    for row in rows(released):
        if isinstance(row, Heading):
            yield row
        elif isinstance(row, Gap):
            yield gap_mark(row)
        else:
            yield f"{row.line:04d} [{clock(row.start)}] {called[row]}: {shown(row.text)}"
