"""``chaerok codebook``, ``collect``, ``agree``, ``carried``, ``themes``, ``member``: once coders work."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from flows.terminal import either, err, errors_shown, language, out

if TYPE_CHECKING:  # they bring SQLAlchemy and numpy
    from flows.coding import Agreed, Collected, Standing
    from pipeline.coding.agreement import Figures

Study = Annotated[str, typer.Argument(metavar="STUDY", help=either("연구 id", "Study id"))]
Round = Annotated[int, typer.Option("--round", min=1, help=either("몇 번째 코딩", "Round of coding"))]
Import = Annotated[Path | None, typer.Option("--import", help=either("채운 시트", "A sheet that was filled in"))]
Actor = Annotated[str, typer.Option("--as", help=either("누가", "Who"))]

STATES = {"exact": "그대로", "moved": "옮겨짐", "fuzzy": "비슷함", "orphan": "못 찾음"}


def collect(study: Study, round: Round = 1) -> None:
    """Take codings in from the study's stores; figures alone."""
    with errors_shown():
        from flows import coding

        found = coding.collect(study, round)
        for each in found:
            out.print(collected_line(each), markup=False)
        for line in standing_lines(coding.standing(study), study):
            out.print(line, markup=False)
        failed = next((each.error for each in found if each.error), None)
        if failed:
            raise failed


def codebook(
    study: Study,
    sheet: Import = None,
    to: Annotated[Path | None, typer.Option(help=either("표를 쓸 파일(.xlsx)", "Where the table goes"))] = None,
    freeze: Annotated[
        bool, typer.Option("--freeze", help=either("확정합니다: 더 바꾸지 못함", "It may not change from now on"))
    ] = False,
) -> None:
    """The study's code tree: in, out, frozen."""
    with errors_shown():
        from flows import coding

        book = coding.codebook(study, sheet, to, freeze)
        floors = [depth for depth, _ in book.walk()]
        counts = " → ".join(str(floors.count(depth)) for depth in sorted(set(floors)))
        state = either("확정", "frozen") if book.frozen else either("바꿀 수 있음", "may change")
        out.print(either(f"{book.version}판({state}): {counts}", f"version {book.version} ({state}): {counts}"))


def collected_line(each: Collected) -> str:
    """What came of one store: counts, reasons and ids."""
    if each.taken is None:
        return f"{each.store}: {each.error.in_language(language()) if each.error else '-'}"
    taken = each.taken
    counts = either(
        f"새 코딩 {taken.new}, 있던 것 {taken.known}, 코더가 지운 것 {taken.gone}",
        f"{taken.new} new, {taken.known} known, {taken.gone} taken back by their coders",
    )
    reasons: dict[str, int] = {}
    for row in taken.unread:
        reasons[row.why.value] = reasons.get(row.why.value, 0) + 1
    more = [f"{why} {count}" for why, count in sorted(reasons.items())]
    more += [
        either(f"{where}의 코딩 {count}개가 모두 없어짐(지우지 않음)", f"all {count} of {where} are gone (kept)")
        for _, where, count in taken.vanished
    ]
    return f"{each.store}: {counts}" + (f" ({'; '.join(more)})" if more else "")


def standing_lines(found: Standing, study: str) -> list[str]:
    """Codings by coder and state, and what waits."""
    lines = [f"{coder}: {count}" for coder, count in found.coders]
    lines.append(", ".join(f"{either(STATES[state], state)} {count}" for state, count in found.states) or "-")
    if found.waiting:
        lines.append(
            either(
                f"사람이 봐야 할 코딩 {found.waiting}개: chaerok carried {study}",
                f"{found.waiting} codings wait for a person: chaerok carried {study}",
            )
        )
    return lines


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
        from flows import coding

        if sheet:
            count = coding.import_decisions(study, sheet, round, actor or getpass.getuser())
            out.print(either(f"협의한 결정 {count}개를 넣었습니다.", f"{count} decisions kept."), markup=False)
        found = coding.agree(study, coder or (), round, to)
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
        from flows import coding

        if sheet:
            count = coding.import_verdicts(study, sheet, actor or getpass.getuser())
            out.print(either(f"정한 코딩 {count}개를 넣었습니다.", f"{count} verdicts kept."), markup=False)
        path, count = coding.write_list(study, to)
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
        from flows import coding
        from pipeline.coding.themes import level_names

        found = coding.themes(study, round, to)
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
        from flows import coding

        if not sheets:
            for path in coding.write_pages(study, participant or (), to):
                out.print(str(path), markup=False)
            return
        count = coding.import_answers(study, sheets)
        found, names = coding.validity(study)
        out.print(either(f"참여자 {count}명의 응답을 넣었습니다.", f"answers of {count} participants kept."))
        table = Table(either("주제", "theme"), either("응답", "answers"), "I-CVI", "")
        for item in found.items:
            table.add_row(names[item.item], str(item.raters), f"{item.index:.2f}", "" if item.enough else "!")
        out.print(table)
        if found.average is not None and found.unanimous is not None:
            out.print(f"S-CVI/Ave {found.average:.2f}, S-CVI/UA {found.unanimous:.2f}", markup=False)
