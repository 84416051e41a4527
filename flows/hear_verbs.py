"""``chaerok hear`` and ``chaerok listen``: what was heard, and where a person should listen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from flows.terminal import either, err, errors_shown, flag_lines, flag_names, out, progress_shown, warn_demo_grade

if TYPE_CHECKING:  # imported where it is used, so that every other verb starts at once
    from pipeline.walking import Heard

Existing = Annotated[Path, typer.Argument(help=either("녹음 파일", "Audio file"))]
Id = Annotated[
    str, typer.Argument(metavar="ID", help=either("면담 ID. 예: example-P01-S1", "Interview id, e.g. example-P01-S1"))
]


def hear(
    audio: Existing,
    json_out: Annotated[Path, typer.Option("--json", help=either("결과 파일", "Where to write the transcript"))],
    speakers: Annotated[
        int | None, typer.Option(min=1, max=10, help=either("말하는 사람 수", "How many speak"))
    ] = None,
    terms: Annotated[Path | None, typer.Option(help=either("용어 파일, 한 줄에 하나", "Terms, one a line"))] = None,
    profile: Annotated[
        str | None, typer.Option(help=either("config/profiles의 설정 모음", "A settings profile of config/profiles"))
    ] = None,
    rttm: Annotated[Path | None, typer.Option(help=either("화자 구간 파일", "Where to write the turns"))] = None,
) -> None:
    """One file, no study, nothing kept but the result."""
    with errors_shown():
        from flows import desk
        from pipeline.walking import hear as listen

        settings = desk.settings_of(profile)
        with progress_shown() as report:
            heard = listen(audio, speakers, desk.terms_in(terms), settings, report)
        desk.write_private(json_out, json.dumps(heard.as_json(), ensure_ascii=False, indent=1))
        if rttm:
            desk.write_private(rttm, heard.as_rttm(audio.stem.replace(" ", "_")))
        out.print(f"{json_out}: {summed_up(heard)}", markup=False)
        if heard.transcript.flags:
            out.print(either("확인 필요: ", "needs a look: ") + flag_names(heard.transcript.flags), markup=False)
        err.print(either("주의: 이 파일에는 이름이 그대로 있습니다.", "note: this file holds names."))
        if heard.provenance["demo_grade"]:
            warn_demo_grade()


def summed_up(heard: Heard) -> str:
    """What came out, in figures: lines, speakers, speech without words, stretches worth an ear."""
    transcript, found = heard.transcript, heard.diarization
    lines, listen = sum(bool(segment.words) for segment in transcript.segments), len(transcript.listen)
    unheard = sum(gap.end - gap.start for gap in transcript.gaps)
    estimated = "" if found.speakers_given else either("(추정)", " (estimated)")
    return either(
        f"{lines}줄, 화자 {len(found.speakers)}명{estimated}, 안 들린 말소리 {len(transcript.gaps)}곳 {unheard:.0f}초, "
        f"들어볼 곳 {listen}곳",
        f"{lines} lines, {len(found.speakers)} speakers{estimated}, unheard speech {len(transcript.gaps)} times "
        f"({unheard:.0f} s), {listen} stretches to listen to",
    )


def listen(interview: Id) -> None:
    """The ranked list, without a word of what was said."""
    with errors_shown():
        from flows import desk

        heads = (("순위", "rank"), ("부터", "from"), ("까지", "to"), ("까닭", "why"), ("줄", "lines"))
        table = Table(*(either(*head) for head in heads))
        for place in desk.listen_here(interview):
            table.add_row(str(place.rank), place.start, place.end, place.reasons, place.lines)
        out.print(table)
        for line in flag_lines(desk.flags_of(interview), interview):
            out.print(line, markup=False)
