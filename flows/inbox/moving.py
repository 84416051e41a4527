"""Claiming a drop, giving it back, putting it away: every move is a rename, after which the next scan finds the file.

A claimed drop lies in ``처리중/`` beside its place, the recordings first, the sheet last. What lies there when nobody
is at work was left by a crash: it is finished where the journal says that it was sealed, and put back otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from flows.inbox import journal, notes
from flows.inbox.folders import Folder, Look
from flows.inbox.gathering import Drop
from flows.inbox.journal import Became, Entry
from flows.inbox.naming import CLAIMED, DONE, FAILED, is_junk
from pipeline.errors import FileChanged, PlaceUnwritable
from pipeline.interview import normal_text

OVERTAKEN = (
    "이 파일을 넣다가 멈춘 사이에 같은 이름의 파일이 새로 들어왔습니다. 새 파일을 먼저 다룹니다. "
    "이 파일도 필요하면 다른 이름으로 다시 넣으세요."
)


STUCK = "보관소에 들어갔으나 원본을 옮기지 못했습니다. 폴더의 권한을 확인하거나 관리자에게 알려 주세요."


def claim(drop: Drop) -> Drop:
    """The drop, where nobody else touches it.

    Raises FileChanged where it is not as it had settled, PlaceUnwritable; then it is back in its place.
    """
    claimed: list[Path] = []
    for path, settled in zip(drop.files, drop.looks, strict=True):
        target = path.parent / CLAIMED / normal_text(path.name)
        try:
            target.parent.mkdir(exist_ok=True)
            path.rename(target)
        except OSError:
            give_back(claimed)
            if _look(path) == settled:  # no right to move it; or (Windows) the program that wrote it holds it open
                raise PlaceUnwritable(path=path.parent) from None
            raise FileChanged(path=path) from None
        claimed.append(target)
    if tuple(map(_look, claimed)) != drop.looks:
        give_back(claimed)
        raise FileChanged(path=drop.recordings[0])
    sheet = claimed[-1] if drop.sheet_file else None
    return replace(drop, recordings=tuple(claimed[: len(drop.recordings)]), sheet_file=sheet)


def _look(path: Path) -> Look:
    try:
        stat = path.stat()
    except OSError:
        return (-1, -1)
    return stat.st_size, stat.st_mtime_ns


def give_back(claimed: Iterable[Path]) -> None:
    """Back to where it was dropped. Where its name is taken by now it goes to ``실패/``, and says so."""
    for path in claimed:
        home = path.parent.parent
        if not path.exists():
            continue
        if (home / path.name).exists():
            notes.move(path, home / FAILED, OVERTAKEN)
        else:
            path.rename(home / path.name)
    for folder in {path.parent for path in claimed}:
        notes.remove_empty(folder)


def recover(inbox: Path, found: tuple[Folder, ...]) -> tuple[tuple[str, str], ...]:
    """Take up what a crash left behind; before a look, while `alone`. Answers (path, what could not be done)."""
    stuck: list[tuple[str, str]] = []
    for entry in journal.read(inbox):
        if entry.became is Became.SEALED:
            try:
                finish(inbox, entry)
            except OSError as error:
                stuck.append((entry.drop, f"{STUCK} ({type(error).__name__})"))
    held = {name for entry in journal.read(inbox) if entry.became is Became.SEALED for name in entry.files}
    for folder in found:
        left = notes.inside(folder.path / CLAIMED)
        mine = [path for path in left if path.is_file() and not is_junk(path.name)]
        give_back([path for path in mine if _name(inbox, path) not in held])
        notes.remove_empty(folder.path / CLAIMED)
    return tuple(stuck)


def finish(inbox: Path, sealed: Entry) -> None:
    """Put the originals of a sealed drop away, and remove its sheet; as far as that was not done yet."""
    for number, name in enumerate(sealed.files, start=1):
        path = _claimed(inbox, name)
        if path.exists():
            of = f" ({len(sealed.files)}개 가운데 {number}번째 파일)" if len(sealed.files) > 1 else ""
            notes.move(path, path.parent.parent / DONE, f"보관소에 넣었습니다: {sealed.interview}{of}{sealed.why}")
        notes.unsay(inbox / name)
    if sealed.sheet:
        _claimed(inbox, sealed.sheet).unlink(missing_ok=True)
    for folder in {_claimed(inbox, name).parent for name in sealed.files}:
        notes.remove_empty(folder)
    journal.add(inbox, replace(sealed, became=Became.TAKEN))


def put_aside(drop: Drop, folder: str, reason: str) -> None:
    """A claimed drop into ``중복/`` or ``실패/`` beside its place, sheet and all."""
    for path in drop.recordings:
        home = path.parent.parent
        if path.exists():
            notes.move(path, home / folder, reason)
        notes.unsay(home / path.name)
    if drop.sheet_file and drop.sheet_file.exists():
        notes.move(drop.sheet_file, drop.sheet_file.parent.parent / folder)
    for path in {path.parent for path in drop.files}:
        notes.remove_empty(path)


def origins(inbox: Path, claimed: Drop) -> tuple[tuple[str, ...], str]:
    """Where the files of a claimed drop were dropped, below the inbox: recordings, and the sheet or nothing."""
    names = tuple(_name(inbox, path) for path in claimed.recordings)
    return names, _name(inbox, claimed.sheet_file) if claimed.sheet_file else ""


def name_of(inbox: Path, dropped: Path) -> str:
    """What a file that lies in its place will be called in the journal."""
    return _name(inbox, dropped.parent / CLAIMED / normal_text(dropped.name))


def _name(inbox: Path, claimed: Path) -> str:
    """Folders as the disk has them, the name in NFC, as everything that is claimed."""
    return (claimed.parent.parent / claimed.name).relative_to(inbox).as_posix()


def _claimed(inbox: Path, name: str) -> Path:
    path = inbox / name
    return path.parent / CLAIMED / path.name
