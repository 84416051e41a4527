"""Text whose identifying passages are marked, as people write it to test and to fit recognizers.

::

    ROSTER 김민수, 박지훈
    {U} 네 저는 [[NAME:full|김민수]]라고 하고요 지금 [[ORG|마포구 정신건강복지센터]]에서 일해요
    {N} 그때는 진짜 아무것도 하기 싫었어요

A roster holds for the lines behind it. A file is an interview, or each of its lines is one. ``{U}`` and ``{N}``
(something is marked, nothing is) are for the reader's eye.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.evaluation.names import Truth
from pipeline.transcript import Finding, Label

_MARK = re.compile(r"\[\[([A-Z]+)(?::([a-z_-]+))?\|([^\]]+)\]\]")
_LINE = re.compile(r"\{[UN]\}\s*(.+)")


@dataclass(frozen=True, slots=True)
class Marked:
    """A line without its marks, what was marked in it (`form` of a truth is its kind), and the names known for it."""

    text: str
    truth: tuple[Truth, ...]
    roster: tuple[str, ...]


def read_marked(text: str) -> tuple[Marked, ...]:
    """The lines of a file. Raises ValueError ``line N``."""
    lines: list[Marked] = []
    roster: tuple[str, ...] = ()
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if line.startswith("ROSTER"):
            roster = tuple(name.strip() for name in line.removeprefix("ROSTER").split(",") if name.strip())
        elif line:
            match = _LINE.fullmatch(line)
            if match is None:
                raise ValueError(f"line {number}")
            lines.append(_unmarked(match[1], roster, number))
    return tuple(lines)


def _unmarked(line: str, roster: tuple[str, ...], number: int) -> Marked:
    text, at, truth = "", 0, []
    for mark in _MARK.finditer(line):
        text += line[at : mark.start()]
        start = len(text)
        text += mark[3]
        truth.append(Finding(0, start, len(text), Label(mark[1]), 1.0, "truth", mark[2] or ""))
        at = mark.end()
    text += line[at:]
    if "[[" in text or "]]" in text:
        raise ValueError(f"line {number}")
    return Marked(text, tuple(truth), roster)
