"""Adjusted p-values are those of Holm's procedure, and hold what they claim of a whole family."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.stats.holm import holm

P_VALUES = st.lists(st.floats(0, 1), max_size=12)


def rejected(p_values: list[float], level: float) -> list[bool]:
    """The procedure as it is defined: from the smallest on, each against its own level, until one is not below it."""
    found = [False] * len(p_values)
    left = len(p_values)
    for place in sorted(range(len(p_values)), key=p_values.__getitem__):
        if not p_values[place] * left < level:
            break
        found[place] = True
        left -= 1
    return found


def test_each_is_multiplied_by_what_is_left_and_none_is_below_one_before_it() -> None:
    # by hand: 4 x .01, then 3 x .02 = .06 and 2 x .03 = .06, then .04 held up to .06; then in the order given
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])


def test_none_is_above_1() -> None:
    assert holm([0.5, 0.9, 0.8]) == (1.0, 1.0, 1.0)


def test_one_comparison_stays_as_it_is() -> None:
    assert holm([0.031]) == (0.031,)
    assert holm([]) == ()


@given(P_VALUES, st.floats(0, 1))
def test_an_adjusted_value_is_below_a_level_where_the_procedure_rejects(p_values: list[float], level: float) -> None:
    assert [adjusted < level for adjusted in holm(p_values)] == rejected(p_values, level)


@given(P_VALUES)
def test_adjusting_lies_between_nothing_and_bonferroni(p_values: list[float]) -> None:
    for value, adjusted in zip(p_values, holm(p_values), strict=True):
        assert value <= adjusted <= min(1.0, len(p_values) * value)


@given(P_VALUES, st.randoms())
def test_the_order_in_which_they_are_given_says_nothing(p_values: list[float], random) -> None:
    shuffled = random.sample(p_values, len(p_values))

    assert sorted(zip(p_values, holm(p_values), strict=True)) == sorted(zip(shuffled, holm(shuffled), strict=True))


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_what_is_no_p_value_is_an_error(value: float) -> None:
    with pytest.raises(ValueError, match="is no p-value"):
        holm([0.5, value])
