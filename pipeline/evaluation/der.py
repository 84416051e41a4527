"""How well it was found who speaks when, in seconds of speech.

The same numbers as pyannote.metrics' ``DiarizationErrorRate(collar=0.25, skip_overlap=False)`` (a test compares them):
speech of two at once counts twice and is scored, and 0.125 s on each side of every edge of a true turn is left out.
Nothing of pyannote is imported here, so that scoring needs no torch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from scipy.optimize import linear_sum_assignment

from pipeline.speech import Turn

COLLAR = 0.25
"""Seconds around each edge of a true turn that are left out: the whole width, as pyannote.metrics counts it."""

Voices = Counter[str]
"""How many turns of each speaker are under way."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """Of speech. `total` is the truth's; the rate is missed + false_alarm + confused over it."""

    total: float = 0.0
    missed: float = 0.0
    false_alarm: float = 0.0
    confused: float = 0.0

    def __add__(self, other: Seconds) -> Seconds:
        """Count by count."""
        return Seconds(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Seconds)))

    @property
    def errors(self) -> float:
        """All three kinds."""
        return self.missed + self.false_alarm + self.confused


@dataclass(frozen=True, slots=True)
class Stretch:
    """Seconds in which nobody begins or ends to speak, in truth or as found."""

    seconds: float
    truth: Voices
    found: Voices


def der(truth: Sequence[Turn], found: Sequence[Turn], collar: float = COLLAR) -> Seconds:
    """Errors under the pairing of speakers that has most seconds in common. Turns without length are ignored."""
    stretches = list(_stretches(truth, found, collar))
    names = _pairing(stretches)
    return sum((_judged(stretch, names) for stretch in stretches), Seconds())


def _stretches(truth: Sequence[Turn], found: Sequence[Turn], collar: float) -> Iterator[Stretch]:
    edges = {edge for turn in truth if turn.start < turn.end for edge in (turn.start, turn.end)}
    excluded = [Turn(edge - collar / 2, edge + collar / 2, "") for edge in edges]
    changes: dict[float, list[tuple[int, str, int]]] = {}
    for kind, turns in enumerate((truth, found, excluded)):
        for turn in turns:
            if turn.start < turn.end:
                changes.setdefault(turn.start, []).append((kind, turn.speaker, 1))
                changes.setdefault(turn.end, []).append((kind, turn.speaker, -1))
    voices = Voices(), Voices(), Voices()
    for start, end in pairwise(sorted(changes)):
        for kind, speaker, change in changes[start]:
            voices[kind][speaker] += change
        if not voices[2].total():
            yield Stretch(end - start, +voices[0], +voices[1])


def _pairing(stretches: Iterable[Stretch]) -> dict[str, str]:
    """Found speaker → true speaker."""
    shared: Counter[tuple[str, str]] = Counter()
    for stretch in stretches:
        for one, times in stretch.found.items():
            for other, others in stretch.truth.items():
                shared[one, other] += stretch.seconds * times * others  # type: ignore[assignment]
    rows, columns = sorted({one for one, _ in shared}), sorted({other for _, other in shared})
    table = np.array([[shared[row, column] for column in columns] for row in rows]).reshape(len(rows), len(columns))
    pairs = zip(*linear_sum_assignment(table, maximize=True), strict=True)
    return {rows[row]: columns[column] for row, column in pairs if table[row, column] > 0}


def _judged(stretch: Stretch, names: dict[str, str]) -> Seconds:
    said, heard = stretch.truth.total(), stretch.found.total()
    named = Voices({names[one]: times for one, times in stretch.found.items() if one in names})
    right = (named & stretch.truth).total()
    return Seconds(
        total=stretch.seconds * said,
        missed=stretch.seconds * max(0, said - heard),
        false_alarm=stretch.seconds * max(0, heard - said),
        confused=stretch.seconds * (min(said, heard) - right),
    )
