"""The gate in pairs decides as declared, and lists what flipped."""

from __future__ import annotations

import json
import math

import pytest
from servecheck.gates.decision import Decision, GateVerdict, without_proven_loss
from servecheck.gates.paired import PairedDecisionCounts, gate_paired, paired_decision_counts, paired_p
from servecheck.stats.paired import mcnemar_mid_p


def gate(b: int, c: int, n: int, margin: float) -> Decision:
    """Half of ``n`` problems solved before; the first ``b`` of these failing now, the first ``c`` others solved."""
    half = max(b, n // 2)
    before = {f"T/{i}": i < half for i in range(n)}
    now = {task_id: (solved and i >= b) or half <= i < half + c for i, (task_id, solved) in enumerate(before.items())}
    return gate_paired(now, before, against="the run of May", margin=margin)


@pytest.mark.parametrize(
    ("b", "c", "verdict"),
    [
        pytest.param(0, 0, GateVerdict.PASS, id="the same again"),
        pytest.param(1, 0, GateVerdict.INCONCLUSIVE, id="one lost, which a loss of 10 points gives 6 times in 100"),
        pytest.param(1, 1, GateVerdict.PASS, id="one flip each way"),
        pytest.param(4, 0, GateVerdict.FAIL, id="a tenth wrong"),
        pytest.param(3, 3, GateVerdict.INCONCLUSIVE, id="as many won as lost, but many"),
        pytest.param(0, 9, GateVerdict.PASS, id="better"),
    ],
)
def test_44_problems_decide_at_a_margin_of_10_points(b: int, c: int, verdict: GateVerdict) -> None:
    assert gate(b, c, 44, 10).verdict is verdict


def test_a_proven_loss_within_the_margin_passes_and_the_verdict_says_so() -> None:
    result = gate(50, 20, 3000, 5)

    assert result.verdict is GateVerdict.PASS
    assert result.told == "PASS, loss proven (1.0 points)"
    assert result.headline.startswith("PASS, loss proven (1.0 points): 50 newly failing, 20 newly solved of 3000")
    assert result.rest.startswith("50 newly failing, 20 newly solved of 3000")
    assert "the loss is beyond chance, but within the margin; --no-proven-loss would make it FAIL" in result.details


def test_a_loss_of_9_points_bounded_at_20_passes_at_a_margin_of_50() -> None:
    result = gate(4, 0, 44, 50)

    assert result.told == "PASS, loss proven (9.1 points)"
    assert result.figures["lower_points"] == pytest.approx(-19.6, abs=0.05)


def test_a_proven_loss_beyond_the_margin_fails_and_has_no_such_remark() -> None:
    result = gate(20, 0, 44, 10)

    assert (result.told, result.proven_loss) == ("FAIL", pytest.approx(45.5, abs=0.05))
    assert not any("within the margin" in detail for detail in result.details)


def test_a_loss_that_may_be_chance_is_not_said_to_be_proven() -> None:
    result = gate(3, 0, 164, 5)

    assert (result.told, result.proven_loss) == ("PASS", None)
    assert "proven_loss_points" not in result.figures


def test_where_no_proven_loss_is_allowed_it_fails_and_says_why() -> None:
    result = without_proven_loss(gate(50, 20, 3000, 5))

    assert result.verdict is GateVerdict.FAIL
    assert result.headline.startswith("FAIL: 50 newly failing, 20 newly solved of 3000")
    assert result.headline.endswith(
        "; a loss of 1.0 points is proven, within the margin, and --no-proven-loss allows none"
    )


@pytest.mark.parametrize(("b", "c", "margin"), [(0, 0, 5.0), (20, 0, 5.0), (6, 4, 1.0)])
def test_where_no_proven_loss_is_allowed_all_else_stays_what_it_is(b: int, c: int, margin: float) -> None:
    result = gate(b, c, 164, margin)

    assert without_proven_loss(result) is result


def test_a_verdict_shows_what_it_rests_on() -> None:
    result = gate(3, 5, 164, 5)

    assert result.headline == (
        "PASS: 3 newly failing, 5 newly solved of 164 (+1.2 points) against the run of May, mid-p .7461, "
        "margin 5 points"
    )
    assert result.details == (
        "hypothesis: 5 points or more are lost, which PASS refutes; nothing is, which a proven loss does",
        "margin: 5 points",
        "against: the run of May",
        "estimate: +1.2 points, 3 newly failing and 5 newly solved",
        "interval: above -2.1 (Tango, exact where nothing flips) and below +4.6 points (Tango), 95 % each",
        "n: 164 problems, one sample each in both runs",
        "p: .7461 (McNemar, one-sided, mid-p); exact, shown and not used: .8555",
        "could detect: 4 newly failing (2.4 points) where none is newly solved; "
        "12 newly failing (4.3 points) where 5 are newly solved, as here",
        "power: where as many flip as here, a loss of 5 points is proven in 97 % of runs; one of 4.1 is in 80 %",
        "least margin: the interval supports one of 2.1 points; without a flip, 164 problems support one of 1.9",
        "counts of 164 pairs: FAIL from 4 newly failing if none is newly solved, PASS up to 3",
        "newly failing: T/0, T/1, T/2",
        "newly solved: T/82, T/83, T/84, T/85, T/86",
    )


@pytest.mark.parametrize("margin", [2.0, 50.0])
def test_what_could_be_detected_is_proven_and_one_less_is_not(margin: float) -> None:
    assert gate(4, 0, 164, margin).proven_loss is not None
    assert gate(3, 0, 164, margin).proven_loss is None
    assert gate(12, 5, 164, margin).proven_loss is not None
    assert gate(11, 5, 164, margin).proven_loss is None


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 1), (2, 0), (3, 5)])
def test_the_least_margin_printed_is_one_that_passes_and_a_tenth_less_does_not(b: int, c: int) -> None:
    result = gate(b, c, 164, 5)
    printed = float(str(result.details).partition("the interval supports one of ")[2].partition(" ")[0])

    assert gate(b, c, 164, printed).verdict is GateVerdict.PASS
    assert gate(b, c, 164, printed - 0.1).verdict is not GateVerdict.PASS


