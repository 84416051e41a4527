"""The command `chaerok`. Each verb is a few lines around a function that knows no terminal."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from flows import coding_verbs, findings_verbs
from flows.bench_verb import bench
from flows.daily_verbs import going_on, maintain, report, shown
from flows.export_verb import export
from flows.hear_verbs import Id, hear, listen
from flows.keys_verbs import app as keys_app
from flows.pools_verbs import deploy, work
from flows.rescan_verb import rescan, told
from flows.terminal import (
    attendance_line,
    either,
    err,
    errors_shown,
    flag_lines,
    flag_names,
    flag_words,
    note_line,
    out,
    progress_shown,
    waiting_line,
)
from flows.voice_verb import voice
from flows.weights_verbs import app as weights_app
from pipeline.parts import in_order, sheet_beside

app = typer.Typer(
    name="chaerok",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help=either(
        "채록: 면담 녹음을 받아 적고, 이름을 가리고, 코딩 저장소로 보냅니다.",
        "Chaerok: takes interviews down, takes names out, sends transcripts to coding stores.",
    ),
)
app.add_typer(weights_app, name="weights")
app.add_typer(keys_app, name="keys")


@app.callback()
def common(
    lang: Annotated[str, typer.Option("--lang", help=either("말: ko 또는 en", "Language: ko or en"))] = "",
) -> None:
    """Options before the verb."""
    if lang not in ("", "ko", "en"):
        raise typer.BadParameter(either("ko 또는 en이어야 합니다", "must be ko or en"), param_hint="--lang")


@app.command(help=either("보기 연구를 끝까지 걸어 봅니다.", "Walk the example study to the end, with everything real."))
def demo() -> None:
    """Set the example study up, walk its interview through Prefect, and say where to look."""
    with errors_shown():
        from flows.demo import demonstrate

        demonstrate()


@app.command(help=either("서버와 감시 폴더를 켭니다(Ctrl-C로 끔).", "Server, flows and inbox; Ctrl-C stops them."))
def up() -> None:
    """Run everything a small lab needs until interrupted."""
    with errors_shown():
        from flows.supervisor import run_lab

        run_lab()


@app.command(help=either("demo가 켜 둔 Prefect 서버를 끕니다.", "Stop the Prefect server that `demo` left running."))
def down(
    demo_home: Annotated[bool, typer.Option("--demo", help=either("보기 연구의 서버", "The demo's server"))] = False,
) -> None:
    """Stop the background server of this home."""
    with errors_shown():
        from flows import demo, server
        from pipeline.places import Home

        stopped = [server.stop(home) for home in (Home.here(), demo.HOME) if home == demo.HOME or not demo_home]
        out.print(
            either("서버를 껐습니다.", "stopped.") if any(stopped) else either("켜진 서버가 없습니다.", "none ran.")
        )


@app.command("take-in", help=either("녹음과 참여자 시트를 보관소에 넣습니다.", "Seal a recording and its sheet."))
def take_in(
    files: Annotated[
        list[Path], typer.Argument(help=either("한 회기의 파일, 순서대로", "The session's files, in order"))
    ],
    sheet: Annotated[
        Path | None, typer.Option(help=either("참여자 시트(.toml); 없으면 녹음 옆의 것", "Sheet; else the one beside"))
    ] = None,
) -> None:
    """Take one session in."""
    with errors_shown():
        from flows import desk

        ordered = in_order(files)
        if ordered != tuple(files):
            said = either("이름의 번호대로 잇습니다", "joined by the numbers in their names")
            out.print(f"{said}: {', '.join(path.name for path in ordered)}", markup=False)
        taken = desk.take_in(ordered, sheet or sheet_beside(ordered))
        became = {
            "new": either("보관소에 넣었습니다", "taken in"),
            "known": either("이미 보관소에 있습니다", "already taken in"),
            "duplicate": either("같은 녹음이 이미 있습니다", "the same recording is already there as"),
        }
        out.print(f"{became[taken.outcome]}: {taken.interview}", markup=False)


@app.command(help=either("갈 수 있는 데까지 걷습니다.", "Walk an interview as far as it can go, without a server."))
def run(interview: Id) -> None:
    """Walk it."""
    with errors_shown():
        from flows import desk

        with progress_shown() as report:
            outcome = desk.walk(interview, report)
        out.print(either("새로 한 단계: ", "ran: ") + (", ".join(outcome.ran) or "-"), markup=False)
        out.print(either("그대로인 단계: ", "fresh: ") + (", ".join(outcome.fresh) or "-"), markup=False)
        for line in told(outcome.rescanned):
            out.print(line, markup=False)
        if outcome.waiting:
            out.print(waiting_line(outcome.waiting, interview), markup=False)
        for line in flag_lines(outcome.flags, interview):
            out.print(line, markup=False)


@app.command(help=either("면담마다 어디까지 왔는지 봅니다.", "How far each interview has come."))
def status(
    interview: Annotated[str | None, typer.Argument(metavar="[ID]")] = None,
    failure: Annotated[
        bool, typer.Option("--failure", help=either("실패 기록을 봅니다(이름이 섞일 수 있음)", "Show tracebacks"))
    ] = False,
) -> None:
    """A table of interviews and steps, or the failures of one."""
    with errors_shown():
        from flows import boards, desk
        from flows.machine import warn_of_swap

        if failure and interview:
            for step, text in desk.failures(interview).items():
                err.print(f"--- {step}\n{text}", markup=False)
            return
        flagged = either("확인 필요", "needs a look")
        table = Table("ID", either("한 단계", "done"), either("다음", "next"), either("실패", "failed"), flagged)
        rows = desk.board(interview)
        for row in rows:
            table.add_row(row.interview, row.done, row.coming, ", ".join(row.failed), flag_words(row.flags))
        out.print(table)
        for line in flag_lines(rows[0].flags, interview) if interview else ():
            out.print(line, markup=False)
        if interview is None:
            for study in boards.studies():
                shown(boards.of_study(study), "")
            for found in desk.sessions():
                out.print(attendance_line(found), markup=False)
            warn_of_swap()
        elif line := note_line(rows[0].notes):
            out.print(line, markup=False)


@app.command(help=either("수정 시트를 쓰거나(--import로) 읽어들입니다.", "Write a correction sheet, or --import one."))
def review(
    interview: Id,
    sheet: Annotated[
        Path | None, typer.Option("--import", help=either("고친 시트(.xlsx)", "The edited sheet (.xlsx)"))
    ] = None,
    actor: Annotated[str, typer.Option("--as", help=either("고친 사람", "Who corrected it"))] = "",
) -> None:
    """Correction sheet out, or in."""
    with errors_shown():
        from flows import desk

        if sheet is None:
            path, draft = desk.write_sheet(interview)
            out.print(either(f"수정 시트: {path}", f"correction sheet: {path}"), markup=False)
            out.print(either("이름이 들어 있는 파일입니다. 고친 뒤:", "It holds names. When done:"))
            out.print(f"  chaerok review {interview} --import {path}", markup=False)
            out.print(either("그대로 좋으면:", "If it is right as it is:"))
            out.print(f"  chaerok approve {interview} --draft {draft[:12]}", markup=False)
        else:
            counts = desk.import_sheet(interview, sheet, actor or getpass.getuser())
            out.print(
                either(
                    f"고친 줄 {counts.texts}, 정한 표현 {counts.rulings}, 바꾼 가명 {counts.stand_ins}, 시트는 지움.",
                    f"{counts.texts} lines, {counts.rulings} rulings, {counts.stand_ins} stand-ins, sheet removed.",
                ),
                markup=False,
            )
            going_on(interview, f"chaerok run {interview}")


@app.command(help=either("가명 원고를 승인합니다.", "Approve the pseudonymized draft as it stands."))
def approve(
    interview: Id,
    draft: Annotated[
        str | None, typer.Option(help=either("승인하는 원고의 해시(8자 이상)", "Hash of the draft (8 or more digits)"))
    ] = None,
    actor: Annotated[str, typer.Option("--as", help=either("승인하는 사람", "Who approves"))] = "",
) -> None:
    """Approve it."""
    with errors_shown():
        from flows import desk

        approval = desk.approve(interview, actor or getpass.getuser(), draft)
        out.print(either("승인했습니다: ", "approved: ") + approval.draft_sha256[:12], markup=False)
        if flags := desk.flags_of(interview):
            out.print(either("함께 승인한 것: ", "approved with it: ") + flag_names(flags), markup=False)
        going_on(interview, f"chaerok publish {interview}")


@app.command(
    help=either("승인된 원고를 코딩 저장소로 보냅니다.", "Release what is approved and send it to the stores.")
)
def publish(
    interview: Annotated[str | None, typer.Argument(metavar="[ID]")] = None,
    study: Annotated[
        str | None, typer.Option(help=either("이 연구의 꾸러미를 새로 씁니다", "Write this study's packages anew"))
    ] = None,
) -> None:
    """Release and publish it, or write a study's packages with the code tree and codings of now."""
    if (interview is None) == (study is None):
        raise typer.BadParameter(either("ID나 --study 가운데 하나", "either an ID or --study"), param_hint="ID")
    with errors_shown():
        from flows import coding, desk

        for store, version in desk.publish(interview) if interview else coding.renew(str(study)):
            out.print(either(f"{store}: {version}판", f"{store}: version {version}"), markup=False)


