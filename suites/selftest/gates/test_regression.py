"""A run is called slower than a stored one only beyond the A/A spread, and only where it matters."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence

import pytest
from servecheck.gates.decision import GateVerdict
from servecheck.gates.regression import DEAD_BAND, gate_regression, slowdowns

Run = tuple[list[dict[int, float]], list[dict[int, float]]]


def one(*figures: float) -> list[dict[int, float]]:
    return [{16: figure} for figure in figures]


def verdict(now: Sequence[dict[int, float]], before: Sequence[dict[int, float]]) -> GateVerdict:
    return gate_regression(now, before, against="the stored run").verdict


def simulated(
    rng: random.Random, levels: Sequence[int], slower: float, *, block: float, drift: float = 0.0, day: float = 0.0
) -> Run:
    """Blocks off-on-on-off of 64 requests a point that vary by 10 %: those with and those without speculative decoding.

    Half of a block's variance is shared by its concurrencies; ``day`` is shared by the whole run.
    """
    today = rng.gauss(0, day)
    on: list[dict[int, float]] = []
    off: list[dict[int, float]] = []
    for place, arm in enumerate((off, on, on, off)):
        shared = rng.gauss(0, block / math.sqrt(2)) + today - drift * place
        point = {}
        for level in levels:
            time = rng.lognormvariate(0, 0.1 / math.sqrt(64))
            point[level] = level * math.exp(shared + rng.gauss(0, block / math.sqrt(2))) / time / (1 + slower)
        arm.append(point)
    return on, off


def called(
    runs: int, slower: float, *, levels: Sequence[int] = (4,), same_reference: bool = False, **noise: float
) -> int:
    """How many of ``runs`` are called slower than the stored run, a new one each or one and the same."""
    rng = random.Random(6)
    before = simulated(rng, levels, 0.0, **noise)
    count = 0
    for _ in range(runs):
        if not same_reference:
            before = simulated(rng, levels, 0.0, **noise)
        now = simulated(rng, levels, slower, **noise)
        result = gate_regression(now[0], before[0], against="", repeated=(now[1], before[1]))
        count += result.verdict is GateVerdict.FAIL
    return count


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param((100, 101), GateVerdict.PASS, id="the same"),
        pytest.param((110, 111), GateVerdict.PASS, id="faster"),
        pytest.param((97, 98), GateVerdict.PASS, id="3 % slower"),
        pytest.param((90, 91), GateVerdict.FAIL, id="10 % slower"),
        pytest.param((75, 110), GateVerdict.INCONCLUSIVE, id="slower, but within the spread"),
    ],
)
def test_beyond_the_spread_and_the_dead_band(now: tuple[float, ...], expected: GateVerdict) -> None:
    assert verdict(one(*now), one(100, 101)) is expected


def test_on_a_machine_that_repeats_itself_to_the_digit_the_dead_band_decides_alone() -> None:
    assert verdict(one(100, 100), one(100 * (1 + DEAD_BAND) + 0.01, 100 * (1 + DEAD_BAND) + 0.01)) is GateVerdict.FAIL
    assert verdict(one(100, 100), one(105.9, 105.9)) is GateVerdict.PASS


def test_the_error_is_that_of_a_difference_of_means() -> None:
    (found,) = slowdowns(one(100, 102), one(100, 102, 102, 100))

    # squares about the means: each of the six blocks is half of log 1.02 away; 4 degrees of freedom
    spread = math.log(1.02) / 2 * math.sqrt(6 / 4)
    assert found.spread == pytest.approx(spread)
    assert found.mean.degrees == 4
    assert found.mean.error == pytest.approx(spread * math.sqrt(1 / 2 + 1 / 4))
    assert found.mean.ratio == pytest.approx(1.0)


def test_other_repeated_blocks_count_for_the_spread() -> None:
    alone = slowdowns(one(92), one(100))
    (quiet,) = slowdowns(one(92), one(100), [one(50, 50.5), one(51, 51.5)])
    (noisy,) = slowdowns(one(92), one(100), [one(50, 60), one(51, 44)])

    assert alone == ()
    assert quiet.mean.degrees == 2
    assert quiet.is_regression
    assert not noisy.is_regression


def test_without_repetition_nothing_is_decided_and_it_is_said_why() -> None:
    result = gate_regression(one(50), one(100), against="the stored run")

    assert result.verdict is GateVerdict.INCONCLUSIVE
    assert "no A/A spread" in result.headline


def test_slower_at_one_concurrency_alone_is_found_where_it_is_large() -> None:
    before = [{1: 10.0, 4: 40.0, 16: 160.0, 64: 640.0}, {1: 10.05, 4: 40.1, 16: 160.5, 64: 642.0}]
    now = [{**block, 64: 0.8 * block[64]} for block in before]

    result = gate_regression(now, before, against="the stored run")

    assert result.verdict is GateVerdict.FAIL
    assert "at 64 +25.0 %" in result.headline


def test_a_concurrency_that_is_missing_now_is_not_passed_over() -> None:
    before = [{1: 10.0, 64: 640.0}, {1: 10.05, 64: 642.0}]

    result = gate_regression([{1: 10.0}, {1: 10.1}], before, against="the stored run")

    assert result.verdict is GateVerdict.INCONCLUSIVE
    assert "not measured in both runs: 64" in result.headline


def test_the_mean_is_of_blocks_that_have_every_concurrency() -> None:
    before = [{1: 10.0, 64: 640.0}, {1: 10.0, 64: 640.0}]
    now = [{1: 10.0, 64: 640.0}, {64: 640.0}]  # the mean of the second block would be of 64 alone

    over_all = slowdowns(now, before)[0]

    assert over_all.concurrency is None
    assert over_all.now == pytest.approx((80.0,))


def test_everything_that_the_verdict_rests_on_is_told() -> None:
    result = gate_regression(one(90, 91), one(100, 101), against="the run of 1 May")

    told = "\n".join(result.details)
    for word in (
        "hypothesis",
        "margin: 6.5 %",
        "estimate: +11.1 % slower",
        "interval",
        "n: 2",
        "A/A spread",
        "could detect",
    ):
        assert word in told
    assert "the run of 1 May" in result.headline
    assert json.loads(json.dumps(result.figures, allow_nan=False))["points"][0]["concurrency"] == 16


def test_a_figure_that_is_no_speed_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        slowdowns(one(0.0), one(100, 101))


def test_identical_runs_are_not_called_slower_and_slower_ones_are() -> None:
    noise = {"block": 0.01, "drift": 0.003}

    assert called(200, 0.0, **noise) <= 14
    assert called(50, 0.10, **noise) >= 45
    assert called(50, 0.03, **noise) <= 5


@pytest.mark.slow
@pytest.mark.parametrize("levels", [(4,), (1, 4, 16, 64)], ids=["one", "four"])
@pytest.mark.parametrize("same_reference", [False, True], ids=["new", "same"])
@pytest.mark.parametrize(
    ("block", "drift", "day", "least_found", "most_3"),
    [
        (0.005, 0.0, 0.0, 0.99, 0.02),
        (0.01, 0.0, 0.0, 0.98, 0.04),
        (0.01, 0.01, 0.0, 0.95, 0.04),
        (0.01, 0.0, 0.01, 0.85, 0.25),  # what differs by day is in no spread; one unlucky stored run stays unlucky
        (0.02, 0.0, 0.0, 0.85, 0.13),
        (0.03, 0.0, 0.0, 0.60, 0.16),
    ],
)
def test_operating_characteristics(
    levels: tuple[int, ...],
    same_reference: bool,
    block: float,
    drift: float,
    day: float,
    least_found: float,
    most_3: float,
) -> None:
    runs, noise = 400, {"block": block, "drift": drift, "day": day}

    rates = {
        slower: called(runs, slower, levels=levels, same_reference=same_reference, **noise) / runs
        for slower in (0.0, 0.03, 0.06, 0.10)
    }

    told = ", ".join(f"{100 * slower:g} %: {rate:.3f}" for slower, rate in rates.items())
    print(f"{len(levels)} levels, same reference {same_reference}, {noise}: called at {told}")
    assert rates[0.0] <= 0.05
    assert rates[0.03] <= most_3
    assert rates[0.10] >= least_found


def test_without_a_block_that_has_every_concurrency_nothing_passes() -> None:
    before = [{1: 100.0, 4: 400.0}, {1: 101.0, 4: 404.0}, {1: 99.0, 4: 398.0}]
    torn = [{1: 99.0}, {4: 401.0}, {1: 100.0}, {4: 400.0}]

    assert verdict(before, before) is GateVerdict.PASS
    found = gate_regression(torn, before, against="the stored run")
    assert found.verdict is GateVerdict.INCONCLUSIVE
    assert "no block has every concurrency, so there is no mean over them" in found.headline
