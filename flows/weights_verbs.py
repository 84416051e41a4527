"""``chaerok weights list | get | verify``."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Column, Table

from flows.terminal import either, errors_shown, out

app = typer.Typer(
    no_args_is_help=True,
    help=either("네트워크 가중치를 보고, 받고, 확인합니다.", "Network weights: list, get, verify."),
)
Names = Annotated[list[str] | None, typer.Argument(help=either("이름(없으면 모두)", "Names (else all)"))]


COLUMNS = (
    ("이름", "name"),
    ("쓰임", "for"),
    ("크기", "size"),
    ("허가", "licence"),
    ("등급", "grade"),
    ("여기", "here"),
)


@app.command("list", help=either("어떤 가중치가 있는지 봅니다.", "Which weights there are."))
def show() -> None:
    """One row for each entry of config/weights.toml."""
    with errors_shown():
        from pipeline import weights

        table = Table(*(Column(either(*names), no_wrap=names is COLUMNS[0]) for names in COLUMNS))
        for entry in weights.entries():
            here = _is_here(entry.name)
            size = f"{entry.bytes / 1e6:,.0f} MB"
            table.add_row(entry.name, entry.engine, size, entry.licence, entry.grade, "✓" if here else "")
        out.print(table)


@app.command(help=either("가중치를 받습니다.", "Fetch weights once; offline afterwards."))
def get(names: Names = None) -> None:
    """Fetch what is not here yet."""
    with errors_shown():
        from pipeline import tools, weights
        from pipeline.places import weights_folder

        for name in names or weights.DEFAULTS:
            with weights.shown(name) as report:
                weights.get(name, weights_folder(), makers=tools.makers(), report=report)
            out.print(f"{name}: {either('준비됨', 'ready')}", markup=False)


def _is_here(name: str) -> bool:
    from pipeline import weights
    from pipeline.errors import WeightsMissing, WeightsWrong
    from pipeline.places import weights_folder

    try:
        weights.located(name, weights_folder())
    except (WeightsMissing, WeightsWrong):
        return False
    return True


@app.command(help=either("받은 가중치의 해시를 다시 확인합니다.", "Hash the fetched weights again."))
def verify(names: Names = None) -> None:
    """Full sha256 of every file. Ends with an error where one differs."""
    with errors_shown():
        from pipeline import weights
        from pipeline.places import weights_folder

        here = [entry.name for entry in weights.entries() if _is_here(entry.name)]
        for name in names or here:
            weights.verify(name, weights_folder())
            out.print(f"{name}: {either('맞음', 'verified')}", markup=False)
