"""``chaerok codebook``, ``collect``, ``coders``: what coders work with, and what comes back from them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from flows.terminal import either, errors_shown, language, out
from pipeline.codes import Why
from pipeline.interview import normal_text

if TYPE_CHECKING:  # they bring SQLAlchemy and numpy
    from flows.coding import Collected, Standing
    from pipeline.stores.database.gathering import Taken

Study = Annotated[str, typer.Argument(metavar="STUDY", help=either("연구 id", "Study id"))]
Round = Annotated[int, typer.Option("--round", min=1, help=either("몇 번째 코딩", "Round of coding"))]
Import = Annotated[Path | None, typer.Option("--import", help=either("채운 시트", "A sheet that was filled in"))]

UNREAD = {
    Why.OUT_OF_RANGE: "글의 범위를 벗어남",
    Why.UNKNOWN_DOCUMENT: "모르는 문서",
    Why.CHANGED_DOCUMENT: "글이 바뀐 문서",
    Why.UNKNOWN_CODE: "코드북에 없는 코드",
    Why.RENAMED_CODE: "이름이 바뀐 코드(넣음)",
    Why.UNKNOWN_CODER: "누구의 것인지 모름",
    Why.SAME_CODER: "코더 둘의 이름이 같음",
    Why.NO_WORDS: "말 위에 있지 않음",
    Why.UNREADABLE: "읽을 수 없음",
    Why.OPEN: "아직 열려 있음",
}
"""What a research assistant reads of a row that did not come in."""

FILES = "files"
"""`pipeline.handed_back.STORE`, which is not imported to say `--help`."""

STATES = {"exact": "그대로", "moved": "옮겨짐", "fuzzy": "비슷함", "orphan": "못 찾음"}


def collect(
    study: Study,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE …]", help=either("돌려받은 .qda, .qdpx", "Their .qda, .qdpx"))
    ] = None,
    coder: Annotated[str, typer.Option(help=either("그 파일의 코더", "Whose these files are"))] = "",
    round: Annotated[
        int | None, typer.Option(min=1, help=either("몇 번째 코딩(없으면 설정대로)", "Round of coding; else as set"))
    ] = None,
) -> None:
    """Take codings in from the study's stores, or from files; figures alone."""
    if coder and not files:
        raise typer.BadParameter(either("파일이 있어야 합니다", "needs files"), param_hint="--coder")
    with errors_shown():
        from flows import coding

        found = coding.collect(study, round, files or (), normal_text(coder).strip())
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
    to: Annotated[
        Path | None, typer.Option(help=either("쓸 파일(.xlsx 표, .qdc)", "Where it goes: .xlsx, or .qdc"))
    ] = None,
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
    store = either("돌려받은 파일", each.store) if each.store == FILES else each.store
    if each.taken is None:
        return f"{store}: {each.error.in_language(language()) if each.error else '-'}"
    taken = each.taken
    counts = either(
        f"새 코딩 {taken.new}, 있던 것 {taken.known}, 코더가 지운 것 {taken.gone}",
        f"{taken.new} new, {taken.known} known, {taken.gone} taken back by their coders",
    )
    more = [f"{either(UNREAD[why], why.value)} {count}" + _whose(taken, why) for why, count in reasons(taken)]
    more += [
        either(f"{where}의 코딩 {count}개가 모두 없어짐(지우지 않음)", f"all {count} of {where} are gone (kept)")
        for _, where, count in taken.vanished
    ]
    return f"{store}: {counts}" + (f" ({'; '.join(more)})" if more else "")


def reasons(taken: Taken) -> list[tuple[Why, int]]:
    """Rows that are no coding, by reason, in the order in which `Why` has them."""
    counts = Counter(row.why for row in taken.unread)
    return [(why, counts[why]) for why in Why if counts[why]]


def _whose(taken: Taken, why: Why) -> str:
    """Whose file it is that a person has to look at."""
    whose = sorted({row.coder for row in taken.unread if row.why is why and row.coder})
    return f" ({', '.join(whose)})" if whose and why in (Why.OPEN, Why.UNREADABLE, Why.SAME_CODER) else ""


def standing_lines(found: Standing, study: str) -> list[str]:
    """Codings by coder and state, and what waits."""
    lines = [f"{coder}: {count}" for coder, count in found.coders]
    lines.append(
        ", ".join(f"{either(STATES[state], state)} {count}" for state, count in found.states)
        or either("아직 코딩이 없습니다.", "no codings yet")
    )
    if found.waiting:
        lines.append(
            either(
                f"사람이 봐야 할 코딩 {found.waiting}개: chaerok carried {study}",
                f"{found.waiting} codings wait for a person: chaerok carried {study}",
            )
        )
    return lines


def coders(
    study: Study,
    admit: Annotated[str, typer.Option(help=either("역할을 줄 코더", "The coder who gets a role"))] = "",
    role: Annotated[str, typer.Option(help=either("PostgreSQL 역할", "Their PostgreSQL role"))] = "",
) -> None:
    """The study's coders; with --admit and --role one of them may read the PostgreSQL store as that role."""
    if bool(admit) != bool(role):
        raise typer.BadParameter(either("--admit과 --role은 함께", "both, or neither"), param_hint="--admit, --role")
    with errors_shown():
        from flows import coding

        if admit:
            coding.admit(study, normal_text(admit).strip(), role)
            out.print(either(f"{role}: 이제 공개본과 자기 코딩만 읽습니다.", f"{role} may read released lines now."))
        table = Table(either("코더", "coder"), either("코딩", "codings"), either("역할", "role"))
        for one in coding.coders(study):
            table.add_row(one.name, str(one.codings), one.role or "-")
        out.print(table)
