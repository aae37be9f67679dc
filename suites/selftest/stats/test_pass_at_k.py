"""pass@k is unbiased, stable and refuses what it cannot estimate."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.stats.intervals import clopper_pearson
from servecheck.stats.pass_at_k import mean_pass_at_k, pass_at_k, pass_at_k_interval


@given(st.data())
def test_it_is_the_share_of_draws_that_hold_a_solution(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 9))
    c = data.draw(st.integers(0, n))
    k = data.draw(st.integers(1, n))
    draws = list(combinations([True] * c + [False] * (n - c), k))

    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, draws)) / len(draws), abs=1e-12)


@pytest.mark.parametrize(
    ("n", "c", "k", "expected"),
    [(1, 0, 1, 0.0), (1, 1, 1, 1.0), (5, 2, 1, 0.4), (10, 3, 8, 1.0), (200, 0, 100, 0.0), (200, 1, 100, 0.5)],
)
def test_known_values(n: int, c: int, k: int, expected: float) -> None:
    assert pass_at_k(n, c, k) == pytest.approx(expected, abs=1e-12)


def test_numbers_whose_binomials_overflow_a_float_are_no_trouble() -> None:
    # C(10000, 5000) has 3,009 digits; one solution in 10,000 is in half of all draws of 5,000
    assert pass_at_k(10_000, 1, 5_000) == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize(("n", "c", "k"), [(5, 6, 1), (5, -1, 1), (5, 2, 0), (5, 2, 6), (0, 0, 1)])
def test_impossible_counts_are_errors(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match="samples"):
        pass_at_k(n, c, k)


def test_the_benchmarks_score_is_the_mean_over_problems() -> None:
    assert mean_pass_at_k([(1, 1), (1, 0), (4, 1), (4, 3)], 1) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="no problems"):
        mean_pass_at_k([], 1)


def test_the_interval_is_by_problem_and_has_a_width_where_all_are_solved() -> None:
    one_each = [(1, 1)] * 74 + [(1, 0)] * 90
    agreeing = [(10, 10)] * 74 + [(10, 0)] * 90

    assert pass_at_k_interval(one_each, 1).low == pytest.approx(clopper_pearson(74, 164).low, abs=1e-9)
    assert pass_at_k_interval(agreeing, 10).high == pytest.approx(clopper_pearson(74, 164).high, abs=1e-9)
    assert pass_at_k_interval([(10, 10)] * 164, 1).low == pytest.approx(0.025 ** (1 / 164), abs=1e-9)
    with pytest.raises(ValueError, match="no problems"):
        pass_at_k_interval([], 1)