def test_undecided_it_says_what_would_decide() -> None:
    result = gate(2, 0, 44, 10)

    assert result.headline.endswith("; about 74 problems with flips at this rate would decide")
    assert (
        "to decide: 74 problems with flips at this rate, 1.7 times this set, would FAIL; "
        "these 44 would PASS with a margin of 13.7 points"
    ) in result.details


def test_flips_as_frequent_in_as_many_problems_as_were_said_decide() -> None:
    # 2 of 20 each way: undecided; with the same share of flips in a set that is that much larger, it PASSes
    result = gate(2, 2, 20, 10)
    needed = int(result.headline.rpartition("about ")[2].split()[0])
    times = math.ceil(needed / 20)

    assert result.verdict is GateVerdict.INCONCLUSIVE
    assert gate(2 * times, 2 * times, 20 * times, 10).verdict is GateVerdict.PASS
    assert gate(2 * (times - 1), 2 * (times - 1), 20 * (times - 1), 10).verdict is GateVerdict.INCONCLUSIVE


def test_more_than_forty_flips_are_counted_and_not_listed() -> None:
    (line,) = [detail for detail in gate(43, 0, 164, 5).details if detail.startswith("newly failing")]

    assert line.endswith("T/38, T/39 and 3 more")


def test_programs_read_the_figures_as_json() -> None:
    figures = json.loads(json.dumps(gate(1, 2, 44, 10).figures))

    assert (figures["newly_failing"], figures["newly_solved"]) == (["T/0"], ["T/22", "T/23"])
    assert figures["lower_points"] < figures["estimate_points"] < figures["upper_points"]
    assert figures["least_margin_points"] == -figures["lower_points"]
    assert (figures["mid_p"], figures["exact_p"]) == (pytest.approx(0.6875), pytest.approx(0.875))


@pytest.mark.parametrize(
    ("n", "margin", "told"),
    [
        (
            44,
            10,
            "of 44 pairs: FAIL from 4 newly failing if none is newly solved, PASS up to 0, INCONCLUSIVE at 1 to 3",
        ),
        (164, 5, "of 164 pairs: FAIL from 4 newly failing if none is newly solved, PASS up to 3"),
        (
            12,
            10,
            "of 12 pairs: FAIL from 4 newly failing if none is newly solved, none would PASS, INCONCLUSIVE at 0 to 3",
        ),
        (
            44,
            50,
            "of 44 pairs: FAIL from 17 newly failing if none is newly solved, PASS up to 16 (loss proven from 4)",
        ),
        (2, 90, "of 2 pairs: no count would FAIL if none is newly solved, PASS up to 0, INCONCLUSIVE at 1 to 2"),
    ],
)
def test_counts_are_told_in_a_line(n: int, margin: float, told: str) -> None:
    assert str(paired_decision_counts(n, margin)) == told


@pytest.mark.parametrize(
    ("n", "margin"), [(44, 10), (164, 5), (164, 2), (12, 10), (44, 50), (164, 20), (3, 50), (1, 99)]
)
def test_the_counts_told_before_the_run_are_those_that_decide_it(n: int, margin: float) -> None:
    counts = paired_decision_counts(n, margin)

    for failing in range(n + 1):
        result = gate(failing, 0, n, margin)
        verdict, proven = result.verdict, result.proven_loss is not None
        assert (verdict is GateVerdict.PASS) == (counts.pass_to is not None and failing <= counts.pass_to)
        assert (verdict is GateVerdict.FAIL) == (counts.fail_from is not None and failing >= counts.fail_from)
        assert proven == (counts.proven_from is not None and failing >= counts.proven_from)


def test_counts_compare_by_value() -> None:
    assert paired_decision_counts(44, 10) == PairedDecisionCounts(n=44, fail_from=4, pass_to=0, proven_from=4)


@pytest.mark.parametrize(
    ("now", "before", "margin", "fault"),
    [
        ({"a": True}, {"a": True, "b": True}, 5, "b"),
        ({"a": True}, {}, 5, "a"),
        ({}, {}, 5, "needs problems"),
        ({"a": True}, {"a": True}, 0, "margin 0"),
    ],
)
def test_what_makes_no_pairs_is_an_error(now, before, margin, fault) -> None:
    with pytest.raises(ValueError, match=fault):
        gate_paired(now, before, against="x", margin=margin)


