"""A client that does not keep up is noticed, and said in plain words."""

import asyncio
import time

from servecheck.rundir.throughput_point import ClientHealth
from servecheck.throughput.lag import LagMonitor

from suites.selftest.throughput.conftest import load


async def _watched(*, blocked_s: float, idle_s: float) -> ClientHealth:
    monitor = LagMonitor()
    monitor.start()
    await asyncio.sleep(idle_s)
    time.sleep(blocked_s)
    await asyncio.sleep(0.01)
    return monitor.stop()


def test_a_loop_that_stands_still_is_late_by_as_much():
    health = asyncio.run(_watched(blocked_s=0.3, idle_s=0.05))

    assert health.lag_max_ms > 280
    # every 5 ms of the pause count, since whatever came then was stamped late
    assert health.samples > 50
    assert health.lag_p99_ms > 250
    assert "once it was" in health.bottleneck


def test_a_loop_that_stands_still_until_the_end_is_late_too():
    async def blocked() -> ClientHealth:
        monitor = LagMonitor()
        monitor.start()
        time.sleep(0.3)
        return monitor.stop()

    assert asyncio.run(blocked()).lag_max_ms > 280


def test_a_busy_thread_is_told_by_its_share_of_a_core():
    async def spinning() -> ClientHealth:
        monitor = LagMonitor()
        monitor.start()
        until_s = time.thread_time() + 0.05
        while time.thread_time() < until_s:
            await asyncio.sleep(0)
        return monitor.stop()

    idle = asyncio.run(_watched(blocked_s=0.0, idle_s=0.05))

    assert idle.cpu_share < asyncio.run(spinning()).cpu_share


def test_a_client_in_good_health_is_no_bottleneck():
    assert load().health.bottleneck == ""


def test_the_verdict_names_each_figure_beside_what_is_tolerated():
    health = load(lag_p99_ms=12.34, lag_max_ms=400.0, cpu_share=0.97).health

    assert "more than 12.3 ms late (5 ms are tolerated)" in health.bottleneck
    assert "once it was 400 ms late (250 ms are tolerated)" in health.bottleneck
    assert "97% of its core (90% are tolerated)" in health.bottleneck
