"""The lines of a window out of Whisper's tokens, and the times of their words. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from pipeline.hearing.listening import Piece
from pipeline.hearing.spans import plausible
from pipeline.speech import Word

TIME_STEP = 0.02
"""Seconds between Whisper's time tokens."""

EARLY_SECONDS = 1.5
"""A text that ends so long before its window does has left something out: reading goes on from its end."""


@dataclass(frozen=True, slots=True)
class Line:
    """A passage by Whisper's own times, seconds from the window's start; `tokens` without the times."""

    start: float
    end: float
    tokens: tuple[int, ...]


def lines(tokens: Sequence[int], first_time: int, seconds: float) -> tuple[list[Line], float | None]:
    """The lines of a window of that length by the times among its tokens, and up to where it is done with.

    As Whisper reads on: two times side by side end one line and begin the next; what follows the last pair is not
    complete, and the next window begins there. Where one lone time ends the text, Whisper holds that nothing follows in
    the window; here that is believed only near the window's end, for the silences are cut out of what is heard. None
    where no time ends the text at all: it is done with where its last word ends.
    """
    is_time = [token >= first_time for token in tokens]
    pairs = [at for at in range(1, len(tokens)) if is_time[at] and is_time[at - 1]]
    lone = is_time[-2:] == [False, True]
    stops = [*pairs, len(tokens)] if lone or not pairs else pairs
    found = [_line(tokens[begin:stop], first_time, seconds) for begin, stop in pairwise([0, *stops])]
    spoken = [line for line in found if line.tokens]
    if lone:
        end = found[-1].end
        return spoken, end if seconds - end > EARLY_SECONDS else seconds
    return spoken, min((tokens[pairs[-1] - 1] - first_time) * TIME_STEP, seconds) if pairs else None


def _line(tokens: Sequence[int], first_time: int, seconds: float) -> Line:
    """The line from its first time to its last, in a window of that length."""
    times = [min((token - first_time) * TIME_STEP, seconds) for token in tokens if token >= first_time]
    begun = bool(times) and tokens[0] >= first_time
    start = times[0] if begun else 0.0
    end = times[-1] if len(times) > begun else seconds
    return Line(start, max(start, end), tuple(token for token in tokens if token < first_time))


# --- words and their times ------------------------------------------------------------------------------------------

BEFORE_A_WORD, AFTER_A_WORD = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
"""Marks that belong to the word after them, and to the one before them; faster-whisper's own."""

HUNG_SECONDS = 0.5
"""A line's first and last word are cut to the line's time where they stick out of it by more; Whisper's own."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """A word as faster-whisper's alignment gives it."""

    word: str
    tokens: tuple[int, ...]
    start: float
    end: float
    probability: float


def dealt(found: Sequence[Line], aligned: Sequence[Aligned]) -> Iterator[tuple[Line, list[Aligned]]]:
    """Each line with its words: as many as its tokens make. A word on the border is the earlier line's."""
    left, owed = deque(aligned), 0
    for line in found:
        owed += len(line.tokens)
        own: list[Aligned] = []
        while left and owed > 0:
            owed -= len(left[0].tokens)
            own.append(left.popleft())
        yield line, [one for one in own if one.word]


def fitted(aligned: Sequence[Aligned], start: float, end: float) -> list[Piece]:
    """The words of a line from `start` to `end`. Its first and its last are not drawn out into the pauses beside it."""
    pieces = [Piece(one.word, float(one.start), float(one.end), float(one.probability)) for one in aligned]
    lengths = [piece.end - piece.start for piece in pieces if piece.end > piece.start]
    usual = min(0.7, median(lengths)) if lengths else 0.0
    first = pieces[0]
    if first.start < start - HUNG_SECONDS and start < first.end:
        pieces[0] = replace(first, start=max(first.start, min(first.end - usual, start)))
    last = pieces[-1]
    if last.end > end + HUNG_SECONDS and last.start < end:
        pieces[-1] = replace(last, end=max(last.start + usual, end))
    return [_drawn_in(piece, index == 0) for index, piece in enumerate(pieces)]


def _drawn_in(piece: Piece, first: bool) -> Piece:
    """No longer than it takes to say: a line's first word ends where it did, the others begin where they did."""
    word = Word(piece.text, piece.start, piece.end, piece.probability)
    early, late = plausible(word)[0], plausible(word)[-1]
    return replace(piece, start=late[0], end=late[1]) if first else replace(piece, start=early[0], end=early[1])
