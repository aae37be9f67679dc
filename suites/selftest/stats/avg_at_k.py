"""``python -m suites.selftest.stats.avg_at_k``: how often the gate against a published avg@k errs, and sees a loss.

The designs are those of the suites whose scores are means of k samples: AIME's 30 problems, GPQA's 198, LiveCodeBench's
window, MATH-500, IFEval and MMLU-Pro's 12,032, at the scores that are published for them. The rule is the gate's own:
within problems where that is possible and enough samples differ, by problem elsewhere, so at temperature 0 too.

``r`` is the variance within problems as a share of ``m (1 - m)``: .25 was measured of GPQA (eight passes of one model).
A published score is the mean of as many samples, or of one, or of as many and does not say so: the gate then takes it
for one of one. At temperature 0 all samples of a run are alike, and the published run's were.

Where problems are what is counted, a published score is taken as exact. So what is one run's own, of one sample each,
is missed more often than claimed where problems are few (``Case.is_claimed``, and "What is not claimed" in the
statistics' README).
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from servecheck.gates.within_problems import FEW_PROBLEMS, LEAST_OF_FEW, LEAST_SAMPLES
from servecheck.stats.margin import default_margin

from suites.selftest.stats.simulation import (
    Chances,
    Design,
    Loss,
    difficulties,
    drawn,
    lossy,
    published_fails,
    published_passes,
    with_published,
)

MOST = 0.055
_MDE = 2.49  # standard errors: one-sided 5 %, power 80 %
_MOST_SAMPLES_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        suite: whose problems it has.
        n, score, r, samples: problems, true score, variance within problems, samples of each.
        published: samples of each that the published score is of; None: as many, and not stated.
        greedy: whether all samples of a run are alike.
    """

    suite: str
    n: int
    score: float
    r: float
    samples: int
    published: int | None
    greedy: bool = False

    @property
    def design(self) -> Design:
        """As the simulation takes it."""
        return Design(self.n, self.samples, self.score, 2 * self.r * self.score * (1 - self.score))

    @property
    def there(self) -> int:
        """Samples of each problem that the published score is of, stated or not."""
        return self.samples if self.published is None else self.published

    @property
    def is_claimed(self) -> bool:
        """Whether the gate is to err as seldom as it says."""
        return self.there > 1

    @property
    def least_loss(self) -> float:
        """A share: the loss that is proven four times in five, by the formula of a known variance."""
        k, other = self.samples, self.there
        variance = self.r * self.score * (1 - self.score) / self.n * (1 / k + 1 / other)
        return _MDE * math.sqrt(variance)

    def __str__(self) -> str:
        there = "not stated" if self.published is None else str(self.published)
        how = ", temperature 0" if self.greedy else ""
        return f"{self.suite} n {self.n}, score {100 * self.score:g} %, r {self.r:g}, k {self.samples}, {there}{how}"


@dataclass(frozen=True)
class Found:
    """What came of it, as shares of the runs.

    Attributes:
        size: FAIL though nothing is lost; ``proven``: a loss said to be proven though nothing is.
        false_pass: PASS though the whole margin is lost, in the worse of two shapes.
        power: a loss of ``case.least_loss``, of all problems alike, is proven.
        within: decided within problems, of those that lost nothing.
    """

    case: Case
    margin: float
    size: float
    proven: float
    false_pass: float
    power: float
    within: float

    @property
    def worst(self) -> float:
        """The greatest error."""
        return max(self.size, self.proven, self.false_pass)


SUITES = (
    ("aime25", 30, 0.957, (1, 2, 4, 8, 32)),
    ("gpqa", 198, 0.857, (1, 2, 4, 8, 32)),
    ("livecodebench", 315, 0.729, (2,)),
    ("math500", 500, 0.982, (1, 3, 8)),
    ("ifeval", 541, 0.88, (1, 4)),
    ("mmlu_pro", 12032, 0.846, (1, 2, 32)),
)


