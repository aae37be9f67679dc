"""The paired test and interval have their published values, and those of an independent calculation."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction
from statistics import NormalDist

import pytest
from scipy.optimize import brentq
from servecheck.stats.paired import (
    least_margin,
    loss_bound,
    mcnemar_exact,
    mcnemar_mid_p,
    mcnemar_two_sided,
    tango_lower,
    tango_upper,
)

Z = NormalDist().inv_cdf(0.95)


def coin(b: int, m: int) -> Fraction:
    """P(B = b) of ``m`` throws of a fair coin, exactly."""
    return Fraction(math.comb(m, b), 2**m)


def most_likely_failing(b: int, c: int, n: int, difference: float) -> float:
    """The share newly failing that makes the counts most likely, were ``difference`` true: the likelihood's slope is 0.

    The slope falls from the least share that the difference allows to the greatest.
    """
    least, greatest = max(0.0, -difference), (1 - difference) / 2

    def slope(failing: float) -> float:
        parts = ((b, failing, 1), (c, failing + difference, 1), (n - b - c, 1 - 2 * failing - difference, -2))
        return math.fsum(weight * count / share for count, share, weight in parts if count)

    step = 1e-13 * max(greatest - least, 1e-3)
    if slope(least + step) <= 0:
        return least
    return greatest if slope(greatest - step) >= 0 else brentq(slope, least + step, greatest - step, xtol=1e-16)


def score(b: int, c: int, n: int, difference: float) -> float:
    """The score statistic at the constrained maximum of the likelihood."""
    failing = most_likely_failing(b, c, n, difference)
    variance = n * (2 * failing + difference - difference**2)
    return (c - b - n * difference) / math.sqrt(variance)


@pytest.mark.parametrize(
    ("b", "c", "exact", "mid_p"),
    [
        (0, 0, "1", "1/2"),
        (3, 0, "1/8", "1/16"),
        (4, 0, "1/16", "1/32"),
        (5, 0, "1/32", "1/64"),
        (7, 1, "9/256", "5/256"),
        (8, 2, "7/128", "67/2048"),
        (0, 3, "1", "15/16"),
    ],
)
def test_mcnemar_has_its_known_values(b: int, c: int, exact: str, mid_p: str) -> None:
    assert mcnemar_exact(b, c) == pytest.approx(float(Fraction(exact)), abs=1e-12)
    assert mcnemar_mid_p(b, c) == pytest.approx(float(Fraction(mid_p)), abs=1e-12)


@pytest.mark.parametrize("m", [1, 2, 9, 40, 164])
def test_mcnemar_is_the_tail_of_a_fair_coin(m: int) -> None:
    for b in range(m + 1):
        tail = sum((coin(i, m) for i in range(b, m + 1)), Fraction())

        assert mcnemar_exact(b, m - b) == pytest.approx(float(tail), rel=1e-10)
        assert mcnemar_mid_p(b, m - b) == pytest.approx(float(tail - coin(b, m) / 2), rel=1e-10)


def test_four_newly_failing_are_the_fewest_beyond_chance() -> None:
    assert mcnemar_mid_p(3, 0) > 0.05 > mcnemar_mid_p(4, 0)


def test_tango_has_the_published_interval() -> None:
    # airway hyperresponsiveness, n = 21, in Fagerland, Lydersen and Laake, Statistics in Medicine 33 (2014)
    bounds = tango_lower(7, 1, 21, 0.975), tango_upper(7, 1, 21, 0.975)

    assert bounds == (pytest.approx(-0.517, abs=5e-4), pytest.approx(-0.026, abs=5e-4))


def test_few_flips_of_164_bound_the_loss_at_about_two_points() -> None:
    # Tango's own, and what decides, which is wider so that its error is what it claims
    assert (-100 * tango_lower(0, 0, 164), 100 * least_margin(0, 0, 164)) == pytest.approx((1.6, 1.8), abs=0.05)
    assert (-100 * tango_lower(1, 1, 164), 100 * least_margin(1, 1, 164)) == pytest.approx((2.1, 2.3), abs=0.05)


@pytest.mark.parametrize("n", [1, 2, 29, 164, 10_000])
def test_no_flip_bounds_the_loss_at_what_gives_none_one_time_in_twenty(n: int) -> None:
    assert (1 + loss_bound(0, 0, n)) ** n == pytest.approx(0.05, rel=1e-9)


@pytest.mark.parametrize(("b", "c", "n"), [(0, 0, 164), (1, 1, 164), (3, 0, 44), (20, 11, 378), (0, 12, 12)])
def test_the_bound_that_decides_is_below_tangos(b: int, c: int, n: int) -> None:
    assert loss_bound(b, c, n) < tango_lower(b, c, n)


@pytest.mark.parametrize("n", [1, 2, 29, 164, 10_000])
def test_without_a_flip_the_bounds_are_known_in_closed_form(n: int) -> None:
    assert tango_lower(0, 0, n) == pytest.approx(-Z * Z / (n + Z * Z), abs=1e-14)
    assert tango_upper(0, 0, n) == pytest.approx(Z * Z / (n + Z * Z), abs=1e-14)


@pytest.mark.parametrize("n", [1, 2, 29, 164])
def test_where_every_problem_flips_one_way_the_bounds_are_known_too(n: int) -> None:
    # at a difference of 2 q - 1 the statistic is sqrt(n (1 - q) / q), q the share newly solved
    q = n / (n + Z * Z)

    assert tango_lower(n, 0, n) == -1.0
    assert tango_upper(0, n, n) == 1.0
    assert tango_lower(0, n, n) == pytest.approx(2 * q - 1, abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 5, 12, 44])
def test_the_statistic_at_a_bound_is_the_normal_quantile(n: int) -> None:
    for b in range(n + 1):
        for c in range(n - b + 1):
            lower, upper = tango_lower(b, c, n), tango_upper(b, c, n)

            assert -1 <= lower <= (c - b) / n <= upper <= 1
            if b < n:
                expected = brentq(lambda d, b=b, c=c: score(b, c, n, d) - Z, -1 + 1e-12, (c - b) / n - 1e-12)
                assert lower == pytest.approx(expected, abs=1e-9)
            if c < n:
                expected = brentq(lambda d, b=b, c=c: score(b, c, n, d) + Z, (c - b) / n + 1e-12, 1 - 1e-12)
                assert upper == pytest.approx(expected, abs=1e-9)


def test_a_failing_problem_more_lowers_the_bound_and_a_solved_one_raises_it() -> None:
    for b in range(40):
        assert tango_lower(b + 1, 3, 164) < tango_lower(b, 3, 164)
        assert tango_lower(b, 4, 164) > tango_lower(b, 3, 164)


def test_a_gain_beyond_doubt_supports_every_margin() -> None:
    assert tango_lower(0, 30, 164) > 0
    assert least_margin(0, 30, 164) == 0.0


@pytest.mark.parametrize(
    ("b", "c", "n", "confidence"), [(-1, 0, 4, 0.95), (0, -1, 4, 0.95), (3, 2, 4, 0.95), (0, 0, 0, 0.95), (0, 0, 4, 1)]
)
def test_counts_that_cannot_be_are_errors(b: int, c: int, n: int, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"cannot be|are no counts|is a share"):
        tango_lower(b, c, n, confidence)


@pytest.mark.parametrize("p", [mcnemar_exact, mcnemar_mid_p])
def test_flips_below_zero_are_errors(p) -> None:
    with pytest.raises(ValueError, match="are no counts"):
        p(-1, 2)


def test_importing_the_gate_leaves_scipy_alone() -> None:
    script = "import servecheck.gates.paired, sys; print({'scipy', 'numpy'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


def test_the_exact_test_is_of_both_ways() -> None:
    assert mcnemar_two_sided(5, 0) == pytest.approx(2 / 32)
    assert mcnemar_two_sided(0, 5) == pytest.approx(2 / 32)
    assert mcnemar_two_sided(0, 0) == 1.0
