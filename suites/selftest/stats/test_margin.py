"""A margin that nobody chose is no larger than what the problems can make use of."""

from __future__ import annotations

import pytest
from servecheck.stats.margin import ASSUMED_DISCORDANCE, default_margin
from servecheck.stats.paired_power import power


@pytest.mark.parametrize(
    ("n", "margin"), [(1, 5.0), (12, 5.0), (164, 5.0), (378, 5.0), (637, 5.0), (638, 4.8), (800, 4.4), (1319, 3.4)]
)
def test_few_problems_get_5_points_and_many_get_less(n: int, margin: float) -> None:
    assert default_margin(n) == margin


@pytest.mark.parametrize("n", [638, 800, 1319])
def test_it_is_at_most_twice_the_least_loss_that_is_proven_four_times_in_five(n: int) -> None:
    half = default_margin(n) / 200

    assert power(n, ASSUMED_DISCORDANCE, half - 0.001) < 0.80 <= power(n, ASSUMED_DISCORDANCE, half)


def test_a_suite_may_declare_less_and_never_more() -> None:
    assert default_margin(164, 2.0) == 2.0
    assert default_margin(164, 50.0) == 5.0
    assert default_margin(1319, 4.0) == 3.4


@pytest.mark.parametrize(("n", "declared"), [(0, 5.0), (164, 0.0), (164, float("nan"))])
def test_no_problems_and_no_margin_make_no_gate(n: int, declared: float) -> None:
    with pytest.raises(ValueError, match="make no gate"):
        default_margin(n, declared)
