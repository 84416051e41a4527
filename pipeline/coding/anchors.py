"""Where a coding lies: a passage of a transcript, a place in it, and how surely it lies there."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Anchor(enum.StrEnum):
    """How surely a coding still lies on its passage; `FUZZY` and `ORPHAN` are for a person to look at.

    `EXACT`: same segment, same offsets, same words. `MOVED`: the same passage beyond doubt, at other offsets, in other
    segments that come from its own, or with a word corrected. `FUZZY`: likely the same. `ORPHAN`: not found.
    """

    EXACT = "exact"
    MOVED = "moved"
    FUZZY = "fuzzy"
    ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Passage:
    """A line of a transcript as a coding meets it: milliseconds, half-open; `text` in NFC; `role` of who speaks."""

    segment: str
    start_ms: int
    end_ms: int
    text: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Code points ``[start, end)`` of a segment's text."""

    segment: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Carried:
    """Where a coding lies in another transcript: a place in each line that it covers, in order; none for an orphan.

    `likeness` of the words there to the words that were coded, 0 to 1, white space left aside.
    """

    state: Anchor
    places: tuple[Place, ...] = ()
    likeness: float = 0.0
