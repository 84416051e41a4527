"""Agreement, against examples computed by hand and published ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.coding import resampling
from pipeline.coding.agreement import (
    Disagreement,
    Rated,
    cohens_kappa,
    comparable,
    compare,
    disagreements,
    masi,
    masi_alpha,
    nominal_alpha,
    reconciled,
)

NONE: frozenset[str] = frozenset()


def of(*codes: str) -> frozenset[str]:
    return frozenset(codes)


def two(*sets: tuple[frozenset[str], frozenset[str]], interviews: int = 2) -> list[Rated]:
    """Units of two coders, dealt out to interviews in turn."""
    return [Rated(f"i{at % interviews}", f"u{at}", {"a": one, "b": other}) for at, (one, other) in enumerate(sets)]


def table(both: int, first: int, second: int, neither: int) -> list[Rated]:
    x = of("x")
    return two(*[(x, x)] * both, *[(x, NONE)] * first, *[(NONE, x)] * second, *[(NONE, NONE)] * neither)


# --- published ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "kappa"),
    [
        ((20, 5, 10, 15), 0.40),  # grant proposals: Wikipedia, Cohen's kappa (n.d.), simple example
        ((45, 15, 25, 15), 0.1304),  # the same page: same percentages but different numbers
        ((25, 35, 5, 35), 0.2593),
        ((250, 250, 250, 250), 0.0),  # what chance gives. QualCoder's product of the two terms makes .299 of it
        ((10, 0, 0, 10), 1.0),
        ((0, 10, 10, 0), -1.0),
        ((1, 0, 0, 0), None),
        ((0, 0, 0, 7), None),
        ((0, 3, 0, 7), 0.0),
    ],
)
def test_cohens_kappa(cells: tuple[int, int, int, int], kappa: float | None) -> None:
    assert cohens_kappa(cells) == (kappa if kappa is None else pytest.approx(kappa, abs=5e-5))


def test_the_known_error_of_the_field_is_not_made() -> None:
    """Expected agreement multiplied instead of added: .25 * .25 = .0625 gives (.5 - .0625)/(1 - .0625) = .467; with the
    marked characters alone, .299. Added it is .5, and kappa nothing."""
    agreement = compare(table(250, 250, 250, 250), ("a", "b"), draws=50)
    assert agreement.codes[0].kappa == pytest.approx(0.0)
    assert agreement.codes[0].percent == pytest.approx(0.5)
    assert agreement.codes[0].kappa_within is not None
    low, high = agreement.codes[0].kappa_within
    assert low <= 0.01 and high >= -0.01


def test_alpha_of_krippendorffs_binary_example() -> None:
    """Krippendorff (2011), part A: Meg and Owen, ten units; alpha .095."""
    meg, owen = "0100000010", "1110010000"
    counts = [(int(a) + int(b), 2 - int(a) - int(b)) for a, b in zip(meg, owen, strict=True)]
    assert nominal_alpha(counts) == pytest.approx(0.095, abs=5e-4)


def test_alpha_of_krippendorffs_four_observers() -> None:
    """Krippendorff (2011), part C: four observers, twelve units, some missing, nominal; alpha .743. As sets of one."""
    rows = ("1 2 3 3 2 1 4 1 2 * * *", "1 2 3 3 2 2 4 1 2 5 * 3", "* 3 3 3 2 3 4 2 2 5 1 *", "1 2 3 3 2 4 4 1 2 5 1 *")
    marks = [row.split() for row in rows]
    units = [
        Rated("i", str(at), {str(who): of(row[at]) for who, row in enumerate(marks) if row[at] != "*"})
        for at in range(12)
    ]
    assert masi_alpha(units) == pytest.approx(0.743, abs=5e-4)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        (of("x"), of("x"), 0),
        (of("x"), of("y"), 1),
        (of("x"), of("x", "y"), 1 - 1 / 2 * 2 / 3),  # Passonneau (2006): one in the other
        (of("x", "y"), of("y", "z"), 1 - 1 / 3 * 1 / 3),  # they cross
        (of("1", "2"), of("1", "2", "3", "4"), 2 / 3),  # nltk's own example
        (NONE, NONE, 0),
        (NONE, of("x"), 1),
    ],
)
def test_the_distance_of_sets(one: frozenset[str], other: frozenset[str], distance: float) -> None:
    assert masi(one, other) == masi(other, one) == pytest.approx(distance)


def test_a_rare_code_is_agreed_upon_by_absence_and_warned_of() -> None:
    """250 units, disjoint on 9 each: 92.8 %, kappa -.037, alpha -.035 (four libraries agree on these)."""
    agreement = compare(table(0, 9, 9, 232), ("a", "b"), draws=200)
    (code,) = agreement.codes
    assert (code.percent, code.positive) == (pytest.approx(0.928), 0.0)
    assert code.kappa == pytest.approx(-0.0373, abs=1e-4) and code.alpha == pytest.approx(-0.0352, abs=1e-4)
    assert code.rare


@pytest.mark.parametrize(
    ("cells", "rare"),
    [
        ((9, 1, 1, 239), False),  # rare, and agreed upon
        ((60, 10, 10, 170), False),  # not rare
        ((2, 8, 8, 232), True),
        ((0, 30, 30, 190), False),  # 76 %: nobody takes that for agreement
        ((0, 1, 0, 249), True),
    ],
)
def test_what_is_warned_of(cells: tuple[int, int, int, int], rare: bool) -> None:
    assert compare(table(*cells), ("a", "b"), draws=20).codes[0].rare is rare


# --- by hand --------------------------------------------------------------------------------------------------------

UNITS = two(
    (of("x"), of("x")),
    (of("x", "y"), of("x")),
    (of("y"), of("z")),
    (NONE, NONE),
    (NONE, of("x")),
)


def test_every_code_and_all_of_them() -> None:
    agreement = compare(UNITS, ("a", "b"), draws=20)
    by_code = {figures.code: figures for figures in agreement.codes}
    assert {code: figures.cells for code, figures in by_code.items()} == {
        "x": (2, 0, 1, 2), "y": (0, 2, 0, 3), "z": (0, 0, 1, 4)
    }  # fmt: skip
    assert [by_code[code].percent for code in "xyz"] == [0.8, 0.6, 0.8]
    assert by_code["x"].kappa == pytest.approx((0.8 - 0.48) / (1 - 0.48))  # p_e = .4*.6 + .6*.4
    assert by_code["x"].alpha == pytest.approx(1 - 9 * 1 / (5 * 5))  # n = 10, five of each, one pair apart
    assert by_code["x"].positive == pytest.approx(4 / 5)
    assert (agreement.overall.cells, agreement.overall.ratings, agreement.overall.used) == ((2, 2, 2, 9), 30, 8)
    assert agreement.overall.percent == pytest.approx(11 / 15)
    assert agreement.same_sets == pytest.approx(2 / 5)
    assert agreement.units == 5 and agreement.interviews == ("i0", "i1")
    assert agreement.confused == (("y", "z", 1),)


def test_masi_alpha_by_hand() -> None:
    """Sets x x | xy x | y z: distances 0, 2/3, 1. Kinds x 3, xy, y, z: expected over the 30 ordered pairs."""
    units = UNITS[:3]
    within = (0 + 2 / 3 + 1) / 3
    across = 3 * 2 * 0 + 2 * (3 * 2 / 3 + 3 * 1 + 3 * 1 + 2 / 3 + 1 + 1)
    assert masi_alpha(units) == pytest.approx(1 - within / (across / 30))


def test_disagreements_are_listed_with_who_said_what() -> None:
    assert disagreements(UNITS) == (
        Disagreement("i1", "u1", "y", ("a",), ("b",)),
        Disagreement("i0", "u2", "y", ("a",), ("b",)),
        Disagreement("i0", "u2", "z", ("b",), ("a",)),
        Disagreement("i0", "u4", "x", ("b",), ("a",)),
    )


def test_after_reconciliation() -> None:
    decided = {("u1", "y"): False, ("u2", "y"): True, ("u2", "z"): False, ("u4", "x"): True}
    after = reconciled(UNITS, decided)
    assert disagreements(after) == ()
    agreement = compare(after, ("a", "b"), draws=20)
    assert agreement.overall.percent == 1.0 and agreement.same_sets == 1.0 and agreement.masi == pytest.approx(1.0)
    assert {unit.unit: unit.codes["a"] for unit in after}["u4"] == of("x")
    half = reconciled(UNITS, {("u1", "y"): False})
    assert len(disagreements(half)) == 3


def test_only_what_two_have_rated_is_compared() -> None:
    rated = [
        Rated("i", "1", {"a": of("x"), "b": NONE, "c": of("x")}),
        Rated("i", "2", {"a": of("x")}),
        Rated("j", "3", {"b": of("x"), "c": of("x")}),
    ]
    assert comparable(rated, ("a", "b")) == (Rated("i", "1", {"a": of("x"), "b": NONE}),)
    assert [each.unit for each in comparable(rated, ("a", "b", "c"))] == ["1", "3"]


def test_more_than_two_coders() -> None:
    x = of("x")
    rated = [Rated(f"i{n % 3}", str(n), {"a": one, "b": two, "c": three}) for n, (one, two, three) in enumerate(
        [(x, x, x), (x, x, NONE), (NONE, NONE, NONE), (NONE, x, NONE), (x, NONE, NONE), (NONE, NONE, NONE)]
    )]  # fmt: skip
    agreement = compare(rated, ("a", "b", "c"), draws=20)
    (code,) = agreement.codes
    pairs = [(2, 1, 1, 2), (1, 2, 0, 3), (1, 2, 0, 3)]
    assert code.cells == tuple(map(sum, zip(*pairs, strict=True)))
    assert code.kappa == pytest.approx(sum(cohens_kappa(cells) or 0 for cells in pairs) / 3)
    assert code.alpha == pytest.approx(nominal_alpha([(3, 0), (2, 1), (0, 3), (1, 2), (1, 2), (0, 3)]))
    assert agreement.confused == ()


def test_nothing_to_compare() -> None:
    empty = compare((), ("a", "b"))
    assert (empty.units, empty.codes, empty.masi, empty.same_sets) == (0, (), None, None)
    assert (empty.overall.percent, empty.overall.kappa, empty.overall.alpha) == (None, None, None)


def test_of_one_interview_there_is_no_interval() -> None:
    agreement = compare([Rated("i", each.unit, each.codes) for each in UNITS], ("a", "b"))
    assert agreement.overall.alpha is not None and agreement.overall.alpha_within is None
    assert agreement.masi is not None and agreement.masi_within is None


def test_intervals_are_wide_where_interviews_differ() -> None:
    x = of("x")
    alike = [Rated(f"i{n % 8}", str(n), {"a": x if n % 2 else NONE, "b": x if n % 2 else NONE}) for n in range(64)]
    mixed = [
        Rated(f"i{n % 8}", str(n), {"a": x if n % 2 else NONE, "b": x if n % 2 and n % 8 < 4 else NONE})
        for n in range(64)
    ]
    sure, unsure = (compare(rated, ("a", "b")).overall for rated in (alike, mixed))
    assert sure.percent_within == (1.0, 1.0)
    assert unsure.percent_within is not None and unsure.percent is not None
    low, high = unsure.percent_within
    assert low < unsure.percent < high and high - low > 0.2


def test_the_same_draws_give_the_same_intervals() -> None:
    assert compare(UNITS, ("a", "b"), seed=4) == compare(UNITS, ("a", "b"), seed=4)


# --- the bootstrap counts as the libraries do -----------------------------------------------------------------------

SETS = st.frozensets(st.sampled_from("xyz"), max_size=3)


@given(st.lists(st.tuples(SETS, SETS, SETS), min_size=1, max_size=12), st.integers(1, 4))
def test_formulas_over_counts_are_the_libraries(sets: Sequence[tuple[frozenset[str], ...]], interviews: int) -> None:
    coders, codes = ("a", "b", "c"), ["x", "y", "z"]
    rated = [Rated(f"i{n % interviews}", str(n), dict(zip(coders, each, strict=True))) for n, each in enumerate(sets)]
    names = sorted({each.interview for each in rated})
    agreement = compare(rated, coders, draws=5)
    cells = resampling.tallied(rated, coders, codes, names)
    once = np.ones((1, len(names)))
    for figures in agreement.codes:
        mine = cells.of(codes.index(figures.code))
        pairs = np.einsum("di,ipc->dpc", once, mine.pairs)
        assert resampling.percents(pairs)[0] == pytest.approx(figures.percent)
        for value, expected in (
            (resampling.kappas(pairs)[0], figures.kappa),
            (resampling.alphas(once @ mine.nominal)[0], figures.alpha),
        ):
            assert (expected is None and not np.isfinite(value)) or value == pytest.approx(expected)


@given(st.lists(st.tuples(SETS, SETS), min_size=2, max_size=12))
def test_alpha_of_sets_over_counts_is_the_librarys(sets: Sequence[tuple[frozenset[str], frozenset[str]]]) -> None:
    rated = two(*sets, interviews=1)
    alpha = masi_alpha(rated)
    twice = np.ones((3, 1))
    found = resampling.set_interval(rated, ["i0"], twice, masi)
    if alpha is None:
        assert found is None
    else:
        assert found == (pytest.approx(alpha), pytest.approx(alpha))
