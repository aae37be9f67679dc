"""Exact chances of the verdicts on one sample a problem: every count that a run can have, weighed by its probability.

Published: the number solved is binomial. In pairs: the problems newly failing, newly solved and unchanged are a
multinomial, whose shares are the two discordances; how many are solved in both runs matters to others' rules alone.
Where counts have a chance below 1e-14 in all, they are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr
from scipy.stats import binom
from servecheck.gates.published import decision_counts
from servecheck.stats.paired import ALPHA, loss_bound, mcnemar_mid_p

from suites.selftest.stats.other_rules import Fails

_SURELY = 7.8  # standard deviations, of a binomial of at least as many successes as are looked at


def published_chances(n: int, score: float, margin: float, rate: float) -> tuple[float, float]:
    """Of PASS and of FAIL, against a score in percent, where ``rate`` is the true one."""
    counts = decision_counts(n, score, margin)
    passes = 0.0 if counts.pass_from is None else float(binom.sf(counts.pass_from - 1, n, rate))
    return passes, 0.0 if counts.fail_to is None else float(binom.cdf(counts.fail_to, n, rate))


def published_proven(n: int, score: float, rate: float) -> float:
    """Of a loss that is proven, FAIL or PASS, against a score in percent, where ``rate`` is the true one."""
    counts = decision_counts(n, score, 1e-9)  # with next to no margin, what proves a loss is a FAIL
    return 0.0 if counts.fail_to is None else float(binom.cdf(counts.fail_to, n, rate))


def published_fail(rule: Fails, n: int, score: float, rate: float) -> float:
    """Of FAIL by another rule."""
    solved = np.arange(n + 1)
    fails = rule(solved / n, np.full(n + 1, score / 100), n)
    return float(binom.pmf(solved, n, rate) @ fails)


def paired_proven(n: int, lost: Iterable[float], won: Iterable[float], alpha: float = ALPHA) -> NDArray[np.float64]:
    """Of a loss that is proven, FAIL or PASS, for each pair of shares newly failing and newly solved."""
    lost, won = _shares(lost, won)
    newly_solved = _counted(n, won)
    least = np.minimum(_least_proving(alpha, int(newly_solved[-1]) + 1)[: len(newly_solved)], n + 1)
    return _weighed(n, lost, won, newly_solved, least - 1, above=True)


def paired_fail(n: int, margin: float, lost: Iterable[float], won: Iterable[float]) -> NDArray[np.float64]:
    """Of FAIL with that margin, in points: a loss is proven, and one of the margin or more not excluded."""
    lost, won = _shares(lost, won)
    newly_solved = _counted(n, won)
    many = int(newly_solved[-1]) + 1
    least = np.maximum(
        _least_proving(ALPHA, many)[: len(newly_solved)], _most_passing(n, margin, many)[: len(newly_solved)] + 1
    )
    return _weighed(n, lost, won, newly_solved, np.minimum(least, n + 1) - 1, above=True)


def paired_pass(n: int, margin: float, lost: Iterable[float], won: Iterable[float]) -> NDArray[np.float64]:
    """Of PASS with that margin, in points, a loss proven or not."""
    lost, won = _shares(lost, won)
    newly_solved = _counted(n, won)
    most = _most_passing(n, margin, int(newly_solved[-1]) + 1)[: len(newly_solved)]
    return _weighed(n, lost, won, newly_solved, most, above=False)


def agreement_chances(n: int, margin: float, lost: float, won: float) -> tuple[float, float, float]:
    """Of FAIL, of a proven loss and of PASS by the gate on decisions, one sample of each problem in either run.

    Both answers are held to the other run, with their p-values adjusted together: of two, the smaller is doubled.

    Args:
        n: problems.
        margin: in points.
        lost, won: the shares of problems that the run decides otherwise, away from the first answer and towards it.
    """
    b, c = np.meshgrid(_around(n, lost), _around(n, won), indexing="ij")
    b, c = b.ravel(), c.ravel()
    b, c = b[b + c <= n], c[b + c <= n]
    chance = binom.pmf(c, n, won) * binom.pmf(b, n - c, min(1.0, lost / (1 - won)))
    many = int(max(b.max(), c.max())) + 1
    least, most = _least_proving(ALPHA / 2, many), _most_passing(n, margin, many)
    most = np.concatenate([most, np.full(max(0, many - len(most)), -1)])
    proven, excluded = [least[c] <= b, least[b] <= c], [b <= most[c], c <= most[b]]
    fails = (proven[0] & ~excluded[0]) | (proven[1] & ~excluded[1])
    passes = ~fails & excluded[0] & excluded[1] & (100 * (b + c) < margin * n)  # a run's own noise is not known
    found = (fails, proven[0] | proven[1], passes)
    return float(chance @ found[0]), float(chance @ found[1]), float(chance @ found[2])


def paired_other_fail(rule: Fails, n: int, rate: float, lost: float, won: float) -> float:
    """Of FAIL by another rule, which is given both scores; ``rate`` is the true one of the earlier run."""
    b, c = np.meshgrid(_around(n, lost), _around(n, won), indexing="ij")
    b, c = b.ravel(), c.ravel()
    b, c = b[b + c <= n], c[b + c <= n]
    chance = binom.pmf(c, n, won) * binom.pmf(b, n - c, min(1.0, lost / (1 - won)))
    left = n - b - c
    both_share = min(1.0, max(0.0, (rate - lost) / (1 - lost - won))) if lost + won < 1 else 0.0
    low, high = np.zeros_like(left), left + 1  # the rules fail the fewer are solved in both, or whatever that is
    while np.any(low < high):
        middle = (low + high) // 2
        fails = (middle <= left) & rule((middle + c) / n, (middle + b) / n, n)
        low, high = np.where((low < high) & fails, middle + 1, low), np.where((low < high) & ~fails, middle, high)
    return float(chance @ binom.cdf(low - 1, left, both_share))


def _shares(lost: Iterable[float], won: Iterable[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.broadcast_arrays(np.atleast_1d(np.asarray(lost, float)), np.atleast_1d(np.asarray(won, float)))  # type: ignore[return-value]


def _counted(n: int, won: NDArray[np.float64]) -> NDArray[np.int64]:
    most = n * won.max() + _SURELY * np.sqrt(n * won.max()) + 30
    return np.arange(min(n, int(most)) + 1)


def _around(n: int, share: float) -> NDArray[np.int64]:
    reach = _SURELY * np.sqrt(n * share) + 30 * (share > 0)
    return np.arange(max(0, int(n * share - reach)), min(n, int(n * share + reach)) + 1)


def _weighed(
    n: int,
    lost: NDArray[np.float64],
    won: NDArray[np.float64],
    newly_solved: NDArray[np.int64],
    bound: NDArray[np.int64],
    *,
    above: bool,
) -> NDArray[np.float64]:
    """The chance of at most ``bound`` newly failing, or of more, over the number newly solved."""
    given = np.minimum(1.0, lost / (1 - won))[:, None]
    left = n - newly_solved
    at_most = np.where(bound < 0, 0.0, bdtr(np.clip(bound, 0, left).astype(float), left, given))
    weights = binom.pmf(newly_solved, n, won[:, None])
    return np.sum(weights * (1 - at_most if above else at_most), axis=1)


@cache
def _least_proving(alpha: float, many: int) -> NDArray[np.int64]:
    """By the number newly solved, the fewest newly failing that prove a loss."""
    found, least = [], 0
    for c in range(_rounded(many)):
        while not mcnemar_mid_p(least, c) < alpha:
            least += 1
        found.append(least)
    return np.array(found)


@cache
def _most_passing(n: int, margin: float, many: int) -> NDArray[np.int64]:
    """By the number newly solved, the most newly failing of ``n`` whose bound is within the margin; -1: none."""
    found, most = [], -1
    for c in range(min(n + 1, _rounded(many))):
        most = min(most, n - c)
        while most + 1 + c <= n and 100 * loss_bound(most + 1, c, n) > -margin:
            most += 1
        found.append(most)
    return np.array(found)


def _rounded(many: int) -> int:
    """So that few tables are made."""
    return -(-many // 64) * 64
