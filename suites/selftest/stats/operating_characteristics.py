"""``python -m suites.selftest.stats.operating_characteristics``: how often each gate is right, and wrong, in Markdown.

Of every gate on quality: the *size* (FAIL though nothing is lost), the *false proof* (a loss said to be proven though
nothing is lost, FAIL or PASS), the *false PASS* (PASS though the whole margin is lost), the *power* (FAIL where the
margin is lost), and how often a run that lost nothing PASSes. Beside them, on the same cases, the rules of TensorRT-LLM
and vLLM, which pass what they do not fail.

With one sample a problem all is enumerated (``enumeration``), with several simulated from fixed seeds (``simulation``).
``--coarse`` prints what the quick tests check; the whole grid takes some minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from servecheck.gates.within_problems import FEW_PROBLEMS, LEAST_OF_FEW, LEAST_SAMPLES, WithinProblems
from servecheck.stats.paired import ALPHA

from suites.selftest.stats.enumeration import (
    agreement_chances,
    paired_fail,
    paired_other_fail,
    paired_pass,
    paired_proven,
    published_chances,
    published_fail,
    published_proven,
)
from suites.selftest.stats.other_rules import tensorrt_llm, vllm
from suites.selftest.stats.simulation import (
    Design,
    Loss,
    difficulties,
    drawn,
    lossy,
    paired_passes,
    published_fails,
    published_passes,
    with_published,
)
from suites.selftest.stats.simulation import (
    paired_proven as paired_samples_proven,
)

MOST, MOST_SIMULATED = 0.05, 0.06
DECISIONS = 1937  # of tool_trigger
WIDEST = 0.5  # the discordances over which the worst case is looked for


@dataclass(frozen=True)
class Others:
    """What TensorRT-LLM's and vLLM's rules do on a case: FAIL though nothing is lost, and where the margin is."""

    tensorrt_size: float
    tensorrt_power: float
    vllm_size: float
    vllm_power: float


@dataclass(frozen=True)
class Cell:
    """One case.

    Attributes:
        gate: which one.
        n: problems.
        case: the rest of it, in words.
        margin: the margin, in points.
        size, proven, false_pass, power, same_passes: chances, ``proven`` that of the false proof; NaN where there is no
            such case.
        most: what size, false proof and false PASS may be at most.
        others: None where they were not looked at.
    """

    gate: str
    n: int
    case: str
    margin: float
    size: float
    proven: float
    false_pass: float
    power: float
    same_passes: float
    most: float = MOST
    others: Others | None = None


@dataclass(frozen=True)
class Grid:
    """What is looked at.

    Attributes:
        problems, scores, discordances, margins: of the enumerated cases.
        searched, searched_margins: where the worst case over discordances is looked for, and over these margins.
        sampled, samples, sampled_scores, sampled_discordances: of the simulated ones.
        unlike: samples of each problem in the newer run and in the older.
        unlike_runs: simulated of each of these.
        alike: shares of problems whose samples in a run are all the same.
        within: samples of each problem in the run and in the one whose score was published.
        runs: simulated of each.
    """

    problems: Sequence[int]
    scores: Sequence[float]
    discordances: Sequence[float]
    margins: Sequence[float]
    searched: Sequence[int]
    searched_margins: Sequence[float]
    sampled: Sequence[int]
    samples: Sequence[int]
    sampled_scores: Sequence[float]
    sampled_discordances: Sequence[float]
    unlike: Sequence[tuple[int, int]]
    unlike_runs: int
    alike: Sequence[float]
    within: Sequence[tuple[int, int]]
    runs: int


COARSE = Grid(
    problems=(12, 40, 164, 1319),
    scores=(0.05, 0.2, 0.45, 0.7, 0.9, 0.98),
    discordances=(0.0, 0.02, 0.06, 0.1, 0.2, 0.3),
    margins=(5.0, 10.0),
    searched=(12, 40, 44, 111, 120, 164, 378),
    searched_margins=(2.0, 3.2, 5.0, 10.0),
    sampled=(12, 164),
    samples=(5,),
    sampled_scores=(0.05, 0.5, 0.98),
    sampled_discordances=(0.02, 0.1, 0.3),
    unlike=((1, 16),),
    unlike_runs=1000,
    alike=(0.0, 0.5),
    within=((4, 4), (16, 1)),
    runs=1000,
)
FULL = Grid(
    problems=(12, 20, 30, 40, 44, 64, 100, 130, 164, 250, 378, 500, 800, 1319),
    scores=(0.05, *(round(0.1 + 0.05 * i, 2) for i in range(18)), 0.98),
    discordances=(0.0, 0.01, 0.02, 0.04, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3),
    margins=(2.0, 5.0, 10.0),
    searched=(12, 16, 20, 24, 30, 36, *range(40, 180, 4), *range(180, 400, 20), 500, 700, 1000, 1319),
    searched_margins=(0.5, *(0.4 * i for i in range(2, 25)), *(float(i) for i in range(10, 31))),
    sampled=(12, 40, 164, 1319),
    samples=(2, 10),
    sampled_scores=(0.05, 0.5, 0.9, 0.98),
    sampled_discordances=(0.0, 0.02, 0.1, 0.3),
    unlike=((1, 4), (1, 16), (16, 1), (16, 4)),
    unlike_runs=2000,
    alike=(0.0, 0.5),
    within=((4, 1), (4, 4), (8, 8), (16, 1), (16, 16), (32, 64)),
    runs=4000,
)


def published_cells(grid: Grid) -> Iterator[Cell]:
    """The gate against a published score, one sample of each problem."""
    for n, score, margin in product(grid.problems, grid.scores, grid.margins):
        if 100 * score < margin:
            continue
        lossy_rate = score - margin / 100
        passes, size = published_chances(n, 100 * score, margin, score)
        false_pass, power = published_chances(n, 100 * score, margin, lossy_rate)
        others = Others(
            *(
                published_fail(rule, n, 100 * score, rate)
                for rule in (tensorrt_llm, vllm)
                for rate in (score, lossy_rate)
            )
        )
        proven = published_proven(n, 100 * score, score)
        case = f"score {100 * score:g} %"
        yield Cell("published", n, case, margin, size, proven, false_pass, power, passes, others=others)


def paired_cells(grid: Grid, score: float = 0.7) -> Iterator[Cell]:
    """The gate in pairs, one sample of each problem; a loss is part of the discordance where that is large enough."""
    for n, flips, margin in product(grid.problems, grid.discordances, grid.margins):
        loss = margin / 100
        lost, won = max(loss, (flips + loss) / 2), max(0.0, (flips - loss) / 2)
        others = Others(
            *(
                paired_other_fail(rule, n, score, *shares)
                for rule in (tensorrt_llm, vllm)
                for shares in ((flips / 2, flips / 2), (lost, won))
            )
        )
        yield Cell(
            "paired",
            n,
            f"discordance {flips:g}",
            margin,
            float(paired_fail(n, margin, [flips / 2], [flips / 2])[0]),
            float(paired_proven(n, [flips / 2], [flips / 2])[0]),
            float(paired_pass(n, margin, [lost], [won])[0]),
            float(paired_fail(n, margin, [lost], [won])[0]),
            float(paired_pass(n, margin, [flips / 2], [flips / 2])[0]),
            others=others,
        )


def worst_paired_cells(grid: Grid, steps: int = 500) -> Iterator[Cell]:
    """The same where discordance and margin are the worst ones."""
    flips = np.linspace(0, WIDEST, steps + 1)
    for n in grid.searched:
        proven = float(paired_proven(n, flips / 2, flips / 2).max())
        size = max(float(paired_fail(n, margin, flips / 2, flips / 2).max()) for margin in grid.searched_margins)
        found = []
        for margin in grid.searched_margins:
            won = np.linspace(0, (WIDEST - margin / 100) / 2, steps + 1)
            false_pass = float(paired_pass(n, margin, won + margin / 100, won).max())
            found.append((false_pass, margin))
        false_pass, margin = max(found)
        case = f"discordance 0 to {WIDEST:g}"
        yield Cell("paired, worst", n, case, margin, size, proven, false_pass, np.nan, np.nan)


def family_cells(grid: Grid, steps: int = 500) -> Iterator[Cell]:
    """Of several comparisons with one baseline, the chance of any false proof, by Bonferroni's inequality, as Holm."""
    flips = np.linspace(0, WIDEST, steps + 1)
    for n, comparisons in product(grid.searched, (2, 3, 5, 10)):
        proven = comparisons * float(paired_proven(n, flips / 2, flips / 2, ALPHA / comparisons).max())
        case = f"{comparisons} comparisons"
        yield Cell("paired, family", n, case, np.nan, np.nan, proven, np.nan, np.nan, np.nan)