def adjusted(b: int, c: int, n: int, margin: float, p: float, comparisons: int = 3) -> Decision:
    """As ``gate``, one of several comparisons."""
    alone = gate(b, c, n, margin).figures
    before = {f"T/{i}": i < n // 2 for i in range(n)}
    changed = {*alone["newly_failing"], *alone["newly_solved"]}
    now = {task_id: solved != (task_id in changed) for task_id, solved in before.items()}
    return gate_paired(now, before, against="the baseline", margin=margin, adjusted_p=p, comparisons=comparisons)


def test_the_p_value_to_adjust_is_the_one_that_the_gate_shows() -> None:
    before = {"a": True, "b": True, "c": False}
    now = {"a": False, "b": False, "c": True}

    assert paired_p(now, before) == gate_paired(now, before, against="x", margin=5).figures["mid_p"]


@pytest.mark.parametrize(
    ("p", "verdict"),
    [
        pytest.param(0.03125, GateVerdict.FAIL, id="as small as alone"),
        pytest.param(0.0489, GateVerdict.FAIL, id="below .049"),
        pytest.param(0.049, GateVerdict.INCONCLUSIVE, id="at .049"),
        pytest.param(0.09375, GateVerdict.INCONCLUSIVE, id="above"),
    ],
)
def test_among_several_the_adjusted_p_value_decides_about_fail(p: float, verdict: GateVerdict) -> None:
    assert gate(4, 0, 164, 5).verdict is GateVerdict.FAIL  # alone
    assert adjusted(4, 0, 164, 5, p).verdict is verdict


def test_a_loss_that_is_none_among_several_passes_only_by_its_own_bound() -> None:
    # the same flips: the margin alone decides whether a loss of so much is excluded
    assert adjusted(4, 0, 164, 5, 0.09).verdict is GateVerdict.INCONCLUSIVE
    assert adjusted(4, 0, 164, 6, 0.09).told == "PASS"


def test_within_the_margin_the_adjusted_p_value_tells_whether_the_loss_is_proven() -> None:
    assert adjusted(4, 0, 164, 6, 0.04).told == "PASS, loss proven (2.4 points)"


@pytest.mark.parametrize("p", [0.6, 1.0])
def test_a_pass_is_never_adjusted(p: float) -> None:
    assert gate(1, 1, 164, 5).verdict is GateVerdict.PASS
    assert adjusted(1, 1, 164, 5, p).verdict is GateVerdict.PASS


def test_both_p_values_are_shown_and_what_the_adjustment_did() -> None:
    result = adjusted(4, 0, 164, 5, 0.09375)

    assert "mid-p .0312, adjusted .0938, margin 5 points" in result.headline
    assert "adjusted p: .0938 (Holm, 3 comparisons), which tells whether a loss is proven" in result.details
    assert "a loss beyond chance were this the only comparison, and not among 3" in result.details
    assert result.proven_loss is None
    assert result.figures["mid_p"] == 0.03125
    assert (result.figures["adjusted_p"], result.figures["comparisons"]) == (0.09375, 3)


def test_alone_nothing_is_said_of_adjusting() -> None:
    result = gate(4, 0, 164, 5)

    assert "adjusted" not in f"{result.headline} {result.details} {result.figures}"


def test_the_counts_told_before_a_family_hold_whatever_the_other_comparisons_are() -> None:
    counts = paired_decision_counts(164, 5, comparisons=3)

    assert str(counts) == (
        "of 164 pairs, one of 3 comparisons: FAIL from 5 newly failing if none is newly solved, PASS up to 3, open at 4"
    )
    for failing in range(10):
        p = mcnemar_mid_p(failing, 0)
        best, worst = adjusted(failing, 0, 164, 5, p), adjusted(failing, 0, 164, 5, min(1.0, 3 * p))
        assert (worst.verdict is GateVerdict.FAIL) == (failing >= 5)
        assert ({best.verdict, worst.verdict} == {GateVerdict.PASS}) == (failing <= 3)


def test_undecided_among_several_as_many_problems_as_are_told_fail_in_the_worst_case() -> None:
    result = adjusted(4, 0, 164, 5, 3 * 0.03125)
    needed = int(result.headline.rpartition("about ")[2].split()[0])
    failing = math.ceil(4 * needed / 164)

    assert adjusted(failing, 0, needed, 5, 3 * mcnemar_mid_p(failing, 0)).verdict is not GateVerdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("p", "comparisons", "fault"),
    [
        (0.01, 3, "no adjusted p-value"),
        (1.5, 3, "no adjusted p-value"),
        (math.nan, 3, "no adjusted p-value"),
        (None, 3, "needs its adjusted p-value"),
        (0.5, 0, "0 comparisons"),
    ],
)
def test_what_cannot_be_adjusted_is_an_error(p, comparisons, fault) -> None:
    with pytest.raises(ValueError, match=fault):
        adjusted(4, 0, 164, 5, p, comparisons)
