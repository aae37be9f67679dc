"""A published score of the same problems can be missed by how samples fell alone, in either run."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import poisson
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.references import Reference
from servecheck.gates.samples import gate_published_samples, samples_decision_line
from servecheck.gates.within_problems import WithinProblems, within_problems

from suites.selftest.gates.test_published import published

N = 198
ALWAYS, NEVER = (8, 8), (8, 0)


def scored(score: str = "85.9", **changes: object) -> Reference:
    """A score of GPQA Diamond's 198 problems, avg@8 at a temperature where samples differ."""
    sampling = published(score).sampling.model_copy(update={"temperature": 1.0})
    return published(score).model_copy(update={"sampling": sampling, "samples": 8} | changes)


def counts(lost: int = 0) -> list[tuple[int, int]]:
    """150 problems always solved and 8 never, and 40 of which samples differ; ``lost`` of the former never."""
    return [ALWAYS] * (150 - lost) + [NEVER] * (8 + lost) + [(8, 4)] * 40


def gate(lost: int = 0, margin: float = 5.0, **changes: object) -> Decision:
    return gate_published_samples(counts(lost), reference=scored(**changes), margin=margin)


def test_the_variance_is_that_within_problems_of_both_runs() -> None:
    found = within_problems(counts(), scored(samples=32))

    assert found is not None
    assert found.spread == pytest.approx(40 * 8 * 0.25 * 8 / 7)  # 320 samples, each a fair coin, unbiased
    one_run = math.sqrt(found.spread) / (8 * N)
    assert found.error(0.0) == pytest.approx(one_run * math.sqrt((1 + 8 / 32) * (1 + 6 / found.discordant)), rel=1e-3)


def test_samples_of_problems_that_differ_much_tell_more_than_the_problems_do() -> None:
    by_problem = gate_published_samples(counts(4), reference=published("85.9"), margin=2.0)

    assert by_problem.verdict is GateVerdict.INCONCLUSIVE
    assert gate(4, margin=2.0).verdict is GateVerdict.FAIL


def test_of_one_published_sample_its_own_chance_counts_too() -> None:
    found = {k: within_problems(counts(), scored(samples=k)) for k in (None, 1, 8, 64)}

    errors = {k: one.error(0.0) if one else None for k, one in found.items()}
    assert errors[64] < errors[8] < errors[1] == errors[None]


def test_what_is_not_stated_is_said_to_be_taken_for_one() -> None:
    interval = next(detail for detail in gate(samples=None).details if detail.startswith("interval"))

    assert "the one sample that the published score is of, as its source states no number, 95 % each" in interval


@pytest.mark.parametrize(
    ("samples", "changes"),
    [
        pytest.param(counts(), {"sampling": published("1").sampling}, id="temperature 0"),
        pytest.param([(3, 3)] * 100 + [(3, 1)] * 98, {}, id="three samples"),
        pytest.param([(7, 7)] * 50 + [(7, 3)] * 60, {}, id="seven samples of few problems"),
        pytest.param([ALWAYS] * 195 + [(8, 4)] * 3, {"samples": 1}, id="few samples differ"),
        pytest.param([ALWAYS] * 100 + [NEVER] * 98, {}, id="none differs"),
        pytest.param([*counts(), (9, 9)], {}, id="one problem has more"),
    ],
)
def test_where_that_is_not_known_the_problems_are_counted(
    samples: list[tuple[int, int]], changes: dict[str, object]
) -> None:
    assert within_problems(samples, scored(**changes)) is None
    details = gate_published_samples(samples, reference=scored(**changes), margin=5.0).details
    assert any("Gaffke, by problem" in detail for detail in details)


