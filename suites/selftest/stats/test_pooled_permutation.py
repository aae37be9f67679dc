"""Of all ways to deal a problem's samples out to both runs, the share that loses as much."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom
from servecheck.stats import pooled_permutation
from servecheck.stats.pooled_permutation import Pot, pooled_p

POTS = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda sizes: st.builds(
        Pot, st.just(sizes[0]), st.integers(0, sizes[0]), st.just(sizes[1]), st.integers(0, sizes[1])
    )
)
MIXED = [Pot(1, 0, 4, 3), Pot(1, 1, 4, 4), Pot(1, 0, 4, 1), Pot(3, 2, 2, 2)]


def by_hand(pots: list[Pot]) -> float:
    """Every number of solved samples that each problem's newer run could have, with its chance."""
    pots = [pot.effective for pot in pots]

    def difference(pot: Pot, solved_now: int) -> float:
        return solved_now / pot.now - (pot.solved - solved_now) / pot.before

    seen = sum(difference(pot, pot.solved_now) for pot in pots)
    dealt = [range(max(0, pot.solved - pot.before), min(pot.now, pot.solved) + 1) for pot in pots]
    return sum(
        math.prod(
            hypergeom.pmf(one, pot.now + pot.before, pot.solved, pot.now) for one, pot in zip(way, pots, strict=True)
        )
        for way in itertools.product(*dealt)
        if sum(map(difference, pots, way)) <= seen + 1e-9
    )


@given(st.lists(POTS, max_size=4))
def test_it_is_the_share_of_all_deals_that_lose_as_much(pots: list[Pot]) -> None:
    assert pooled_p(pots) == pytest.approx(by_hand(pots), abs=1e-12)


def test_a_problem_that_one_run_solved_always_and_the_other_never_is_a_fair_coin() -> None:
    assert pooled_p([Pot(1, 0, 16, 16)] * 3) == pytest.approx(0.5**3)
    assert Pot(1, 0, 16, 15).effective == Pot(1, 0, 16, 15)


def test_problems_solved_in_all_samples_or_in_none_say_nothing() -> None:
    assert pooled_p([Pot(1, 1, 16, 16), Pot(1, 0, 16, 0)]) == 1.0
    assert pooled_p([*MIXED, Pot(1, 1, 16, 16)]) == pytest.approx(pooled_p(MIXED))


def test_where_sums_have_too_many_values_as_many_deals_are_drawn_by_a_fixed_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exact = pooled_p(MIXED * 3)
    monkeypatch.setattr(pooled_permutation, "_MOST_UNITS", 0)

    assert pooled_p(MIXED * 3) == pytest.approx(exact, abs=0.01)
    assert pooled_p(MIXED * 3) == pooled_p(MIXED * 3)
    assert pooled_p([Pot(1, 0, 16, 15)] * 40) == 1 / 20_000
