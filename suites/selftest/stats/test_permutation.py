"""The sign-flip p-value is the share of all sign patterns that lose as much."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.stats import permutation
from servecheck.stats.paired import mcnemar_exact
from servecheck.stats.permutation import excess_sign_flip_p, sign_flip_p


def by_hand(differences: list[int]) -> float:
    changed = [difference for difference in differences if difference]
    patterns = list(itertools.product((1, -1), repeat=len(changed)))
    as_low = [
        signs for signs in patterns if sum(s * abs(d) for s, d in zip(signs, changed, strict=True)) <= sum(changed)
    ]
    return len(as_low) / len(patterns)


@pytest.mark.parametrize(("b", "c"), [(0, 0), (4, 0), (5, 0), (7, 1), (3, 3), (0, 4), (40, 21)])
def test_of_one_sample_a_problem_it_is_mcnemars_exact_p_value(b: int, c: int) -> None:
    assert sign_flip_p([-1] * b + [1] * c + [0] * 9) == pytest.approx(mcnemar_exact(b, c), rel=1e-9)


@given(st.lists(st.integers(-6, 6), max_size=11))
def test_it_is_the_share_of_all_patterns_that_lose_as_much(differences: list[int]) -> None:
    assert sign_flip_p(differences) == pytest.approx(by_hand(differences), abs=1e-12)


def test_the_unit_says_nothing() -> None:
    differences = [-3, 2, -5, 0, 1, -4]

    assert sign_flip_p([27720 * difference for difference in differences]) == pytest.approx(sign_flip_p(differences))


def test_where_there_are_too_many_sums_patterns_are_drawn_and_the_one_seen_is_counted_in(monkeypatch) -> None:
    differences = [-3, 2, -5, 1, -4, -2, -2, 3]
    exact = sign_flip_p(differences)
    monkeypatch.setattr(permutation, "_MOST_UNITS", 5)

    assert sign_flip_p(differences) == pytest.approx(exact, abs=0.01)
    assert sign_flip_p(differences) == sign_flip_p(differences)
    assert sign_flip_p([-1] * 60) == 1 / 20_000


@pytest.mark.parametrize("count", [3, 8, 12])
def test_an_excess_in_every_problem_is_one_pattern_of_all(count):
    assert excess_sign_flip_p([0.5] * count) == 0.5**count
    assert excess_sign_flip_p([-0.5] * count) == 1


def test_an_excess_is_counted_exactly_as_whole_numbers_are():
    differences = [3, -1, 2, 2, -3, 1, 0, 4]

    assert excess_sign_flip_p(differences) == pytest.approx(sign_flip_p([-one for one in differences]))


def test_many_excesses_are_drawn_and_never_impossible():
    assert excess_sign_flip_p([0.1] * 60) == 1 / 4096
    assert excess_sign_flip_p([0.1, -0.1] * 30) == pytest.approx(0.55, abs=0.03)


def test_no_difference_is_no_excess():
    assert excess_sign_flip_p([0.0, 0.0]) == 1
