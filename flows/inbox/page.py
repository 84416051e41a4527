"""``상태.html`` at the top of the inbox: every recent file, how far it is, and what to do. Names of files, and ids."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.inbox import journal
from flows.inbox.gathering import View
from flows.inbox.journal import Became, Entry
from flows.inbox.naming import DONE, DUPLICATE, FAILED, PAGE
from pipeline.errors import ChaerokError
from pipeline.interview import InterviewId, Source, normal_text
from pipeline.places import Home
from pipeline.steps import STEPS
from pipeline.stores.keyring import service_identity
from pipeline.stores.sealed import write_atomically
from pipeline.stores.vault import Vault
from pipeline.transcript import Publication, Released

MOST_ROWS = 500
STAGES = {
    "normalise": "소리를 고르는 중",
    "diarize": "누가 말하는지 듣는 중",
    "transcribe": "받아 적는 중",
    "merge": "말과 사람을 맞추는 중",
    "segment": "줄을 나누는 중",
    "review": "고친 것을 넣는 중",
    "detect": "이름을 찾는 중",
    "pseudonymize": "가명을 붙이는 중",
    "release": "사람의 검토와 승인을 기다림",
    "publish": "코딩 저장소로 보내는 중",
}
WALKED = tuple(row for row in STEPS if row.name in STAGES)
HEAD = """<!doctype html>
<html lang="ko"><meta charset="utf-8"><meta http-equiv="refresh" content="15"><title>채록: 녹음 넣는 폴더</title>
<style>body{font:15px/1.5 sans-serif;margin:1.5em}table{border-collapse:collapse}
td,th{border-bottom:1px solid #ccc;padding:.3em .8em;text-align:left;vertical-align:top}
tr.ask td{background:#fff4d6}</style>
<h1>녹음 넣는 폴더</h1>
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A file, how far it is, the share of the way in per cent (None: not on its way), and what to do."""

    file: str
    stage: str
    percent: int | None
    todo: str
    ask: bool = False
    """Whether somebody has to do something."""


def write(home: Home, seen: View, stuck: tuple[tuple[str, str], ...] = ()) -> bool:
    """Write the page where it would be another one; True where it was. While `alone`. `stuck`: `moving.recover`'s."""
    shown = rows(home, seen, stuck)
    path = home.inbox / PAGE
    before = path.read_text("utf-8", errors="replace") if path.is_file() else ""
    written = re.search(r"<p>바뀐 때: ([0-9: -]+)</p>", before)
    if written and rendered(shown, written[1]) == before:
        return False
    write_atomically(path, [rendered(shown, f"{datetime.now():%Y-%m-%d %H:%M:%S}").encode()])  # noqa: DTZ005 - the lab's clock
    return True


def rows(home: Home, seen: View, stuck: tuple[tuple[str, str], ...] = ()) -> tuple[Row, ...]:
    """What somebody has to see to comes first, then what is under way, the latest first."""
    inbox = home.inbox
    there = [Row(name, "살펴보세요", None, why, True) for name, why in (*stuck, *seen.odd)]
    there += [Row(_shown(inbox, held.recordings[0]), "기다림", None, held.why, True) for held in seen.held]
    there += [Row(_shown(inbox, path), "복사가 끝나기를 기다림", None, "") for path in seen.settling]
    here = {_shown(inbox, path) for drop in seen.ready for path in drop.recordings}
    entries = [entry for entry in reversed(journal.read(inbox)) if entry.became is not Became.AGAIN]
    again = {normal_text(name): entry.why for name, entry in journal.failing(inbox).items()}
    there += [Row(name, "넣을 차례를 기다림", None, again.get(name, ""), name in again) for name in sorted(here)]
    vault = _vault(home)
    there += [_row(entry, vault) for entry in entries[:MOST_ROWS]]
    return tuple(sorted(there, key=lambda row: not row.ask))


def _shown(inbox: Path, path: Path) -> str:
    return normal_text(path.relative_to(inbox).as_posix())


def _vault(home: Home) -> Vault | None:
    try:
        return Vault(home.vault, service_identity(home.keys))
    except ChaerokError:
        return None


def _row(entry: Entry, vault: Vault | None) -> Row:
    name = normal_text(entry.drop) + (f" 외 {len(entry.files) - 1}개" if len(entry.files) > 1 else "")
    if entry.became is Became.FAILED:
        return Row(name, f"{FAILED}/", None, entry.why, True)
    if entry.became is Became.DUPLICATE:
        return Row(name, f"{DUPLICATE}/", None, entry.why)
    where = f"{entry.interview} ({DONE}/){entry.why}"
    found = progress(vault, InterviewId.parse(entry.interview)) if vault else None
    if found is None:
        return Row(name, "보관소에 들어감", None, where)
    stage, percent, failed = found
    if failed:
        return Row(name, stage, percent, f"{where}. 멈췄습니다: 관리자에게 알려 주세요.", True)
    if entry.became is not Became.HANDED and percent < 100 and stage == STAGES["diarize"]:
        stage = "보관소에 들어감, 차례를 기다림"
    return Row(name, stage, percent, where)


def progress(vault: Vault, interview: InterviewId) -> tuple[str, int, bool] | None:
    """What is being done, the share of the walk in per cent, whether a step failed; by the stamps. None: not there."""
    if vault.stamp(interview, Source) is None:
        return None
    made = [row.name for row in WALKED if vault.stamp(interview, row.makes)]
    failed = any(vault.folder(interview).glob("failure-*"))
    if vault.stamp(interview, Publication) and vault.stamp(interview, Released):
        return "끝남: 코딩 저장소에 있음", 100, failed
    coming = next((row.name for row in WALKED if row.name not in made), "publish")
    return STAGES[coming], round(100 * len(made) / len(WALKED)), failed


def rendered(shown: tuple[Row, ...], at: str) -> str:
    """The page. Whatever a file is called, it is text."""
    lines = [HEAD, f"<p>바뀐 때: {at}</p>\n<table><tr><th>파일<th>단계<th>진행<th>설명과 할 일</tr>\n"]
    for row in shown:
        percent = "" if row.percent is None else f"{row.percent}%"
        cells = "".join(f"<td>{html.escape(text)}</td>" for text in (row.file, row.stage, percent, row.todo))
        lines.append(f"<tr{' class=ask' if row.ask else ''}>{cells}</tr>\n")
    lines.append("</table>\n" + ("" if shown else "<p>넣은 파일이 없습니다.</p>\n") + "</html>\n")
    return "".join(lines)
