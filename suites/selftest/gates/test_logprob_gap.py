"""Text that the model would not have written is scored lower by far; harmless numerics are not."""

from __future__ import annotations

import json
import math
import random

import pytest
from servecheck.gates.decision import GateVerdict
from servecheck.gates.logprob_gap import LEAST_BAND, LogprobGap, LogprobGaps, ScoresNoText, logprob_gap
from servecheck.gates.measured import Measured, MeasuredSpeed
from servecheck.gates.registry import decided


def scores(seed: int, lower: float = 0.0, spread: float = 0.01, prompts: int = 40) -> dict[str, float]:
    """Mean log-probabilities a token; a prompt has its own level, which pairing takes away."""
    rng, own = random.Random(seed), random.Random(0)
    return {str(n): -0.2 - 0.5 * own.random() - lower - abs(rng.gauss(0, spread)) for n in range(prompts)}


OFF, AGAIN = scores(1), scores(2)


@pytest.mark.parametrize(
    ("on", "within"),
    [
        pytest.param(scores(3), True, id="as likely"),
        pytest.param(scores(3, lower=-0.1), True, id="more likely"),
        pytest.param(scores(3, lower=0.3), False, id="less likely"),
        pytest.param(scores(3, lower=0.013, spread=0.02), None, id="open"),
    ],
)
def test_the_gap_is_held_to_the_band(on: dict[str, float], within: bool | None) -> None:
    gap = logprob_gap(on, OFF, (AGAIN, OFF))

    assert gap is not None
    assert gap.is_within is within


def test_equal_texts_without_speculative_decoding_leave_a_least_band() -> None:
    gap = logprob_gap({p: s - 0.01 for p, s in OFF.items()}, OFF, (OFF, OFF))

    assert gap is not None
    assert gap.band == LEAST_BAND
    assert gap.mean == pytest.approx(-0.01)
    assert gap.is_within


def test_runs_that_differ_widen_the_band() -> None:
    gap = logprob_gap(OFF, OFF, (scores(2, lower=0.2), OFF))

    assert gap is not None
    assert 0.19 < gap.band < 0.22


def test_prompts_are_paired_and_the_lowest_are_named() -> None:
    gap = logprob_gap({"a": -1.0, "b": -3.0, "only on": -1.0}, {"a": -1.0, "b": -1.0, "only off": -9.0}, ({}, {}))

    assert gap is not None
    assert gap.prompts == 2
    assert gap.mean == -1.0
    assert gap.lowest == (("b", -2.0), ("a", 0.0))


def test_one_prompt_has_no_interval() -> None:
    assert logprob_gap({"a": -1.0}, {"a": -1.0}, ({}, {})) is None


@pytest.mark.parametrize("score", [math.nan, -math.inf, 0.1])
def test_what_is_no_log_probability_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="log-probability"):
        logprob_gap({"a": score, "b": -1.0}, OFF, (OFF, OFF))


def gap_of(on: dict[str, float]) -> LogprobGap:
    found = logprob_gap(on, OFF, (OFF, AGAIN))
    assert found is not None
    return found


WITHIN, BELOW = gap_of(scores(3)), gap_of(scores(3, lower=0.3))
OPEN = gap_of(scores(3, lower=0.013, spread=0.02))


@pytest.mark.parametrize(
    ("idle", "loaded", "verdict"),
    [
        (WITHIN, WITHIN, GateVerdict.PASS),
        (WITHIN, BELOW, GateVerdict.FAIL),
        (BELOW, WITHIN, GateVerdict.FAIL),
        (OPEN, BELOW, GateVerdict.FAIL),
        (WITHIN, OPEN, GateVerdict.INCONCLUSIVE),
        (OPEN, WITHIN, GateVerdict.INCONCLUSIVE),
    ],
)
def test_the_text_has_to_be_as_likely_idle_and_under_load(idle, loaded, verdict):
    measured = Measured(speed=MeasuredSpeed(likelihood=LogprobGaps(idle, loaded)))

    assert decided(measured)["log-probability"].verdict is verdict


def test_text_that_is_worse_under_load_alone_is_told_from_text_that_is_worse_always():
    said = [
        decided(Measured(speed=MeasuredSpeed(likelihood=gaps)))["log-probability"].headline
        for gaps in (LogprobGaps(WITHIN, BELOW), LogprobGaps(BELOW, BELOW), LogprobGaps(WITHIN, WITHIN))
    ]

    assert ["only under load" in one for one in said] == [True, False, False]
    assert ["idle already" in one for one in said] == [False, True, False]


def test_two_servers_that_are_alike_are_rarely_called_unlike():
    """Two gaps are judged at once, here of texts beside whose spread the least band is nothing."""
    texts = [scores(seed, spread=0.5) for seed in range(400)]
    gaps = [logprob_gap(on, off, ({}, {})) for on, off in zip(texts[::2], texts[1::2], strict=True)]

    wrong = [LogprobGaps(*pair).is_within is False for pair in zip(gaps[::2], gaps[1::2], strict=True)]

    assert 0 < sum(wrong) <= 0.05 * len(wrong)


def test_its_figures_are_what_a_file_can_hold() -> None:
    found = decided(Measured(speed=MeasuredSpeed(likelihood=LogprobGaps(WITHIN, BELOW))))["log-probability"].figures

    assert json.loads(json.dumps(found)) == found
    assert (found["mean_nats"], found["idle"]["mean_nats"]) == (BELOW.mean, WITHIN.mean)


def test_an_engine_that_scores_no_text_is_said_to_be_without_this_gate():
    found = decided(Measured(speed=MeasuredSpeed(likelihood=ScoresNoText("SGLang"))))["log-probability"]

    assert found.verdict is GateVerdict.NOT_GATED
    assert found.headline.startswith("not gated: SGLang tells no log-probability of a given text, so the problems ")