@pytest.mark.parametrize("lost", range(0, 30, 3))
@pytest.mark.parametrize("margin", [1.0, 5.0])
def test_the_bounds_that_are_shown_are_those_that_decide(lost: int, margin: float) -> None:
    result = gate(lost, margin)
    lower, upper = (result.figures[f"{end}_percent"] for end in ("lower", "upper"))

    assert (result.verdict is GateVerdict.PASS) == (lower > 85.9 - margin)
    assert (result.proven_loss is not None) == (upper < 85.9)
    assert lower < result.figures["estimate_percent"] < upper


def test_to_exclude_a_loss_a_score_is_taken_at_the_worse_end_of_its_rounding() -> None:
    fine, coarse = (within_problems(counts(), scored(score)) for score in ("86.00", "86"))

    assert fine is not None
    assert coarse is not None
    assert coarse.lower < fine.lower


@pytest.mark.parametrize(("problems", "is_even"), [(1, True), (60, False)])
def test_to_prove_one_its_rounding_is_a_chance_more_unless_the_runs_own_is_finer(problems: int, is_even: bool) -> None:
    fine, coarse = (within_problems(counts(), scored(score)) for score in ("86.00", "86"))

    assert fine is not None
    assert coarse is not None
    wider = coarse.of(problems * N).upper - fine.of(problems * N).upper
    assert (wider < 0.0045) == is_even


def test_a_few_samples_that_differ_prove_a_loss_and_exclude_none() -> None:
    samples = [ALWAYS] * 190 + [(8, 4)] * 3 + [NEVER] * 5
    found = within_problems(samples, scored("98.0"))
    result = gate_published_samples(samples, reference=scored("98.0"), margin=5.0)

    assert found is not None
    assert (found.can_prove, found.can_exclude) == (True, False)
    interval = next(detail for detail in result.details if detail.startswith("interval"))
    assert "above: Gaffke, by problem; below: within problems, of these samples and the 8 that" in interval


def test_undecided_it_says_how_many_problems_would_decide() -> None:
    result = gate(2, margin=1.5)
    needed = int(result.headline.rpartition("about ")[2].split()[0])
    found = within_problems(counts(2), scored())

    assert result.verdict is GateVerdict.INCONCLUSIVE
    assert isinstance(found, WithinProblems)
    enough = found.of(needed)
    assert enough.excludes(0.015) or enough.proves
    assert "or more samples, which leave the 8 that the published score is of as they are" in result.details[-1]


def test_what_is_told_before_the_run_names_both_runs_samples() -> None:
    told = samples_decision_line(N, scored(), 5.0, 8)

    assert told.endswith(
        "where the samples of a problem agree; else by how they differ, the 8 that the published score is of included"
    )
    assert samples_decision_line(N, scored(), 5.0, 2).endswith(
        "however alike the samples of a problem are; nearer where they differ"
    )


def test_figures_name_the_published_runs_samples() -> None:
    assert json.loads(json.dumps(gate().figures))["published_samples"] == 8


def enumerated(failures: float, published: int, samples: int = 8, problems: int = 100_000) -> float:
    """How often a loss is proven though nothing is lost, where few of very many samples fail, each by itself.

    Args:
        failures: to be expected in the run; in the published one as many more as it has samples.
        published: samples of each problem there.
    """
    expected = failures * published / samples
    mine, theirs = (
        poisson.pmf(np.arange(math.ceil(mean + 8 * math.sqrt(mean) + 10)), mean) for mean in (failures, expected)
    )
    chance = 0.0
    for own in range(1, len(mine)):
        scored = WithinProblems(problems, samples, published, 1 - own / (problems * samples), float(own), 1.0, 0.0)
        if not scored.can_prove:
            continue
        held = (replace(scored, score=1 - there / (problems * published)) for there in range(len(theirs)))
        chance += float(mine[own] * theirs[[one.proves for one in held]].sum())
    return chance


@pytest.mark.parametrize("published", [4, 8, 32])
@pytest.mark.parametrize("failures", [3.0, 12.0])
def test_a_proof_errs_as_seldom_as_claimed_where_failures_are_rare(failures: float, published: int) -> None:
    assert enumerated(failures, published) < 0.052