def agreement_cells(grid: Grid) -> Iterator[Cell]:
    """The gate on decisions, one sample of each problem in either run; the loss is one of either answer."""
    for n, flips, margin in product((*grid.problems, DECISIONS), grid.discordances, grid.margins):
        loss = margin / 100
        lost, won = max(loss, (flips + loss) / 2), max(0.0, (flips - loss) / 2)
        size, proven, same_passes = agreement_chances(n, margin, flips / 2, flips / 2)
        power, _, false_pass = agreement_chances(n, margin, lost, won)
        yield Cell("agreement", n, f"discordance {flips:g}", margin, size, proven, false_pass, power, same_passes)


def samples_cells(grid: Grid, margin: float = 5.0) -> Iterator[Cell]:
    """Both gates with several samples of each problem, the worse of two shapes of loss."""
    loss = margin / 100
    for number, design in enumerate(_designs(grid)):
        random = np.random.default_rng(number)
        same, lost = difficulties(design, grid.runs), {}
        for shape in ("evenly", "wholly"):
            lost[shape] = drawn(lossy(same, loss, shape, random), design.samples, random)
        before, now = (drawn(same, design.samples, random) for _ in range(2))
        anew = drawn(difficulties(design, grid.runs, random), design.samples, random)
        case = f"score {100 * design.score:g} %, discordance {design.discordance:g}, {design.samples} samples"

        some = slice(grid.runs // 4)  # for what is no bar
        score, samples = design.score, design.samples
        proving = [published_fails(solved, samples, score) for solved in (now, anew)]
        proven = max(float(found.mean()) for found in proving)
        size = max(
            float(np.sum(~published_passes(solved[found], samples, score, loss))) / grid.runs
            for solved, found in zip((now, anew), proving, strict=True)
        )
        passing = [published_passes(solved, samples, score, loss) for solved in lost.values()]
        failing = [published_fails(solved[some], samples, score) for solved in lost.values()]
        power = min(float((fails & ~passes[some]).mean()) for fails, passes in zip(failing, passing, strict=True))
        same_passes = float(published_passes(now[some], samples, score, loss).mean())
        false_pass = max(float(passes.mean()) for passes in passing)
        yield Cell(
            "published", design.problems, case, margin, size, proven, false_pass, power, same_passes, MOST_SIMULATED
        )

        size, proven = _paired_claims(now, before, samples, loss)
        same_passes = float(paired_passes(now[some], before[some], samples, loss).mean())
        false_pass = max(float(paired_passes(solved, before, samples, loss).mean()) for solved in lost.values())
        power = min(_paired_claims(solved[some], before[some], samples, loss)[0] for solved in lost.values())
        yield Cell(
            "paired", design.problems, case, margin, size, proven, false_pass, power, same_passes, MOST_SIMULATED
        )


def unlike_cells(grid: Grid, margin: float = 5.0) -> Iterator[Cell]:
    """In pairs, with other numbers of samples in either run: a run held to a recorded one."""
    loss = margin / 100
    designs = [design for design in _most_discordant(grid) if design.problems >= 40]
    for number, (design, pair, alike) in enumerate(product(designs, grid.unlike, grid.alike)):
        random, (samples, before) = np.random.default_rng(number), pair
        same = difficulties(design, grid.unlike_runs)
        was, now = drawn(same, before, random, alike), drawn(same, samples, random, alike)
        lost = [drawn(lossy(same, loss, shape, random), samples, random, alike) for shape in get_args(Loss)]
        some = slice(grid.unlike_runs // 20)  # for what is no bar, where most runs take the slower permutation
        size, proven = _paired_claims(now, was, samples, loss, before)
        false_pass = max(float(paired_passes(solved, was, samples, loss, before).mean()) for solved in lost)
        power = min(_paired_claims(solved[some], was[some], samples, loss, before)[0] for solved in lost)
        same_passes = float(paired_passes(now[some], was[some], samples, loss, before).mean())
        case = f"score {100 * design.score:g} %, discordance {design.discordance:g}, {samples} against {before} samples"
        case += f", alike in {100 * alike:g} % of problems" if alike else ""
        yield Cell(
            "paired", design.problems, case, margin, size, proven, false_pass, power, same_passes, MOST_SIMULATED
        )


def within_cells(grid: Grid, margin: float = 5.0) -> Iterator[Cell]:
    """Against a published score that is itself a mean of samples, of the same problems, where enough samples differ."""
    loss = margin / 100
    designs = _most_discordant(grid)
    for number, (design, (samples, published)) in enumerate(product(designs, grid.within)):
        if samples < (LEAST_SAMPLES if design.problems >= FEW_PROBLEMS else LEAST_OF_FEW):
            continue
        random = np.random.default_rng(number)
        same = difficulties(design, grid.runs)
        scores = np.round(drawn(same, published, random).mean(axis=1) / published, 3)
        now = with_published(drawn(same, samples, random), samples, scores, published)
        lost = [
            with_published(drawn(lossy(same, loss, shape, random), samples, random), samples, scores, published)
            for shape in get_args(Loss)
        ]
        proven = [one.can_prove and one.proves for one in now]
        size = [found and not _excludes(one, loss) for one, found in zip(now, proven, strict=True)]
        false_pass = max(np.mean([_excludes(one, loss) for one in runs]) for runs in lost)
        power = min(
            np.mean([one.can_prove and one.proves and not _excludes(one, loss) for one in runs]) for runs in lost
        )
        same_passes = np.mean([_excludes(one, loss) for one in now])
        case = (
            f"score {100 * design.score:g} %, discordance {design.discordance:g}, {samples} samples, {published} there"
        )
        chances = (float(chance) for chance in (np.mean(size), np.mean(proven), false_pass, power, same_passes))
        yield Cell("published, within problems", design.problems, case, margin, *chances, MOST_SIMULATED)


def _excludes(one: WithinProblems, loss: float) -> bool:
    return one.can_exclude and one.excludes(loss)


def _paired_claims(
    now: NDArray[np.int64], before: NDArray[np.int64], samples: int, margin: float, samples_before: int | None = None
) -> tuple[float, float]:
    """How often runs FAIL, and how often a loss is proven, within the margin or not."""
    proven = paired_samples_proven(now, before, samples, samples_before)
    within = paired_passes(now[proven], before[proven], samples, margin, samples_before)
    return float(np.sum(~within)) / len(now), float(proven.mean())


def measured_reference_cells(grid: Grid) -> Iterator[Cell]:
    """What is *not* held: the published score is itself the mean of one run, of as many samples, and not exact."""
    for number, design in enumerate(_designs(grid)):
        random = np.random.default_rng(number)
        same = difficulties(design, grid.runs)
        published, now = (drawn(same, design.samples, random) for _ in range(2))
        scores = published.mean(axis=1) / design.samples
        failing = [
            published_fails(now[scores == score], design.samples, float(score)).sum() for score in np.unique(scores)
        ]
        size = float(sum(failing)) / grid.runs
        case = f"score {100 * design.score:g} %, discordance {design.discordance:g}, {design.samples} samples"
        yield Cell("published", design.problems, case, 5.0, size, size, np.nan, np.nan, np.nan, 1.0)


def _designs(grid: Grid) -> Iterator[Design]:
    for n, samples, score in product(grid.sampled, grid.samples, grid.sampled_scores):
        equal = round(2 * score * (1 - score), 6)
        for flips in sorted({*(flips for flips in grid.sampled_discordances if flips < equal), min(equal, 0.3)}):
            yield Design(n, samples, score, flips)


def _most_discordant(grid: Grid) -> list[Design]:
    """Of each number of problems and score the case where samples differ most: the one that errs most."""
    return list({(design.problems, design.score): design for design in _designs(grid)}.values())


def excesses(cells: Iterable[Cell]) -> list[Cell]:
    """The cases that miss the bar."""
    return [cell for cell in cells if max(cell.size, cell.proven, cell.false_pass, key=np.nan_to_num) > cell.most]


def worst(cells: Iterable[Cell]) -> tuple[float, float, float]:
    """The greatest size, false proof and false PASS."""
    found = [(cell.size, cell.proven, cell.false_pass) for cell in cells]
    size, proven, false_pass = (max(chances, key=np.nan_to_num) for chances in zip(*found, strict=True))
    return size, proven, false_pass


def table(cells: Iterable[Cell]) -> str:
    """In Markdown, chances in percent."""
    rows = list(cells)
    heads = ["gate", "n", "case", "margin", "size", "false proof", "false PASS", "power", "PASS if the same"]
    if any(row.others for row in rows):
        heads += ["TensorRT-LLM size", "power", "vLLM size", "power"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for row in rows:
        chances = [row.size, row.proven, row.false_pass, row.power, row.same_passes]
        if row.others:
            others = row.others
            chances += [others.tensorrt_size, others.tensorrt_power, others.vllm_size, others.vllm_power]
        margin = "" if np.isnan(row.margin) else f"{row.margin:g}"
        shown = ["" if np.isnan(chance) else f"{100 * chance:.1f}" for chance in chances]
        lines.append(f"| {' | '.join([row.gate, str(row.n), row.case, margin, *shown])} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.stats.operating_characteristics")
    parser.add_argument("--coarse", action="store_true", help="what the quick tests check")
    grid = COARSE if parser.parse_args().coarse else FULL
    sections = {
        "One sample a problem, against a published score (enumerated)": published_cells(grid),
        "One sample a problem, in pairs (enumerated; others at a score of 70 %)": paired_cells(grid),
        "In pairs, the worst discordance (enumerated)": worst_paired_cells(grid),
        "In pairs, several comparisons: the chance of any false proof (enumerated, Bonferroni)": family_cells(grid),
        "Decisions held to an accepted run's (enumerated)": agreement_cells(grid),
        f"Several samples a problem (simulated, {grid.runs} runs a case)": samples_cells(grid),
        f"Against a score that is a mean of samples (simulated, {grid.runs} runs a case)": within_cells(grid),
        f"In pairs, unlike numbers of samples (simulated, {grid.unlike_runs} runs a case)": unlike_cells(grid),
    }
    missed = []
    for title, cells in sections.items():
        found = list(cells)
        missed += excesses(found)
        size, proven, false_pass = (f"{100 * chance:.2f} %" for chance in worst(found))
        told = f"size {size}, false proof {proven}, false PASS {false_pass}"
        print(f"### {title}\n\nWorst of {len(found)} cases: {told}.\n\n{table(found)}\n")
    print(f"### Not claimed: the published score is one run's (simulated)\n\n{table(measured_reference_cells(grid))}\n")
    if missed:
        raise SystemExit(f"{len(missed)} cases miss the bar:\n{table(missed)}")


if __name__ == "__main__":
    main()
