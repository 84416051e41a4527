"""Member checking: a participant's own pages as a Word document, the sheet for their answers, and its way back.

They get their own lines and the themes that quote them, nothing of anybody else's. Themes are rated from 1 to 4
(`validity.SCALE`), by hand on the paper or in the sheet.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.coding.sheets import rows_of
from pipeline.coding.themes import Theme
from pipeline.coding.validity import SCALE
from pipeline.errors import AnswersInvalid
from pipeline.interview import normal_text
from pipeline.workbook import Page, shown, written

ANSWERS = "응답"
HEAD = ("주제", "설명", "적절성(1-4)", "의견", "참여자", "코드 id")
EDITABLE = ("적절성(1-4)", "의견")


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A line of the participant: its interview, its number, what they said."""

    interview: str
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class Returned:
    """An answer that came back: how well the theme `code` fits, 1 to 4, and what was written beside it."""

    participant: str
    code: str
    relevance: int
    remark: str


def quoting(themes: Iterable[Theme], participant: str) -> tuple[Theme, ...]:
    """The themes that quote the participant."""
    return tuple(theme for theme in themes if participant in theme.participants)


def pages(participant: str, lines: Sequence[OwnLine], themes: Sequence[Theme]) -> bytes:
    """The document (.docx) for print: what they are asked, the themes with their quotes and a scale, their lines."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Pt

    document = Document()
    made = document.core_properties
    made.author, made.title, made.comments = "Chaerok", f"참여자 확인 {participant}", ""
    made.created = made.modified = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    font = document.styles["Normal"].font
    font.name, font.size = "Malgun Gothic", Pt(11)
    document.styles["Normal"].element.rPr.rFonts.set(qn("w:eastAsia"), "맑은 고딕")
    document.add_heading(f"참여자 확인: {shown(participant)}", level=1)
    document.add_paragraph(
        "면담에서 하신 말씀을 이렇게 이해했습니다. 주제마다 하신 말씀에 얼마나 맞는지 숫자에 표시해 주세요. "
        "고치거나 빼고 싶은 말이 있으면 줄 옆에 적어 주세요."
    )
    document.add_paragraph("   ".join(f"{mark} {said}" for mark, said in SCALE.items()))
    for theme in themes:
        document.add_heading(shown(theme.code.name), level=2)
        if theme.code.description:
            document.add_paragraph(shown(theme.code.description))
        for said in theme.said:
            if said.participant == participant:
                document.add_paragraph(shown(f"“{said.quote}” ({said.unit.rsplit(' ', 1)[-1]})"), style="List Bullet")
        document.add_paragraph("적절성:   " + "   ".join(f"□ {mark}" for mark in SCALE))
        document.add_paragraph("의견: " + "_" * 50)
    document.add_page_break()  # type: ignore[no-untyped-call]  # python-docx types the rest
    document.add_heading("하신 말씀", level=1)
    interview = ""
    for line in lines:
        if line.interview != interview:
            interview = line.interview
            document.add_heading(interview, level=2)
        document.add_paragraph(shown(f"{line.number}  {line.text}"))
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def answer_sheet(participant: str, themes: Sequence[Theme]) -> bytes:
    """The workbook for their answers, a row a theme."""
    rows = [(theme.code.name, theme.code.description, "", "", participant, theme.code.id) for theme in themes]
    widths = {"주제": 30, "설명": 50, "의견": 60, "적절성(1-4)": 14}
    return written([Page(ANSWERS, HEAD, rows, widths, EDITABLE)])


def answers(path: Path, known: Mapping[str, Iterable[str]]) -> tuple[Returned, ...]:
    """The answers in a sheet of ours, as .xlsx or as .csv with the same head; a theme without an answer is left out.

    `known` has the themes (ids) that each participant was asked about. Raises AnswersInvalid for a row of somebody or
    something else, a row twice, and an answer that is not 1, 2, 3 or 4.
    """
    asked = {who: set(codes) for who, codes in known.items()}
    found, seen = list[Returned](), set[tuple[str, str]]()
    for number, row in enumerate(_rows(path), start=2):
        who, code, said = row["참여자"].strip(), row["코드 id"].strip(), row["적절성(1-4)"].strip()
        if code not in asked.get(who, ()) or (who, code) in seen:
            raise AnswersInvalid(path=path, where=f"{ANSWERS} {number}: 참여자, 코드 id")
        seen.add((who, code))
        if not said:
            continue
        mark = said.removesuffix(".0")
        if mark not in map(str, SCALE):
            raise AnswersInvalid(path=path, where=f"{ANSWERS} {number}: 1, 2, 3, 4")
        found.append(Returned(who, code, int(mark), row["의견"].strip()))
    return tuple(found)


def _rows(path: Path) -> Iterable[Mapping[str, str]]:
    if path.suffix.lower() != ".csv":
        return rows_of(path, ANSWERS, HEAD)
    try:
        rows = list(csv.DictReader(io.StringIO(normal_text(path.read_text("utf-8-sig")))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AnswersInvalid(path=path, where=type(error).__name__) from None
    if any(set(HEAD) - row.keys() or None in row.values() for row in rows):
        raise AnswersInvalid(path=path, where=", ".join(HEAD))
    return rows
