"""Marks that a program made on a document's text → codings on segments. Every program's reader goes through here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial

from pipeline.codes import Code, Codebook, Coding, Gathered, Unread, Why, reads
from pipeline.documents import Document, codings, from_utf16
from pipeline.interview import normal_text

Unit = Callable[[str, int], int]
"""A program's offset in a text → code points. Raises ValueError where it is none."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands in a program's file: who marked ``[start, end)`` of `text`, document `name`, with which code.

    `row` says which it is in the file. `quote` is what the program says stands there, if it does: of several `units`,
    the first in which the mark is on what it quotes is believed. `code` is an id of ours, `called` its name there.
    """

    row: str
    coder: str
    code: str | None
    called: str
    name: str
    text: str
    start: int
    end: int
    units: tuple[Unit, ...]
    quote: str | None = None
    memo: str = ""


def code_points(text: str, offset: int) -> int:
    """The offset itself. Raises ValueError out of the text."""
    if not 0 <= offset <= len(text):
        raise ValueError("past the end")
    return offset


def gathered(marks: Iterable[Mark], documents: Sequence[Document], codebook: Codebook) -> Gathered:
    """The marks as codings, and those that are none."""
    of = cache(partial(_document, documents))  # marks of one document are many
    names = {document.name for document in documents}
    known = {code.id: code for code in codebook.codes}
    by_name = _only(codebook.codes)
    found, unread = list[Coding](), list[Unread]()
    for mark in marks:
        document = of(mark.name, mark.text)
        code = known.get(mark.code or "") or by_name.get(normal_text(mark.called))
        if document is None:
            why = Why.CHANGED_DOCUMENT if mark.name in names else Why.UNKNOWN_DOCUMENT
            unread.append(Unread(mark.row, why, mark.coder))
        elif code is None:
            unread.append(Unread(mark.row, Why.UNKNOWN_CODE, mark.coder))
        elif (place := placed(mark)) is None:
            unread.append(Unread(mark.row, Why.OUT_OF_RANGE, mark.coder))
        elif not (here := codings(document, mark.coder, code.id, *place, mark.memo)):
            unread.append(Unread(mark.row, Why.NO_WORDS, mark.coder))
        else:
            found += here
            if mark.code == code.id and normal_text(mark.called) != normal_text(code.name):
                unread.append(Unread(mark.row, Why.RENAMED_CODE, mark.coder))
    return Gathered(tuple(dict.fromkeys(found)), tuple(unread))


def adopted(found: Codebook, known: Codebook | None, ours: Mapping[str, str]) -> Codebook:
    """A code tree out of a program with the ids that its codes have here, so that codings stay with them.

    `ours` are ids here by those there. What the program gave another id is known by its name and those above it.
    """
    paths = {_path(known, code): code.id for code in known.codes} if known else {}
    ids = {code.id: ours.get(code.id) or paths.get(_path(found, code)) or code.id for code in found.codes}
    if len(set(ids.values())) < len(ids):  # one by its id and another by its name: ids count
        ids = {code.id: ours.get(code.id, code.id) for code in found.codes}
    codes = (replace(code, id=ids[code.id], parent=ids[code.parent] if code.parent else None) for code in found.codes)
    return replace(found, codes=tuple(codes))


def _path(tree: Codebook, code: Code) -> tuple[str, ...]:
    return tuple(normal_text(one.name).strip() for one in tree.path(code.id))


def _document(documents: Sequence[Document], name: str, text: str) -> Document | None:
    """Whose text it is, word for word but for blots: the newest one of that name, or the only one of another."""
    normal = normal_text(text)
    alike = [document for document in documents if normal and reads(normal, document.text)]
    named = [document for document in alike if document.name == name]
    if named:
        return named[-1]
    return alike[0] if len({document.name for document in alike}) == 1 else None


def _only(codes: Iterable[Code]) -> Mapping[str, Code]:
    """Codes by their names, where no two have one."""
    counts = Counter(normal_text(code.name) for code in codes)
    return {name: code for code in codes if counts[name := normal_text(code.name)] == 1}


def placed(mark: Mark) -> tuple[int, int] | None:
    """The mark's code points of its text in NFC with LF; None where it is on nothing, or not on what it quotes."""
    for unit in mark.units:
        try:
            start, end = unit(mark.text, mark.start), unit(mark.text, mark.end)
        except ValueError:
            continue
        if start < end and (mark.quote is None or quotes(mark.text[start:end], mark.quote)):
            return _in_normal_text(mark.text, start), _in_normal_text(mark.text, end)
    return None


@lru_cache(maxsize=8)
def _is_normal(text: str) -> bool:
    return normal_text(text) == text


def _in_normal_text(text: str, offset: int) -> int:
    return offset if _is_normal(text) else len(normal_text(text[:offset]))


def quotes(text: str, quote: str) -> bool:
    """Whether a program that shows `quote` means `text`: all of it, or how it begins where dots say that it goes on."""
    whole, shown = _letters(text), _letters(quote)
    begins = shown.rstrip("….")
    return whole == shown or (bool(begins) and begins != shown and whole.startswith(begins))


def _letters(text: str) -> str:
    """Programs show line ends and blanks in a quote as they like; letters are letters."""
    return "".join(normal_text(text).split())


def utf16(text: str, offset: int) -> int:
    """Of programs that count as Qt does. Raises ValueError out of the text."""
    return from_utf16(text, offset)


def doubled_line_ends(text: str, offset: int) -> int:
    """Of programs that count two for a line end that is one. Raises ValueError out of the text."""
    counted = text.replace("\n", "\r\n")
    if not 0 <= offset <= len(counted):
        raise ValueError("past the end")
    return len(counted[:offset].replace("\r\n", "\n"))


def united(files: Mapping[str, Gathered]) -> Gathered:
    """What several files hold; by what each file is called here.

    Where one coder's name is in two files that differ, nobody knows who coded what: none of these codings is taken.
    """
    coders: dict[str, set[tuple[Coding, ...]]] = {}
    for one in files.values():
        for name in {coding.coder for coding in one.codings}:
            coders.setdefault(name, set()).add(tuple(coding for coding in one.codings if coding.coder == name))
    shared = {name for name, sets in coders.items() if len(sets) > 1}
    found = (coding for one in files.values() for coding in one.codings if coding.coder not in shared)
    unread = [Unread(f"{file}: {row.row}", row.why, row.coder) for file, one in files.items() for row in one.unread]
    for file, one in files.items():
        names = dict.fromkeys(coding.coder for coding in one.codings if coding.coder in shared)
        unread += [Unread(file, Why.SAME_CODER, name) for name in names]
    return Gathered(tuple(dict.fromkeys(found)), tuple(unread))
