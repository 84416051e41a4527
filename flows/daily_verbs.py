"""``chaerok maintain`` and ``chaerok report``: what else runs by itself, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from flows.terminal import either, errors_shown, out

if TYPE_CHECKING:
    from flows.boards import Rows


def maintain() -> None:
    """Do now what is done at night."""
    with errors_shown():
        from flows import night
        from pipeline.places import Home

        done = night.maintained(Home.here())
        for one in done:
            out.print(f"{one.name}: {one.said}", markup=False)
        for one in done:
            if one.error:
                raise one.error


def report() -> None:
    """The table of the weekly report."""
    with errors_shown():
        from flows import boards

        shown(boards.report(), either("아직 면담이 없습니다", "no interviews yet"))


def shown(rows: Rows, otherwise: str) -> None:
    """Print rows as a table, or say that there are none."""
    if not rows:
        out.print(otherwise)
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*map(str, row.values()))
    out.print(table)


def going_on(interview: str, command: str) -> None:
    """Hand the interview to `chaerok up` where it runs; else say what to type next."""
    from flows import asking
    from flows.desk import walk_of

    walk = walk_of(interview)
    if asking.runs(walk.vault, [walk.interview]):
        out.print(either("서버가 이어서 처리합니다.", "The server goes on with it."))
    else:
        out.print(either("이어서: ", "Next: ") + command, markup=False)