app.command(help=either("파일 하나를 받아 적습니다(이름이 그대로 남음).", "Take one file down, with its names."))(hear)
app.command(
    help=either("사람이 들어 볼 만한 곳을 순서대로 봅니다.", "Where it is most worth a person's while to listen.")
)(listen)


app.command(help=either("늦게 나온 이름을 연구의 모든 면담에서 찾습니다.", "Seek late names in a whole study."))(rescan)
app.command(help=either("연구 면담자의 목소리를 등록합니다.", "Enrol the voices of a study's interviewers."))(voice)

for _verb, _help in (
    (
        coding_verbs.codebook,
        either("코드 나무를 넣고, 쓰고, 확정합니다.", "The code tree: in, out, frozen."),
    ),
    (coding_verbs.collect, either("저장소와 파일에서 코딩을 모아 옵니다.", "Take codings in from stores and files.")),
    (coding_verbs.coders, either("코더를 보고, PostgreSQL 역할을 줍니다.", "The coders, and their PostgreSQL roles.")),
    (findings_verbs.carried, either("새 공개본에서 확실히 못 옮긴 코딩을 봅니다.", "Codings that wait for a person.")),
    (findings_verbs.agree, either("코더들이 얼마나 같은지 셉니다.", "How far coders agree.")),
    (findings_verbs.themes, either("코드를 주제로 모으고 그립니다.", "Codes gathered to themes, with pictures.")),
    (findings_verbs.member, either("참여자 확인지와 내용 타당도 지수.", "Member checking, and its validity index.")),
):
    app.command(help=_help)(_verb)


