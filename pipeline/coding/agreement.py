"""How far coders agree, line by line: percent, Cohen's kappa, Krippendorff's alpha, MASI for several codes on a line.

A unit is a line of a released transcript; a coder either set a code on it, in whole or in part, or did not. Lines are
cut before anybody codes, so that the count of those without a code is known (QualCoder#667 asks what it should be).

* Percent agreement: the share of pairs of coders and units that say the same. Alone it says little: a code that both
  hardly use is agreed upon in nearly every line (Feinstein & Cicchetti 1990, J Clin Epidemiol 43:543). `Figures.rare`
  warns of that.
* Cohen's kappa (Cohen 1960, Educ Psychol Meas 20:37), by scikit-learn: expected agreement is the **sum** of what chance
  gives for yes and for no. A known program of the field multiplies the two. Of more than two coders: the mean over
  pairs (Light 1971, Psychol Bull 76:365).
* Krippendorff's alpha, nominal (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability), by `krippendorff`.
* MASI alpha: alpha over the sets of codes on a unit, with the distance of Passonneau (2006, LREC), by nltk. Two empty
  sets are alike; one of them is as far as can be from any other set.
* 95 % intervals: percentiles of a bootstrap that draws whole interviews, for lines of one interview are no independent
  evidence. It counts in `pipeline.coding.resampling`; tests hold it to the libraries' numbers.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from pipeline.coding.resampling import Cells, Interval, draws_of, intervals, set_interval, tallied

RARE_SHARE = 0.10
"""Of the ratings that set the code; from there up percent agreement is no longer carried by absence alone."""
HIGH_PERCENT = 0.80
TENTATIVE = 0.667
"""Alpha below which Krippendorff (2004, Content Analysis) draws no conclusions, not even tentative ones."""


@dataclass(frozen=True, slots=True)
class Rated:
    """A unit: its interview, its segment, and by coder the codes (ids) that each set on it.

    A coder who did not code that interview at all is missing; one who saw nothing in the line has the empty set.
    """

    interview: str
    unit: str
    codes: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Agreement on a code, or pooled over all pairs of unit and code (`code` empty). None: not defined.

    `ratings` were made of units with two coders or more; `used` of them set the code. `positive` is agreement among
    those that set it (Dice; Feinstein & Cicchetti's p pos). `cells` are (both, only the first, only the second,
    neither), summed over pairs of coders.
    """

    code: str
    ratings: int
    used: int
    cells: tuple[int, int, int, int]
    percent: float | None
    positive: float | None
    kappa: float | None
    alpha: float | None
    percent_within: Interval | None = None
    kappa_within: Interval | None = None
    alpha_within: Interval | None = None

    @property
    def rare(self) -> bool:
        """Whether percent agreement is high for no better reason than that the code is rare."""
        high = self.percent is not None and self.percent >= HIGH_PERCENT
        return high and self.used <= RARE_SHARE * self.ratings and (self.alpha is None or self.alpha < TENTATIVE)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was compared, and how it came out."""

    coders: tuple[str, ...]
    interviews: tuple[str, ...]
    units: int
    codes: tuple[Figures, ...]
    overall: Figures
    same_sets: float | None
    masi: float | None
    masi_within: Interval | None
    confused: tuple[tuple[str, str, int], ...]
    """Of two coders: (code of the first alone, code of the second alone, lines), most lines first."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A code that some coders set on a unit and others did not."""

    interview: str
    unit: str
    code: str
    by: tuple[str, ...]
    not_by: tuple[str, ...]


def comparable(rated: Iterable[Rated], coders: Sequence[str]) -> tuple[Rated, ...]:
    """The units that two or more of `coders` rated, with these coders alone."""
    kept = (replace(r, codes={who: r.codes[who] for who in coders if who in r.codes}) for r in rated)
    return tuple(each for each in kept if len(each.codes) > 1)


def reconciled(rated: Iterable[Rated], decided: Mapping[tuple[str, str], bool]) -> tuple[Rated, ...]:
    """The units as they are once coders have agreed; `decided` says by unit and code whether the code applies."""
    by_unit: dict[str, dict[str, bool]] = {}
    for (unit, code), applies in decided.items():
        by_unit.setdefault(unit, {})[code] = applies
    return tuple(
        replace(each, codes={who: _settled(codes, by_unit.get(each.unit, {})) for who, codes in each.codes.items()})
        for each in rated
    )


def _settled(codes: frozenset[str], decided: Mapping[str, bool]) -> frozenset[str]:
    yes = {code for code, applies in decided.items() if applies}
    return frozenset((codes - decided.keys()) | yes)


def disagreements(rated: Iterable[Rated]) -> tuple[Disagreement, ...]:
    """Every code on every unit that not all of its coders set, in the order of units."""
    return tuple(
        Disagreement(
            each.interview,
            each.unit,
            code,
            tuple(who for who, codes in each.codes.items() if code in codes),
            tuple(who for who, codes in each.codes.items() if code not in codes),
        )
        for each in rated
        for code in sorted(set().union(*each.codes.values()))
        if any(code not in codes for codes in each.codes.values())
    )


