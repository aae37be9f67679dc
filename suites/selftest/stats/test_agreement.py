"""Agreement of two runs, of one with itself, and the chance of so much disagreement; and Cohen's own example."""

from __future__ import annotations

import random
from itertools import combinations, product

import pytest
from servecheck.stats.agreement import AnswerPair, agreement, excess_p, kappa, self_agreement


def _single(both: int, now_alone: int, before_alone: int, neither: int) -> list[AnswerPair]:
    counts = {(1, 1): both, (1, 0): now_alone, (0, 1): before_alone, (0, 0): neither}
    return [AnswerPair(1, now, 1, before) for (now, before), n in counts.items() for _ in range(n)]


def test_agreement_and_kappa_of_single_samples_are_those_of_the_table():
    pairs = _single(20, 5, 10, 15)

    assert agreement(pairs) == pytest.approx(0.7)
    assert kappa(pairs) == pytest.approx(0.4)  # (.7 - .5) / (1 - .5)


def test_of_two_runs_that_always_decide_alike_there_is_no_kappa():
    assert kappa(_single(5, 0, 0, 0)) is None
    assert agreement(_single(5, 0, 0, 0)) == 1.0
    assert kappa(_single(3, 0, 0, 3)) == 1.0


def test_of_several_samples_agreement_is_the_chance_that_one_of_each_is_alike():
    pairs = [AnswerPair(2, 1, 4, 3), AnswerPair(1, 0, 4, 0)]

    assert agreement(pairs) == pytest.approx((0.5 + 1) / 2)


def test_a_run_agrees_with_itself_as_two_of_its_samples_do():
    assert self_agreement([(4, 2), (4, 4)]) == pytest.approx((1 - 4 / 6 + 1) / 2)
    assert self_agreement([(2, 1), (1, 1)]) == 0.0
    assert self_agreement([(1, 1), (1, 0)]) is None


def test_of_single_samples_nothing_is_known_of_the_noise():
    assert excess_p(_single(5, 3, 2, 5)) is None


def test_the_chance_is_exact():
    pairs = [AnswerPair(1, 1, 2, 0), AnswerPair(1, 0, 2, 1), AnswerPair(2, 2, 2, 1)]
    seen = sum(one.unlike for one in pairs)

    splits = []  # of each problem, every choice of which of its pooled samples are this run's
    for one in pairs:
        first = one.first_now + one.first_before
        pooled = [True] * first + [False] * (one.now + one.before - first)
        chosen = [sum(pooled[place] for place in places) for places in combinations(range(len(pooled)), one.now)]
        splits.append([AnswerPair(one.now, now, one.before, first - now).unlike for now in chosen])
    sums = [sum(found) for found in product(*splits)]

    assert excess_p(pairs) == pytest.approx(sum(found >= seen for found in sums) / len(sums))


def test_noise_of_one_kind_is_rarely_taken_for_more():
    chance = random.Random(5)
    shares = [chance.choice([0.0, 0.0, 1.0, 0.3, 0.9]) for _ in range(60)]

    def drawn() -> float:
        def first(n: int, share: float) -> int:
            return sum(chance.random() < share for _ in range(n))

        found = excess_p([AnswerPair(1, first(1, share), 3, first(3, share)) for share in shares])
        assert found is not None
        return found

    assert sum(drawn() < 0.05 for _ in range(300)) <= 25  # 15 expected; over 25 once in 200


def test_disagreement_where_the_accepted_run_had_none_is_no_chance():
    steady = [AnswerPair(1, 1, 4, 4)] * 90
    moved = [AnswerPair(1, 0, 4, 4)] * 10

    found = excess_p([*steady, *moved])

    assert found is not None
    assert found < 1e-6


def test_without_a_problem_there_is_nothing_to_tell():
    for tell in (agreement, kappa, excess_p):
        with pytest.raises(ValueError, match="no problem"):
            tell([])
