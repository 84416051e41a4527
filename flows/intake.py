"""The flow `intake`: takes in what is ready in the inbox, and hands it to `process`, a bounded number at a time.

An original is moved only once a verified copy of it is in the vault, and never deleted here. Prefect gets counts.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import handing
from flows.inbox import journal, moving, notes, page
from flows.inbox.folders import folders
from flows.inbox.gathering import Drop, View, alone, look
from flows.inbox.journal import Became, Entry
from flows.inbox.naming import CLAIMED, DUPLICATE, FAILED, WAITS
from flows.inbox.turns import due
from flows.scrub import guarded
from pipeline import attendance, inputs
from pipeline.errors import (
    ChaerokError,
    ConsentMissing,
    FileChanged,
    FileMissing,
    InputError,
    InterviewTaken,
    PlaceError,
    PlaceUnwritable,
    SettingsInvalid,
    StudyInvalid,
)
from pipeline.inputs import Taken
from pipeline.interview import Recording
from pipeline.places import Home
from pipeline.settings import Intake, load

LATE = (
    "앞서 넣은 면담의 나머지 파일이라면 아직 들어가지 않았습니다. 나중에 온 파일은 이어 붙이지 않습니다: "
    "모든 파일을 새 session 번호의 시트와 함께 다시 넣으세요. 원본은 모두 그대로 있습니다."
)
BACK = "고친 뒤에 이 폴더 밖으로 다시 옮기면 이어서 넣습니다."
NOT_ITS_FAULT = (ConsentMissing, FileMissing, SettingsInvalid, StudyInvalid)
"""Of what a person gave, what may be mended while the drop waits; the others are the drop's own fault."""
LENGTHS = {attendance.BRIEF: "짧습니다", attendance.LENGTHY: "깁니다"}
PAGE_SECONDS = 10.0
"""Between two states of the page, while many drops are taken in."""


@flow(name="intake", persist_result=False)
def intake() -> State[Any]:
    """Take in what is ready; how many were taken, duplicates, failed, or are to be tried again."""
    counts = guarded("intake", "inbox", lambda: dict(scan(Home.here())))
    return Completed(message=", ".join(f"{what} {count}" for what, count in counts.items()) or "-", data=counts)


def scan(home: Home) -> Counter[str]:
    """Take in what is ready, and hand on as many as there is room for. Nothing where another scan is at it.

    Raises InboxGone, SettingsInvalid, DiskFull (of the inbox).
    """
    counts: Counter[str] = Counter()
    with alone(home) as is_alone:
        if not is_alone:
            return counts
        stuck = moving.recover(home.inbox, folders(home.inbox))
        seen = look(home)
        room, shown = handing.room(home), time.monotonic()
        for drop in due(home, seen):
            counts[_take(home, drop)] += 1
            room -= handing.hand_on(home, room)
            if time.monotonic() - shown > PAGE_SECONDS:
                _show(home, look(home), stuck)
                shown = time.monotonic()
        handing.hand_on(home, room)
        _show(home, look(home) if counts else seen, stuck)
    return counts


def _show(home: Home, seen: View, stuck: tuple[tuple[str, str], ...]) -> None:
    with suppress(PlaceError):  # the next look writes it
        page.write(home, seen, stuck)


def _take(home: Home, drop: Drop) -> str:
    """What became of it: ``taken``, ``duplicate``, ``failed``, ``changed``, ``gone``; ``again`` if not its fault."""
    try:
        claimed = moving.claim(drop)
    except FileChanged:
        return "changed"
    except PlaceUnwritable as error:
        return _try_again(home, moving.name_of(home.inbox, drop.recordings[0]), error)
    try:
        return _taken(home, claimed)
    except FileChanged:
        moving.give_back(claimed.files)  # it is seen to have changed, and waited for, by the next look
        return "changed"
    except Exception as error:
        return _failed(home, claimed, error)


