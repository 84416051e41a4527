"""Who came how often, and for how long: what a study expects of its participants, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from pipeline.interview import InterviewId

BRIEF, LENGTHY = "brief", "lengthy"
"""Notes on a session that is shorter, or longer, than the study expects. A note is no flag: nothing waits for it."""

NUMBERED = re.compile(r"(?P<letters>.*?)0*(?P<number>[0-9]+)")


def rising(pair: tuple[int, int]) -> tuple[int, int]:
    """At least, at most. Raises ValueError where the first is larger."""
    if pair[0] > pair[1]:
        raise ValueError("at least, at most: the first may not be larger")
    return pair


@dataclass(frozen=True, slots=True)
class Attendance:
    """A participant's sessions: those that were taken in, and those that the study expects besides."""

    study: str
    participant: str
    there: tuple[str, ...]
    """Session codes, in order."""
    lacking: tuple[str, ...]
    """Codes of sessions that should be there; ``?`` where codes have no numbers to count by."""
    most: int
    """Sessions that the study expects at most."""

    @property
    def surplus(self) -> int:
        """Sessions beyond those."""
        return max(0, len(self.there) - self.most)


def attendance(interviews: Iterable[InterviewId], expected: Mapping[str, tuple[int, int]]) -> tuple[Attendance, ...]:
    """Each participant of whom there is an interview. `expected`: study → sessions, at least and at most.

    >>> attendance([InterviewId("peers", "P03", "S2")], {"peers": (2, 3)})[0].lacking
    ('S1',)
    """
    rows = []
    for (study, participant), group in groupby(sorted(interviews), lambda id: (id.study, id.participant)):
        there = tuple(sorted((id.session for id in group), key=lambda code: (_number(code) or 0, code)))
        least, most = expected[study]
        rows.append(Attendance(study, participant, there, lacking(there, least), most))
    return tuple(rows)


def lacking(there: Iterable[str], least: int) -> tuple[str, ...]:
    """The codes missing of S1 ... S`least`, and of those before the last that is there; ``?`` where codes do not count.

    >>> lacking(["S1", "S4"], 2), lacking(["T1_01"], 2), lacking(["before"], 2)
    (('S2', 'S3'), ('T1_02',), ('?',))
    """
    codes = list(there)
    found = [NUMBERED.fullmatch(code) for code in codes]
    letters = {match["letters"] for match in found if match}
    if None in found or len(letters) > 1:
        return ("?",) * max(0, least - len(codes))
    numbers = {int(match["number"]) for match in found if match}
    width = min(
        (len(code) - len(match["letters"]) for code, match in zip(codes, found, strict=True) if match), default=1
    )
    wanted = range(min({1, *numbers}), max({least, *numbers}) + 1)
    prefix = letters.pop() if letters else "S"
    return tuple(f"{prefix}{number:0{width}d}" for number in wanted if number not in numbers)


def _number(code: str) -> int | None:
    match = NUMBERED.fullmatch(code)
    return int(match["number"]) if match else None


def length_notes(seconds: float, least_minutes: float, most_minutes: float) -> tuple[str, ...]:
    """`BRIEF` or `LENGTHY` where a session's length is not as expected.

    >>> length_notes(59 * 60, 60, 90), length_notes(60 * 60, 60, 90), length_notes(5401, 60, 90)
    (('brief',), (), ('lengthy',))
    """
    if seconds < least_minutes * 60:
        return (BRIEF,)
    return (LENGTHY,) if seconds > most_minutes * 60 else ()
