"""Word (.docx): the transcript as studies print it. Segment numbers are text: Word's own count lines of the layout."""

from __future__ import annotations

import io
from datetime import UTC

from docx import Document
from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from pipeline.archives import settled
from pipeline.package import ORIGIN
from pipeline.printing import Convention, Heading, clock, gap_mark, head, labels, rows, shown
from pipeline.speech import Gap
from pipeline.transcript import Line, Released

FONT = "맑은 고딕"
GREY = RGBColor(0x80, 0x80, 0x80)
NUMBERS = Cm(3.2)
"""What stands out to the left of the words: number and time."""


def rendered(released: Released, convention: Convention) -> bytes:
    """The same bytes for the same release; its properties name the program and nobody else."""
    made = Document()
    _properties(made, released)
    _fonts(made)
    title, *about = head(released)
    made.add_heading(title, level=1)
    for line in about:
        made.add_paragraph(line).paragraph_format.space_after = Pt(0)
    called = dict(zip(released.lines, labels(released, convention), strict=True))
    for row in rows(released):
        if isinstance(row, Heading):
            made.add_heading(f"질문 {row.question}", level=2)
        elif isinstance(row, Gap):
            _hanging(made, "", gap_mark(row))
        else:
            _said(made, row, called[row])
    file = io.BytesIO()
    made.save(file)
    return settled(file.getvalue())


def _properties(made: Docx, released: Released) -> None:
    properties, at = made.core_properties, released.provenance.approved_at
    moment = at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties.author = properties.last_modified_by = ORIGIN
    properties.created = properties.modified = properties.last_printed = moment
    properties.title, properties.comments = str(released.interview), ""


def _fonts(made: Docx) -> None:
    """One font for Latin letters and Hangul: without eastAsia, Word falls back on one of its own."""
    for name in ("Normal", "Heading 1", "Heading 2"):
        style = made.styles[name]
        style.font.name = FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    made.styles["Normal"].font.size = Pt(10)


def _hanging(made: Docx, numbers: str, label: str, words: str = "") -> None:
    paragraph = made.add_paragraph()
    form = paragraph.paragraph_format
    form.left_indent, form.first_line_indent = NUMBERS, -NUMBERS
    form.tab_stops.add_tab_stop(NUMBERS)
    form.space_after, form.alignment = Pt(3), WD_ALIGN_PARAGRAPH.LEFT
    small = paragraph.add_run(f"{numbers}\t")
    small.font.size, small.font.color.rgb = Pt(8), GREY
    paragraph.add_run(label).bold = bool(words)
    if words:
        paragraph.add_run(words)


def _said(made: Docx, line: Line, label: str) -> None:
    _hanging(made, f"{line.line:04d} [{clock(line.start)}]", label, f": {shown(line.text)}")
