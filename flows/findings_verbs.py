"""``chaerok agree``, ``carried``, ``themes``, ``member``: what is found in codings."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from flows.coding_verbs import Import, Round, Study
from flows.terminal import either, err, errors_shown, out

if TYPE_CHECKING:  # they bring SQLAlchemy and numpy
    from flows.findings import Agreed
    from pipeline.coding.agreement import Figures

Actor = Annotated[str, typer.Option("--as", help=either("누가", "Who"))]


def agree(
    study: Study,
    coder: Annotated[
        list[str] | None, typer.Option("--coder", help=either("견줄 코더(두 번 이상)", "A coder; give two or more"))
    ] = None,
    round: Round = 1,
    to: Annotated[Path | None, typer.Option(help=either("표를 쓸 파일(.xlsx)", "Where the workbook goes"))] = None,
    sheet: Import = None,
    actor: Actor = "",
) -> None:
    """Agreement of two or more coders, before and after reconciliation."""
    with errors_shown():
        from flows import findings

        if sheet:
            count = findings.import_decisions(study, sheet, round, actor or getpass.getuser())
            out.print(either(f"협의한 결정 {count}개를 넣었습니다.", f"{count} decisions kept."), markup=False)
        found = findings.agree(study, coder or (), round, to)
        out.print(agreement_table(found))
        rare = [each for each in found.before.codes if each.rare]
        if rare:
            err.print(
                either(
                    f"주의: 코드 {len(rare)}개는 드물어서 일치율만 높습니다(-kappa, alpha를 보세요): ",
                    f"warning: percent agreement of {len(rare)} codes is high only because they are rare: ",
                )
                + ", ".join(found.names.get(each.code, each.code) for each in rare[:8]),
                markup=False,
            )
        out.print(
            either(
                f"불일치 {found.disagreements}개: {found.sheet}", f"{found.disagreements} disagreements: {found.sheet}"
            ),
            markup=False,
        )


def agreement_table(found: Agreed) -> Table:
    """Overall figures, and those of every code; the denominator stands in the title."""
    from pipeline.coding.sheets import told

    before = found.before
    lines, interviews, who = before.units, len(before.interviews), " · ".join(before.coders)
    title = either(
        f"{who}: 면담 {interviews}개, 참여자의 줄과 코딩된 줄 {lines}개",
        f"{who}: {lines} lines (participants', or coded) of {interviews} interviews",
    )
    head = either("코드", "code"), either("일치율", "percent"), "kappa", "alpha", either("쓰임", "used")
    table = Table(*head, title=title)

    def row(name: str, each: Figures) -> None:
        figures = told(each.percent), told(each.kappa, each.kappa_within), told(each.alpha, each.alpha_within)
        table.add_row(name, *figures, f"{each.used}{' !' if each.rare else ''}")

    row(either("모두", "all"), before.overall)
    table.add_row("MASI alpha", told(before.same_sets), "", told(before.masi, before.masi_within), "")
    if found.after:
        row(either("모두, 협의 뒤", "all, reconciled"), found.after.overall)
        table.add_row(
            either("MASI, 협의 뒤", "MASI, reconciled"),
            told(found.after.same_sets),
            "",
            told(found.after.masi, found.after.masi_within),
            "",
        )
    for each in before.codes:
        row(found.names.get(each.code, each.code), each)
    return table


def carried(
    study: Study,
    to: Annotated[Path | None, typer.Option(help=either("목록을 쓸 파일(.xlsx)", "Where the list goes"))] = None,
    sheet: Import = None,
    actor: Actor = "",
) -> None:
    """The codings that a new release could not carry beyond doubt, out for a person, or their verdicts in."""
    with errors_shown():
        from flows import findings

        if sheet:
            count = findings.import_verdicts(study, sheet, actor or getpass.getuser())
            out.print(either(f"정한 코딩 {count}개를 넣었습니다.", f"{count} verdicts kept."), markup=False)
        path, count = findings.write_list(study, to)
        if path:
            out.print(either(f"확인할 코딩 {count}개: {path}", f"{count} codings to look at: {path}"), markup=False)
        else:
            out.print(either("확인할 코딩이 없습니다.", "no coding waits for a person."))


def themes(
    study: Study,
    round: Annotated[int | None, typer.Option("--round", min=1, help=either("이 차수만", "This round alone"))] = None,
    to: Annotated[Path | None, typer.Option(help=either("폴더", "The folder to write to"))] = None,
) -> None:
    """The tree with counts, as a table, a workbook and pictures; the saturation curve."""
    with errors_shown():
        from flows import findings
        from pipeline.coding.themes import level_names

        found = findings.themes(study, round, to)
        head = (
            either("주제", "theme"),
            either("줄", "lines"),
            either("참여자", "participants"),
            either("면담", "interviews"),
        )
        table = Table(*head, title=" → ".join(level_names(found.themes)))
        for theme in found.themes:
            counts = str(theme.lines), str(len(theme.participants)), str(len(theme.interviews))
            table.add_row("  " * theme.depth + theme.code.name, *counts)
        out.print(table)
        curve = " ".join(f"{each.total}(+{each.new})" for each in found.yields)
        out.print(either(f"포화: {curve}", f"saturation: {curve}"), markup=False)
        if found.unplaced:
            out.print(
                either(
                    f"코드북에 없는 코드로 된 코딩 {found.unplaced}개는 빠졌습니다.",
                    f"{found.unplaced} codings bear codes that are not in the codebook; left out.",
                )
            )
        if not found.png:
            err.print(
                either(
                    "한글 글꼴이 없어 PNG는 그리지 못했습니다. SVG는 글꼴이 있는 곳에서 바르게 보입니다.",
                    "no Korean font here, so no PNG; the SVG looks right wherever there is one.",
                )
            )
        for path in found.files:
            out.print(str(path), markup=False)


def member(
    study: Study,
    participant: Annotated[
        list[str] | None,
        typer.Option("--participant", help=either("이 참여자만(예: P01)", "Only this one, such as P01")),
    ] = None,
    to: Annotated[Path | None, typer.Option(help=either("폴더", "The folder to write to"))] = None,
    sheets: Annotated[
        list[Path] | None, typer.Option("--import", help=either("돌아온 응답 시트", "Answer sheets that came back"))
    ] = None,
) -> None:
    """Participants' own pages, or their answers and the content validity index."""
    with errors_shown():
        from flows import findings

        if not sheets:
            for path in findings.write_pages(study, participant or (), to):
                out.print(str(path), markup=False)
            return
        count = findings.import_answers(study, sheets)
        found, names = findings.validity(study)
        out.print(either(f"참여자 {count}명의 응답을 넣었습니다.", f"answers of {count} participants kept."))
        table = Table(either("주제", "theme"), either("응답", "answers"), "I-CVI", "")
        for item in found.items:
            table.add_row(names[item.item], str(item.raters), f"{item.index:.2f}", "" if item.enough else "!")
        out.print(table)
        if found.average is not None and found.unanimous is not None:
            out.print(f"S-CVI/Ave {found.average:.2f}, S-CVI/UA {found.unanimous:.2f}", markup=False)
