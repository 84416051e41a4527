"""``chaerok keys init | add-recipient | rotate | reveal | destroy | log``: what the data manager does with keys."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from flows.terminal import either, errors_shown, out

if TYPE_CHECKING:
    from pipeline.stores.keyring import Identity

app = typer.Typer(
    no_args_is_help=True,
    help=either(
        "열쇠: 만들고, 나누고, 바꾸고, 가명 뒤의 이름을 봅니다(자료관리자).",
        "Keys: make, share, change, reveal a name.",
    ),
)
Custodian = Annotated[
    Path | None,
    typer.Option("--custodian", help=either("관리자 열쇠 파일", "The custodian's identity file")),
]
Study = Annotated[str, typer.Option("--study", help=either("연구 id", "Study id"))]
Person = Annotated[str, typer.Argument(metavar="PERSON", help=either("가명 또는 id", "Stand-in or id"))]
COLUMNS = (("때", "when"), ("누가", "actor"), ("무엇을", "act"), ("연구", "study"), ("누구", "who"), ("까닭", "why"))
Reason = Annotated[str, typer.Option("--reason", help=either("까닭(기록에 남음)", "Why (goes into the log)"))]


@app.command(help=either("서비스 열쇠와 관리자 열쇠를 만듭니다.", "Make the service's and the custodian's identity."))
def init(
    custodian: Custodian = None,
    whose: Annotated[str, typer.Option("--whose", help=either("누구의 열쇠인지", "Whose it is"))] = "",
    passphrase: Annotated[bool, typer.Option(help=either("암호로 잠급니다", "Lock it with a passphrase"))] = True,
) -> None:
    """Once for a home; more custodians come with add-recipient."""
    with errors_shown():
        from pipeline import custody
        from pipeline.places import Home

        home = Home.here()
        path = custodian or home.keys / "custodian.key"
        custody.refuse_second(home, path)
        word = _passphrase(new=True) if passphrase else ""
        made = custody.begin(home, path, whose, word, getpass.getuser())
        out.print(either(f"관리자 열쇠: {path}", f"custodian's identity: {path}"), markup=False)
        out.print(f"  {made.public}", markup=False)
        out.print(
            either(
                "이 파일을 다른 매체로 옮기고 따로 보관하세요. 서비스 열쇠와 함께 두면 가름이 없습니다.",
                "Move this file to another medium and keep it apart: beside the service's it separates nothing.",
            )
        )


@app.command("add-recipient", help=either("다른 관리자도 열 수 있게 합니다.", "Let another custodian open it all."))
def add_recipient(
    public: Annotated[str, typer.Argument(metavar="age1…", help=either("공개 열쇠", "Public key"))],
    custodian: Custodian = None,
    whose: Annotated[str, typer.Option("--whose", help=either("누구의 열쇠인지", "Whose it is"))] = "",
) -> None:
    """Wrap every data key for them too."""
    with errors_shown():
        from pipeline import custody
        from pipeline.places import Home

        count = custody.add(Home.here(), public, whose, _opened(custodian), getpass.getuser())
        out.print(either(f"열쇠 {count}개를 함께 봉했습니다.", f"{count} keys wrapped for them too"))


@app.command(help=either("서비스 열쇠를 새로 만들고 모두 다시 봉합니다.", "A new service identity; all wrapped anew."))
def rotate(
    custodian: Custodian = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--everything",
            help=either(
                "녹음과 원고도 새로 봉합니다(오래 걸림)", "Seal recordings and transcripts anew, too (takes long)"
            ),
        ),
    ] = False,
) -> None:
    """After a compromise with --everything, else by a calendar. Stop `chaerok up` first."""
    with errors_shown():
        from pipeline import custody
        from pipeline.places import Home

        count = custody.rotate(Home.here(), _opened(custodian), getpass.getuser(), everything=everything)
        out.print(
            either(f"열쇠 {count}개를 새로 봉했습니다. keys/service.key를 백업하세요.", f"{count} keys wrapped anew")
        )


@app.command(help=either("가명 뒤의 이름을 보고, 기록에 남깁니다.", "Who is behind a stand-in; goes into the log."))
def reveal(person: Person, reason: Reason, study: Study, custodian: Custodian = None) -> None:
    """The names, on this terminal alone."""
    with errors_shown():
        from pipeline import custody
        from pipeline.places import Home

        entry = custody.reveal(Home.here(), study, person, reason, _opened(custodian), getpass.getuser())
        out.print(f"{entry.stand_in}: {', '.join(entry.forms)}", markup=False)


@app.command(
    help=either("한 사람의 이름을 되살릴 수 없게 지웁니다.", "Make one person's names unrecoverable, for good.")
)
def destroy(
    person: Person,
    reason: Reason,
    study: Study,
    custodian: Custodian = None,
    yes: Annotated[bool, typer.Option("--yes", help=either("묻지 않음", "Do not ask"))] = False,
) -> None:
    """The stand-in stays taken; older backups still hold the key."""
    with errors_shown():
        from pipeline import custody
        from pipeline.places import Home

        opener = _opened(custodian)
        if not yes:
            typer.confirm(
                either(f"{person}의 이름을 영영 지울까요?", f"Destroy the names of {person} for good?"), abort=True
            )
        id = custody.destroy(Home.here(), study, person, reason, opener, getpass.getuser())
        out.print(
            either(f"{id}: 이름을 지웠습니다. 옛 백업도 지우세요.", f"{id}: destroyed; old backups still hold it")
        )


@app.command(help=either("관리자가 한 일의 기록을 봅니다.", "What custodians did."))
def log() -> None:
    """Every line; an error where the chain is broken."""
    with errors_shown():
        from pipeline import custody
        from pipeline.places import Home

        table = Table(*(either(*names) for names in COLUMNS))
        for act in custody.acts(Home.here()):
            table.add_row(act.at, act.actor, act.act, act.study, act.who, act.reason)
        out.print(table)


def _passphrase(*, new: bool) -> str:
    """What a person types, a new one twice. Raises PassphraseUnasked."""
    from pipeline.errors import PassphraseUnasked

    try:
        return str(typer.prompt(either("관리자 열쇠의 암호", "Passphrase"), hide_input=True, confirmation_prompt=new))
    except typer.Abort:
        raise PassphraseUnasked() from None


def _opened(path: Path | None) -> Identity:
    """The custodian's identity; asks for its passphrase where it has one."""
    from pipeline.places import Home
    from pipeline.stores.keyring import custodian, is_encrypted

    path = path or Home.here().keys / "custodian.key"
    return custodian(path, _passphrase(new=False) if is_encrypted(path) else "")
