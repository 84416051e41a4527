from __future__ import annotations

import pytest

from pipeline.evaluation.pooling import difference, pooled


def test_a_long_case_weighs_more() -> None:
    pool = pooled([1, 9], [10, 30])
    assert (pool.errors, pool.total, pool.interval) == (10, 40, None)


def test_the_interval_holds_the_rate_and_is_the_same_at_every_call() -> None:
    pool = pooled([1, 2, 3, 9], [10, 10, 10, 10])
    assert pool.interval is not None
    low, high = pool.interval
    assert 0.1 <= low < 15 / 40 < high <= 0.9
    assert pooled([1, 2, 3, 9], [10, 10, 10, 10]) == pool


def test_equal_cases_leave_nothing_to_chance() -> None:
    assert pooled([2, 2, 2], [10, 10, 10]).interval == pytest.approx((0.2, 0.2))


def test_no_interval_without_anything_to_count() -> None:
    assert pooled([0, 1, 2], [0, 10, 10]).interval is None


def test_a_difference_is_drawn_pair_by_pair() -> None:
    hard_for_both = difference([1, 2, 30], [2, 3, 31], [100, 100, 100])
    assert hard_for_both.errors == -3
    assert hard_for_both.interval == pytest.approx((-0.01, -0.01))
