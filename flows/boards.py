"""The study board and the quality table, as rows with Korean headings: ids, counts, durations, and what to type next.

The same rows are shown in the Prefect UI, by `chaerok status` and by `chaerok report`.
"""

from __future__ import annotations

from collections.abc import Iterable

from flows.terminal import FLAGS, SHORT
from pipeline import inputs
from pipeline.interview import Source
from pipeline.places import Home
from pipeline.standing import Quality, Standing, by_participant, missing, quality, standing
from pipeline.stores.keyring import service_identity
from pipeline.stores.vault import Vault, holds_interviews
from pipeline.walk import Walk

Rows = list[dict[str, str | int | float]]

STAGES = {
    "normalise": "소리 고르기",
    "diarize": "화자 나누기",
    "transcribe": "받아 적기",
    "merge": "합치기",
    "segment": "줄 나누기",
    "review": "고친 것 넣기",
    "detect": "이름 찾기",
    "pseudonymize": "이름 가리기",
    "release": "공개",
    "publish": "저장소로 보내기",
    "mask": "음성 가리기",
}
"""What a step is called where research assistants read."""
WAITS = {
    "source": "녹음 기다림",
    "approval": "승인 기다림",
    "quarantine": "격리: 승인 기다림",
}
DONE = "공개됨"
MISSING = "빠진 회기"


def stage(one: Standing) -> str:
    """How far an interview has come, in a word or two."""
    if one.failed:
        said = f"실패: {', '.join(STAGES.get(name, name) for name in one.failed)}"
    elif one.waiting:
        said = WAITS.get(one.waiting, f"기다림: {one.waiting}")
    else:
        said = STAGES.get(one.coming, one.coming) if one.coming else DONE
    flags = ", ".join(SHORT.get(flag, flag) for flag in one.flags)
    return f"{said} ({one.done}/{one.of})" + (f" · {flags}" if flags else "")


def to_do(one: Standing) -> str:
    """The command that goes on with it; empty where nobody has to do anything."""
    if one.waiting in ("approval", "quarantine"):
        return f"chaerok review {one.interview}"
    return f"chaerok status {one.interview} --failure" if one.failed else ""


def board(standings: Iterable[Standing], expected: int) -> Rows:
    """A row for each participant, a column for each session."""
    grid = by_participant(standings)
    columns = sorted({one.interview.session for ones in grid.values() for one in ones})
    return [_row(study, participant, ones, columns, expected) for (study, participant), ones in grid.items()]


def _row(
    study: str, participant: str, ones: tuple[Standing, ...], columns: list[str], expected: int
) -> dict[str, str | int | float]:
    by_session = {one.interview.session: one for one in ones}
    left = missing(list(by_session), expected)
    return {
        "연구": study,
        "참여자": participant,
        **{column: stage(by_session[column]) if column in by_session else "" for column in columns},
        MISSING: f"{left} ({len(by_session)}/{expected})" if left else "",
        "할 일": ", ".join(filter(None, map(to_do, ones))),
    }


def quality_rows(found: Iterable[Quality]) -> Rows:
    """A row for each study."""
    return [
        {
            "연구": one.study,
            "면담 수": one.interviews,
            "들은 시간": one.hours,
            "화자 나누기(초/초)": dict(one.factors).get("diarize", ""),
            "받아 적기(초/초)": dict(one.factors).get("transcribe", ""),
            "안 들린 곳": one.gaps,
            "안 들린 말(분)": one.gap_minutes,
            "들어볼 곳": one.listen,
            "승인 기다림": one.reviews,
            "확인 필요": one.flagged,
            FLAGS["quarantined"][0].partition(":")[0]: one.quarantined,
            "실패": one.failed,
        }
        for one in found
    ]


# --- what is there --------------------------------------------------------------------------------------------------


def studies() -> tuple[str, ...]:
    """Every study with an interview in the vault."""
    home = Home.here()
    return tuple(sorted({path.parent.parent.parent.name for path in home.vault.glob(f"*/*/*/{Source.file}")}))


def of_study(study: str) -> Rows:
    """Its board. Raises StudyInvalid, KeyMissing."""
    walks = list(_walks(study))
    expected = walks[0].settings.intake.sessions_expected[0] if walks else 0
    return board(map(standing, walks), expected)


def report() -> Rows:
    """The quality table of all studies. Raises StudyInvalid, KeyMissing."""
    return quality_rows(quality(study, list(_walks(study))) for study in studies())


def _walks(study: str) -> Iterable[Walk]:
    home = Home.here()
    if not holds_interviews(home.vault):
        return
    identity = service_identity(home.keys)
    for interview in Vault(home.vault, identity).interviews():
        if interview.study == study:
            yield inputs.walk_of(home, interview, identity)


def show(study: str) -> None:
    """Put the study's board into the Prefect UI."""
    from flows import artifacts

    artifacts.table("board", study, of_study(study), f"현황판 {study}")
