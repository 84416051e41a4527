"""Bootstrap over interviews: figures of agreement from counts by interview, so that a thousand draws cost a product.

The formulas are those of the libraries that give the point values, on sums of counts: Cohen's kappa with expected
agreement added up over yes and no; nominal alpha as 1 - (n - 1) sum(n1 n0 / (m - 1)) / (n1 n0), Krippendorff 2011.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pipeline.coding.agreement import Rated

Interval = tuple[float, float]
Array = np.ndarray[Any, np.dtype[np.float64]]

PERCENTILES = (2.5, 97.5)
LEAST_DEFINED = 0.5
"""Share of draws in which a figure must be defined for its interval to be told."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Counts by interview: `pairs` (interviews, pairs of coders, 4), `nominal` (interviews, 3): yes, no, and the sum of
    yes x no / (ratings - 1) over units. With a code axis after the interviews in both, where there is one."""

    pairs: Array
    nominal: Array

    def of(self, code: int) -> Cells:
        """Those of one code."""
        return Cells(self.pairs[:, code], self.nominal[:, code])

    def pooled(self) -> Cells:
        """Those of all pairs of unit and code."""
        return Cells(self.pairs.sum(axis=1), self.nominal.sum(axis=1))


def tallied(rated: Sequence[Rated], coders: Sequence[str], codes: Sequence[str], interviews: Sequence[str]) -> Cells:
    """Counts by interview and code."""
    couples = list(combinations(coders, 2))
    at = {interview: number for number, interview in enumerate(interviews)}
    pairs = np.zeros((len(interviews), len(codes), len(couples), 4))
    nominal = np.zeros((len(interviews), len(codes), 3))
    for each in rated:
        row = at[each.interview]
        marks = {who: np.array([code in mine for code in codes], bool) for who, mine in each.codes.items()}
        for couple, (one, other) in enumerate(couples):
            if one in marks and other in marks:
                a, b = marks[one], marks[other]
                pairs[row, :, couple] += np.stack([a & b, a & ~b, ~a & b, ~a & ~b], axis=-1)
        many = len(marks)
        if many > 1:
            yes = np.sum(list(marks.values()), axis=0)
            nominal[row] += np.stack([yes, many - yes, yes * (many - yes) / (many - 1)], axis=-1)
    return Cells(pairs, nominal)


def draws_of(interviews: int, draws: int, seed: int) -> Array:
    """How often each interview is in each draw (draws, interviews); no draw of fewer than two interviews."""
    if interviews < 2:
        return np.zeros((0, interviews))
    chosen = np.random.default_rng(seed).integers(0, interviews, (draws, interviews))
    counted = [np.bincount(draw, minlength=interviews) for draw in chosen]
    return np.array(counted, dtype=np.float64).reshape(draws, interviews)


def intervals(cells: Cells, multiples: Array) -> tuple[Interval | None, Interval | None, Interval | None]:
    """Of percent agreement, kappa and alpha."""
    pairs = np.einsum("di,ipc->dpc", multiples, cells.pairs)
    nominal = multiples @ cells.nominal
    return _between(percents(pairs)), _between(kappas(pairs)), _between(alphas(nominal))


def percents(pairs: Array) -> Array:
    """Percent agreement over all pairs of coders; (draws, pairs, 4) to (draws,)."""
    summed = pairs.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((summed[:, 0] + summed[:, 3]) / summed.sum(axis=1))


def kappas(pairs: Array) -> Array:
    """The mean of the pairs' kappas that are defined; (draws, pairs, 4) to (draws,)."""
    both, first, second, neither = np.moveaxis(pairs, -1, 0)
    total = both + first + second + neither
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = (both + neither) / total
        expected = ((both + first) * (both + second) + (neither + first) * (neither + second)) / total**2
        each = (observed - expected) / (1 - expected)
        defined = np.isfinite(each)
        return np.asarray(np.where(defined, each, 0).sum(axis=1) / defined.sum(axis=1))


def alphas(nominal: Array) -> Array:
    """Nominal alpha; (draws, 3) to (draws,)."""
    yes, no, crossed = np.moveaxis(nominal, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - (yes + no - 1) * crossed / (yes * no))


def set_interval(
    rated: Sequence[Rated],
    interviews: Sequence[str],
    multiples: Array,
    distance: Callable[[frozenset[str], frozenset[str]], float],
) -> Interval | None:
    """Of alpha over sets of codes with that distance."""
    paired = [each for each in rated if len(each.codes) > 1]
    kinds = list(dict.fromkeys(codes for each in paired for codes in each.codes.values()))
    if len(kinds) < 2 or not len(multiples):
        return None
    place = {kind: number for number, kind in enumerate(kinds)}
    apart = np.zeros((len(kinds), len(kinds)))
    for (i, one), (j, other) in combinations(enumerate(kinds), 2):
        apart[i, j] = apart[j, i] = distance(one, other)
    at = {interview: number for number, interview in enumerate(interviews)}
    counts, within = np.zeros((len(interviews), len(kinds))), np.zeros(len(interviews))
    for each in paired:
        row, sets = at[each.interview], [place[codes] for codes in each.codes.values()]
        for kind in sets:
            counts[row, kind] += 1
        within[row] += 2 * sum(apart[i, j] for i, j in combinations(sets, 2)) / (len(sets) - 1)
    return _between(set_alphas(multiples @ counts, multiples @ within, apart))


def set_alphas(counts: Array, within: Array, apart: Array) -> Array:
    """Alpha of counts of kinds (draws, kinds), disagreement within units (draws,) and distances (kinds, kinds)."""
    total = counts.sum(axis=1)
    expected = np.einsum("dk,dk->d", counts @ apart, counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - (within / total) / (expected / (total * (total - 1))))


def _between(values: Array) -> Interval | None:
    defined = values[np.isfinite(values)]
    if not len(values) or len(defined) < LEAST_DEFINED * len(values):
        return None
    low, high = np.percentile(defined, PERCENTILES)
    return float(low), float(high)
