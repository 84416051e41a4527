"""The flow `intake`: takes in what is ready in the inbox, and hands it to `process`.

An original is moved only once a verified copy of it is in the vault, and never deleted. Prefect gets counts.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import inbox
from flows.inbox import Drop
from flows.process import submit
from flows.scrub import guarded
from pipeline import inputs
from pipeline.errors import ChaerokError, InterviewTaken, PlaceError, SealError
from pipeline.places import Home
from pipeline.sheets import read_sheet
from pipeline.stores.vault import Vault

LATE = (
    "앞서 넣은 면담의 나머지 파일이라면 아직 들어가지 않았습니다. 나중에 온 파일은 이어 붙이지 않습니다: "
    "모든 파일을 새 session 번호의 시트와 함께 다시 넣으세요. 원본은 모두 그대로 있습니다."
)
DUPLICATE, FAILED = "중복", "실패"


@flow(name="intake", persist_result=False)
def intake() -> State[Any]:
    """Take in what is ready; how many were taken, duplicates, failed, or are to be tried again."""
    counts = guarded("intake", "inbox", lambda: dict(scan(Home.here())))
    return Completed(message=", ".join(f"{what} {count}" for what, count in counts.items()) or "-", data=counts)


def scan(home: Home) -> Counter[str]:
    """Take in what is ready. Where another scan is at it, there is nothing to do."""
    with inbox.alone(home) as alone:
        return Counter(_take(home, drop) for drop in (inbox.ready(home) if alone else ()))


def _take(home: Home, drop: Drop) -> str:
    """What became of it: ``taken``, ``duplicate``, ``failed``, or ``again`` where the fault is not the drop's."""
    try:
        return _taken(home, drop)
    except Exception as error:
        inbox.say(drop.recordings[0], inbox.WAITS, _in_korean(error))
        return "again"


def _taken(home: Home, drop: Drop) -> str:
    identity = inputs.identity_of(home)
    try:
        taken = inputs.take_in(home, identity, drop.recordings, read_sheet(drop.sheet))
    except (PlaceError, SealError):
        raise
    except InterviewTaken as error:
        return _put(drop, FAILED, f"{_in_korean(error)} {LATE}")
    except Exception as error:
        return _put(drop, FAILED, _in_korean(error))
    if taken.outcome == "duplicate" or (taken.outcome == "known" and _was_done(drop)):
        return _put(drop, DUPLICATE, f"같은 녹음이 이미 있습니다: {taken.interview}. 이 시트는 읽지 않았습니다.")
    submit(Vault(home.vault, identity), taken.interview)  # a scan that died here finds the drop known, and goes on
    for number, path in enumerate(drop.recordings, start=1):
        of = f" ({len(drop.recordings)}개 가운데 {number}번째 파일)" if len(drop.recordings) > 1 else ""
        inbox.move(path, inbox.DONE, f"보관소에 넣었습니다: {taken.interview}{of}")
    drop.sheet.unlink()
    return "taken"


def _was_done(drop: Drop) -> bool:
    done = {path.stat().st_size for path in (drop.sheet.parent / inbox.DONE).glob("*")}
    return all(path.stat().st_size in done for path in drop.recordings)


def _put(drop: Drop, folder: str, reason: str) -> str:
    for path in drop.recordings:
        inbox.move(path, folder, reason)
    inbox.move(drop.sheet, folder)
    return {FAILED: "failed", DUPLICATE: "duplicate"}[folder]


def _in_korean(error: Exception) -> str:
    if isinstance(error, ChaerokError):
        return error.in_language("ko")
    return f"예상하지 못한 오류입니다({type(error).__name__}). 원본은 그대로 있습니다. 관리자에게 알려 주세요."
