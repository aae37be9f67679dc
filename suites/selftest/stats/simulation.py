"""Verdicts on several samples a problem, drawn again and again from problems of known difficulty.

The chances that a model solves each problem are the quantiles of a beta distribution, so that their mean is the true
score. How far they spread is told by the *discordance*, as in pairs: the chance that two samples of a problem differ,
0 where every problem is solved always or never, and at most ``2 p (1 - p)``, where all are equally hard. Two runs are
drawn from the same problems; where problems themselves are to be a sample, they are drawn anew each time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import beta
from servecheck.gates.samples_paired import PERMUTATION_ALPHA
from servecheck.gates.within_problems import WithinProblems
from servecheck.stats.bounded_mean import share_below
from servecheck.stats.permutation import sign_flip_p
from servecheck.stats.pooled_permutation import Pot, pooled_p

Chances = NDArray[np.float64]
Loss = Literal["evenly", "wholly"]
_LEVEL = 0.05
_NEAR = 0.5  # standard errors, at which no bound of 95 % is: with one problem solved in part it is .95 of one away


@dataclass(frozen=True)
class Design:
    """Of a simulated benchmark: problems, samples of each, the true score, and how often two samples differ."""

    problems: int
    samples: int
    score: float
    discordance: float

    @property
    def exists(self) -> bool:
        """Whether samples can differ so often at that score."""
        return self.discordance <= 2 * self.score * (1 - self.score) + 1e-12


def difficulties(design: Design, runs: int, random: np.random.Generator | None = None) -> Chances:
    """Each problem's chance of being solved, (runs, problems): the quantiles, or drawn anew for each run."""
    p, n = design.score, design.problems
    share = random.random((runs, n)) if random else np.tile((np.arange(n) + 0.5) / n, (runs, 1))
    equal = 2 * p * (1 - p)
    if design.discordance <= 0:
        if random:
            return (share < p).astype(float)
        whole = np.clip(n * p - np.arange(n), 0, 1)  # one problem is in between, where n p is no whole number
        return np.tile(whole, (runs, 1))
    if design.discordance >= equal - 1e-9:
        return np.full((runs, n), p)
    # two samples differ 2 p q k / (k + 1) of the time, where the beta's parameters are k p and k q
    k = design.discordance / (equal - design.discordance)
    found = beta.ppf(share, k * p, k * (1 - p)) if random else beta.ppf(share[:1], k * p, k * (1 - p))
    if random:
        return np.asarray(found)
    return np.tile(_with_mean(found, p), (runs, 1))


def lossy(chances: Chances, loss: float, shape: Loss, random: np.random.Generator) -> Chances:
    """The chances after a mean loss of exactly ``loss`` of each run's: of every problem alike, or of some wholly."""
    if shape == "evenly":
        return chances * np.maximum(0.0, 1 - loss / chances.mean(axis=1, keepdims=True))
    order = np.argsort(random.random(chances.shape), axis=1)
    shuffled = np.take_along_axis(chances, order, axis=1)
    before = np.cumsum(shuffled, axis=1) - shuffled
    taken = np.clip(loss * chances.shape[1] - before, 0.0, shuffled)  # problem after problem, until it is enough
    left = np.empty_like(chances)
    np.put_along_axis(left, order, shuffled - taken, axis=1)
    return left


def drawn(chances: Chances, samples: int, random: np.random.Generator, alike: float = 0.0) -> NDArray[np.int64]:
    """How many samples of each problem are solved, (runs, problems).

    Args:
        chances: of each problem.
        samples: of each problem.
        random: where they are drawn from.
        alike: the share of problems whose samples in a run are all the same, as at temperature 0.
    """
    if not alike:
        return random.binomial(samples, chances)
    same = random.random(chances.shape) < alike
    return np.where(same, samples * random.binomial(1, chances), random.binomial(samples, chances))


def published_passes(solved: NDArray[np.int64], samples: int, score: float, margin: float) -> NDArray[np.bool_]:
    """Which runs PASS against a published score; shares, not percent."""
    values, counts = _counted(solved, samples)
    return _is_above(values, counts, score - margin, 0.0)


