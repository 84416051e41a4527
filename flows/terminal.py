"""What a person at a terminal sees: one language at a time, one line for an error, a bar for long work."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.errors import ChaerokError, Language, Waiting

if TYPE_CHECKING:  # it brings the vault and its seals: a command starts in half the time without
    from pipeline.attendance import Attendance
    from pipeline.walk import Report

UNEXPECTED = 1
INTERRUPTED = 130


def language() -> Language:
    """``--lang`` if given, else CHAEROK_LANG, else English where LANG begins with "en", else Korean."""
    words = [part for word in sys.argv[1:] for part in (word.split("=", 1) if word.startswith("--lang=") else [word])]
    if "--lang" in words[:-1]:
        asked = words[words.index("--lang") + 1]
    else:
        asked = os.environ.get("CHAEROK_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if asked.lower().startswith("en") else "ko"


def either(korean: str, english: str) -> str:
    """The text in the language in force."""
    return english if language() == "en" else korean


out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

WAITING_FOR = {
    "source": ("녹음이 아직 들어오지 않았습니다", "the recording is not there yet"),
    "approval": ("사람의 승인을 기다립니다", "waiting for a person's approval"),
    "quarantine": ("공개본이 격리되어 있습니다. 새 원고의 승인을 기다립니다", "the release is quarantined"),
    "released": ("아직 공개되지 않았습니다", "not released yet"),
    "audio": (
        "가린 사본이 아직 없거나 낡았습니다: chaerok run",
        "no masked copy yet, or an old one: chaerok run",
    ),
    "transcript": ("아직 받아 적지 않았습니다", "not taken down yet"),
}

FLAGGED = "Flagged"
"""The name of the state in which a run ends whose transcript somebody has to look at."""
FLAGS = {
    "unheard": ("받아 적지 못한 말소리가 많음", "much speech has no words"),
    "hallucination": ("지어낸 말로 의심되는 곳이 많음", "many words may never have been said"),
    "speakers": ("말하는 사람 수가 불확실함", "the number of speakers is uncertain"),
    "roles": ("누가 연구자인지 불확실함", "who interviews is uncertain"),
    "quality": ("녹음 상태가 나쁨", "the recording is poor"),
    "quarantined": ("공개본이 격리됨: 뒤늦게 알게 된 이름이 들어 있음", "its release is quarantined: it shows a name"),
    "untold": ("코딩 저장소에 격리를 아직 알리지 못함", "a coding store does not know of the quarantine yet"),
}
"""What a flag says, as people read it. Safe to show anywhere."""

SHORT = {
    "unheard": "안 들림",
    "hallucination": "지어냄",
    "speakers": "화자 수",
    "roles": "역할",
    "quality": "음질",
    "quarantined": "격리",
    "untold": "격리 못 알림",
}
"""The same in a word, for a table."""

NOTES = {
    "brief": ("예정보다 짧은 회기", "a shorter session than expected"),
    "lengthy": ("예정보다 긴 회기", "a longer session than expected"),
}
"""What a note says. Unlike a flag it asks nothing of anybody, and holds nothing up."""

REMEDIES = {
    "speakers": ("말하는 사람 수를 참여자 시트의 speakers와 견주어 보세요", "compare the count with the sheet's"),
    "roles": ("수정 시트의 화자 쪽에서 역할을 정하세요", "set the roles on the correction sheet's third page"),
    "quarantined": ("새 원고를 검토하고 승인하세요", "review the new draft and approve it"),
    "untold": ("저장소를 켜고 chaerok rescan 연구 를 실행하세요", "start the store, then: chaerok rescan STUDY"),
}
"""What to do about it; where nothing stands here, listening is what helps."""


def flag_names(flags: Iterable[str]) -> str:
    """The flags, as people read them, on one line."""
    return ", ".join(either(*FLAGS.get(flag, (flag, flag))) for flag in flags)


def flag_words(flags: Iterable[str]) -> str:
    """The flags, a word each."""
    return ", ".join(either(SHORT.get(flag, flag), flag) for flag in flags)


def note_line(notes: Iterable[str]) -> str:
    """The notes on an interview, as people read them, on one line; empty where there are none."""
    said = ", ".join(either(*NOTES.get(note, (note, note))) for note in notes)
    return f"{either('참고', 'note')}: {said}" if said else ""


def attendance_line(found: Attendance) -> str:
    """A participant's sessions: those that are there, those that the study expects besides."""
    line = f"{found.study} {found.participant}: {', '.join(found.there)}"
    if found.lacking:
        lacking = ", ".join(found.lacking)
        line += either(f" · 아직 없음: {lacking}", f" · lacking: {lacking}")
    if found.surplus:
        line += either(f" · 예정({found.most}회)보다 많음", f" · more than the {found.most} expected")
    return line


def flag_lines(flags: Iterable[str], interview: str) -> list[str]:
    """A line for each flag: what it is, and what to do about it."""
    listen = (f"들어 보세요: chaerok listen {interview}", f"listen: chaerok listen {interview}")
    head = either("확인 필요", "needs a look")
    return [f"{head}: {flag_names([flag])}. {either(*REMEDIES.get(flag, listen))}" for flag in flags]


def waiting_line(what: str, interview: str) -> str:
    """What the walk waits for, and the command that goes on."""
    line = either(*WAITING_FOR.get(what, (f"{what} 을(를) 기다립니다", f"waiting for {what}")))
    if what in ("approval", "quarantine"):
        line += f": chaerok review {interview} → chaerok approve {interview}"
    return f"{interview}: {line}"


@contextmanager
def errors_shown() -> Iterator[None]:
    """Turn errors into one line with a remedy and their exit code; `Waiting` into a line and 0."""
    try:
        yield
    except Waiting as waiting:
        out.print(waiting_line(waiting.what, waiting.interview), markup=False)
    except ChaerokError as error:
        where = f"{error.store}: " if error.store else ""
        err.print(either("오류: ", "error: ") + where + error.in_language(language()), markup=False)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        err.print(either("멈췄습니다. 다시 실행하면 이어집니다.", "stopped; run it again to go on."))
        raise typer.Exit(INTERRUPTED) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if os.environ.get("CHAEROK_DEBUG"):
            raise
        kind = type(error).__name__
        err.print(
            either(
                f"예상하지 못한 오류입니다({kind}). CHAEROK_DEBUG=1로 다시 실행하면 자세히 나옵니다.",
                f"unexpected error ({kind}). Run again with CHAEROK_DEBUG=1 for details (they may quote names).",
            ),
            markup=False,
        )
        raise typer.Exit(UNEXPECTED) from None


@contextmanager
def progress_shown() -> Iterator[Report]:
    """A bar for each step that reports, on a terminal; nothing elsewhere."""
    columns = (TextColumn("{task.description:<12}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, TimeElapsedColumn(), console=err, disable=not err.is_terminal) as bars:
        known: dict[str, int] = {}

        def report(step: str, share: float) -> None:
            if step not in known:
                known[step] = bars.add_task(step, total=1.0)
            bars.update(known[step], completed=share)  # type: ignore[arg-type]  # TaskID is an int

        yield report


def warn_demo_grade() -> None:
    """Say that these weights are for trying out."""
    err.print(
        either(
            "시연 등급: 작은 Whisper로 받아 적었습니다. 실제 연구에는 큰 가중치를 쓰세요(README).",
            "demo grade: transcribed with a small Whisper. Use larger weights for real work (README).",
        )
    )
