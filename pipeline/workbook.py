"""Workbooks (.xlsx) whose cells are text, never formulas; written in memory, so that nothing lies in the clear."""

from __future__ import annotations

import io
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
LONGEST = 32_767
"""Characters in a cell; Excel counts UTF-16 units and calls a longer one damage."""


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet: its title, its head, its rows; `widths` of columns in characters, `editable` columns in yellow."""

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Any]]
    widths: Mapping[str, int] = field(default_factory=dict)
    editable: Container[str] = ()


def written(pages: Iterable[Page], at: datetime | None = None) -> bytes:
    """The workbook. Its properties name nobody; `at` is the only time in them (now, where it is None)."""
    book = Workbook(write_only=True)
    moment = (at or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.properties.creator, book.properties.created, book.properties.modified = "Chaerok", moment, moment
    for page in pages:
        _sheet(book, page)
    target = io.BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        _InMemory(book, archive).save()
    return target.getvalue()


class _InMemory(ExcelWriter):  # type: ignore[misc]  # openpyxl ships no types
    """openpyxl lays every page into the system's temporary folder first, in the clear. This keeps it in memory."""

    def write_worksheet(self, ws: Any) -> None:
        """Put the page, which `_sheet` gave a writer in memory, into the archive."""
        ws._drawing = SpreadsheetDrawing()
        ws.close()
        ws._rels = ws._writer._rels
        self._archive.writestr(ws.path[1:], ws._writer.read())
        self.manifest.append(ws)


def _sheet(book: Workbook, page: Page) -> None:
    sheet = book.create_sheet(page.title)
    sheet.freeze_panes = "A2"
    for index, name in enumerate(page.head, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = page.widths.get(name, 10)
    sheet._writer = WorksheetWriter(sheet, io.BytesIO())
    sheet._writer.write_top()
    sheet.append([_cell(sheet, name, page.editable, head=True) for name in page.head])
    filled = [[_cell(sheet, value) for value in row] for row in page.rows]
    for row in filled:
        sheet.append(row)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(page.head))}{len(filled) + 1}"


def _cell(sheet: Any, value: Any, editable: Container[str] = (), *, head: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, shown(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"  # a line that begins with "=" is what was said, not a formula
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if head:
        cell.font = Font(bold=True)
        if value in editable:
            cell.fill = PatternFill("solid", start_color="FFFF99")
    return cell


def shown(text: str) -> str:
    """`text` as a workbook can hold it: characters that XML does not know are replaced."""
    return UNSHOWABLE.sub("\ufffd", text)
