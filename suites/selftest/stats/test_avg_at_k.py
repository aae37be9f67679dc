"""Against a published avg@k the gate errs as seldom as it claims, whatever k is, stated or not, and at temperature 0.

The bar is 5.5 %, and three standard errors of what was simulated. Where enough samples differ, a loss of the size that
a test of a known variance proves four times in five is seen as often as the plain rule sees it, less 3 points.
"""

from __future__ import annotations

import math

import pytest

from suites.selftest.stats.avg_at_k import MOST, MOST_BELOW, Case, cases, found

FEW, MANY = 400, 1500  # at 4,000, which the command itself takes, these are six minutes of three workers


def bar(runs: int) -> float:
    """The chance of the worst of all cases is not its mean."""
    return MOST + 3 * math.sqrt(MOST * (1 - MOST) / runs)


@pytest.mark.parametrize(
    "simulated",
    [
        Case("gpqa", 198, 0.857, 0.25, 8, 8),
        Case("aime25", 30, 0.957, 0.5, 1, 1),
        Case("aime25", 30, 0.957, 0.5, 4, 1, greedy=True),
        Case("ifeval", 541, 0.88, 0.5, 1, 64),
    ],
    ids=str,
)
def test_some_cases_err_as_seldom_as_claimed(simulated: Case) -> None:
    assert found(simulated, FEW, 1).worst <= bar(FEW)


def test_a_loss_that_a_known_variance_proves_is_seen_about_as_often_as_by_the_plain_rule() -> None:
    seen = found(Case("aime25", 30, 0.957, 0.25, 32, 32), FEW, 1)

    assert seen.has_power_bar
    assert seen.power >= seen.plain - MOST_BELOW


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "simulated"), list(enumerate(cases())), ids=str)
def test_every_case_errs_as_seldom_as_claimed_and_sees_as_much(seed: int, simulated: Case) -> None:
    seen = found(simulated, MANY, seed)

    assert seen.worst <= bar(MANY)
    assert not seen.has_power_bar or seen.power >= seen.plain - MOST_BELOW - 1 / math.sqrt(MANY)


def test_a_mean_of_few_samples_is_decided_by_problem_and_so_is_a_greedy_one() -> None:
    assert found(Case("gpqa", 198, 0.857, 0.25, 2, 2), 50, 1).within == 0
    assert found(Case("gpqa", 198, 0.857, 0.25, 8, 1, greedy=True), 50, 1).within == 0
    assert found(Case("gpqa", 198, 0.857, 0.25, 8, 8), 50, 1).within == 1


def test_the_cases_reach_as_far_as_is_claimed() -> None:
    every = list(cases())

    assert (min(case.n for case in every), max(case.n for case in every)) == (30, 12032)
    assert (min(case.samples for case in every), max(case.samples for case in every)) == (1, 32)
    assert {case.r for case in every} == {0.1, 0.25, 0.5}
    assert {case.published for case in every} >= {None, 1, 32}
    assert any(case.greedy for case in every)
