"""A run decides as the accepted one did, or it does not, whichever answers are right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from servecheck.gates.agreement import Agreement, AgreementWithRun
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.lookup import LookUp
from servecheck.gates.measured import Measured, TwoAnswers
from servecheck.gates.packed_counts import pack_counts
from servecheck.gates.pairs import held
from servecheck.gates.references import Reference
from servecheck.gates.registry import gates

N = 400
IDS = [f"T/{number}" for number in range(N)]
# The first half is to be called for.
RIGHT = {task_id: number < N // 2 for number, task_id in enumerate(IDS)}


def _recorded(called: dict[str, int], samples: int = 1) -> Reference:
    """An accepted run, by how many samples of a problem called."""
    solved = [called[one] if RIGHT[one] else samples - called[one] for one in IDS]
    facts: dict[str, Any] = {
        "model": "m", "quantisation": "none", "variant": {"mtp": None, "thinking": "off"}, "suite": "tool_trigger",
        "protocol": "function_calling", "problems": "p", "problems_sha256": "0" * 64, "metric": "trigger accuracy",
        "score": f"{100 * sum(solved) / N / samples:.1f}", "solved_count": sum(solved),
        "solved": pack_counts(solved, samples), "n": N, "samples": samples, "sampling": {"temperature": 0.0},
        "source": "s", "date": "2026-11-01",
    }  # fmt: skip
    return Reference(**facts)


def _gate(now: dict[str, int], before: dict[str, int], samples: int = 1, before_samples: int = 1) -> Decision:
    solved = {one: (samples, now[one] if RIGHT[one] else samples - now[one]) for one in IDS}
    measured = Measured(
        margin=5.0,
        samples=solved,
        found=LookUp((), (), (_recorded(before, before_samples),)),
        two_answers=TwoAnswers(between=("call", "no call"), first_is_right=RIGHT),
    )
    found = Agreement().decide(measured)
    assert found is not None
    return found


def _calls(*others: int, samples: int = 1) -> dict[str, int]:
    """As is right, but for the problems of these numbers."""
    return {one: samples * (RIGHT[one] is not (number in others)) for number, one in enumerate(IDS)}


def test_it_is_one_of_the_gates():
    assert isinstance(gates()["agreement"], Agreement)


def test_equal_decisions_pass():
    found = _gate(_calls(3), _calls(3))

    assert found.verdict is GateVerdict.PASS
    assert found.headline == (
        "PASS: decides as the run accepted on 2026-11-01 in 100.0 % of 400 problems, kappa 1.00; call +0.0 points, "
        "margin 5 points"
    )


def test_calls_that_are_lost_fail():
    found = _gate(_calls(*range(40)), _calls())

    assert found.verdict is GateVerdict.FAIL
    assert "call -10.0 points" in found.headline
    assert found.figures.get("worse") == IDS[:40]
    assert found.proven_loss == pytest.approx(10.0)


def test_needless_calls_fail_though_as_many_were_won_as_lost_by_what_is_right():
    # Before, 40 calls were missed; now these are made, and as many without need: as many are solved as before.
    found = _gate(_calls(*range(200, 240)), _calls(*range(40)))

    assert found.verdict is GateVerdict.FAIL
    assert "call +20.0 points" in found.headline
    assert found.figures.get("estimate_points") == pytest.approx(20.0)


def test_changes_that_balance_are_told_by_agreement_and_an_exact_test():
    found = _gate(_calls(*range(20), *range(200, 220)), _calls())

    assert found.verdict is GateVerdict.INCONCLUSIVE
    assert found.headline.endswith(
        "; 10.0 points are decided otherwise, and a run's own noise is not known: record one with --samples 2 or more"
    )
    assert "in 90.0 % of 400 problems, kappa 0.80; call +0.0 points" in found.headline
    assert "exact: as many changes either way by chance: p 1.0000 (McNemar, two-sided)" in found.details
    assert any(detail.startswith("noise: not known") for detail in found.details)


def test_disagreement_beyond_the_noise_of_the_accepted_run_fails():
    steady = _calls(samples=4)

    found = _gate(_calls(*range(20), *range(200, 220)), steady, before_samples=4)

    assert found.verdict is GateVerdict.FAIL
    assert found.figures.get("floor_percent") == 100.0  # type: ignore[typeddict-item]
    assert any("which FAILs" in detail for detail in found.details)


def test_as_much_disagreement_as_the_accepted_run_has_with_itself_does_not():
    unsteady = {**_calls(samples=4), **dict.fromkeys([*IDS[:40], *IDS[200:240]], 2)}

    found = _gate(_calls(*range(20), *range(200, 220)), unsteady, before_samples=4)

    assert found.verdict is GateVerdict.PASS
    assert any("which does not FAIL" in detail for detail in found.details)


def test_reports_say_which_way_a_problem_is_decided_now():
    row = Agreement().row(_gate(_calls(0, 200), _calls()))

    assert row.flips is not None
    assert row.flips.told == (("now no call", ("T/0",)), ("now call", ("T/200",)))


@pytest.mark.parametrize("between", [None, "call", ["<b>", "call"], [1, 2], []])
def test_of_a_stored_run_no_word_is_taken_that_is_none_of_an_answer(between):
    found = _gate(_calls(0, 200), _calls())
    stored = replace(found, figures={**found.figures, "between": between})  # type: ignore[typeddict-unknown-key]

    flips = Agreement().row(stored).flips

    assert flips is not None
    assert [way for way, _ in flips.told] == ["worse", "better"]


def test_a_suite_of_anything_else_is_not_gated():
    assert Agreement().decide(Measured(samples={"T/0": (1, 1)}, found=LookUp((), (), (_recorded(_calls()),)))) is None
    decisions = TwoAnswers(between=("call", "no call"), first_is_right={"T/0": True})
    assert Agreement().decide(Measured(samples={"T/0": (1, 1)}, two_answers=decisions)) is None


def test_a_few_that_balance_pass_within_the_margin():
    assert _gate(_calls(*range(9), *range(200, 209)), _calls()).verdict is GateVerdict.PASS


def test_the_run_that_one_is_compared_with_is_agreed_with_alike():
    called = _calls(*range(20), *range(200, 220))
    now, before = ({one: (1, int(run[one] == RIGHT[one])) for one in IDS} for run in (called, _calls()))
    (other,) = held([(now, 5.0)], before, against="a of 2026-11-01")
    measured = Measured(
        margin=5.0,
        samples=now,
        held_to=other,
        two_answers=TwoAnswers(between=("call", "no call"), first_is_right=RIGHT),
    )

    found = AgreementWithRun().decide(measured)

    assert found is not None
    assert found.verdict is GateVerdict.INCONCLUSIVE
    assert found.headline.startswith("INCONCLUSIVE: decides as a of 2026-11-01 in 90.0 % of 400 problems")
    assert found.figures.get("gate") == "baseline-agreement"
    assert AgreementWithRun().row(found).legend == (("decisions", "what the run decides, held to a of 2026-11-01"),)


@pytest.mark.parametrize("held_to", [None, "it has other problems"])
def test_there_is_no_agreement_with_a_run_that_this_one_cannot_be_compared_with(held_to):
    decisions = TwoAnswers(between=("call", "no call"), first_is_right=RIGHT)
    measured = Measured(samples=dict.fromkeys(IDS, (1, 1)), held_to=held_to, two_answers=decisions)

    assert AgreementWithRun().decide(measured) is None
