"""The speed-up of blocks off-on-on-off: drift drops out, requests of one block are not independent, the error holds."""

from __future__ import annotations

import math
import random

import pytest
from servecheck.stats.speed import Arm, SpeedBlock, SpeedUp, TimedRequest, speed_up

ABBA: tuple[Arm, ...] = ("off", "on", "on", "off")


def blocks(*figures: float) -> list[SpeedBlock]:
    return [SpeedBlock(arm, figure) for arm, figure in zip(ABBA, figures, strict=True)]


def simulated(
    rng: random.Random, *, true: float, block: float, on_share: float = 1.0, drift: float = 0.0, prompt: float = 0.1
) -> SpeedUp:
    """A run of 32 prompts whose gain varies log-normally by ``prompt``; blocks vary by ``block`` and ``drift`` each."""
    lengths = [rng.gauss(0, 0.5) for _ in range(32)]
    gains = [math.exp(rng.gauss(prompt**2 / 2, prompt)) * true for _ in range(32)]  # so that times shrink by 1 / true
    run = []
    for place, arm in enumerate(ABBA):
        slow = math.exp(rng.gauss(0, block * (on_share if arm == "on" else 1)) + drift * place)
        times = [slow * math.exp(length + rng.gauss(0, 0.05)) for length in lengths]
        if arm == "on":
            times = [time / gain for time, gain in zip(times, gains, strict=True)]
        requests = tuple(TimedRequest(str(n), 100, time) for n, time in enumerate(times))
        run.append(SpeedBlock(arm, 100 * len(times) / sum(times), requests))
    return speed_up(run)


def error_rates(runs: int, **conditions: float) -> tuple[float, float]:
    """How often the one-sided 95 % bounds are wrong: the lower one above the truth, the upper one below."""
    rng = random.Random(20)
    above = below = 0
    for _ in range(runs):
        mean = simulated(rng, true=1.4, **conditions).mean
        assert mean is not None
        above += mean.lower() > 1.4
        below += mean.upper() < 1.4
    return above / runs, below / runs


def test_the_estimate_is_the_geometric_mean_of_the_pairs() -> None:
    found = speed_up(blocks(100, 150, 160, 100))

    assert found.pairs == (1.5, 1.6)
    assert found.mean is not None
    assert found.mean.ratio == pytest.approx(math.sqrt(1.5 * 1.6))


def test_a_steady_drift_leaves_the_estimate_alone() -> None:
    found = speed_up(blocks(100, 150 * 0.9, 150 * 0.9**2, 100 * 0.9**3))

    assert found.mean is not None
    assert found.mean.ratio == pytest.approx(1.5)
    assert found.mean.interval()[0] < 1.2, "but it is in the spread, and the interval says so"


def test_the_interval_is_students_t_of_the_blocks_with_two_degrees_of_freedom() -> None:
    found = speed_up(blocks(100, 150, 153, 102))

    assert found.mean is not None
    spread = math.log(1.02) / math.sqrt(2)  # of either arm
    assert found.mean.degrees == 2
    assert found.mean.error == pytest.approx(spread)
    assert math.log(found.mean.ratio / found.mean.interval()[0]) == pytest.approx(4.30265 * spread, rel=1e-5)
    assert found.off_spread == pytest.approx(0.02)


def test_blocks_that_agree_to_the_digit_still_have_the_error_of_their_prompts() -> None:
    gains = (1.2, 1.8, 1.5, 1.4)
    off = tuple(TimedRequest(str(n), 100, 1.0) for n in range(4))
    on = tuple(TimedRequest(str(n), 100, 1 / gain) for n, gain in enumerate(gains))
    run = [SpeedBlock(arm, 150.0 if arm == "on" else 100.0, on if arm == "on" else off) for arm in ABBA]

    found = speed_up(run)

    assert found.mean is not None
    assert found.block_error == 0
    assert found.prompts == 4
    assert found.mean.error == found.prompt_error
    assert found.prompt_error == pytest.approx(0.085, abs=0.005)  # standard deviation of the logarithms over sqrt(4)


def test_more_requests_do_not_make_a_block_more_certain() -> None:
    few, many = (
        [SpeedBlock(b.arm, b.tokens_per_s, (TimedRequest("one", 10, 1.0),) * n) for b in blocks(100, 150, 153, 102)]
        for n in (1, 100)
    )

    assert speed_up(few).mean == speed_up(many).mean


@pytest.mark.parametrize("number", [2, 3])
def test_a_block_that_does_not_count_takes_its_pair_with_it(number: int) -> None:
    run = blocks(100, 150, 160, 100)
    run[number] = SpeedBlock(ABBA[number], 3.0, invalid="the server stalled")

    found = speed_up(run)

    assert found.mean is None
    assert found.pairs == (1.5,)
    assert found.invalid == (f"block {number + 1}, {ABBA[number]}: the server stalled",)


@pytest.mark.parametrize("arms", [(), ("off",), ("off", "off"), ("off", "on", "on", "on"), ("off", "on", "off")])
def test_blocks_that_are_no_pairs_are_refused(arms: tuple[Arm, ...]) -> None:
    with pytest.raises(ValueError, match="pairs"):
        speed_up([SpeedBlock(arm, 1.0) for arm in arms])


@pytest.mark.parametrize("figure", [0.0, -1.0, math.inf, math.nan])
def test_a_block_without_speed_is_no_figure(figure: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        speed_up(blocks(100, figure, 150, 100))


def test_the_bounds_are_wrong_as_seldom_as_they_claim() -> None:
    assert max(error_rates(300, block=0.02)) < 0.08  # three standard errors above 5 %


@pytest.mark.slow
@pytest.mark.parametrize("block", [0.0, 0.01, 0.03])
@pytest.mark.parametrize("prompt", [0.0, 0.1, 0.2])
@pytest.mark.parametrize("drift", [0.0, 0.02])
def test_the_bounds_hold_over_spreads_prompts_and_drift(block: float, prompt: float, drift: float) -> None:
    above, below = error_rates(1500, block=block, prompt=prompt, drift=drift)

    print(f"block {block} prompt {prompt} drift {drift}: {above:.3f} too high, {below:.3f} too low")
    assert max(above, below) < 0.068


@pytest.mark.slow
def test_where_one_arm_spreads_three_times_the_other_the_error_is_a_little_more() -> None:
    assert max(error_rates(1500, block=0.02, on_share=3, prompt=0.0)) < 0.1