def cases(shares: Sequence[float] = (0.1, 0.25, 0.5)) -> Iterator[Case]:
    """Every suite and number of samples, against a mean of as many, of one, and of a number not stated; greedy too."""
    for suite, n, score, numbers in SUITES:
        for r in shares:
            for k in numbers:
                for published in dict.fromkeys((k, 1, None) if k > 1 else (1, 64)):
                    yield Case(suite, n, score, r, k, published)
            yield Case(suite, n, score, r, 1, 1, greedy=True)
            yield Case(suite, n, score, r, 4, 1, greedy=True)


def found(case: Case, runs: int, seed: int) -> Found:
    """Simulated, in parts that fit into memory."""
    margin = default_margin(case.n)
    parts = max(1, math.ceil(runs * case.n / _MOST_SAMPLES_AT_ONCE))
    random = np.random.default_rng(seed)
    told = np.array([_part(case, margin, runs // parts, random) for _ in range(parts)]).mean(axis=0)
    size, proven, false_pass, power, within = (float(share) for share in told)
    return Found(case, margin, size, proven, false_pass, power, within)


def _part(case: Case, margin: float, runs: int, random: np.random.Generator) -> tuple[float, ...]:
    alike, loss = float(case.greedy), margin / 100
    same = difficulties(case.design, runs)
    scores = np.round(drawn(same, case.there, random, alike).mean(axis=1) / case.there, 3)

    def claims(chances: Chances) -> tuple[NDArray[np.bool_], NDArray[np.bool_], float]:
        return _claims(case, drawn(chances, case.samples, random, alike), scores, loss)

    proven, passes, within = claims(same)
    lost = [claims(lossy(same, loss, shape, random))[1].mean() for shape in get_args(Loss)]
    seen = claims(lossy(same, min(case.least_loss, case.score), "evenly", random))[0].mean()
    return float((proven & ~passes).mean()), float(proven.mean()), float(max(lost)), float(seen), within


def _claims(
    case: Case, solved: NDArray[np.int64], scores: Chances, loss: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], float]:
    """In which runs a loss is proven, which PASS, and the share that is decided within problems."""
    proven, passes = np.zeros(len(solved), dtype=bool), np.zeros(len(solved), dtype=bool)
    least = LEAST_SAMPLES if case.n >= FEW_PROBLEMS else LEAST_OF_FEW
    by_problem = np.ones(len(solved), dtype=bool)
    if case.samples >= least and not case.greedy:
        for run, one in enumerate(with_published(solved, case.samples, scores, case.published or 1)):
            if one.is_enough:
                by_problem[run] = False
                proven[run], passes[run] = one.upper < one.score, one.excludes(loss)
    for score in np.unique(scores[by_problem]):
        at = by_problem & (scores == score)
        proven[at] = published_fails(solved[at], case.samples, float(score))
        passes[at] = published_passes(solved[at], case.samples, float(score), loss)
    passes &= scores >= loss  # a lower score gates nothing
    return proven & (scores >= loss), passes, float(1 - by_problem.mean())


def table(rows: Sequence[Found]) -> str:
    """In Markdown, chances in percent; the loss that ``power`` is of, in points."""
    lines = ["| case | margin | size | false proof | false PASS | loss | power | within problems |", "|" + "---|" * 8]
    for row in rows:
        chances = (row.size, row.proven, row.false_pass)
        shown = [f"{100 * chance:.1f}" for chance in chances]
        seen = [f"{100 * row.case.least_loss:.1f}", f"{100 * row.power:.0f}", f"{100 * row.within:.0f}"]
        lines.append(f"| {' | '.join([str(row.case), f'{row.margin:g}', *shown, *seen])} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.stats.avg_at_k")
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--suite", default="", help="one of them alone")
    options = parser.parse_args()
    chosen = [case for case in cases() if options.suite in ("", case.suite)]
    rows = []
    for seed, case in enumerate(chosen):
        rows.append(found(case, options.runs, seed))
        print(table(rows[-1:]).splitlines()[-1], flush=True)
    print(f"\nworst of {len(rows)}: {100 * max(row.worst for row in rows):.2f} %")


if __name__ == "__main__":
    main()
