"""Intervals have their published values, and the errors that they claim."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from servecheck.stats.intervals import (
    Interval,
    clopper_pearson,
    clopper_pearson_lower,
    clopper_pearson_upper,
    wilson,
)


def at_least(k: int, n: int, rate: float) -> float:
    """P(K >= k) of a binomial, summed term by term: independent of the beta functions under test."""
    return math.fsum(math.comb(n, i) * rate**i * (1 - rate) ** (n - i) for i in range(k, n + 1))


@pytest.mark.parametrize(
    ("solved", "n", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 5
        pytest.param(81, 263, 0.2527, 0.3676, id="81 of 263"),
        pytest.param(15, 148, 0.0578, 0.1617, id="15 of 148"),
        pytest.param(0, 20, 0.0000, 0.1684, id="0 of 20"),
        pytest.param(1, 29, 0.0009, 0.1776, id="1 of 29"),
    ],
)
def test_clopper_pearson_has_newcombes_values(solved: int, n: int, low: float, high: float) -> None:
    interval = clopper_pearson(solved, n)

    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("solved", "n", "low", "high"),
    [
        # the same table, method 3
        pytest.param(81, 263, 0.2553, 0.3662, id="81 of 263"),
        pytest.param(15, 148, 0.0624, 0.1605, id="15 of 148"),
        pytest.param(0, 20, 0.0000, 0.1611, id="0 of 20"),
        pytest.param(1, 29, 0.0061, 0.1718, id="1 of 29"),
    ],
)
def test_wilson_has_newcombes_values(solved: int, n: int, low: float, high: float) -> None:
    interval = wilson(solved, n)

    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


def test_all_solved_bounds_the_rate_at_the_nth_root_of_the_error() -> None:
    # P(164 of 164 | rate) = rate ** 164 = 0.05
    assert clopper_pearson_lower(164, 164) == pytest.approx(0.05 ** (1 / 164), abs=1e-12)
    assert clopper_pearson_upper(164, 164) == 1.0


def test_none_solved_is_the_mirror_image() -> None:
    assert clopper_pearson_upper(0, 164) == pytest.approx(1 - 0.05 ** (1 / 164), abs=1e-12)
    assert clopper_pearson_lower(0, 164) == 0.0
    assert clopper_pearson(0, 164) == Interval(0.0, pytest.approx(1 - 0.025 ** (1 / 164)))


@pytest.mark.parametrize("solved", range(1, 164, 9))
def test_a_bound_is_the_rate_at_which_its_error_is_exactly_used_up(solved: int) -> None:
    lower, upper = clopper_pearson_lower(solved, 164), clopper_pearson_upper(solved, 164)

    assert at_least(solved, 164, lower) == pytest.approx(0.05, abs=1e-9)
    assert 1 - at_least(solved + 1, 164, upper) == pytest.approx(0.05, abs=1e-9)


def test_the_two_sided_interval_is_two_one_sided_bounds_of_half_the_error() -> None:
    assert clopper_pearson(74, 164, 0.90) == Interval(
        pytest.approx(clopper_pearson_lower(74, 164, 0.95)), pytest.approx(clopper_pearson_upper(74, 164, 0.95))
    )


@pytest.mark.parametrize("bound", [clopper_pearson_lower, clopper_pearson_upper, clopper_pearson, wilson])
@pytest.mark.parametrize(("solved", "n", "confidence"), [(3, 2, 0.95), (-1, 2, 0.95), (0, 0, 0.95), (1, 2, 1.0)])
def test_what_is_no_share_is_an_error(bound: object, solved: int, n: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="share"):
        bound(solved, n, confidence)


def test_importing_the_module_leaves_scipy_alone() -> None:
    script = "import servecheck.gates.published, sys; print({'scipy', 'numpy'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