def published_fails(solved: NDArray[np.int64], samples: int, score: float) -> NDArray[np.bool_]:
    """In which a loss is proven: they FAIL, but for those that PASS first."""
    values, counts = _counted(solved, samples)
    return _is_above(-values, counts, -score, -1.0)


def with_published(
    solved: NDArray[np.int64], samples: int, scores: Chances, samples_published: int
) -> list[WithinProblems]:
    """What each run's samples say of its difference from a score that is a mean of samples too, printed to a tenth."""
    shares = solved / samples
    spreads = (shares * (1 - shares)).sum(axis=1) * samples**2 / (samples - 1)
    return [
        WithinProblems(solved.shape[1], samples, samples_published, float(mean), float(spread), float(score), 0.0005)
        for mean, spread, score in zip(shares.mean(axis=1), spreads, scores, strict=True)
    ]


def paired_proven(
    now: NDArray[np.int64], before: NDArray[np.int64], samples: int = 1, samples_before: int | None = None
) -> NDArray[np.bool_]:
    """In which runs a loss is proven.

    A sum of random signs lies a standard deviation or more below 0 at least 7 times in 64 (Hollom and Portier, arXiv
    2306.07811), so a run that lost less than that is no FAIL, and the p-value need not be found.
    """
    there = samples if samples_before is None else samples_before
    differences, _ = _differences(now, before, samples, there)
    proven = differences.sum(axis=1) < -np.sqrt((differences**2).sum(axis=1))
    proven[proven] = [sign_flip_p(row) < PERMUTATION_ALPHA for row in differences[proven].tolist()]
    if there != samples:
        pairs = zip(now[proven].tolist(), before[proven].tolist(), strict=True)
        proven[proven] = [_pooled_p(solved, was, samples, there) < PERMUTATION_ALPHA for solved, was in pairs]
    return proven


def paired_passes(
    now: NDArray[np.int64], before: NDArray[np.int64], samples: int, margin: float, samples_before: int | None = None
) -> NDArray[np.bool_]:
    """Which runs PASS, a loss proven or not; the margin is a share."""
    differences, unit = _differences(now, before, samples, samples if samples_before is None else samples_before)
    values, counts = _counted(differences, unit, least=-unit)
    return _is_above(values, counts, -margin, -1.0)


def _differences(
    now: NDArray[np.int64], before: NDArray[np.int64], samples: int, samples_before: int
) -> tuple[NDArray[np.int64], int]:
    """Of the shares solved, in parts of one that are whole numbers for both runs."""
    unit = math.lcm(samples, samples_before)
    return now * (unit // samples) - before * (unit // samples_before), unit


def _pooled_p(now: list[int], before: list[int], samples: int, samples_before: int) -> float:
    return pooled_p(Pot(samples, solved, samples_before, was) for solved, was in zip(now, before, strict=True))


def _is_above(values: Chances, counts: Chances, bound: float, least: float) -> NDArray[np.bool_]:
    """``bounded_mean.is_above`` of many runs at once."""
    mean = counts @ values / counts.sum(axis=1)
    if bound <= least:
        return mean > bound
    if bound >= values.max():
        return np.zeros(len(counts), dtype=bool)
    square = counts @ values**2 / counts.sum(axis=1)
    error = np.sqrt(np.maximum(0.0, square - mean**2) / counts.sum(axis=1))
    found = mean > bound + _NEAR * error
    found[found] = share_below(values, counts[found], bound, least=least) < _LEVEL
    return found


def _counted(units: NDArray[np.int64], samples: int, least: int = 0) -> tuple[Chances, Chances]:
    """The values that there are, and how many problems of each run have each, (runs, values)."""
    found = np.arange(least, samples + 1)
    return found / samples, np.stack([(units == value).sum(axis=1) for value in found], axis=-1).astype(float)


def _with_mean(chances: Chances, mean: float) -> Chances:
    """Quantiles of a skewed distribution miss its mean by little; shifted in the logarithm of the odds to have it."""
    odds = np.clip(logit(chances), -40, 40)
    return np.asarray(expit(odds + brentq(lambda by: expit(odds + by).mean() - mean, -60, 60)))