@app.command(help=either("글에서 이름을 찾기만 합니다.", "Find names in lines of text; nothing else."))
def names(
    lines: Annotated[Path, typer.Argument(metavar="IN.jsonl")],
    found: Annotated[Path, typer.Argument(metavar="OUT.jsonl")],
    roster: Annotated[Path | None, typer.Option(help=either("아는 이름(.json)", "Known names (.json)"))] = None,
) -> None:
    """Detection alone."""
    with errors_shown():
        from flows import desk

        count = desk.find_names(lines, found, roster)
        out.print(either(f"{found}: 표현 {count}개", f"{found}: {count} mentions"), markup=False)


app.command(help=either("보관소를 확인하고 백업합니다.", "Check the vault, back up the store and the keys."))(maintain)
app.command(help=either("연구별 시간, 속도, 남은 검토를 봅니다.", "Hours, speed, gaps, pending reviews by study."))(
    report
)
app.command(help=either("작업 풀과 배포를 만듭니다(여러 컴퓨터).", "Make work pool and deployments."))(deploy)
app.command(help=either("이 컴퓨터를 Prefect 작업자로 씁니다.", "Be a Prefect worker of the lab's pool."))(work)
app.command(
    help=either("공개본, 연구 전체, 가린 음성 사본을 파일로 내보냅니다.", "Write a release, a study or an audio copy.")
)(export)
app.command(help=either("녹음과 정답 폴더로 정확도를 잽니다.", "Score a folder of audio with truth."))(bench)


def main() -> None:
    """Entry point of the command."""
    app(prog_name="chaerok")


if __name__ == "__main__":
    main()