def compare(rated: Sequence[Rated], coders: Sequence[str], draws: int = 1000, seed: int = 1) -> Agreement:
    """Agreement of `coders` on `rated` (as `comparable` gives them), on every code that any of them used."""
    used = sorted(set().union(*(codes for each in rated for codes in each.codes.values())))
    interviews = tuple(dict.fromkeys(each.interview for each in rated))
    cells = tallied(rated, coders, used, interviews)
    multiples = draws_of(len(interviews), draws, seed)
    codes = tuple(
        _with_intervals(_figures(code, rated, coders, [code]), cells.of(at), multiples) for at, code in enumerate(used)
    )
    overall = _with_intervals(_figures("", rated, coders, used), cells.pooled(), multiples)
    same = [a == b for each in rated for a, b in combinations(each.codes.values(), 2)]
    return Agreement(
        tuple(coders),
        interviews,
        len(rated),
        codes,
        overall,
        sum(same) / len(same) if same else None,
        masi_alpha(rated),
        set_interval(rated, interviews, multiples, masi),
        _confused(rated, coders),
    )


def _with_intervals(figures: Figures, cells: Cells, multiples: np.ndarray) -> Figures:
    percent, kappa, alpha = intervals(cells, multiples)
    return replace(
        figures,
        percent_within=percent if figures.percent is not None else None,
        kappa_within=kappa if figures.kappa is not None else None,
        alpha_within=alpha if figures.alpha is not None else None,
    )


def _figures(name: str, rated: Sequence[Rated], coders: Sequence[str], codes: Sequence[str]) -> Figures:
    """Over every pair of unit and code in `codes`."""
    pairs = [_cells(rated, one, other, codes) for one, other in combinations(coders, 2)]
    both, first, second, neither = (sum(cells[at] for cells in pairs) for at in range(4))
    total = both + first + second + neither
    kappas = [cohens_kappa(cells) for cells in pairs if sum(cells)]
    counts = [(sum(code in mine for mine in each.codes.values()), len(each.codes)) for each in rated for code in codes]
    return Figures(
        name,
        sum(many for _, many in counts),
        sum(yes for yes, _ in counts),
        (both, first, second, neither),
        (both + neither) / total if total else None,
        2 * both / (2 * both + first + second) if both + first + second else None,
        _mean([kappa for kappa in kappas if kappa is not None]),
        nominal_alpha([(yes, many - yes) for yes, many in counts]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _cells(rated: Iterable[Rated], one: str, other: str, codes: Sequence[str]) -> tuple[int, int, int, int]:
    """(both, only `one`, only `other`, neither) over the units that both rated."""
    counts: Counter[tuple[bool, bool]] = Counter()
    for each in rated:
        if one in each.codes and other in each.codes:
            mine, theirs = each.codes[one], each.codes[other]
            counts.update((code in mine, code in theirs) for code in codes)
    return counts[True, True], counts[True, False], counts[False, True], counts[False, False]


def cohens_kappa(cells: tuple[int, int, int, int]) -> float | None:
    """Cohen's kappa of a two by two table (both, only the first, only the second, neither); None where it is undefined.

    Published: Cohen's kappa, the grants example of Wikipedia after Kilem Gwet, 20 5 10 15: .40. QualCoder's table of
    500 and 500 marks in 1,000 lines, 250 of them the same, is what chance gives: 0, where that program says .299.
    """
    from sklearn.metrics import cohen_kappa_score

    both, first, second, neither = cells
    if (first == second == 0) and (both == 0 or neither == 0):
        return None  # one answer is all there is: nothing to agree on beyond chance
    value = cohen_kappa_score([1, 1, 0, 0], [1, 0, 1, 0], labels=[0, 1], sample_weight=[both, first, second, neither])
    return float(value)


def nominal_alpha(counts: Sequence[tuple[int, int]]) -> float | None:
    """Krippendorff's alpha of yes and no counts by unit; None where only one answer occurs or nothing is paired."""
    import krippendorff

    paired = [each for each in counts if sum(each) > 1]
    if not any(yes for yes, _ in paired) or not any(no for _, no in paired):
        return None
    return float(krippendorff.alpha(value_counts=np.array(paired), level_of_measurement="nominal"))


def masi(one: frozenset[str], other: frozenset[str]) -> float:
    """Passonneau's distance of two sets, 0 to 1; two empty sets are alike."""
    from nltk.metrics.distance import masi_distance

    return float(masi_distance(one, other)) if one or other else 0.0


def masi_alpha(rated: Iterable[Rated]) -> float | None:
    """Alpha over sets of codes; None where all sets are the same or nothing is paired."""
    from nltk.metrics.agreement import AnnotationTask

    paired = [(number, each) for number, each in enumerate(rated) if len(each.codes) > 1]
    rows = [(who, number, codes) for number, each in paired for who, codes in each.codes.items()]
    if len({codes for _, _, codes in rows}) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(AnnotationTask(data=rows, distance=masi).alpha())


def _confused(rated: Iterable[Rated], coders: Sequence[str]) -> tuple[tuple[str, str, int], ...]:
    if len(coders) != 2:
        return ()
    first, second = coders
    counts: Counter[tuple[str, str]] = Counter()
    for each in rated:
        mine, theirs = each.codes.get(first, frozenset()), each.codes.get(second, frozenset())
        counts.update((one, other) for one in sorted(mine - theirs) for other in sorted(theirs - mine))
    return tuple((one, other, count) for (one, other), count in counts.most_common())
