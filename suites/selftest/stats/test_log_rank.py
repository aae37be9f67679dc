"""Texts that split earlier are told from those that split as ever, by exchanges within each prompt."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy.stats import CensoredData, logrank
from servecheck.stats.log_rank import Survival, hazard, log_rank


def drawn(rng: random.Random, chance: float, longest: int = 64) -> Survival:
    tokens = next((place for place in range(longest) if rng.random() < chance), longest)
    return Survival(tokens, tokens < longest)


def test_hazard_is_splits_a_token_that_could_have_split():
    assert hazard([Survival(0, True), Survival(2, False), Survival(1, True)]) == 2 / 5
    assert hazard([]) == 0


def test_arms_without_a_split_are_alike():
    found = log_rank([(Survival(64, False), Survival(64, False))] * 8)

    assert (found.excess, found.p, found.hazard, found.hazard_before) == (0, 1, 0, 0)


def test_eight_prompts_that_all_split_at_once_are_no_chance():
    found = log_rank([(Survival(0, True), Survival(64, False))] * 8)

    assert found.p == 1 / 256
    assert found.excess == 4
    assert found.hazard == 1


def test_a_censored_text_counts_until_it_ends():
    """It is at risk at place 3, and no longer at place 9."""
    pairs = [(Survival(3, True), Survival(5, False)), (Survival(9, True), Survival(9, True))]

    assert log_rank(pairs).excess == pytest.approx((1 - 2 / 4) + (1 - 2 * 1 / 2))


def test_the_statistic_is_that_of_independent_arms_and_the_chance_near_theirs():
    rng = random.Random(3)
    pairs = [(drawn(rng, 0.04), drawn(rng, 0.02)) for _ in range(60)]
    arms = [[pair[arm] for pair in pairs] for arm in (0, 1)]

    def censored(arm: list[Survival]) -> CensoredData:
        return CensoredData(
            uncensored=np.array([one.tokens for one in arm if one.is_split]),
            right=np.array([one.tokens for one in arm if not one.is_split]),
        )

    theirs = logrank(censored(arms[0]), censored(arms[1]), alternative="greater")

    assert log_rank(pairs).p == pytest.approx(theirs.pvalue, abs=0.03)


def test_a_hard_prompt_that_splits_early_in_both_arms_is_no_sign():
    rng = random.Random(4)
    alarms = 0
    for _ in range(60):
        chances = [rng.choice((0.3, 0.001)) for _ in range(12)]
        alarms += log_rank([(drawn(rng, chance), drawn(rng, chance)) for chance in chances]).p <= 0.05

    assert alarms <= 9  # 3 are expected at most; 10 or more come once in a thousand


def test_no_prompt_is_refused():
    with pytest.raises(ValueError, match="no prompt"):
        log_rank([])
