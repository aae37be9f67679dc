"""With several samples a problem a published score is held against the problems, as if these were single samples."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.samples import gate_published_samples, samples_decision_line

from suites.selftest.gates import test_published as one_sample


def gate(samples: list[tuple[int, int]], score: str = "45.0", margin: float = 5.0) -> Decision:
    return gate_published_samples(samples, reference=one_sample.published(score), margin=margin)


@pytest.mark.parametrize("solved", range(55, 85, 3))
def test_samples_that_all_agree_decide_as_one_of_each(solved: int) -> None:
    agreeing = [(5, 5)] * solved + [(5, 0)] * (164 - solved)

    assert gate(agreeing).verdict is one_sample.gate(solved).verdict


def test_samples_that_differ_decide_where_agreeing_ones_do_not() -> None:
    # 45 % of 164 problems either way: INCONCLUSIVE where each is solved always or never
    assert gate([(20, 20)] * 74 + [(20, 0)] * 90).verdict is GateVerdict.INCONCLUSIVE
    assert gate([(20, 9)] * 164).verdict is GateVerdict.PASS
    assert gate([(20, 8)] * 164).verdict is GateVerdict.FAIL


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "score", "margin", "passes", "fails"),
    [(164, "45.0", 5.0, 47.0, 37.8), (44, "100.0", 10.0, 100.0, 93.1), (44, "50", 20.0, 43.2, 32.1)],
)
@pytest.mark.parametrize("spread", [0.3, 1.0, 5.0, 500.0])
def test_what_is_told_before_the_run_is_decided_whatever_the_samples_are(
    n, score, margin, passes, fails, spread
) -> None:
    drawn, random = 50, np.random.default_rng(4)
    told = samples_decision_line(n, one_sample.published(score), margin, drawn)

    assert f"of {n} problems: PASS from {passes} % and FAIL up to {fails} %" in told
    for sure, verdict in ((passes, GateVerdict.PASS), (fails, GateVerdict.FAIL)):
        share = sure / 100
        solved = random.binomial(drawn, random.beta(spread * share + 1e-3, spread * (1 - share) + 1e-3, n))
        wanted = (math.ceil if verdict is GateVerdict.PASS else math.floor)(drawn * n * share - 1e-9)
        short = wanted - int(solved.sum())
        for _ in range(abs(short)):  # to the mean that was told
            solved[random.choice(np.flatnonzero(solved < drawn if short > 0 else solved > 0))] += np.sign(short)
        assert gate([(drawn, int(count)) for count in solved], score, margin).verdict is verdict


def test_a_verdict_shows_what_it_rests_on() -> None:
    result = gate([(5, 5)] * 40 + [(5, 3)] * 10 + [(5, 0)] * 114)

    assert result.headline == (
        "FAIL: mean pass@1 plus 28.0 % of 164 problems, 5 samples each, published 45.0 %, margin 5 points"
    )
    assert [detail.partition(":")[0].partition(" of ")[0] for detail in result.details] == [
        "hypothesis",
        "margin",
        "published",
        "estimate",
        "interval",
        "n",
        "could detect",
        "decided",
    ]
    assert result.details[5] == "n: 164 problems, 5 samples each"
    figures = json.loads(json.dumps(result.figures))
    assert figures["lower_percent"] < figures["estimate_percent"] < figures["upper_percent"] < 45


def test_undecided_it_says_how_many_problems_would_decide() -> None:
    result = gate([(5, 5)] * 60 + [(5, 3)] * 20 + [(5, 0)] * 84)
    needed = int(result.headline.rpartition("about ")[2].split()[0])
    times = -(-needed // 164)

    assert result.verdict is GateVerdict.INCONCLUSIVE
    assert gate(([(5, 5)] * 60 + [(5, 3)] * 20 + [(5, 0)] * 84) * times).verdict is not GateVerdict.INCONCLUSIVE


def test_a_score_that_nothing_could_miss_by_the_margin_gates_nothing() -> None:
    assert gate([(5, 0)] * 164, "4.3").verdict is GateVerdict.NOT_GATED


@pytest.mark.parametrize(("samples", "margin"), [([], 5.0), ([(5, 6)], 5.0), ([(5, 5)], 0.0)])
def test_what_cannot_be_is_an_error(samples, margin) -> None:
    with pytest.raises(ValueError, match=r"needs problems|cannot be|not above 0"):
        gate(samples, margin=margin)
