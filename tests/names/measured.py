"""Invented talk with marked identifiers, through the recognizers that the settings name: once in a session."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, reduce
from operator import add
from pathlib import Path

from pipeline.evaluation.marked import Marked, read_marked
from pipeline.evaluation.names import Counts, NamesScore, score_names
from pipeline.interview import Person
from pipeline.naming import mentions_in
from pipeline.settings import load

HERE = Path(__file__).parent


def marked(path: Path) -> tuple[Marked, ...]:
    return read_marked(path.read_text("utf-8"))


def scored(lines: tuple[Marked, ...]) -> NamesScore:
    """Of lines that are one interview, with the roster of the first."""
    texts = tuple(line.text for line in lines)
    found = mentions_in(texts, tuple(map(Person, lines[0].roster)), load())
    return score_names(texts, [line.truth for line in lines], found)


@cache
def interview(name: str) -> NamesScore:
    return scored(marked(HERE / "interviews" / f"{name}.txt"))


@cache
def family(name: str, half: str) -> NamesScore:
    """Of every other sentence, each an interview of its own: the odd ones were read, the even ones were not."""
    lines = marked(HERE / "families" / f"{name}.txt")
    return together(scored((line,)) for line in lines[{"read": 0, "not read": 1}[half] :: 2])


def together(scores: Iterable[NamesScore]) -> NamesScore:
    return reduce(add, scores)


def covered(counts: Counts) -> float:
    """The share of the truth, in per cent, of which nothing leaks."""
    return 100 * (1 - counts.missed / counts.wanted)


def right(counts: Counts) -> float:
    """The share of what was found, in per cent, that is of the right label."""
    return 100 * counts.right / counts.found
