"""Workbooks for coders: the agreement of a round with its disagreements; and reading sheets of ours back.

Only columns with a yellow head are read back. Pseudonymized text stands in them: they are for coders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from pipeline.coding.agreement import Agreement, Disagreement, Figures
from pipeline.errors import AnswersInvalid
from pipeline.interview import normal_text
from pipeline.workbook import Page, written

DECISIONS = {"있음": True, "없음": False}
"""What coders agree on: the code applies to the line, or does not."""
FIGURE_HEAD = (
    "코드", "줄×코더", "쓰인 수", "둘 다", "첫째만", "둘째만", "아무도",
    "일치율", "양성 일치", "kappa", "kappa 95%", "alpha", "alpha 95%", "주의",
)  # fmt: skip
DISAGREEMENT_HEAD = ("면담과 줄", "말한 것", "코드", "한 사람", "안 한 사람", "결정", "코드 id")
WARNING = "일치율이 높은 까닭은 코드가 드물어서입니다"
WIDTHS = {"코드": 28, "말한 것": 80, "면담과 줄": 22, "한 사람": 14, "안 한 사람": 14, "주의": 40, "항목": 34, "값": 60}


@dataclass(frozen=True, slots=True)
class Compared:
    """Agreement of a round before coders talked, and after where they have; what they disagree on, and the texts."""

    before: Agreement
    after: Agreement | None
    disagreements: Sequence[Disagreement]
    texts: Mapping[str, str]
    names: Mapping[str, str]
    decided: Mapping[tuple[str, str], bool]


def agreement_book(compared: Compared) -> bytes:
    """The workbook of `chaerok agree`."""
    names = compared.names
    pages = [Page("요약", ("항목", "값"), _summary(compared), WIDTHS)]
    for title, agreement in (("코드별", compared.before), ("협의 뒤", compared.after)):
        if agreement:
            rows = [figure_row(each, names) for each in (agreement.overall, *agreement.codes)]
            pages.append(Page(title, FIGURE_HEAD, rows, WIDTHS))
    rows = [
        (
            each.unit,
            compared.texts.get(each.unit, ""),
            names.get(each.code, each.code),
            ", ".join(each.by),
            ", ".join(each.not_by),
            {True: "있음", False: "없음", None: ""}[compared.decided.get((each.unit, each.code))],
            each.code,
        )
        for each in compared.disagreements
    ]
    pages.append(Page("불일치", DISAGREEMENT_HEAD, rows, WIDTHS, ("결정",)))
    if compared.before.confused:
        first, second = compared.before.coders
        confused = [(names.get(a, a), names.get(b, b), count) for a, b, count in compared.before.confused]
        pages.append(Page("엇갈린 코드", (f"{first}만", f"{second}만", "줄"), confused, WIDTHS))
    return written(pages)


def _summary(compared: Compared) -> list[tuple[str, str | int]]:
    before = compared.before
    rows: list[tuple[str, str | int]] = [
        ("코더", ", ".join(before.coders)),
        ("면담", f"{len(before.interviews)}: {', '.join(before.interviews)}"),
        ("줄(분모)", before.units),
        ("분모에 든 줄", "참여자의 줄과, 누군가 코딩한 줄"),
        ("쓰인 코드", len(before.codes)),
        ("불일치", len(compared.disagreements)),
    ]
    for said, agreement in (("", before), ("협의 뒤 ", compared.after)):
        if agreement:
            rows += [
                (f"{said}일치율(줄×코드)", told(agreement.overall.percent, agreement.overall.percent_within)),
                (f"{said}모든 코드가 같은 줄", told(agreement.same_sets)),
                (f"{said}Cohen kappa(모두)", told(agreement.overall.kappa, agreement.overall.kappa_within)),
                (f"{said}Krippendorff alpha(모두)", told(agreement.overall.alpha, agreement.overall.alpha_within)),
                (f"{said}MASI alpha(코드 묶음)", told(agreement.masi, agreement.masi_within)),
            ]
    rare = sum(each.rare for each in before.codes)
    return [*rows, ("95% 구간", "면담을 단위로 한 부트스트랩"), (f"주의: {WARNING}", rare)]


def told(value: float | None, within: tuple[float, float] | None = None) -> str:
    """``.812 [.700, .901]``; a dash where it is not defined."""
    if value is None:
        return "-"
    return f"{value:.3f}" + (f" [{within[0]:.3f}, {within[1]:.3f}]" if within else "")


def figure_row(each: Figures, names: Mapping[str, str]) -> tuple[Any, ...]:
    """A row of the table by code; the pooled one is 모두."""
    within = [f"[{low:.3f}, {high:.3f}]" if pair else "" for pair in (each.kappa_within, each.alpha_within)
              for low, high in [pair or (0.0, 0.0)]]  # fmt: skip
    return (
        names.get(each.code, each.code) or "모두",
        each.ratings,
        each.used,
        *each.cells,
        _rounded(each.percent),
        _rounded(each.positive),
        _rounded(each.kappa),
        within[0],
        _rounded(each.alpha),
        within[1],
        WARNING if each.rare else "",
    )


def _rounded(value: float | None) -> float | str:
    return "-" if value is None else round(value, 3)


def decisions(path: Path) -> dict[tuple[str, str], bool]:
    """What coders decided in a workbook of `agreement_book`, by unit and code. Raises AnswersInvalid."""
    found = {}
    for number, row in enumerate(rows_of(path, "불일치", DISAGREEMENT_HEAD), start=2):
        word = row["결정"].strip()
        if word and word not in DECISIONS:
            raise AnswersInvalid(path=path, where=f"불일치 {number}: {'/'.join(DECISIONS)}")
        if word:
            found[row["면담과 줄"], row["코드 id"]] = DECISIONS[word]
    return found


def rows_of(path: Path, title: str, head: Sequence[str]) -> Iterable[dict[str, str]]:
    """The rows of a page as text. Raises AnswersInvalid where there is no such page, or with another head."""
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            rows = book[title].iter_rows(values_only=True)
            if tuple(next(rows, ()))[: len(head)] != tuple(head):
                raise ValueError(title)
            return [
                {name: "" if value is None else normal_text(str(value)) for name, value in zip(head, row, strict=False)}
                for row in rows
                if any(value is not None for value in row)
            ]
        finally:
            book.close()
    except (OSError, KeyError, BadZipFile, InvalidFileException, ValueError, SyntaxError) as error:  # XML: SyntaxError
        raise AnswersInvalid(path=path, where=type(error).__name__) from None


# --- codings that a person has to look at ---------------------------------------------------------------------------

LOOK = "확인할 코딩"
LOOK_HEAD = (
    "면담",
    "코더",
    "코드",
    "상태",
    "코딩한 말",
    "그때의 줄",
    "지금의 줄",
    "지금의 말",
    "닮음 %",
    "결정",
    "새 줄",
    "새 구절",
    "id",
)
VERDICTS = ("맞음", "없음", "옮김")
"""It lies there; it is gone; it lies in the line 새 줄, at the words 새 구절."""
STATES = {"fuzzy": "비슷한 곳을 찾음", "orphan": "못 찾음"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's word on a carried coding: `word` of `VERDICTS`, and for 옮김 the line and the words in it."""

    id: int
    word: str
    line: str = ""
    quote: str = ""


