"""The correction sheet: a workbook in which a reviewer reads lines beside the draft, mends words, decides on names.

It holds raw text: it is written 0600 into the home's review folder and removed once imported. Cells are text, never
formulas. Only the columns with a yellow head are read back; ids and rows must stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from pipeline import workbook
from pipeline.errors import CorrectionsInvalid
from pipeline.interview import Role, normal_text
from pipeline.people import Choice, Entry
from pipeline.transcript import (
    Corrections,
    Label,
    Mention,
    Mentions,
    Pseudonymized,
    Reviewed,
    Ruling,
    Segment,
    State,
    Stretch,
    TextCorrection,
)
from pipeline.workbook import Page, shown

LINES, NAMES, SPEAKERS, STAND_INS = "원고", "이름", "화자", "가명"
LINE_HEAD = ("줄", "시각", "화자", "들은 말", "고친 말", "가명 원고", "들어볼 곳", "까닭", "id")
NAME_HEAD = ("줄", "표현", "종류", "상태", "점수", "결정", "고친 종류", "앞뒤", "id")
SPEAKER_HEAD = ("화자", "역할")
STAND_IN_HEAD = ("id", "가명", "부르는 말", "종류", "새 가명")
EDITABLE = {"고친 말", "결정", "고친 종류", "역할", "새 가명"}
DECISIONS = {"가림": True, "둠": False}
"""A reviewer's words: replace it, or leave it as it stands. Empty: as the machine proposes."""
WIDTHS = {"들은 말": 70, "고친 말": 70, "가명 원고": 70, "앞뒤": 50, "까닭": 20, "id": 38}
REASONS = {
    "words": "불확실한 말",
    "overlap": "겹친 말",
    "gap": "안 들린 말",
    "hallucination": "지어낸 말 의심",
    "speaker": "화자 불확실",
}
"""Why a stretch is on the listen-here list, as people read it."""
AROUND = 12
LEAST_SECONDS = 0.01
"""A line without length is heard where it stands."""


def clock(seconds: float) -> str:
    """``0:12:31``."""
    return str(timedelta(seconds=int(seconds)))


def in_korean(reasons: Iterable[str]) -> str:
    """A stretch's reasons, as people read them."""
    return ", ".join(REASONS.get(reason, reason) for reason in reasons)


