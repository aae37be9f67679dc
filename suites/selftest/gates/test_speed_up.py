"""The gate on the speed-up: it passes where every floor is surely reached, and fails where one surely is not."""

from __future__ import annotations

import json

import pytest
from servecheck.gates.decision import GateVerdict
from servecheck.gates.speed_up import gate_speed_up
from servecheck.stats.speed import Arm, SpeedBlock, SpeedUp, speed_up

ABBA: tuple[Arm, ...] = ("off", "on", "on", "off")


def found(ratio: float, spread: float = 1.01) -> SpeedUp:
    figures = (100, 100 * ratio, 100 * ratio * spread, 100 * spread)
    return speed_up([SpeedBlock(arm, figure) for arm, figure in zip(ABBA, figures, strict=True)])


@pytest.mark.parametrize(
    ("ratio", "spread", "verdict"),
    [
        pytest.param(1.5, 1.01, GateVerdict.PASS, id="surely above"),
        pytest.param(1.1, 1.01, GateVerdict.FAIL, id="surely below"),
        pytest.param(1.2, 1.01, GateVerdict.INCONCLUSIVE, id="at the floor"),
        pytest.param(1.5, 1.20, GateVerdict.INCONCLUSIVE, id="above, but the blocks differ too much"),
        pytest.param(1.1, 1.20, GateVerdict.INCONCLUSIVE, id="below, but the blocks differ too much"),
    ],
)
def test_the_bounds_decide(ratio: float, spread: float, verdict: GateVerdict) -> None:
    assert gate_speed_up({16: found(ratio, spread)}, {16: 1.2}).verdict is verdict


def test_the_floor_itself_is_reached() -> None:
    assert gate_speed_up({1: found(1.2, 1.0)}, {1: 1.2 - 1e-12}).verdict is GateVerdict.PASS


def test_one_concurrency_below_its_floor_fails_all() -> None:
    result = gate_speed_up({1: found(1.6), 64: found(0.9)}, {1: 1.2, 64: 1.0})

    assert result.verdict is GateVerdict.FAIL
    assert "1.60 at 1" in result.headline
    assert "0.90 at 64" in result.headline


def test_of_several_each_has_to_be_further_below_to_fail() -> None:
    # at 95 % the upper bound is below the floor; at 98.75 %, of four together, it is not
    just_below = found(1.2 * 0.965)

    assert gate_speed_up({1: just_below}, {1: 1.2}).verdict is GateVerdict.FAIL
    four = {1: just_below, **{level: found(1.6) for level in (4, 16, 64)}}
    assert gate_speed_up(four, dict.fromkeys(four, 1.2)).verdict is GateVerdict.INCONCLUSIVE


def test_a_concurrency_without_a_floor_is_not_gated() -> None:
    assert gate_speed_up({1: found(1.6), 64: found(0.5)}, {1: 1.2}).verdict is GateVerdict.PASS


@pytest.mark.parametrize(
    "measured",
    [
        {},
        {64: speed_up([SpeedBlock("off", 1.0), SpeedBlock("on", 9.0)])},
        {64: speed_up([SpeedBlock(arm, 9.0, invalid="stalled") for arm in ABBA])},
    ],
    ids=["not measured", "one pair", "invalid"],
)
def test_what_has_no_interval_never_passes(measured: dict[int, SpeedUp]) -> None:
    result = gate_speed_up({1: found(1.6), **measured}, {1: 1.2, 64: 1.0})

    assert result.verdict is GateVerdict.INCONCLUSIVE
    assert "unknown at 64" in result.headline


def test_everything_that_the_verdict_rests_on_is_told() -> None:
    result = gate_speed_up({16: found(1.5)}, {16: 1.2})

    told = "\n".join(result.details)
    for word in ("hypothesis", "margin", "estimate", "interval", "n: 2 pairs", "could detect", "spread 1.0 %"):
        assert word in told
    assert json.loads(json.dumps(result.figures, allow_nan=False))["points"][0]["floor"] == 1.2


@pytest.mark.parametrize("floors", [{}, {1: 0.0}, {1: -1.0}])
def test_floors_are_quotients_above_zero(floors: dict[int, float]) -> None:
    with pytest.raises(ValueError, match="floors"):
        gate_speed_up({}, floors)
