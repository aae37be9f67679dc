"""Every gate on quality errs as seldom as it claims, over the whole of what runs can be; others' rules beside it.

The bars: FAIL though nothing is lost, a loss said to be proven though nothing is, and PASS though the whole margin is,
at most 5 % of the time each in every case; 6 % where it is simulated, for the chance in it. The grids and the
enumeration are the modules' beside this one.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import multinomial
from servecheck.gates.agreement import Agreement
from servecheck.gates.decision import GateVerdict
from servecheck.gates.lookup import LookUp
from servecheck.gates.measured import Measured, TwoAnswers
from servecheck.gates.packed_counts import pack_counts
from servecheck.gates.paired import gate_paired
from servecheck.gates.references import Reference
from servecheck.stats.paired import ALPHA, loss_bound, mcnemar_mid_p

from suites.selftest.stats.enumeration import (
    agreement_chances,
    paired_fail,
    paired_other_fail,
    paired_pass,
    paired_proven,
)
from suites.selftest.stats.operating_characteristics import (
    COARSE,
    FULL,
    MOST,
    MOST_SIMULATED,
    agreement_cells,
    excesses,
    family_cells,
    measured_reference_cells,
    paired_cells,
    published_cells,
    samples_cells,
    table,
    unlike_cells,
    within_cells,
    worst_paired_cells,
)
from suites.selftest.stats.other_rules import tensorrt_llm, vllm

FAMILIES = {
    "published": published_cells,
    "paired": paired_cells,
    "paired, at the worst discordance": worst_paired_cells,
    "several comparisons": family_cells,
    "agreement": agreement_cells,
    "several samples": samples_cells,
    "unlike numbers of samples": unlike_cells,
    "a score that is a mean of samples": within_cells,
}


def test_the_bars_are_those_declared():
    assert (MOST, MOST_SIMULATED) == (0.05, 0.06)


# Simulated, or of the same rule as another of them.
SLOW = {name for name in FAMILIES if "samples" in name} | {"paired, at the worst discordance"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "family", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in FAMILIES]
)
def test_no_case_of_the_coarse_grid_misses_its_bar(family):
    cells = list(FAMILIES[family](COARSE))

    assert cells
    assert excesses(cells) == [], table(excesses(cells))


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_no_case_of_the_full_grid_misses_its_bar(family):
    cells = list(FAMILIES[family](FULL))

    assert cells
    assert excesses(cells) == [], table(excesses(cells))


@pytest.mark.slow
def test_a_published_score_that_is_one_runs_own_can_be_missed_more_often_than_claimed():
    # what the docs say is not claimed: all problems equally hard, and the reference no more exact than the run
    assert max(cell.size for cell in measured_reference_cells(COARSE)) > MOST_SIMULATED


def test_the_grid_reaches_as_far_as_is_claimed():
    for grid in (COARSE, FULL):
        assert (min(grid.problems), max(grid.problems)) == (12, 1319)
        assert (min(grid.scores), max(grid.scores)) == (0.05, 0.98)
        assert (min(grid.discordances), max(grid.discordances)) == (0.0, 0.3)


def test_what_is_mended_would_miss_the_bar_unmended():
    # McNemar's mid-p below .05, and Tango's own bound, which a single newly failing problem of 44 PASSes
    assert paired_proven(111, [0.15], [0.15], alpha=0.05)[0] > 0.05
    assert paired_proven(111, [0.15], [0.15])[0] < 0.05
    assert 0.9**44 + 44 * 0.1 * 0.9**43 > 0.05


def trinomial(n: int, lost: float, won: float, counts) -> float:
    """The chance of the counts newly failing and newly solved for which ``counts`` is true, one by one."""
    pairs = [(b, c) for b in range(n + 1) for c in range(n + 1 - b) if counts(b, c)]
    return float(sum(multinomial.pmf([b, c, n - b - c], n, [lost, won, 1 - lost - won]) for b, c in pairs))


def test_the_enumeration_is_the_sum_over_all_counts():
    proven = trinomial(20, 0.2, 0.1, lambda b, c: mcnemar_mid_p(b, c) < ALPHA)
    passes = trinomial(20, 0.2, 0.1, lambda b, c: loss_bound(b, c, 20) > -0.45)
    fails = trinomial(20, 0.2, 0.1, lambda b, c: loss_bound(b, c, 20) <= -0.45 and mcnemar_mid_p(b, c) < ALPHA)

    assert paired_proven(20, [0.2], [0.1]) == pytest.approx(proven, rel=1e-9)
    assert paired_pass(20, 45, [0.2], [0.1]) == pytest.approx(passes, rel=1e-9)
    assert paired_fail(20, 45, [0.2], [0.1]) == pytest.approx(fails, rel=1e-9)
    assert 0 < fails < proven  # some of what is proven is within the margin


def test_the_counts_enumerated_are_those_that_the_gate_decides_by():
    n = 44
    for b, c, margin in product(range(9), range(9), (10.0, 20.0)):
        before = {f"T/{i}": i < 22 for i in range(n)}
        now = {f"T/{i}": (b <= i < 22) or 22 <= i < 22 + c for i in range(n)}
        verdict = gate_paired(now, before, against="x", margin=margin).verdict

        excluded = 100 * loss_bound(b, c, n) > -margin
        assert (verdict is GateVerdict.PASS) == excluded
        assert (verdict is GateVerdict.FAIL) == (not excluded and mcnemar_mid_p(b, c) < ALPHA)


@pytest.mark.parametrize("rule", [tensorrt_llm, vllm])
def test_others_rules_are_enumerated_over_what_both_runs_solve_too(rule):
    n, score, lost, won = 14, 0.6, 0.2, 0.1
    expected = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            for both in range(n + 1 - b - c):
                if rule(np.float64((both + c) / n), np.float64((both + b) / n), n):
                    shares = [lost, won, score - lost, 1 - score - won]
                    expected += multinomial.pmf([b, c, both, n - b - c - both], n, shares)

    assert paired_other_fail(rule, n, score, lost, won) == pytest.approx(expected, rel=1e-9)


def test_tensorrt_llms_margin_is_the_one_known():
    assert tensorrt_llm(np.array([0.45 - 0.0907]), np.array([0.45]), 164).tolist() == [False]
    assert tensorrt_llm(np.array([0.45 - 0.0909]), np.array([0.45]), 164).tolist() == [True]


@pytest.mark.parametrize(
    ("lost", "won"), [(0.3, 0.05), *(pytest.param(*of, marks=pytest.mark.slow) for of in ((0.03, 0.03), (0.0, 0.25)))]
)
def test_the_gate_on_decisions_is_enumerated_as_it_decides(lost, won):
    n, margin = 16, 30.0
    expected = np.zeros(3)
    for b, c in product(range(n + 1), repeat=2):
        if b + c > n:
            continue
        before = {f"T/{i}": (1, int(i < n - c)) for i in range(n)}
        now = {f"T/{i}": (1, int(b <= i)) for i in range(n)}
        found = decided_by(now, before, margin)
        claims = [found.verdict is GateVerdict.FAIL, found.proven_loss is not None, found.verdict is GateVerdict.PASS]
        expected += multinomial.pmf([b, c, n - b - c], n, [lost, won, 1 - lost - won]) * np.array(claims)

    assert agreement_chances(n, margin, lost, won) == pytest.approx(tuple(expected), abs=1e-9)


def decided_by(now, before, margin):
    """What the gate on decisions says of two runs by their decisions for the first answer."""
    facts = {
        "model": "m", "quantisation": "none", "variant": {"mtp": None, "thinking": "off"}, "suite": "s",
        "protocol": "p", "problems": "p", "problems_sha256": "0" * 64, "metric": "m", "solved_count": 0,
        "score": "0.0", "solved": pack_counts([first for _, first in before.values()], 1), "n": len(before),
        "samples": 1, "sampling": {}, "source": "s", "date": "2026-11-01",
    }  # fmt: skip
    solved = sum(first for _, first in before.values())
    facts |= {"solved_count": solved, "score": f"{100 * solved / len(before):.1f}"}
    answers = TwoAnswers(between=("call", "no call"), first_is_right=dict.fromkeys(now, True))
    found = LookUp((), (), (Reference(**facts),))
    return Agreement().decide(Measured(margin=margin, samples=now, found=found, two_answers=answers))
