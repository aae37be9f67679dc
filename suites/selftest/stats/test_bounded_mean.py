"""The bounds of a mean over problems are Clopper and Pearson's where values are 0 or 1, and hold what they claim."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.stats.bounded_mean import is_above, mean_interval, mean_lower, mean_upper, share_below
from servecheck.stats.intervals import clopper_pearson, clopper_pearson_lower, clopper_pearson_upper

FIFTHS = st.dictionaries(st.sampled_from([i / 5 for i in range(6)]), st.integers(1, 60), min_size=1)


@pytest.mark.parametrize(("solved", "n"), [(0, 1), (1, 1), (1, 2), (29, 29), (74, 164), (163, 164), (1300, 1319)])
def test_of_one_sample_a_problem_it_is_clopper_and_pearsons(solved: int, n: int) -> None:
    counts = {1.0: solved, 0.0: n - solved}

    assert mean_lower(counts) == pytest.approx(clopper_pearson_lower(solved, n), abs=1e-10)
    assert mean_upper(counts) == pytest.approx(clopper_pearson_upper(solved, n), abs=1e-10)


def test_the_two_sided_interval_is_two_bounds_of_half_the_error() -> None:
    both, exact = mean_interval({1.0: 74, 0.0: 90}), clopper_pearson(74, 164)

    assert (both.low, both.high) == pytest.approx((exact.low, exact.high), abs=1e-10)


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
def test_where_all_problems_are_alike_there_still_is_a_width(value: float) -> None:
    interval = mean_interval({value: 164})

    assert interval.low < value or value == 0
    assert interval.high > value or value == 1
    assert interval.high - interval.low > 0.008


@given(FIFTHS)
def test_the_less_the_samples_of_a_problem_agree_the_narrower_it_is(counts: dict[float, int]) -> None:
    n = sum(counts.values())
    solved = sum(value * count for value, count in counts.items())

    assert mean_lower(counts) >= clopper_pearson_lower(solved, n) - 1e-9
    assert mean_upper(counts) <= clopper_pearson_upper(solved, n) + 1e-9


@given(FIFTHS, st.sampled_from([0.1, 0.33, 0.5, 0.72, 0.95]))
def test_whether_the_bound_is_above_is_told_without_finding_it(counts: dict[float, int], mean: float) -> None:
    bound = mean_lower(counts)

    assert abs(bound - mean) < 1e-9 or is_above(counts, mean) == (bound > mean)


@pytest.mark.parametrize(
    ("counts", "mean", "least"),
    [
        ({0.0: 30, 0.2: 5, 0.4: 2, 1.0: 100}, 0.68, 0.0),
        ({-1.0: 3, 0.0: 160, 1.0: 1}, -0.04, -1.0),
        ({0.5: 2}, 0.3, 0.0),
    ],
)
def test_the_integral_is_the_share_of_randomly_weighted_means(counts, mean, least) -> None:
    values, shapes = np.array([*counts, least]), np.array([*counts.values(), 1.0])
    weights = np.random.default_rng(1).dirichlet(shapes, 400_000)
    drawn = float((weights @ values <= mean).mean())

    assert share_below(list(counts), list(counts.values()), mean, least=least) == pytest.approx(drawn, abs=2e-3)


def test_many_runs_are_told_at_once_as_one_by_one() -> None:
    runs = np.random.default_rng(2).integers(0, 100, (40, 3))
    at_once = share_below([-1, 0, 1], runs, -0.05, least=-1.0)

    assert at_once == pytest.approx([share_below([-1, 0, 1], run, -0.05, least=-1.0) for run in runs], abs=1e-12)


@pytest.mark.parametrize("concentration", [0.3, 1.0, 8.0])
def test_it_covers_the_true_mean_19_times_in_20(concentration: float) -> None:
    # 60 problems drawn anew each time, 4 samples of each
    random = np.random.default_rng(3)
    chances = random.beta(0.8 * concentration, 0.2 * concentration, (1500, 60))
    solved = random.binomial(4, chances)
    counts = np.stack([(solved == value).sum(axis=1) for value in range(5)], axis=-1)

    above = share_below(np.arange(5) / 4, counts, 0.8) < 0.05
    below = share_below(-np.arange(5) / 4, counts, -0.8, least=-1.0) < 0.05

    assert above.mean() <= 0.06
    assert below.mean() <= 0.06


@pytest.mark.parametrize(
    ("counts", "confidence", "fault"),
    [
        ({}, 0.95, "problems"),
        ({0.5: -1, 1.0: 3}, 0.95, "problems"),
        ({-0.1: 3}, 0.95, "below 0"),
        ({1.0: 3}, 1.0, "share"),
    ],
)
def test_what_has_no_mean_is_an_error(counts, confidence, fault) -> None:
    with pytest.raises(ValueError, match=fault):
        mean_lower(counts, confidence)
