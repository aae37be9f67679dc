"""A published score without a failure, or with few, may be one run's luck; it is no exact score then."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.published import decision_counts, gate_published
from servecheck.gates.published_luck import LUCK, may_be_luck, most_luck
from servecheck.gates.references import Reference
from servecheck.gates.samples import gate_published_samples

from suites.selftest.gates.test_published import published

AIME = 30


def scored(score: str, **changes: object) -> Reference:
    return published(score).model_copy(update={"n": AIME} | changes)


def gate(solved: int, reference: Reference, n: int = AIME) -> Decision:
    return gate_published(solved=solved, n=n, reference=reference, margin=2.0)


@pytest.mark.parametrize(("solved", "verdict"), [(28, GateVerdict.INCONCLUSIVE), (27, GateVerdict.FAIL)])
def test_thirty_of_thirty_are_no_proof_that_none_is_ever_failed(solved: int, verdict: GateVerdict) -> None:
    found = gate(solved, scored("100.0"))

    assert found.verdict is verdict
    assert (LUCK in found.details) == (verdict is GateVerdict.INCONCLUSIVE)


def test_what_is_told_before_the_run_is_what_decides() -> None:
    assert decision_counts(AIME, 100.0, 2.0, published=1).fail_to == 27
    assert decision_counts(AIME, 100.0, 2.0).fail_to == 29
    assert gate(20, scored("100.0")).figures["fail_to"] == 27  # type: ignore[typeddict-item]


def test_a_score_that_holds_by_construction_is_no_luck() -> None:
    assert gate(29, scored("100.0", n=None)).verdict is GateVerdict.FAIL


def test_of_many_unsolved_problems_nothing_changes() -> None:
    assert gate(55, published("45.0"), 164).verdict is GateVerdict.FAIL
    assert not may_be_luck(0.0, 164, 0.9, 1, 1)


def test_the_more_samples_a_score_is_a_mean_of_the_less_of_it_is_luck() -> None:
    found = [most_luck(AIME, 0.967, 1, samples) for samples in (1, 4, 32)]

    assert found == sorted(found, reverse=True)
    assert found[-1] > 0  # this run's own is left


def several(unsolved: int, **changes: Any) -> Decision:
    sampling = published("1").sampling.model_copy(update={"temperature": changes.pop("temperature", 1.0)})
    samples = [(4, 4)] * (AIME - unsolved) + [(4, 0)] * unsolved
    return gate_published_samples(samples, reference=scored("100.0", sampling=sampling, **changes), margin=2.0)


def test_several_samples_of_one_run_do_not_make_the_other_one_surer() -> None:
    assert several(2).verdict is GateVerdict.INCONCLUSIVE
    assert LUCK in several(2).details
    assert several(2).figures["detectable_points"] > 5  # type: ignore[operator]
    assert several(2, n=None).verdict is GateVerdict.FAIL


def test_at_temperature_0_several_samples_are_one() -> None:
    assert several(2, temperature=0.0).verdict is GateVerdict.INCONCLUSIVE
    assert several(3, temperature=0.0).verdict is GateVerdict.FAIL
