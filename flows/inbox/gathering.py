"""Looking through the inbox: which drops may be taken in, and what the others wait for. Only sheets are opened."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePath

from filelock import FileLock, Timeout

from flows.inbox import naming, sessions, settling
from flows.inbox.folders import Folder, Look, folders
from pipeline import inputs
from pipeline.errors import ChaerokError, ConsentMissing, InboxGone
from pipeline.interview import CODE, Sheet
from pipeline.places import Home
from pipeline.settings import load
from pipeline.sheets import ENDINGS, Tables, laid_over, missing, read_tables, sheet_of


@dataclass(frozen=True, slots=True)
class Drop:
    """A session that may be taken in: recordings in order, its own sheet if it has one, and all that is known of it."""

    recordings: tuple[Path, ...]
    sheet_file: Path | None
    sheet: Sheet
    looks: tuple[Look, ...]
    """How recordings and sheet looked when they had settled."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The recordings, then the sheet."""
        return (*self.recordings, *((self.sheet_file,) if self.sheet_file else ()))


@dataclass(frozen=True, slots=True)
class Held:
    """A drop that waits, and why, in Korean."""

    recordings: tuple[Path, ...]
    why: str


@dataclass(frozen=True, slots=True)
class View:
    """The inbox as it was seen."""

    ready: tuple[Drop, ...]
    held: tuple[Held, ...]
    settling: tuple[Path, ...]
    odd: tuple[tuple[str, str], ...]
    """(path below the inbox, what is odd about it)."""
    next_seconds: float | None
    """Until the next file has settled; None where none is waited for."""
    folders: tuple[Path, ...]


@contextmanager
def alone(home: Home) -> Iterator[bool]:
    """True for the one process that may touch the inbox now. Raises InboxGone: a share's place is not made anew."""
    if not home.inbox.is_dir():
        raise InboxGone(path=home.inbox)
    lock = FileLock(home.root / ".inbox.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def look(home: Home) -> View:
    """Look through the inbox; for the process that is `alone`. Raises InboxGone, SettingsInvalid, DiskFull."""
    found = folders(home.inbox)
    looks = {folder.name(name): look for folder in found for name, look in folder.looks.items()}
    waits = settling.waits(home.inbox / naming.SEEN, looks, load(home).inbox.settle_seconds)
    study = _Studies(home)
    seen: list[Drop | Held] = []
    for folder in found:
        seen += _in_folder(folder, found, waits, study)
    left = [seconds for seconds in waits.values() if seconds > 0]
    return View(
        tuple(each for each in seen if isinstance(each, Drop)),
        tuple(each for each in seen if isinstance(each, Held)),
        tuple(folder.files[name] for folder in found for name in folder.files if waits[folder.name(name)] > 0),
        tuple((folder.name(name), why) for folder in found for name, why in (*folder.odd.items(), *_alone(folder))),
        min(left, default=None),
        tuple(folder.path for folder in found),
    )


def _alone(folder: Folder) -> Iterator[tuple[str, str]]:
    """Sheets whose recordings are not there."""
    own = {name for name in folder.files if not naming.is_folder_sheet(name)}
    for name in sorted(own - sessions.with_sheets(own).keys()):
        if naming.is_sheet(name):
            yield name, f"시트만 있습니다. {PurePath(name).stem}(이)라는 이름의 녹음을 기다립니다."


@dataclass(frozen=True, slots=True)
class _Studies:
    """The studies of the home, by their files."""

    home: Home
    ids: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = sorted(path.stem for path in self.home.studies.glob("*.toml") if CODE.fullmatch(path.stem))
        object.__setattr__(self, "ids", tuple(names))

    def refuses(self, sheet: Sheet) -> ChaerokError | None:
        """Why a session with that sheet cannot be taken in: its study, or its consent."""
        try:
            wants_consent = _wants_consent(self.home, sheet.interview.study, *_marks(self.home, sheet.interview.study))
        except ChaerokError as error:
            return error
        if wants_consent and not inputs.consented(sheet):
            return ConsentMissing(interview=sheet.interview)
        return None


def _marks(home: Home, study: str) -> tuple[int, ...]:
    """What tells whether the answer below still holds."""
    paths = (inputs.study_path(home, study), home.root / "settings.toml")
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)


@cache
def _wants_consent(home: Home, study: str, *marks: int) -> bool:
    known = inputs.study_of(home, study)
    return load(home, known.settings, inputs.study_path(home, study)).intake.require_consent


