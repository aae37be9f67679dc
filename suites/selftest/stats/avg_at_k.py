"""``python -m suites.selftest.stats.avg_at_k``: how often the gate against a published avg@k errs, and sees a loss.

The designs are those of the suites whose scores are means of k samples: AIME's 30 problems, GPQA's 198, LiveCodeBench's
window, MATH-500, IFEval and MMLU-Pro's 12,032, at the scores that are published for them. The rule is the gate's own:
within problems where that is possible and enough samples differ, by problem elsewhere, so at temperature 0 too.

``r`` is the variance within problems as a share of ``m (1 - m)``: .25 was measured of GPQA (eight passes of one model).
A published score is the mean of as many samples, or of one, or of as many and does not say so: the gate then takes it
for one of one. At temperature 0 all samples of a run are alike, and the published run's were.

The bars: each error at most 5.5 %, whatever bound decides; and where a proof is told within problems, a power no more
than 3 points below that of the plain rule (a normal test by the variance within problems; where a score is printed more
coarsely than the run is, at its worse end), on the same runs, which pays for that with more errors than it claims in
some of these cases. The loss is the one that such a test of a known
variance proves four times in five, of problems that vary as much as before. Where problems are what is counted, the
power is what it is.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from servecheck.gates.published_luck import may_be_luck
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

MOST, MOST_BELOW = 0.055, 0.03
_NEARLY_ALL = 0.99
_MDE = 2.49  # standard errors: one-sided 5 %, power 80 %
_Z = NormalDist().inv_cdf(0.95)
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
    def least_loss(self) -> float:
        """A share: the loss that is proven four times in five, by the formula of a known variance; of a published
        number of samples that is not stated, as far as that is known."""
        k, other = self.samples, self.published or 1
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
        power: a loss of ``case.least_loss`` is proven; ``plain``: by the plain rule, on the same runs.
        within: a proof is told within problems, of the runs that lost something.
    """

    case: Case
    margin: float
    size: float
    proven: float
    false_pass: float
    power: float
    plain: float
    within: float

    @property
    def worst(self) -> float:
        """The greatest error."""
        return max(self.size, self.proven, self.false_pass)

    @property
    def has_power_bar(self) -> bool:
        """Whether proofs are told within problems, in nearly all runs."""
        return self.within >= _NEARLY_ALL


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
    size, proven, false_pass, power, plain, within = (float(share) for share in told)
    return Found(case, margin, size, proven, false_pass, power, plain, within)


def _part(case: Case, margin: float, runs: int, random: np.random.Generator) -> tuple[float, ...]:
    alike, loss = float(case.greedy), margin / 100
    same = difficulties(case.design, runs)
    scores = np.round(drawn(same, case.there, random, alike).mean(axis=1) / case.there, 3)

    def claims(chances: Chances) -> Claims:
        return _claims(case, drawn(chances, case.samples, random, alike), scores, loss)

    unchanged = claims(same)
    lost = [claims(lossy(same, loss, shape, random)).passes.mean() for shape in get_args(Loss)]
    worse = replace(case, score=max(case.score - case.least_loss, 0.01))
    seen = claims(difficulties(worse.design, runs))
    chances = (unchanged.proven & ~unchanged.passes, unchanged.proven, max(lost), seen.proven, seen.plain, seen.within)
    return tuple(float(np.mean(chance)) for chance in chances)


@dataclass(frozen=True)
class Claims:
    """In which runs a loss is proven, which PASS, where the plain rule proves one, and where proofs are within
    problems."""

    proven: NDArray[np.bool_]
    passes: NDArray[np.bool_]
    plain: NDArray[np.bool_]
    within: NDArray[np.bool_]


def _claims(case: Case, solved: NDArray[np.int64], scores: Chances, loss: float) -> Claims:
    proven, passes, plain, proving, excluding = np.zeros((5, len(solved)), dtype=bool)
    k, published = case.samples, case.published or 1
    if k >= (LEAST_SAMPLES if case.n >= FEW_PROBLEMS else LEAST_OF_FEW) and not case.greedy:
        for run, one in enumerate(with_published(solved, k, scores, published)):
            proving[run], excluding[run] = one.can_prove, one.can_exclude
            proven[run], passes[run] = one.can_prove and one.proves, one.can_exclude and one.excludes(loss)
            error = math.sqrt(one.spread * (1 + k / published)) / (case.n * k)
            plain[run] = one.score - (0.0 if one.is_finer else one.rounding) - one.mean > _Z * error
    for score in np.unique(scores):
        at = ~proving & (scores == score)
        proven[at] = published_fails(solved[at], k, float(score))
        at = ~excluding & (scores == score)
        passes[at] = published_passes(solved[at], k, float(score), loss)
    independent = 1 if case.greedy else k
    for run in np.flatnonzero(proven & ~proving):
        mean = float(solved[run].mean()) / k
        proven[run] = not may_be_luck(mean, case.n, float(scores[run]), independent, published)
    gates = scores >= loss  # a lower score gates nothing
    return Claims(proven & gates, passes & gates, plain, proving)


def table(rows: Sequence[Found]) -> str:
    """In Markdown, chances in percent, each beside its bar; the loss that ``power`` is of, in points."""
    bar = f"{100 * MOST:g}"
    head = ("case", "margin", f"size ({bar})", f"false proof ({bar})", f"false PASS ({bar})", "loss", "power", "bar")
    lines = [f"| {' | '.join(head)} | within problems |", "|" + "---|" * 9]
    for row in rows:
        shown = [f"{100 * chance:.1f}" for chance in (row.size, row.proven, row.false_pass, row.case.least_loss)]
        power = f"{100 * (row.plain - MOST_BELOW):.0f}" if row.has_power_bar else "by problem"
        seen = [f"{100 * row.power:.0f}", power, f"{100 * row.within:.0f}"]
        lines.append(f"| {' | '.join([str(row.case), f'{row.margin:g}', *shown, *seen])} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.stats.avg_at_k")
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--suite", default="", help="one of them alone")
    options = parser.parse_args()
    rows = []
    for seed, case in enumerate(cases()):
        if options.suite in ("", case.suite):
            rows.append(found(case, options.runs, seed))
            lines = table(rows[-1:]).splitlines()
            print("\n".join(lines if len(rows) == 1 else lines[2:]), flush=True)
    short = [row.plain - row.power for row in rows if row.has_power_bar]
    print(f"\nworst error of {len(rows)} cases: {100 * max(row.worst for row in rows):.2f} %")
    print(f"farthest below the plain rule: {100 * max(short, default=0):.1f} points of power, in {len(short)} cases")


if __name__ == "__main__":
    main()
