"""Two runs with several samples a problem are compared by the problems' differences."""

from __future__ import annotations

import json

import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.samples_paired import gate_samples_pairs, samples_p, samples_pairs_decision_line
from servecheck.stats.permutation import sign_flip_p

N = 164


def gate(changes: list[int], margin: float = 5.0, drawn: int = 5, **adjusted) -> Decision:
    """Of 164 problems with half of their samples solved, the first ones solved more or less often by ``changes``."""
    before = {f"T/{i}": (drawn, drawn // 2) for i in range(N)}
    solved = [drawn // 2 + change for change in changes] + [drawn // 2] * (N - len(changes))
    now = {f"T/{i}": (drawn, count) for i, count in enumerate(solved)}
    return gate_samples_pairs(now, before, against="the run of May", margin=margin, **adjusted)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param([], GateVerdict.PASS, id="the same again"),
        pytest.param([-1, 1], GateVerdict.PASS, id="one worse and one better"),
        pytest.param([-2] * 40, GateVerdict.FAIL, id="forty worse and none better"),
        pytest.param([-1] * 4, GateVerdict.PASS, id="four a little worse"),
        pytest.param([-2] * 40 + [2] * 39 + [-2, 1] * 20, GateVerdict.INCONCLUSIVE, id="much has changed"),
        pytest.param([2] * 20, GateVerdict.PASS, id="better"),
    ],
)
def test_164_problems_decide_at_a_margin_of_5_points(changes: list[int], verdict: GateVerdict) -> None:
    assert gate(changes).verdict is verdict


def test_a_verdict_shows_what_it_rests_on() -> None:
    result = gate([-2, -1, 1])

    assert result.headline == (
        "PASS: -0.2 points, 2 problems worse and 1 better of 164 against the run of May, sign-flip p .3750, "
        "margin 5 points"
    )
    assert "n: 164 problems, 820 samples in each run" in result.details
    assert "worse, in points: T/0 (-40.0), T/1 (-20.0)" in result.details
    assert "better, in points: T/2 (+20.0)" in result.details
    assert any(detail.startswith("could detect: a loss of about ") for detail in result.details)
    figures = json.loads(json.dumps(result.figures))
    assert figures["lower_points"] < figures["estimate_points"] < figures["upper_points"]
    assert figures["sign_flip_p"] == sign_flip_p([-2, -1, 1])


def test_undecided_it_says_how_many_problems_would_decide() -> None:
    assert "problems that differ as these would decide" in gate([-2] * 40 + [2] * 39 + [-2, 1] * 20).headline


def test_more_problems_are_asked_for_than_those_that_did_not_decide() -> None:
    before = {f"T/{i}": (2, 2) for i in range(32)}
    now = {f"T/{i}": (2, 0 if i < 3 else 2) for i in range(32)}

    result = gate_samples_pairs(now, before, against="x", margin=10.0)

    assert result.verdict is GateVerdict.INCONCLUSIVE
    assert result.headline.endswith("p .1250, margin 10 points; about 47 problems that differ as these would decide")
    assert 0.5 ** (3 * 47 / 32) < 0.05 < 0.5 ** (3 * 46 / 32)


def test_what_is_told_before_the_run_is_what_wholly_lost_problems_decide() -> None:
    told = samples_pairs_decision_line(N, 5.0)

    assert told == "of 164 pairs: FAIL from 5 problems lost in all samples if nothing else changes, PASS up to 3"
    for lost in range(9):
        before = {f"T/{i}": (2, 2) for i in range(N)}
        now = {f"T/{i}": (2, 0 if i < lost else 2) for i in range(N)}
        verdict = gate_samples_pairs(now, before, against="x", margin=5.0).verdict
        assert (verdict is GateVerdict.FAIL, verdict is GateVerdict.PASS) == (lost >= 5, lost <= 3)


def test_among_several_the_adjusted_p_value_tells_whether_a_loss_is_proven_and_both_are_shown() -> None:
    alone, among = gate([-1] * 5), gate([-1] * 5, adjusted_p=0.0625, comparisons=2)

    assert alone.told == "PASS, loss proven (0.6 points)"
    assert among.told == "PASS"
    assert "sign-flip p .0313, adjusted .0625" in among.headline


def test_a_proven_loss_within_the_margin_passes_and_the_verdict_says_so() -> None:
    result = gate([-1] * 9)

    assert result.told == "PASS, loss proven (1.1 points)"
    assert result.headline.startswith("PASS, loss proven (1.1 points): -1.1 points, 9 problems worse")
    assert "the loss is beyond chance, but within the margin; --no-proven-loss would make it FAIL" in result.details


def test_a_proven_loss_beyond_the_margin_fails() -> None:
    assert gate([-2] * 40).verdict is GateVerdict.FAIL


@pytest.mark.parametrize(
    ("now", "before", "fault"),
    [
        ({"a": (5, 5)}, {"b": (5, 5)}, "different problems"),
        ({"a": (5, 5)}, {"a": (0, 0)}, "0 of 0 cannot be"),
        ({"a": (5, 6)}, {"a": (5, 5)}, "cannot be"),
        ({}, {}, "needs problems"),
    ],
)
def test_what_makes_no_pairs_is_an_error(now, before, fault) -> None:
    with pytest.raises(ValueError, match=fault):
        samples_p(now, before)


class TestUnlikeNumbersOfSamples:
    def test_the_p_value_is_the_greater_one_of_both_permutations(self) -> None:
        # a run of one sample that solved all, and one that solved 15 of 16 of each: every sign is the same by chance
        now, before = ({f"T/{i}": counts for i in range(40)} for counts in ((16, 15), (1, 1)))

        result = gate_samples_pairs(now, before, against="x", margin=5.0)

        assert sign_flip_p([-1] * 40) < 1e-12
        assert samples_p(now, before) == pytest.approx((16 / 17) ** 40)
        assert result.figures["permutation_p"] == samples_p(now, before)
        assert "permutation p .0885" in result.headline

    def test_samples_that_all_agree_count_as_one(self) -> None:
        before = {f"T/{i}": (4, 4) for i in range(N)}
        now = {f"T/{i}": (16, 0 if i < 4 else 16) for i in range(N)}

        assert samples_p(now, before) == pytest.approx(0.5**4)

    def test_both_numbers_are_named_and_the_difference_is_that_of_the_shares(self) -> None:
        result = gate_samples_pairs({"a": (4, 1), "b": (4, 4)}, {"a": (1, 1), "b": (1, 1)}, against="x", margin=5.0)

        assert "n: 2 problems, 8 samples here and 2 there" in result.details
        assert result.figures["estimate_points"] == -37.5
        assert "worse, in points: a (-75.0)" in result.details
