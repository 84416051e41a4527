"""REFI-QDA read back: codings out of a `.qdpx`, code trees out of a `.qdc` or `.qdpx`. No file is trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lxml import etree

from pipeline.archives import LARGEST, Unpackable, unpacked
from pipeline.codes import COLOUR, Code, Codebook, Gathered, Unread, Why
from pipeline.documents import forms
from pipeline.errors import CodingsUnreadable, FileMissing
from pipeline.gathering.matching import Mark, Unit, adopted, code_points, doubled_line_ends, gathered, quotes, utf16
from pipeline.interview import normal_text
from pipeline.package import code_guid
from pipeline.printing import DEFAULT, Convention
from pipeline.refi import CODEBOOK, FOLDERS, PROJECT, SELECTIONS, all_of, kind, parsed, text_of
from pipeline.transcript import Released

Element = etree._Element

UNITS: tuple[Unit, ...] = (code_points, utf16, doubled_line_ends)
"""How programs count, the standard's way first."""

Read = tuple[str, Unit, bool]
"""A document's text, how its offsets count, and whether its selections quote it."""


def codebook(path: Path, study: str, version: int = 1, known: Codebook | None = None) -> Codebook:
    """The code tree of a `.qdc` or `.qdpx`; a code's id is its guid there, or that which it has in the tree `known`.

    Raises FileMissing, CodingsUnreadable.
    """
    try:
        root = _project(path)[0] if path.suffix.lower() == ".qdpx" else parsed(_read(path), CODEBOOK)
        ours = {code_guid(study, code.id): code.id for code in known.codes} if known else {}
        return adopted(Codebook(study, version, tuple(_codes(root))), known, ours)
    except OSError:
        raise FileMissing(path=path) from None
    except Unpackable as error:
        raise CodingsUnreadable(path=path, why=str(error)) from None
    except ValueError as error:  # what is no tree
        raise CodingsUnreadable(path=path, why=str(error)) from None


def codings(path: Path, releases: Iterable[Released], tree: Codebook, convention: Convention = DEFAULT) -> Gathered:
    """Every coding of a project that is on the text of one of `releases`, and the rows that are none.

    `releases` are all versions that coders may have, older ones first, printed by the `convention` they were given in.

    A program may have read the file with Windows line ends or in NFD: offsets are followed through. Where two users
    have one name, codings of both are left out. Raises FileMissing, CodingsUnreadable.
    """
    try:
        root, members = _project(path)
    except OSError:
        raise FileMissing(path=path) from None
    except Unpackable as error:
        raise CodingsUnreadable(path=path, why=str(error)) from None
    found = list(_marks(root, members, tree))
    marks = [mark for mark in found if isinstance(mark, Mark)]
    read = gathered(marks, forms(releases, convention), tree)
    return Gathered(read.codings, (*(row for row in found if isinstance(row, Unread)), *read.unread))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unpackable("too large")
    return data


def _project(path: Path) -> tuple[Element, dict[str, bytes]]:
    members = unpacked(path, lambda name: name.endswith(".qde") or (name.startswith(FOLDERS) and name.endswith(".txt")))
    projects = [name for name in members if name.endswith(".qde")]
    if len(projects) != 1:
        raise Unpackable("project.qde")
    return parsed(members[projects[0]], PROJECT), members


def _codes(root: Element) -> Iterator[Code]:
    """In order; a colour that is none is left out, a short one written out."""
    for element in all_of(root, "Code"):
        above = element.getparent()
        parent = _guid(above) if above is not None and kind(above) == "Code" else None
        description = next((child.text or "" for child in element if kind(child) == "Description"), "")
        name = normal_text(element.get("name", ""))
        yield Code(_guid(element), parent, name, _colour(element.get("color", "")), normal_text(description))


def _colour(text: str) -> str:
    if len(text) == 4:
        text = "#" + "".join(2 * digit for digit in text[1:])
    return text if COLOUR.fullmatch(text) else ""


def _guid(element: Element, name: str = "guid") -> str:
    """As this house writes guids: small letters, no braces."""
    return element.get(name, "").strip().strip("{}").lower()


def _marks(root: Element, members: Mapping[str, bytes], tree: Codebook) -> Iterator[Mark | Unread]:
    ours = {code_guid(tree.study, code.id): code.id for code in tree.codes}
    names = {_guid(code): code.get("name", "") for code in all_of(root, "Code")}
    users = {_guid(user): normal_text(user.get("name", "")).strip() for user in all_of(root, "User")}
    doubled = {name for name, count in Counter(users.values()).items() if count > 1}
    told = {source: text_of(source, members) for source in all_of(root, "TextSource")}
    texts = {source: (text, *_unit(source, text)) for source, text in told.items() if text is not None}
    for coding in all_of(root, "Coding"):
        selection = coding.getparent()
        assert selection is not None  # a root is a Project
        row, coder = _guid(coding) or "?", _coder(coding, users)
        if coder is None:
            yield Unread(row, Why.UNKNOWN_CODER)
        elif coder in doubled:
            yield Unread(row, Why.SAME_CODER, coder)
        elif kind(selection) != "PlainTextSelection":
            yield Unread(row, Why.UNREADABLE if kind(selection) in SELECTIONS else Why.NO_WORDS, coder)
        else:
            code = next((_guid(child, "targetGUID") for child in coding if kind(child) == "CodeRef"), "")
            yield _mark(row, coder, ours.get(code), names.get(code, ""), selection, texts)


def _mark(
    row: str, coder: str, code: str | None, called: str, selection: Element, texts: Mapping[Element, Read]
) -> Mark | Unread:
    source = selection.getparent()
    if source is None or source not in texts:
        return Unread(row, Why.UNKNOWN_DOCUMENT, coder)
    text, unit, quoting = texts[source]
    try:
        start, end = int(selection.get("startPosition", "")), int(selection.get("endPosition", ""))
    except ValueError:
        return Unread(row, Why.UNREADABLE, coder)
    quote = selection.get("name") if quoting else None
    memo = next((child.text or "" for child in selection if kind(child) == "Description"), "")
    return Mark(row, coder, code, called, source.get("name", ""), text, start, end, (unit,), quote, memo)


def _unit(source: Element, text: str) -> tuple[Unit, bool]:
    """How the program counts in `text`, and whether it names selections for what stands there.

    The standard does not say what a line end counts, and programs differ; nor does it say what a selection's name is.
    Where names are quotes they tell the unit: the one in which most of them are. Else it is code points.
    """
    votes = dict.fromkeys(UNITS, 0)
    for selection in all_of(source, "PlainTextSelection"):
        for unit in UNITS:
            votes[unit] += _is_named_for_text(selection, text, unit)
    best = max(UNITS, key=lambda unit: votes[unit])
    return best, votes[best] > 0


def _is_named_for_text(selection: Element, text: str, unit: Unit) -> bool:
    try:
        start, end = (unit(text, int(selection.get(name, ""))) for name in ("startPosition", "endPosition"))
    except ValueError:
        return False
    name = selection.get("name", "")
    return bool(name.strip()) and quotes(text[start:end], name)


def _coder(coding: Element, users: Mapping[str, str]) -> str | None:
    """Who made it: it says so, or its selection does, or its source, or the whole project."""
    for element in (coding, *coding.iterancestors()):
        for name in ("creatingUser", "creatingUserGUID"):
            if element.get(name) is not None:
                return users.get(_guid(element, name)) or None
    return None