def lines_of(stretch: Stretch, segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """The lines that are heard in it, even in part."""
    return tuple(s for s in segments if s.start < stretch.end and stretch.start < max(s.end, s.start + LEAST_SECONDS))


def written(
    reviewed: Reviewed,
    mentions: Mentions,
    draft: Pseudonymized,
    listen: Sequence[Stretch] = (),
    named: Sequence[Entry] = (),
) -> bytes:
    """The workbook (.xlsx). `listen` is the listen-here list: a line bears the rank of the best stretch in it.

    `named` are the entries of the register that are named in the interview.
    """
    drafted = {line.id: line.text for line in draft.lines}
    segments = {segment.id: segment for segment in reviewed.segments}
    ranks: dict[str, tuple[int, str]] = {}
    for rank, stretch in enumerate(listen, start=1):
        for segment in lines_of(stretch, reviewed.segments):
            ranks.setdefault(segment.id, (rank, in_korean(stretch.reasons)))
    lines = [
        (s.line, clock(s.start), s.speaker, s.text, "", drafted.get(s.id, ""), *ranks.get(s.id, ("", "")), s.id)
        for s in reviewed.segments
    ]
    rows = (
        _name_row(mention, segments[mention.segment].line, segments[mention.segment].text)
        for mention in mentions.mentions
    )
    names = sorted(rows, key=lambda row: (row[3] != State.DOUBTFUL.value, row[0]))
    roles = tuple(dict.fromkeys((segment.speaker, segment.role.value) for segment in reviewed.segments))
    called = [(entry.id, entry.stand_in, ", ".join(entry.forms), entry.label.value, "") for entry in named]
    filled = (LINES, LINE_HEAD, lines), (NAMES, NAME_HEAD, names), (SPEAKERS, SPEAKER_HEAD, roles)
    pages = (*filled, (STAND_INS, STAND_IN_HEAD, called))
    return workbook.written(Page(title, head, rows, WIDTHS, EDITABLE) for title, head, rows in pages)


def _name_row(mention: Mention, line: int, text: str) -> tuple[Any, ...]:
    around = text[max(0, mention.start - AROUND) : mention.end + AROUND]
    label, state = mention.label.value, mention.state.value
    return line, mention.text, label, state, round(mention.score, 2), "", "", around, mention.segment


def read(path: Path, reviewed: Reviewed, mentions: Mentions, actor: str) -> Corrections:
    """The corrections in an edited workbook.

    Raises CorrectionsInvalid for a row deleted or added, and for an edit of what is not to be edited.
    """
    lines, names, speakers = _pages(path)
    order = {segment.id: place for place, segment in enumerate(reviewed.segments)}
    lines.sort(key=lambda row: order.get(row["id"], len(order)))  # whoever listens by rank sorts the page
    _check(path, LINES, lines, [(s.id, s.text) for s in reviewed.segments], "들은 말")
    in_order = sorted(names, key=lambda row: _key(row["id"], row["표현"]))
    _check(
        path, NAMES, in_order, sorted(((m.segment, m.text) for m in mentions.mentions), key=lambda m: _key(*m)), "표현"
    )
    if [row["화자"] for row in speakers] != list(dict.fromkeys(shown(s.speaker) for s in reviewed.segments)):
        raise CorrectionsInvalid(path=path, where=f"{SPEAKERS}: 화자")
    texts = {segment.id: segment.text for segment in reviewed.segments}
    quotes = {_key(mention.segment, mention.text): mention.text for mention in mentions.mentions}
    changed = tuple(
        TextCorrection(row["id"], texts[row["id"]], after)
        for row in lines
        if (after := normal_text(row["고친 말"]).strip()) and after != texts[row["id"]]
    )
    rulings = tuple(r for row in names if (r := _ruling(row, quotes[_key(row["id"], row["표현"])], path)) is not None)
    return Corrections(changed, rulings, tuple(_role(row, path) for row in speakers), actor)


def choices(path: Path, known: Iterable[str]) -> tuple[Choice, ...]:
    """The stand-ins that the reviewer chose; a row that is gone chooses nothing, nor does one without a new one.

    Raises CorrectionsInvalid for an id that is none of `known`, the register's, or stands twice.
    """
    rows = list(enumerate(_page(path, STAND_INS, STAND_IN_HEAD), start=2))
    ids, seen = set(known), set[str]()
    for number, row in rows:
        if row["id"] not in ids - seen:
            raise CorrectionsInvalid(path=path, where=f"{STAND_INS} {number}: id")
        seen.add(row["id"])
    return tuple(Choice(number, row["id"], row["가명"], row["새 가명"]) for number, row in rows if row["새 가명"])


_PARTS = ((LINES, LINE_HEAD), (NAMES, NAME_HEAD), (SPEAKERS, SPEAKER_HEAD))


def _page(path: Path, title: str, head: tuple[str, ...]) -> list[dict[str, str]]:
    (rows,) = _pages(path, ((title, head),))
    return rows


def _pages(path: Path, parts: tuple[tuple[str, tuple[str, ...]], ...] = _PARTS) -> tuple[list[dict[str, str]], ...]:
    try:
        with path.open("rb") as file, closing(load_workbook(file, read_only=True, data_only=True)) as book:
            return tuple(_rows(book, *part) for part in parts)
    except (OSError, KeyError, BadZipFile, InvalidFileException, ValueError, SyntaxError) as error:  # XML: SyntaxError
        raise CorrectionsInvalid(path=path, where=type(error).__name__) from None


def _key(id: str, text: str) -> tuple[str, tuple[str, ...]]:
    """A row's identity; spreadsheet programs may change white space."""
    return id, tuple(shown(text).split())


def _check(path: Path, title: str, rows: list[dict[str, str]], known: Sequence[tuple[str, str]], column: str) -> None:
    """Every row that was written is there, and says what it said."""
    if len(rows) != len(known):
        raise CorrectionsInvalid(path=path, where=f"{title}: {len(rows)}/{len(known)}")
    for row, (id, text) in zip(rows, known, strict=True):
        if _key(row["id"], row[column]) != _key(id, text):
            raise CorrectionsInvalid(path=path, where=f"{title} {row['줄']}: id, {column}")


def _rows(book: Any, title: str, head: tuple[str, ...]) -> list[dict[str, str]]:
    rows = book[title].iter_rows(values_only=True)
    if tuple(next(rows, ()))[: len(head)] != head:
        raise ValueError(title)
    filled = (row for row in rows if any(value is not None for value in row))
    return [{name: "" if v is None else str(v) for name, v in zip(head, row, strict=False)} for row in filled]


def _ruling(row: dict[str, str], quote: str, path: Path) -> Ruling | None:
    decision, label = row["결정"].strip(), row["고친 종류"].strip().upper() or row["종류"]
    if not decision:
        return None
    if decision not in DECISIONS or label not in Label.__members__:
        raise CorrectionsInvalid(path=path, where=f"{NAMES} {row['줄']}: {'/'.join(DECISIONS)}, {'/'.join(Label)}")
    return Ruling(row["id"], quote, Label(label) if DECISIONS[decision] else None)


def _role(row: dict[str, str], path: Path) -> tuple[str, Role]:
    role = row["역할"].strip()
    if role not in {role.value for role in Role}:
        raise CorrectionsInvalid(path=path, where=f"{SPEAKERS}: {'/'.join(Role)}")
    return row["화자"], Role(role)
