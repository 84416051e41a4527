"""Which files of a folder are one session, in which order, and whether all of them are there. Works on names alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from flows.inbox.naming import is_sheet
from pipeline import parts

NO_PART = 100
"""A number from here on is a date or a recorder's counter, unless a sheet says what the session is called."""


def with_sheets(files: Iterable[str]) -> dict[str, list[str]]:
    """Sheet → the names of its recordings in the order of their numbers; those without a sheet under no name."""
    sheets = {PurePath(name).stem: name for name in sorted(files, reverse=True) if is_sheet(name)}
    found: dict[str, list[tuple[int, str]]] = {}
    for name in sorted(name for name in files if not is_sheet(name)):
        stem = PurePath(name).stem
        longest = sorted(sheets, key=lambda session: (-len(session), session))
        session = next((each for each in longest if parts.number(stem, each) is not None), None)
        number = parts.number(stem, session) if session is not None else 0
        found.setdefault(sheets[session] if session is not None else "", []).append((number or 0, name))
    return {sheet: [name for _, name in sorted(numbered)] for sheet, numbered in found.items()}


def lacking(names: Sequence[str], sheet: str) -> str:
    """Why the files of a sheet's session cannot be taken in yet; empty where they can."""
    numbers = [parts.number(PurePath(name).stem, PurePath(sheet).stem) or 0 for name in names]
    if (twice := parts.repeated(numbers)) is not None:
        both = ", ".join(name for name, number in zip(names, numbers, strict=True) if number == twice)
        return f"{sheet}에 딸린 같은 순서의 파일이 여럿입니다: {both}. 이 면담의 녹음만 남기고 나머지는 옮기세요."
    if (gap := parts.absent(numbers)) is not None:
        return f"{sheet}의 녹음 {len(names)}개 가운데 {gap}번 파일이 없습니다. 모두 들어오면 함께 넣습니다."
    return ""


def ordered(names: Sequence[str]) -> tuple[list[str], str]:
    """The files of a session that has no sheet, in order; and why they cannot be taken in yet.

    >>> ordered(["P03_S2_10.wav", "P03_S2_2.wav"])[1]
    '이 면담의 녹음 2개 가운데 1번 파일이 없습니다. 모두 들어오면 함께 넣습니다.'
    >>> ordered(["P03_S2_2.wav", "P03_S2_1.wav"]), ordered(["P03_S2_0312.wav"])
    ((['P03_S2_1.wav', 'P03_S2_2.wav'], ''), (['P03_S2_0312.wav'], ''))
    """
    numbers = _numbers([PurePath(name).stem for name in names])
    if numbers is None:
        return sorted(names), (
            f"한 면담의 파일이 {len(names)}개인데 순서를 알 수 없습니다: {', '.join(sorted(names))}. "
            "이름 끝에 _1, _2를 붙이거나, 이 면담의 것이 아닌 파일을 옮기세요."
        )
    in_order = [name for _, name in sorted(zip(numbers, names, strict=True))]
    if (twice := parts.repeated(numbers)) is not None:
        both = ", ".join(name for number, name in sorted(zip(numbers, names, strict=True)) if number == twice)
        return in_order, f"같은 순서의 파일이 여럿입니다: {both}. 이 면담의 녹음만 남기고 나머지는 옮기세요."
    if max(numbers) < NO_PART and (gap := parts.absent(numbers)) is not None:
        return in_order, f"이 면담의 녹음 {len(names)}개 가운데 {gap}번 파일이 없습니다. 모두 들어오면 함께 넣습니다."
    return in_order, ""


def _numbers(stems: Sequence[str]) -> list[int] | None:
    """The numbers at the end of names that differ in nothing else; of one file, its own, 0 where it has none."""
    if len(stems) == 1:
        found = re.fullmatch(r"(?:.*?[Ss][0-9]{1,4})[\s_.\-]+[(\[]?([0-9]{1,4})[)\]]?", stems[0])
        return [int(found[1]) if found and int(found[1]) < NO_PART else 0]
    shared = os.path.commonprefix(stems)  # noqa: RUF071 - of names, not of paths
    common = re.sub(r"(?:[\s_.\-(\[]+[0-9]*|[\s_.\-]+(?:part|pt|track|파트)[\s_.\-]*[0-9]*)$", "", shared)
    marked = [parts.number(stem, common) for stem in stems]
    if None not in marked:
        return [mark or 0 for mark in marked]
    if len({re.sub(r"[0-9]+", "0", stem) for stem in stems}) == 1:
        digits = sorted(tuple(int(run) for run in re.findall(r"[0-9]+", stem)) for stem in stems)
        return [digits.index(tuple(int(run) for run in re.findall(r"[0-9]+", stem))) + 1 for stem in stems]
    return None


LATE = (
    "이 면담의 다른 파일은 이미 들어갔고, 시트도 그때 봉인되었습니다. 뒤늦게 온 이 파일은 들어가지 않았습니다. "
    "원본은 그대로입니다. 모든 파일을 새 session 번호의 시트와 함께 다시 넣거나 관리자에게 알려 주세요."
)


NUMBER = re.compile(r"[\s_.\-(\[]*[0-9]+[부번)\]]*$")


def is_late(done: Iterable[str], name: str) -> bool:
    """Whether other files of the session, by their names, were taken in from that folder before.

    >>> is_late(["P01_S1_001.wav"], "P01_S1_002.wav"), is_late(["P01_S1.wav"], "P01_S2.wav")
    (True, False)
    """
    stem = PurePath(name).stem
    session = NUMBER.sub("", stem)
    if not session or session == stem or parts.number(stem, session) is None:
        return False
    return any(other.startswith(session) and NUMBER.sub("", PurePath(other).stem) == session for other in done)


NAMES = {
    "study": "study(연구)",
    "participant": "participant(참여자 코드)",
    "session": "session(회기)",
    "consent": "consent(동의)",
}


def unknown(missing: Sequence[str], stem: str, has_sheet: bool, studies: Sequence[str]) -> str:
    """What is not known about a drop yet, and the ways to say it."""
    what = ", ".join(NAMES[key] for key in missing)
    known = f" 등록된 연구: {', '.join(studies) or '없음'}." if "study" in missing else ""
    if has_sheet:
        return f"시트에 없는 것: {what}.{known} {stem}의 시트에 적으면 이어서 넣습니다."
    return (
        f"참여자 시트가 없습니다. 같은 폴더에 {stem}.toml 파일을 두세요. 아직 모르는 것: {what}.{known} "
        "폴더.toml에 적거나, 연구/참여자/회기 폴더에 넣거나, 이름을 P03_S2_….m4a처럼 지어도 됩니다."
    )


def contradiction(sources: Mapping[str, Mapping[str, str]]) -> str:
    """Where what folder sheet, folders and name say of one code differs; empty where they agree. Codes are no names."""
    for key in ("study", "participant", "session"):
        said = {source: codes[key] for source, codes in sources.items() if key in codes}
        if len(set(said.values())) > 1:
            told = ", ".join(f"{source} {code}" for source, code in said.items())
            return f"{NAMES[key]}이(가) 서로 다릅니다: {told}. 맞게 고치거나, 이 파일의 시트를 두면 시트를 따릅니다."
    return ""
