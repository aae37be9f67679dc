"""The gate against a published score decides as declared, with errors of at most 5 % in either direction."""

from __future__ import annotations

import json
import math

import pytest
from servecheck.gates.decision import Decision, GateVerdict, without_proven_loss
from servecheck.gates.published import DecisionCounts, decision_counts, gate_published, problems_to_decide
from servecheck.gates.references import Reference
from servecheck.stats.intervals import clopper_pearson_lower, clopper_pearson_upper

from suites.selftest.stats.examples import reference

N = 164
SCORES = [tenths / 10 for tenths in range(0, 1001, 7)] + [45.0, 88.3, 94.1, 99.9, 100.0]


def published(score: str) -> Reference:
    return reference(score=score, date="2026-01")


def gate(solved: int, score: str = "45.0", *, n: int = N, margin: float = 5.0) -> Decision:
    return gate_published(solved=solved, n=n, reference=published(score), margin=margin)


def mass(counts: range, rate: float) -> float:
    """P(K in counts) for N problems at a true rate, summed term by term."""
    return math.fsum(math.comb(N, k) * rate**k * (1 - rate) ** (N - k) for k in counts)


@pytest.mark.parametrize("margin", [2.0, 5.0, 10.0])
def test_a_model_worse_by_the_margin_passes_at_most_one_time_in_twenty(margin: float) -> None:
    for score in (score for score in SCORES if score >= margin):
        counts = decision_counts(N, score, margin)
        if counts.pass_from is not None:
            assert mass(range(counts.pass_from, N + 1), (score - margin) / 100) <= 0.05


@pytest.mark.parametrize("margin", [2.0, 5.0, 10.0])
def test_a_model_as_good_as_published_fails_at_most_one_time_in_twenty(margin: float) -> None:
    for score in SCORES:
        counts = decision_counts(N, score, margin)
        if counts.fail_to is not None:
            assert mass(range(counts.fail_to + 1), score / 100) <= 0.05


@pytest.mark.parametrize("score", [20.0, 45.0, 88.3])
def test_the_rule_is_no_stricter_than_it_must_be(score: float) -> None:
    counts = decision_counts(N, score, 5.0)

    assert mass(range(counts.pass_from - 1, N + 1), (score - 5) / 100) > 0.05
    assert mass(range(counts.fail_to + 2), score / 100) > 0.05


@pytest.mark.parametrize(("score", "margin"), [("45.0", 5.0), ("94.1", 5.0), ("100.0", 10.0), ("50", 40.0)])
def test_the_counts_told_before_the_run_are_those_that_decide_it(score: str, margin: float) -> None:
    counts = decision_counts(N, float(score), margin)

    for solved in range(N + 1):
        verdict = gate(solved, score, margin=margin).verdict
        assert (verdict is GateVerdict.PASS) == (counts.pass_from is not None and solved >= counts.pass_from)
        assert (verdict is GateVerdict.FAIL) == (counts.fail_to is not None and solved <= counts.fail_to)


@pytest.mark.parametrize(
    ("n", "score", "margin", "told"),
    [
        (164, 45.0, 5.0, "of 164: PASS from 77, FAIL up to 62, INCONCLUSIVE at 63 to 76"),
        (164, 100.0, 10.0, "of 164: PASS from 155, FAIL up to 154"),
        (12, 100.0, 10.0, "of 12: no count would PASS, FAIL up to 11, INCONCLUSIVE at 12"),
        (2, 6.0, 5.0, "of 2: PASS from 1, no count would FAIL, INCONCLUSIVE at 0"),
    ],
)
def test_counts_are_told_in_a_line(n: int, score: float, margin: float, told: str) -> None:
    assert str(decision_counts(n, score, margin)) == told


def test_29_problems_all_solved_are_the_fewest_that_show_90_percent() -> None:
    assert decision_counts(28, 100.0, 10.0).pass_from is None
    assert decision_counts(29, 100.0, 10.0).pass_from == 29


