"""A judge's own error is told by how often it contradicts itself, and the interval holds it as often as it says."""

from __future__ import annotations

import pytest
from servecheck.stats.judge_error import own_error


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.1, 0.3, 0.5])
def test_the_rate_comes_back_from_the_share_of_contradictions(rate):
    n = 10**6

    assert own_error(n, round(n * 2 * rate * (1 - rate))).rate == pytest.approx(rate, abs=2e-3)


def test_more_contradictions_than_a_coin_has_are_a_coin():
    assert own_error(10, 9).rate == 0.5


@pytest.mark.parametrize(("rate", "n"), [(0.02, 100), (0.1, 30), (0.1, 300), (0.25, 200)])
def test_the_interval_holds_the_rate_in_95_of_100_runs_at_least(rate, n):
    from scipy.stats import binom

    contradictions = binom(n, 2 * rate * (1 - rate))
    covered = sum(
        contradictions.pmf(count)
        for count in range(n + 1)
        if contradictions.pmf(count) > 1e-12 and (found := own_error(n, count).interval).low <= rate <= found.high
    )

    assert covered >= 0.95


@pytest.mark.parametrize(("rate", "n", "replies"), [(0.1, 30, 4), (0.25, 20, 8), (0.02, 60, 2)])
def test_the_interval_holds_the_rate_where_a_problem_has_several_replies_that_differ(rate, n, replies):
    from scipy.stats import binom

    contradictions = binom(n * replies, 2 * rate * (1 - rate))
    covered = sum(
        contradictions.pmf(count)
        for count in range(n * replies + 1)
        if contradictions.pmf(count) > 1e-12
        and (found := own_error(n, count / replies).interval).low <= rate <= found.high
    )

    assert covered >= 0.95


def test_of_no_reply_nothing_is_known():
    with pytest.raises(ValueError, match="is no share"):
        own_error(0, 0)
