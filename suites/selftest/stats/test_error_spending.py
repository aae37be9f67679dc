"""The levels of several looks are the published ones, and together err as often as one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from servecheck.stats.error_spending import levels, looks_at, spent

QUARTERS = (0.25, 0.5, 0.75, 1.0)


def test_one_look_at_all_has_all_of_it() -> None:
    assert spent(1.0, 0.05) == pytest.approx(0.05)
    assert levels((1.0,), 0.05)[0] == pytest.approx(0.05, rel=1e-3)


def test_the_levels_are_those_of_the_literature() -> None:
    # O'Brien and Fleming's spending function at one-sided 2.5 %: Z of 2.963 and 1.969 with two looks, and of 4.333,
    # 2.963, 2.359 and 2.014 with four (Jennison and Turnbull, Group Sequential Methods, 2000, chapter 7)
    for shares, edges in (((0.5, 1.0), (2.963, 1.969)), (QUARTERS, (4.333, 2.963, 2.359, 2.014))):
        assert [norm.isf(level) for level in levels(shares, 0.025)] == pytest.approx(edges, abs=0.01)


def test_together_they_err_as_often_as_claimed() -> None:
    steps = np.random.default_rng(1).normal(size=(200_000, 4)).cumsum(axis=1) / np.sqrt(np.arange(1, 5))
    edges = [norm.isf(level) for level in levels(QUARTERS, 0.05)]

    assert float((steps > edges).any(axis=1).mean()) == pytest.approx(0.05, abs=0.002)
    assert float((steps > norm.isf(0.05)).any(axis=1).mean()) > 0.11  # what looking costs that spends nothing


def test_little_is_spent_at_first() -> None:
    found = [spent(share, 0.05) for share in QUARTERS]

    assert found == pytest.approx([0.0001, 0.0056, 0.0236, 0.05], abs=0.0001)
    assert levels(QUARTERS, 0.05)[-1] > 0.04


def test_of_few_problems_no_look_comes_twice() -> None:
    assert looks_at(164, QUARTERS) == (41, 82, 123, 164)
    assert looks_at(2, QUARTERS) == (1, 2)


@pytest.mark.parametrize(
    ("shares", "alpha", "fault"),
    [((), 0.05, "rise"), ((0.5, 0.5), 0.05, "rise"), ((0.5, 1.5), 0.05, "no share"), ((1.0,), 0.7, "error to spend")],
)
def test_what_cannot_be_is_refused(shares: tuple[float, ...], alpha: float, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        levels(shares, alpha)
