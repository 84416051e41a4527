"""The marks of a Korean transcript around the words: ``(3초)``, ``(침묵 12초)``, ``[겹침: …]``. Pure text, NFC.

A segment's text is what was said and nothing else: names are found in it, and CER is scored on it. The marks are laid
on when somebody is to read it. They never split an edit (a name's stand-in with the particle behind it): a mark that
would is widened around it. Sources of the conventions: the project's notes on the field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.korean import composed
from pipeline.transcript import Segment

Span = tuple[int, int]
"""Code points ``[start, end)`` of a text."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked; the numbers and their reasons are in config/default.toml."""

    pauses: bool
    pause_from_seconds: float
    silence_from_seconds: float
    overlaps: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` for the code points ``[start, end)``."""

    start: int
    end: int
    text: str


def pause_mark(seconds: float, marks: Marks) -> str:
    """What stands before a line after that much silence, in whole seconds, rounded down; nothing where it is short.

    >>> ko = Marks(pauses=True, pause_from_seconds=3, silence_from_seconds=10, overlaps=True)
    >>> [pause_mark(seconds, ko) for seconds in (2.99, 3.0, 9.99, 12.4)]
    ['', '(3초) ', '(9초) ', '(침묵 12초) ']
    """
    if not marks.pauses or seconds < min(marks.pause_from_seconds, marks.silence_from_seconds):
        return ""
    return f"({'침묵 ' if seconds >= marks.silence_from_seconds else ''}{int(seconds)}초) "


def overlapped(segment: Segment) -> tuple[Span, ...]:
    """Where in its text (in NFC) somebody else spoke too: each run of overlapped words, in order.

    Words carry what is known of them by their order: where the text is no longer its words joined, nothing is marked.
    """
    found = list(re.finditer(r"\S+", composed(segment.text)[0]))
    if [match[0] for match in found] != [composed(word.text)[0] for word in segment.words]:
        return ()
    runs: list[Span] = []
    before = False
    for match, word in zip(found, segment.words, strict=True):
        start, end = match.span()
        if word.overlapped:
            runs[-1:] = [(runs[-1][0], end)] if before else [*runs[-1:], (start, end)]
        before = word.overlapped
    return tuple(runs)


def marked(segment: Segment, marks: Marks, edits: Sequence[Edit] = ()) -> str:
    """The segment's text with the marks laid on and `edits` done, which are disjoint and of its text in NFC."""
    spans = overlapped(segment) if marks.overlaps else ()
    return pause_mark(segment.pause, marks) + written(composed(segment.text)[0], edits, spans)


def written(text: str, edits: Sequence[Edit], spans: Sequence[Span]) -> str:
    """`text` with the disjoint `edits` done and ``[겹침: …]`` around each of `spans`, widened so as to split no edit.

    >>> written("민수가 왔어요 네", [Edit(0, 3, "[이름1]이")], [(2, 7)])
    '[겹침: [이름1]이 왔어요] 네'
    """
    events = [(edit.start, 2, edit.text, edit.end) for edit in edits]
    for start, end in _widened(spans, edits):
        events += [(start, 1, "[겹침: ", start), (end, 0, "]", end)]
    pieces, at = [], 0
    for place, _, new, past in sorted(events):
        pieces += [text[at:place], new]
        at = past
    return "".join((*pieces, text[at:]))


def _widened(spans: Sequence[Span], edits: Sequence[Edit]) -> list[Span]:
    """`spans` grown over every edit that they touch inside; those that then meet are one."""
    grown: list[Span] = []
    for start, end in sorted(spans):
        inside = [edit for edit in edits if edit.start < end and start < edit.end]
        start, end = min([start, *(edit.start for edit in inside)]), max([end, *(edit.end for edit in inside)])
        if grown and start <= grown[-1][1]:
            grown[-1] = (grown[-1][0], max(grown[-1][1], end))
        else:
            grown.append((start, end))
    return grown