def _taken(home: Home, claimed: Drop) -> str:
    identity = inputs.identity_of(home)
    taken = inputs.take_in(home, identity, claimed.recordings, claimed.sheet)
    if taken.outcome == "duplicate" or (taken.outcome == "known" and _is_there(home, taken)):
        there = f"같은 녹음이 이미 있습니다: {taken.interview}. 이 시트는 쓰지 않았습니다."
        return _put(home, claimed, Became.DUPLICATE, there)
    walk = inputs.walk_of(home, taken.interview, identity)
    recording = walk.vault.read(taken.interview, Recording)
    assert recording is not None  # decoded when it was taken in
    names, sheet = moving.origins(home.inbox, claimed)
    remark = _of_length(recording.seconds, walk.settings.intake)
    sealed = Entry(names[0], Became.SEALED, names, sheet, str(taken.interview), remark)
    journal.add(home.inbox, sealed)
    moving.finish(home.inbox, sealed)
    return "taken"


def _of_length(seconds: float, expected: Intake) -> str:
    """A remark where the session is shorter or longer than it should be; else nothing."""
    least, most = expected.least_minutes, expected.most_minutes
    found = attendance.length_notes(seconds, least, most)
    return "".join(f". 길이 {seconds / 60:.0f}분: 예정({least:g}–{most:g}분)보다 {LENGTHS[note]}" for note in found)


def _is_there(home: Home, taken: Taken) -> bool:
    """Whether the inbox brought that interview before; otherwise a scan died just after sealing, and this goes on."""
    states = (Became.SEALED, Became.TAKEN, Became.HANDED)
    found = journal.read(home.inbox)
    return any(entry.interview == str(taken.interview) and entry.became in states for entry in found)


def _failed(home: Home, claimed: Drop, error: Exception) -> str:
    """Put aside what is the drop's own fault; give back the others, to be tried again a bounded number of times."""
    if isinstance(error, FileMissing) and not any(path.exists() for path in claimed.recordings):
        return "gone"
    why = _in_korean(error)
    if isinstance(error, InputError) and not isinstance(error, NOT_ITS_FAULT):
        return _put(home, claimed, Became.FAILED, f"{why} {LATE}" if isinstance(error, InterviewTaken) else why)
    name = moving.origins(home.inbox, claimed)[0][0]
    if (tries := _tries(home, name) + 1) >= load(home).inbox.most_tries:
        return _put(home, claimed, Became.FAILED, f"{tries}번 시도했습니다. {why} {BACK}")
    moving.give_back(claimed.files)
    return _try_again(home, name, error)


def _tries(home: Home, name: str) -> int:
    """How often it failed so far, since it was dropped."""
    before = journal.failing(home.inbox).get(name)
    return before.tries if before else 0


def _try_again(home: Home, name: str, error: Exception) -> str:
    tries = _tries(home, name) + 1
    told = f"{_in_korean(error)} 원본은 그대로이고, 다시 시도합니다({tries}번 실패)."
    journal.add(home.inbox, Entry(name, Became.AGAIN, why=told, tries=tries))
    with suppress(PlaceError):  # the page says it too
        notes.say(home.inbox / name, WAITS, told)
    return "again"


def _put(home: Home, claimed: Drop, became: Became, reason: str) -> str:
    names, sheet = moving.origins(home.inbox, claimed)
    moving.put_aside(claimed, {Became.FAILED: FAILED, Became.DUPLICATE: DUPLICATE}[became], reason)
    journal.add(home.inbox, Entry(names[0], became, names, sheet, why=reason))
    return str(became)


def _in_korean(error: Exception) -> str:
    if not isinstance(error, ChaerokError):
        return f"예상하지 못한 오류입니다({type(error).__name__}). 관리자에게 알려 주세요."
    shown = {name: _shown(fact) for name, fact in error.facts.items()}
    return type(error)(**shown).in_language("ko")


def _shown(fact: object) -> object:
    """A claimed file is called by its name: where it lies now is of no use to anybody."""
    return fact.name if isinstance(fact, Path) and fact.parent.name == CLAIMED else fact
