"""Excel (.xlsx): a study's lines on one sheet, its interviews, the code tree and the coder's own codings on others."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.archives import settled
from pipeline.package import Package
from pipeline.printing import fine_clock, labels, notices, shown
from pipeline.transcript import Released
from pipeline.workbook import LONGEST, Page, written

LINE_HEAD = ("면담", "줄", "시작", "끝", "화자", "역할", "질문", "말", "id", "판")
INTERVIEW_HEAD = ("면담", "참여자", "녹음일", "길이", "원고", "승인", "승인일", "알림")
CODE_HEAD = ("코드", "상위 코드", "경로", "설명", "색", "id")
CODING_HEAD = ("면담", "줄", "코드", "인용", "시작 글자", "끝 글자", "코더", "줄 id", "코드 id")
WIDTHS = {"말": 90, "인용": 70, "설명": 50, "경로": 40, "id": 38, "줄 id": 38, "면담": 18, "시작": 13, "끝": 13}
MOST = LONGEST // 2
"""Characters in a cell, however many of them count double."""


def rendered(package: Package) -> bytes:
    """The same bytes for the same package. Words too long for a cell go on in further rows of their line."""
    names = tuple(dict.fromkeys(name for released in package.releases for name, _ in released.attributes))
    lines = (row for released in package.releases for row in _lines(released, package))
    interviews = (_interview(released, names) for released in package.releases)
    pages = [
        Page("원고", LINE_HEAD, lines, WIDTHS),
        Page("면담", (*INTERVIEW_HEAD, *map(shown, names)), interviews, WIDTHS),
    ]
    if package.codebook:
        pages += [
            Page("코드", CODE_HEAD, _codes(package), WIDTHS),
            Page("코딩", CODING_HEAD, _codings(package), WIDTHS),
        ]
    return settled(written(pages, package.at))


def pieces(text: str) -> Iterator[str]:
    """`text` in pieces that a cell can hold; one, empty, of an empty one."""
    for start in range(0, max(1, len(text)), MOST):
        yield text[start : start + MOST]


def _lines(released: Released, package: Package) -> Iterator[tuple[str | int, ...]]:
    for line, label in zip(released.lines, labels(released, package.convention), strict=True):
        times = fine_clock(line.start), fine_clock(line.end)
        for piece in pieces(shown(line.text)):
            about = (str(released.interview), line.line, *times, label, line.role.value, line.question)
            yield *about, piece, line.id, line.version


def _interview(released: Released, names: tuple[str, ...]) -> tuple[str | float, ...]:
    made, values = released.provenance, dict(released.attributes)
    return (
        str(released.interview),
        released.interview.participant,
        released.recorded_on.isoformat() if released.recorded_on else "",
        round(made.seconds, 1),
        made.draft_sha256[:12],
        shown(made.approved_by),
        f"{made.approved_at:%Y-%m-%d}",
        " · ".join(notices(released)),
        *(shown(values.get(name, "")) for name in names),
    )


def _codes(package: Package) -> Iterator[tuple[str, ...]]:
    assert package.codebook is not None  # asked by the caller
    for _, code in package.codebook.walk():
        path = [shown(one.name) for one in package.codebook.path(code.id)]
        above = path[-2] if len(path) > 1 else ""
        yield shown(code.name), above, " > ".join(path), shown(code.description), code.colour, code.id


def _codings(package: Package) -> Iterator[tuple[str | int, ...]]:
    assert package.codebook is not None
    names = {code.id: shown(code.name) for code in package.codebook.codes}
    for coding, released, line in package.placed():
        where = str(released.interview), line.line, names.get(coding.code, "")
        for piece in pieces(shown(coding.quote)):
            yield *where, piece, coding.start, coding.end, shown(coding.coder), coding.segment, coding.code
