"""How samples fall alone makes two runs differ, as counts do: to whole numbers of them the chance is the binomial's."""

from __future__ import annotations

import pytest
from scipy.stats import binom, poisson, skellam
from servecheck.stats.sample_chance import count_chance, sample_chance


@pytest.mark.parametrize(("here", "there", "more", "fewer"), [(5, 0, 1, 1), (9, 3, 1, 1), (40, 2, 8, 1), (7, 12, 4, 8)])
def test_of_whole_counts_it_is_the_binomials_mid_p(here: int, there: int, more: int, fewer: int) -> None:
    share = more / (more + fewer)
    expected = binom.sf(here, here + there, share) + binom.pmf(here, here + there, share) / 2

    assert sample_chance(here / more - there / fewer, here + there, more, fewer) == pytest.approx(
        expected if here / more > there / fewer else 1.0
    )


def test_where_more_differ_than_may_all_of_these_are_the_one_runs() -> None:
    assert sample_chance(4.0, 1.5, 1, 1) == pytest.approx(0.5**4 / 2)


def test_the_more_may_differ_the_less_a_difference_says() -> None:
    found = [sample_chance(5.0, differing, 2, 3) for differing in (10.0, 12.5, 20.0, 80.0)]

    assert found == sorted(found)
    assert found[-1] < 0.5


@pytest.mark.parametrize("difference", [0.0, -1.0])
def test_no_loss_is_no_surprise(difference: float) -> None:
    assert sample_chance(difference, 0.0, 1, 1) == 1.0


def test_a_run_without_samples_is_none() -> None:
    with pytest.raises(ValueError, match="none to compare"):
        sample_chance(1.0, 1.0, 0, 1)


@pytest.mark.parametrize(("difference", "expected"), [(3, 1.5), (1, 4.0), (9, 2.0)])
def test_of_runs_of_one_sample_it_is_skellams_mid_p(difference: int, expected: float) -> None:
    wanted = skellam.sf(difference, expected, expected) + skellam.pmf(difference, expected, expected) / 2

    assert count_chance(difference, expected, 1, 1) == pytest.approx(wanted, rel=1e-6)


def test_of_a_run_of_very_many_samples_the_other_ones_chance_is_left() -> None:
    # a mean of 1.5 that is exact: the other run has none more than one of them below it
    assert count_chance(0.7, 1.5, 10_000, 1) == pytest.approx(poisson.cdf(0, 1.5), abs=0.01)


def test_samples_between_whole_numbers_are_no_ties() -> None:
    assert count_chance(0.5, 1.0, 4, 3) < count_chance(0.45, 1.0, 4, 3)
