"""The nouns of coding: the code tree, what coders marked with it, and what could not be read back from their programs.

Every store and file format takes these and gives these. Offsets are code points of a segment's text as it was released
(`pipeline.transcript.Line`), half-open; text is NFC. Standard library only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
BLOT = "○"
"""Stands for each letter of what was withheld from coders after they had it."""


def blotted(text: str, quotes: Iterable[str]) -> str:
    """`text` without `quotes`, as long as before.

    >>> blotted("민수와 김민수", ["민수", "김민수"])
    '○○와 ○○○'
    """
    for quote in sorted(quotes, key=len, reverse=True):
        text = text.replace(quote, BLOT * len(quote))
    return text


def reads(text: str, quote: str) -> bool:
    """Whether `text` is `quote`, but for letters that were blotted out of it since.

    >>> reads("저는 ○○○입니다", "저는 홍길동입니다"), reads("저는 홍길동입니다", "저는 ○○○입니다")
    (True, False)
    """
    return text == quote or (len(text) == len(quote) and all(a in (b, BLOT) for a, b in zip(text, quote, strict=True)))


@dataclass(frozen=True, slots=True)
class Code:
    """A code of the tree. `id` is minted once and stays when the code is renamed or moved; `parent` None: at the top.

    `colour` is ``#RRGGBB`` or empty.
    """

    id: str
    parent: str | None
    name: str
    colour: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        """Refuse what no program could take: raises ValueError."""
        if not self.id or not self.name.strip():
            raise ValueError("a code has an id and a name")
        if self.colour and not COLOUR.fullmatch(self.colour):
            raise ValueError("a colour is #RRGGBB")


@dataclass(frozen=True, slots=True)
class Codebook:
    """A version of a study's code tree, in the order in which the study lists its codes."""

    study: str
    version: int
    codes: tuple[Code, ...] = ()
    frozen: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no tree: raises ValueError for an id twice, a parent elsewhere, a circle, a name twice."""
        if len({code.id for code in self.codes}) < len(self.codes):
            raise ValueError("a code's id stands twice")
        if not {code.parent for code in self.codes} <= {None, *(code.id for code in self.codes)}:
            raise ValueError("a code's parent is not in the codebook")
        if len(tuple(self.walk())) < len(self.codes):
            raise ValueError("codes are each other's parents")
        if any(count > 1 for count in Counter((code.parent, code.name) for code in self.codes).values()):
            raise ValueError("two codes beside each other have one name")

    def children(self, parent: str | None) -> tuple[Code, ...]:
        """The codes right under the code with the id `parent`; of None, those at the top."""
        return tuple(code for code in self.codes if code.parent == parent)

    def walk(self, parent: str | None = None) -> Iterator[tuple[int, Code]]:
        """Every code below `parent` with its depth from 0, each before those below it."""
        for code in self.children(parent):
            yield 0, code
            yield from ((depth + 1, below) for depth, below in self.walk(code.id))

    def path(self, id: str) -> tuple[Code, ...]:
        """From the top down to the code `id`. Raises KeyError where there is none."""
        known = {code.id: code for code in self.codes}
        above = [known[id]]
        while (parent := above[-1].parent) is not None:
            above.append(known[parent])
        return tuple(reversed(above))


@dataclass(frozen=True, slots=True)
class Coding:
    """Coder `coder` set the code with the id `code` on ``[start, end)`` of a segment, which reads `quote` there.

    `segment` is the segment's minted id and `version` its version (`Line.version`) in the text that the coder had.
    """

    coder: str
    code: str
    segment: str
    version: int
    start: int
    end: int
    quote: str
    memo: str = ""
    """What the coder noted on it."""

    def __post_init__(self) -> None:
        """Refuse a span that is none: raises ValueError."""
        if not 0 <= self.start < self.end or len(self.quote) != self.end - self.start:
            raise ValueError("a coding is on 0 <= start < end, and quotes that many code points")


class Why(StrEnum):
    """Why a row of a coder's file is no coding of ours."""

    OUT_OF_RANGE = "out of range"
    UNKNOWN_DOCUMENT = "unknown document"
    CHANGED_DOCUMENT = "changed document"
    UNKNOWN_CODE = "unknown code"
    RENAMED_CODE = "renamed code"
    UNKNOWN_CODER = "unknown coder"
    SAME_CODER = "two coders of one name"
    NO_WORDS = "on no words of a line"
    UNREADABLE = "unreadable"
    OPEN = "still open"


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that did not come back: which it is in its file (`row`), and why. Nothing that was said stands in it.

    A coding under a `RENAMED_CODE` is in the codings too, by its id: the row tells a person to look.
    """

    row: str
    why: Why
    coder: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came back from a coder's file: codings in order of place, and the rows that are none."""

    codings: tuple[Coding, ...] = ()
    unread: tuple[Unread, ...] = ()
