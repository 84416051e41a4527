"""Counts of several cases as one rate, with how far it would move had other cases been drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DRAWS = 10_000
FEWEST = 3
"""With fewer cases an interval would say nothing."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """`errors` of `total`, and the 95 % interval of their rate; None where there are too few cases."""

    errors: float
    total: float
    interval: tuple[float, float] | None


def pooled(errors: Sequence[float], totals: Sequence[float]) -> Pooled:
    """The cases' counts added up: a long case weighs more. Percentile bootstrap over cases, the same at every call."""
    return Pooled(sum(errors), sum(totals), _interval(np.array(errors, float), np.array(totals, float)))


def difference(errors: Sequence[float], others: Sequence[float], totals: Sequence[float]) -> Pooled:
    """Two systems on the same cases: the pooled errors of the first less those of the second, drawn pair by pair."""
    apart = np.array(errors, float) - np.array(others, float)
    return Pooled(float(apart.sum()), sum(totals), _interval(apart, np.array(totals, float)))


def _interval(errors: np.ndarray, totals: np.ndarray) -> tuple[float, float] | None:
    if len(errors) < FEWEST or not totals.all():
        return None
    drawn = np.random.default_rng(0).integers(len(errors), size=(DRAWS, len(errors)))
    low, high = np.percentile(errors[drawn].sum(axis=1) / totals[drawn].sum(axis=1), (2.5, 97.5))
    return float(low), float(high)