def look_book(rows: Iterable[Sequence[Any]]) -> bytes:
    """The list for a person, a row a coding as `LOOK_HEAD` has it."""
    widths = {"코딩한 말": 40, "그때의 줄": 60, "지금의 말": 40, "새 구절": 40, "면담": 20, "코드": 24}
    return written([Page(LOOK, LOOK_HEAD, list(rows), widths, ("결정", "새 줄", "새 구절"))])


def verdicts(path: Path) -> tuple[Verdict, ...]:
    """What a person decided in a workbook of `look_book`; rows without a word wait. Raises AnswersInvalid."""
    found = []
    for number, row in enumerate(rows_of(path, LOOK, LOOK_HEAD), start=2):
        word = row["결정"].strip()
        if not word:
            continue
        verdict = Verdict(
            int(row["id"]) if row["id"].isdigit() else 0, word, row["새 줄"].strip(), row["새 구절"].strip()
        )
        if word not in VERDICTS or not verdict.id or (word == "옮김") != bool(verdict.line and verdict.quote):
            raise AnswersInvalid(path=path, where=f"{LOOK} {number}: {'/'.join(VERDICTS)}, 새 줄, 새 구절")
        found.append(verdict)
    if len({each.id for each in found}) < len(found):
        raise AnswersInvalid(path=path, where=f"{LOOK}: id")
    return tuple(found)
