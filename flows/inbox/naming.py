"""What the names of files and folders in the inbox mean. Names are compared in NFC: a Mac writes Hangul taken apart."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import PurePath

from pipeline.interview import CODE, normal_text
from pipeline.sheets import ENDINGS

WAITS, REASON = ".기다림.txt", ".사유.txt"
CLAIMED, DONE, DUPLICATE, FAILED = "처리중", "처리됨", "중복", "실패"
"""Folders beside the drops: what is being taken in, and what became of the others."""
PAGE = "상태.html"
SEEN, JOURNAL = ".seen.json", ".journal.jsonl"

JUNK_STARTS = (".", "~$", "thumbs.db", "desktop.ini", "icon\r")
JUNK_ENDS = (*(ending.lower() for ending in (WAITS, REASON)), ".part", ".partial", ".crdownload", ".download",
             ".opdownload", ".filepart", ".tmp", ".!ut")  # fmt: skip
JUNK_FOLDERS = ("@eadir", "#recycle", "__macosx", "$recycle.bin", "system volume information", "lost+found")
DOCUMENTS = {
    *(
        ".hwp",
        ".hwpx",
        ".doc",
        ".docx",
        ".xls",
        ".xlsx",
        ".ppt",
        ".pptx",
        ".pdf",
        ".txt",
        ".md",
        ".rtf",
        ".csv",
        ".json",
    ),
    *(
        ".xml",
        ".html",
        ".htm",
        ".url",
        ".lnk",
        ".jpg",
        ".jpeg",
        ".png",
        ".gif",
        ".heic",
        ".bmp",
        ".srt",
        ".vtt",
        ".exe",
    ),
}
"""Files that lie beside recordings and are none: left alone, and said so on the page."""
FOLDER_SHEETS = ("폴더", "defaults")
"""Names, without their ending, of a sheet that holds for everything in its folder and below."""

SESSION_IN_NAME = re.compile(
    r"(?:(?P<study>[A-Za-z0-9]+)[_\-\s])?(?P<participant>P[0-9]{1,6})[_\-\s](?P<session>S[0-9]{1,4})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
PARTICIPANT, SESSION = re.compile(r"P[0-9]{1,6}", re.IGNORECASE), re.compile(r"S[0-9]{1,4}", re.IGNORECASE)


def is_junk(name: str) -> bool:
    """Files of systems and programs, notes of ours, downloads that are not complete: nobody need hear of them."""
    plain = normal_text(name).lower()
    return plain.startswith(JUNK_STARTS) or plain.endswith(JUNK_ENDS) or plain == PAGE


def is_closed(folder: str) -> bool:
    """Folders in which nothing is dropped: ours, hidden ones, and those of file servers."""
    plain = normal_text(folder)
    return plain in (CLAIMED, DONE, DUPLICATE, FAILED) or plain.startswith(".") or plain.lower() in JUNK_FOLDERS


def is_sheet(name: str) -> bool:
    """A participant sheet, or a folder's."""
    return PurePath(name).suffix.lower() in ENDINGS


def is_folder_sheet(name: str) -> bool:
    """A sheet that holds for its folder."""
    return is_sheet(name) and PurePath(name).stem.lower() in FOLDER_SHEETS


def is_document(name: str) -> bool:
    """No recording, by its ending."""
    return PurePath(name).suffix.lower() in DOCUMENTS


def codes_in_name(stem: str, studies: Collection[str]) -> dict[str, str]:
    """What ``P03_S2_…`` says: participant and session; and the study where one of `studies` stands before them.

    >>> codes_in_name("P03_S2_20260312", ())
    {'participant': 'P03', 'session': 'S2'}
    >>> codes_in_name("peers_P03-S2", ["peers"]), codes_in_name("P03_S2x", ()), codes_in_name("MP3_S2", ())
    ({'study': 'peers', 'participant': 'P03', 'session': 'S2'}, {}, {})
    """
    found = SESSION_IN_NAME.match(normal_text(stem))
    if not found or (found["study"] and found["study"] not in studies):
        return {}
    return {name: code for name, code in found.groupdict().items() if code}


def codes_in_path(folders: Sequence[str], studies: Collection[str]) -> dict[str, str]:
    """What the folders STUDY/PARTICIPANT/SESSION above a file say; where none is a study, what looks like P03 and S2.

    >>> codes_in_path(["2026", "peers", "A7", "first", "phone"], ["peers"])
    {'study': 'peers', 'participant': 'A7', 'session': 'first'}
    >>> codes_in_path(["봄", "P03", "S2"], ["peers"]), codes_in_path(["peers", "김 선생님"], ["peers"])
    ({'participant': 'P03', 'session': 'S2'}, {'study': 'peers'})
    """
    names = [normal_text(name) for name in folders]
    start = next((index for index, name in enumerate(names) if name in studies), None)
    if start is not None:
        below = names[start + 1 : start + 3]
        codes = {"study": names[start]}
        for key, code in zip(("participant", "session"), below, strict=False):
            if not CODE.fullmatch(code):
                break
            codes[key] = code
        return codes
    kinds = (("participant", PARTICIPANT), ("session", SESSION))
    found = {key: next((name for name in names if kind.fullmatch(name)), "") for key, kind in kinds}
    return {key: code for key, code in found.items() if code}
