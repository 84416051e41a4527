"""A release as people read it: who speaks, line numbers frozen at release, times, headings. What every format shares.

Marks such as ``(3초)`` and ``[겹침: …]`` are in the lines since the draft (`pipeline.lines.notation`); here nothing is
laid on. Sources of the conventions: the project's notes on the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Literal

from pipeline.interview import Role, normal_text
from pipeline.speech import Gap
from pipeline.transcript import AUTOMATIC, Line, Released

UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What XML does not know, what ends a line in some program only, and what is no character at all."""

Numbering = Literal["lines", "turns"]


@dataclass(frozen=True, slots=True)
class Convention:
    """How a study prints transcripts; the words and their reasons are in config/default.toml."""

    interviewer: str = "연구자"
    participant: str = "참여자"
    numbering: Numbering = "lines"


DEFAULT = Convention()


@dataclass(frozen=True, slots=True)
class Heading:
    """The talk comes to this guide question here."""

    question: int


def clock(seconds: float) -> str:
    """``00:12:31``."""
    return f"{timedelta(seconds=int(seconds))!s:0>8}"


def milliseconds(seconds: float) -> int:
    """Whole milliseconds."""
    return round(seconds * 1000)


def fine_clock(seconds: float, point: str = ".") -> str:
    """``00:12:31.900``: the time to the millisecond."""
    whole, rest = divmod(milliseconds(seconds), 1000)
    return f"{clock(whole)}{point}{rest:03d}"


def shown(text: str) -> str:
    """`text` in NFC, on one line, with what no program can show replaced one for one: offsets stay what they are.

    >>> shown("가\\x07\\n나")
    '가\\ufffd 나'
    """
    return UNSHOWABLE.sub("\ufffd", re.sub("[\t\n]", " ", normal_text(text)))


def speakers(released: Released, convention: Convention) -> dict[tuple[str, Role], str]:
    """What each speaker is called, by label and role; numbered where several have one role: 참여자 1, 참여자 2.

    Whose role is unknown keeps the diarizer's label.
    """
    words = {Role.INTERVIEWER: convention.interviewer, Role.PARTICIPANT: convention.participant}
    voices = list(dict.fromkeys((line.speaker, line.role) for line in released.lines))
    called = {}
    for speaker, role in voices:
        alike = [one for one, other in voices if other is role]
        number = f" {alike.index(speaker) + 1}" if len(alike) > 1 else ""
        called[speaker, role] = words[role] + number if role in words else shown(speaker)
    return called


def labels(released: Released, convention: Convention) -> tuple[str, ...]:
    """Who speaks, as printed before each line; with the number of the turn (축어록: 상담자1, 내담자1) where asked for.

    A turn goes on until somebody else speaks. Each speaker's turns are counted apart.
    """
    called = speakers(released, convention)
    if convention.numbering == "lines":
        return tuple(called[line.speaker, line.role] for line in released.lines)
    turns, before, printed = dict.fromkeys(called, 0), None, []
    for line in released.lines:
        voice = line.speaker, line.role
        turns[voice] += voice != before
        before = voice
        gap = "-" if called[voice][-1:].isdigit() else ""  # or 참여자 1 in her turn 2 were 참여자 12
        printed.append(f"{called[voice]}{gap}{turns[voice]}")
    return tuple(printed)


Interval = tuple[int, int, Line]
"""From, to (milliseconds), and who said what there."""


def tiers(released: Released, convention: Convention) -> dict[str, tuple[Interval, ...]]:
    """A tier for each speaker, in which no two intervals overlap and none is empty: ELAN and Praat take no other.

    Where a speaker's own lines overlap, the later one goes into a further tier: 참여자, 참여자 (2).
    """
    called = speakers(released, convention)
    made: dict[str, list[Interval]] = {}
    for line in sorted(released.lines, key=lambda line: line.start):
        start = milliseconds(line.start)
        interval = start, max(start + 1, milliseconds(line.end)), line
        name = called[line.speaker, line.role]
        names = (name if number == 1 else f"{name} ({number})" for number in count(1))
        free = next(name for name in names if name not in made or made[name][-1][1] <= start)
        made.setdefault(free, []).append(interval)
    return {name: tuple(intervals) for name, intervals in made.items()}


def head(released: Released) -> tuple[str, ...]:
    """What stands above a transcript: which it is, which draft, who approved it, and the notices."""
    provenance = released.provenance
    approval = f"승인 {shown(provenance.approved_by)} {provenance.approved_at:%Y-%m-%d}"
    return f"{released.interview}", f"원고 {provenance.draft_sha256[:12]} · {approval}", *notices(released)


def notices(released: Released) -> tuple[str, ...]:
    """What a reader must know of a release wherever it goes: that no person stands for it, that it is a demo's."""
    provenance, lines = released.provenance, list[str]()
    if provenance.approved_by == AUTOMATIC:
        lines.append("자동 공개: 사람이 확인하지 않은 원고")
    if provenance.demo_grade:
        lines.append("시연 등급: 작은 가중치로 받아 적은 원고")
    if provenance.flags:
        lines.append(f"확인 필요: {', '.join(provenance.flags)}")
    return tuple(lines)


def gap_mark(gap: Gap) -> str:
    """``(잘 안 들림 00:00:20)``: speech of which there are no words."""
    return f"(잘 안 들림 {clock(gap.start)})"


def rows(released: Released) -> Iterator[Heading | Line | Gap]:
    """All that is printed, in order of time.

    Speech that nobody understood has a line of its own; releases from before that had only the gap ledger, and its
    entries stand between the lines. A heading says where the talk comes to another question of the guide.
    """
    starts = {line.start for line in released.lines}
    items: list[Line | Gap] = [*released.lines, *(gap for gap in released.gaps if gap.start not in starts)]
    question = 0
    for item in sorted(items, key=lambda item: item.start):
        if isinstance(item, Line) and item.question not in (0, question):
            question = item.question
            yield Heading(question)
        yield item
