"""`chaerok export`: releases as files for readers and for coders' programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.terminal import either, errors_shown, out
from pipeline.interview import normal_text

FORMS = "txt json docx hwpx xlsx csv vtt srt eaf TextGrid nvivo maxqda qdpx qdc qda"


def export(
    interview: Annotated[str | None, typer.Argument(metavar="[ID]")] = None,
    form: Annotated[
        str, typer.Option("--as", help=either(f"{FORMS}; 음성은 flac, m4a", f"{FORMS}; audio: flac, m4a"))
    ] = "txt",
    to: Annotated[Path | None, typer.Option(help=either("파일이나 폴더", "Where to"))] = None,
    study: Annotated[str | None, typer.Option(help=either("연구의 모든 공개본", "Every release of this study"))] = None,
    coder: Annotated[
        str, typer.Option(help=either("이 코더의 꾸러미: 다른 코더의 것은 없음", "A package for this coder alone"))
    ] = "",
    codebook: Annotated[
        Path | None, typer.Option(help=either("다른 코드 체계(.qdc, .qdpx)", "Another code tree (.qdc, .qdpx)"))
    ] = None,
    codings: Annotated[
        bool, typer.Option("--codings", help=either("--coder의 코딩도 넣습니다", "With the codings of --coder"))
    ] = False,
    audio: Annotated[
        bool, typer.Option("--audio", help=either("가린 음성도 넣습니다(qda, qdpx)", "With masked audio (qda, qdpx)"))
    ] = False,
) -> None:
    """Export it."""
    if (interview is None) == (study is None):
        raise typer.BadParameter(either("ID나 --study 가운데 하나", "either an ID or --study"), param_hint="ID")
    if codings and not coder:
        raise typer.BadParameter(either("--coder가 있어야 합니다", "needs --coder"), param_hint="--codings")
    with errors_shown():
        from flows import audio_copy, exporting

        asked = exporting.Asked(normal_text(coder).strip(), codebook, audio, codings)
        if study is not None:
            done = exporting.export_study(study, form, to, asked)
            out.print(f"{done.path}: " + either(f"면담 {len(done.interviews)}개", f"{len(done.interviews)} interviews"))
            if done.left_out:
                out.print(either("공개되지 않아 빠짐: ", "not released, left out: ") + ", ".join(done.left_out))
        elif interview is not None and form in audio_copy.FORMS:
            out.print(str(audio_copy.export(interview, form, to)), markup=False)
        elif interview is not None:
            out.print(str(exporting.export(interview, form, to, asked)), markup=False)
