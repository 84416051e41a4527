"""``chaerok voice``: the voices of a study's interviewers, by which the walk knows who asks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import either, errors_shown, out


def voice(
    study: Annotated[str, typer.Argument(metavar="STUDY", help=either("연구 id", "Study id"))],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help=either(
                "면담자마다 한 파일: 혼자 30초쯤 말한 녹음", "One file for each interviewer, alone, half a minute"
            )
        ),
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help=either("등록한 목소리를 지웁니다", "Remove the voices"))
    ] = False,
) -> None:
    """Enrol them, all anew; without files say how many there are."""
    if files and forget:
        both = either("파일과 --forget은 함께 쓸 수 없습니다", "files and --forget exclude each other")
        raise typer.BadParameter(both, param_hint="--forget")
    with errors_shown():
        from flows import desk

        count = desk.enrol_voices(study, files or ()) if files or forget else desk.count_voices(study)
        out.print(
            either(f"{study}: 등록한 면담자 목소리 {count}개", f"{study}: {count} interviewers' voices enrolled"),
            markup=False,
        )
        if files:
            again = "Interviews that were heard before are looked at anew on their next run."
            out.print(either("이미 들은 면담도 다음 실행 때 다시 봅니다.", again))
