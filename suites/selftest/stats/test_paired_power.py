"""Power is the chance that the gate in pairs proves a loss; the least loss is where it reaches what was asked for."""

from __future__ import annotations

import pytest
from servecheck.stats.paired import ALPHA, mcnemar_mid_p
from servecheck.stats.paired_power import least_loss, power

from suites.selftest.stats.enumeration import paired_proven


@pytest.mark.parametrize(
    ("n", "flipping", "loss"), [(164, 0.06, 0.05), (164, 0.2, 21 / 164), (44, 0.1, 0.1), (12, 0.5, 0.4)]
)
def test_power_is_the_sum_over_all_counts(n: int, flipping: float, loss: float) -> None:
    both_ways = [(flipping + loss) / 2], [(flipping - loss) / 2]

    assert power(n, flipping, loss) == pytest.approx(paired_proven(n, *both_ways)[0], abs=1e-7)


def test_flips_are_as_many_as_the_loss_takes() -> None:
    assert power(164, 0.0, 0.05) == power(164, 0.05, 0.05)
    assert power(164, 0.0, 0.0) == 0.0


def test_a_loss_of_everything_is_seen_where_the_problems_suffice() -> None:
    assert mcnemar_mid_p(4, 0) < ALPHA < mcnemar_mid_p(3, 0)
    assert power(4, 0.0, 1.0) == pytest.approx(1.0)
    assert power(3, 0.0, 1.0) == 0.0


@pytest.mark.parametrize(("n", "flipping"), [(164, 0.06), (44, 0.0)])
def test_the_least_loss_is_found_four_times_in_five_and_a_tenth_less_is_not(n: int, flipping: float) -> None:
    least = least_loss(n, flipping)

    assert least is not None
    assert power(n, flipping, least) >= 0.80 > power(n, flipping, least - 0.001)


def test_too_few_problems_see_no_loss() -> None:
    assert least_loss(3, 0.0) is None
