"""A release as the text of a document that coders code, and where in it each segment's words stand.

Coders' programs know offsets in documents; codings here are on segments. Both ways go through a `Document`, whose text
is NFC with LF line ends and without BOM. Offsets in it are code points; `to_utf16` and `from_utf16` are for programs
that count as Qt and JavaScript do, which differ after characters beyond U+FFFF only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pipeline.codes import Coding
from pipeline.interview import InterviewId, normal_text
from pipeline.printing import Convention, Heading, clock, fine_clock, gap_mark, labels, milliseconds, rows, shown
from pipeline.speech import Gap
from pipeline.transcript import Line, Released


@dataclass(frozen=True, slots=True)
class Place:
    """The words of `line` are the code points ``[start, end)``; what stands before them begins at `head`."""

    line: Line
    head: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A release's text; `places` in order."""

    interview: InterviewId
    text: str
    places: tuple[Place, ...]

    @property
    def name(self) -> str:
        """As coders see it."""
        return str(self.interview)


Stamp = Callable[[float], str]


def bracketed(seconds: float) -> str:
    """``[00:12:31]``: QualCoder and MAXQDA know it."""
    return f"[{clock(seconds)}]"


def hashed(seconds: float) -> str:
    """``#00:12:31.900#``: the one form in which QualCoder reads milliseconds."""
    return f"#{fine_clock(seconds)}#"


def document(released: Released, convention: Convention, stamp: Stamp = bracketed) -> Document:
    """The release as a text, a line a segment: ``0042 [00:12:31] 참여자: 네``."""
    called = dict(zip(released.lines, labels(released, convention), strict=True))
    pieces, places, at = [], [], 0
    for row in rows(released):
        if isinstance(row, Heading):
            piece = f"## 질문 {row.question}"
        elif isinstance(row, Gap):
            piece = f"     {gap_mark(row)}"
        else:
            before, words = f"{row.line:04d} {stamp(row.start)} {called[row]}: ", shown(row.text)
            piece = before + words
            places.append(Place(row, at, at + len(before), at + len(piece)))
        pieces.append(f"{piece}\n")
        at += len(piece) + 1
    return Document(released.interview, "".join(pieces), tuple(places))


def forms(releases: Iterable[Released], convention: Convention) -> tuple[Document, ...]:
    """Every text in which coders may have these releases: a project goes from program to program."""
    return tuple(document(released, convention, stamp) for released in releases for stamp in (bracketed, hashed))


def spans(document: Document, codings: Iterable[Coding]) -> Iterator[tuple[int, int, Coding]]:
    """Where each coding is in the document. Raises KeyError for a segment that is not in it."""
    starts = {place.line.id: place.start for place in document.places}
    for coding in codings:
        yield starts[coding.segment] + coding.start, starts[coding.segment] + coding.end, coding


def words_in(document: Document, start: int, end: int) -> tuple[tuple[Line, int, int], ...]:
    """The words of segments in the document's ``[start, end)``: each line with code points of its own text.

    What stands before the words (number, time, speaker) is nobody's; blanks alone are no words.
    """
    found = []
    first = max(0, bisect_right([place.start for place in document.places], start) - 1)
    for place in document.places[first:]:
        if place.start >= end:
            break
        low, high = max(start, place.start) - place.start, min(end, place.end) - place.start
        if low < high and document.text[place.start + low : place.start + high].strip():
            found.append((place.line, low, high))
    return tuple(found)


def codings(document: Document, coder: str, code: str, start: int, end: int, memo: str = "") -> tuple[Coding, ...]:
    """A mark on the document's ``[start, end)`` as codings, one for each segment that it lies on."""
    return tuple(
        Coding(coder, code, line.id, line.version, low, high, normal_text(line.text)[low:high], memo)
        for line, low, high in words_in(document, start, end)
    )


def sync_points(document: Document) -> tuple[tuple[int, int], ...]:
    """(offset, milliseconds) of the lines, both rising: a line that begins before one above it has none."""
    points: list[tuple[int, int]] = []
    for place in document.places:
        time = milliseconds(place.line.start)
        if not points or time > points[-1][1]:
            points.append((place.head, time))
    return tuple(points)


# --- other programs' units --------------------------------------------------------------------------------------------


def to_utf16(text: str, offset: int) -> int:
    """The UTF-16 units before the code point at `offset`.

    >>> to_utf16("가😀나", 2)
    3
    """
    return len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2


def from_utf16(text: str, units: int) -> int:
    """The code points before that UTF-16 unit. Raises ValueError: past the end, negative, or within a character.

    >>> from_utf16("가😀나", 3)
    2
    """
    coded = text.encode("utf-16-le", "surrogatepass")
    if not 0 <= 2 * units <= len(coded):
        raise ValueError("past the end")
    return len(coded[: 2 * units].decode("utf-16-le"))  # UnicodeDecodeError is a ValueError