def test_within_the_margin_but_surely_below_the_score_passes_and_says_so() -> None:
    result = gate(60, "50", margin=40.0)

    assert result.told == "PASS, loss proven (13.4 points)"
    assert result.headline.startswith("PASS, loss proven (13.4 points): 60 of 164 solved (36.6 %), published 50 %")
    assert without_proven_loss(result).verdict is GateVerdict.FAIL
    assert "below the published 50 % beyond chance, but within the margin" in result.details


def test_a_verdict_shows_what_it_rests_on() -> None:
    result = gate(40)

    assert result.headline == "FAIL: 40 of 164 solved (24.4 %), published 45.0 %, margin 5 points"
    assert result.details == (
        "hypothesis: the true score is above 40 %, the published 45.0 % less the margin",
        "margin: 5 points",
        "published: 45.0 % (a model card, 2026-01)",
        "estimate: 24.4 %, 40 of 164",
        "interval: above 19.0 % and below 30.5 % (Clopper-Pearson, 95 % each); two-sided 95 %: 18.0 to 31.7 %; "
        "Wilson, shown and not used: 18.5 to 31.5 %",
        "n: 164 problems, one sample each",
        "could detect: a true score of 35.0 % or less would FAIL in 80 % of runs; "
        "one of 49.9 % or more would PASS in 80 %",
        "counts of 164: PASS from 77, FAIL up to 62, INCONCLUSIVE at 63 to 76",
    )


def test_programs_read_the_figures_as_json() -> None:
    figures = json.loads(json.dumps(gate(40).figures))

    assert (figures["gate"], figures["n"], figures["solved"], figures["published_percent"]) == (
        "published",
        164,
        40,
        45.0,
    )
    assert (figures["pass_from"], figures["fail_to"]) == (77, 62)
    assert figures["lower_percent"] == pytest.approx(19.0, abs=0.05)
    assert figures["upper_percent"] == pytest.approx(30.5, abs=0.05)


def test_what_could_be_detected_is_detected_four_times_in_five() -> None:
    # the rates printed above, rounded to a tenth of a point
    assert mass(range(63), 0.350) == pytest.approx(0.80, abs=0.01)
    assert mass(range(77, N + 1), 0.499) == pytest.approx(0.80, abs=0.01)


def test_the_published_score_itself_may_be_too_few_problems_to_tell() -> None:
    result = gate(74)

    assert result.verdict is GateVerdict.INCONCLUSIVE
    assert result.headline.endswith("about 269 problems at this rate would decide")
    assert result.details[-1].startswith("to decide: 269 problems at this rate, 1.6 times this set")
    assert "at least 2 each" in result.details[-1]


@pytest.mark.parametrize("solved", range(63, 77))
def test_the_problems_that_would_decide_are_the_fewest(solved: int) -> None:
    def decided(n: int) -> bool:
        at_this_rate = solved / N * n
        return clopper_pearson_lower(at_this_rate, n) > 0.40 or clopper_pearson_upper(at_this_rate, n) < 0.45

    needed = problems_to_decide(solved, N, 45.0, 5.0)

    assert decided(needed)
    assert not decided(needed - 1)


def test_a_margin_next_to_nothing_ends_at_a_thousand_million_problems() -> None:
    assert problems_to_decide(82, 164, 50.0, 1e-7) == 10**9


@pytest.mark.parametrize("score", ["0", "4.3"])
def test_a_score_that_nothing_could_miss_by_the_margin_gates_nothing(score: str) -> None:
    result = gate(0, score)

    assert result.verdict is GateVerdict.NOT_GATED
    assert f"published {score} % is less than the margin of 5 points above zero" in result.headline


@pytest.mark.parametrize(("solved", "n"), [(2, 1), (-1, 1), (0, 0)])
def test_counts_that_cannot_be_are_errors(solved: int, n: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        gate(solved, n=n)


@pytest.mark.parametrize(("n", "score", "margin"), [(0, 45.0, 5.0), (164, 100.1, 5.0), (164, 45.0, 0.0)])
def test_no_counts_are_told_for_what_is_no_gate(n: int, score: float, margin: float) -> None:
    with pytest.raises(ValueError, match=r"problems|percentage"):
        decision_counts(n, score, margin)


def test_counts_compare_by_value() -> None:
    assert decision_counts(164, 45.0, 5.0) == DecisionCounts(n=164, pass_from=77, fail_to=62)