def _in_folder(
    folder: Folder, every: Iterable[Folder], waits: Mapping[str, float], study: _Studies
) -> Iterator[Drop | Held]:
    settled = {name for name in folder.files if waits[folder.name(name)] == 0}
    above = [each for each in every if folder.parts[: len(each.parts)] == each.parts]
    defaults, wrong, quiet = _defaults(above, waits)
    own = {name for name in folder.files if not naming.is_folder_sheet(name)}
    for sheet, names in sessions.with_sheets(own).items():
        if sheet:
            if quiet and {*names, sheet} <= settled:
                yield _judged(folder, names, sheet, _own(folder, names[0], sheet, (defaults, wrong), study.ids), study)
        else:
            yield from _without_sheet(folder, names, settled if quiet else set(), (defaults, wrong), study)


IDS = ("study", "participant", "session")
Said = tuple[Tables, str]
"""What is known of a drop, and why that will not do; empty where it will."""


def _defaults(above: list[Folder], waits: Mapping[str, float]) -> tuple[Tables, str, bool]:
    """What the folder sheets say, the nearest one first; what is wrong with them; whether all have settled."""
    tables: Tables = {}
    wrong, quiet = "", True
    for folder in above:
        names = sorted(name for name in folder.files if naming.is_folder_sheet(name))
        quiet &= all(waits[folder.name(name)] == 0 for name in names)
        if len(names) > 1:
            wrong = f"폴더 시트가 여럿입니다: {', '.join(names)}. 하나만 두세요."
        for name in names[:1]:
            try:
                tables = laid_over(tables, read_tables(folder.files[name]))
            except ChaerokError as error:
                wrong = error.in_language("ko")
    return tables, wrong, quiet


def _own(folder: Folder, name: str, sheet: str, given: Said, studies: tuple[str, ...]) -> Said:
    if not os.access(folder.files[sheet], os.R_OK):
        return {}, f"읽을 수 없는 시트입니다: {sheet}. 권한을 확인하세요."
    try:
        return _known(folder, name, read_tables(folder.files[sheet]), given, studies)
    except ChaerokError as error:
        return {}, error.in_language("ko")


def _without_sheet(
    folder: Folder, names: list[str], settled: set[str], given: Said, study: _Studies
) -> Iterator[Drop | Held]:
    """Recordings without a sheet of their own, by what folders and names say. Those that agree are one session."""
    groups: dict[object, tuple[list[str], Said]] = {}
    for name in names:
        said, wrong = _known(folder, name, {}, given, study.ids)
        ids = tuple(str(said.get(key)) for key in IDS)
        whole = not wrong and not missing(said)
        group = groups.setdefault(ids if whole else name, ([], (said, wrong)))
        group[0].append(name)
    for members, said_of_them in groups.values():
        if set(members) <= settled:
            yield _judged(folder, members, "", said_of_them, study)


def _known(folder: Folder, name: str, own: Tables, given: Said, studies: tuple[str, ...]) -> Said:
    """All that own sheet, folder sheets, folders and name say. The own sheet is believed; the others have to agree."""
    defaults, wrong = given
    of_path = naming.codes_in_path(folder.parts, studies)
    of_name = naming.codes_in_name(PurePath(name).stem, studies)
    sources = {"폴더 시트": defaults, "폴더": of_path, "파일 이름": of_name}
    codes = {
        source: {key: str(said[key]) for key in IDS if key in said and key not in own}
        for source, said in sources.items()
    }
    return laid_over({**of_path, **of_name, **defaults}, own), wrong or sessions.contradiction(codes)


def _judged(folder: Folder, names: list[str], sheet: str, said: Said, study: _Studies) -> Drop | Held:
    """A settled session: may it be taken in?"""
    tables, wrong = said
    if sheet:
        whole = sessions.lacking(names, sheet)
    else:
        names, whole = sessions.ordered(names)
    recordings = tuple(folder.files[name] for name in names)
    why = _unread(folder, names) or _unsaid(folder, names, sheet, (tables, wrong), whole, study)
    if why:
        return Held(recordings, why)
    own = folder.files[sheet] if sheet else None
    try:
        known = sheet_of(tables, own or folder.path / f"폴더{ENDINGS[0]}")
    except ChaerokError as error:
        return Held(recordings, error.in_language("ko"))
    if refused := study.refuses(known):
        return Held(recordings, refused.in_language("ko"))
    looks = tuple(folder.looks[name] for name in (*names, *((sheet,) if sheet else ())))
    return Drop(recordings, own, known, looks)


def _unread(folder: Folder, names: list[str]) -> str:
    closed = [name for name in names if not os.access(folder.files[name], os.R_OK)]
    return f"읽을 수 없는 파일입니다: {', '.join(closed)}. 권한을 확인하세요." if closed else ""


def _unsaid(folder: Folder, names: list[str], sheet: str, said: Said, whole: str, study: _Studies) -> str:
    tables, wrong = said
    absent = missing(tables)
    if not sheet and (absent or whole) and sessions.is_late(folder.done, names[0]):
        return sessions.LATE
    if wrong or not absent:
        return wrong or whole
    return sessions.unknown(absent, PurePath(names[0]).stem, bool(sheet), study.ids)
