"""Due times are a pure function of the process: its rate, its seed, its ramp."""

import itertools
import math
import statistics

import pytest
from servecheck.errors import UsageError
from servecheck.throughput.arrivals import ClosedLoop, ConstantArrivals, PoissonArrivals, Ramp


def test_a_closed_loop_has_no_due_times_but_places():
    arrivals = ClosedLoop(16)

    assert arrivals.due_s(100) is None
    assert arrivals.in_flight == 16
    assert arrivals.described() == "concurrency 16"


def test_constant_arrivals_are_evenly_spaced_from_zero():
    assert ConstantArrivals(4.0).due_s(4) == [0.0, 0.25, 0.5, 0.75]


def test_poisson_gaps_have_the_mean_and_the_spread_of_an_exponential():
    due_s = PoissonArrivals(50.0, seed=3).due_s(20_000)
    gaps = [after - before for before, after in itertools.pairwise(due_s)]

    assert statistics.mean(gaps) == pytest.approx(1 / 50, rel=0.03)
    assert statistics.stdev(gaps) == pytest.approx(1 / 50, rel=0.03)
    assert sum(gap > 1 / 50 for gap in gaps) / len(gaps) == pytest.approx(math.exp(-1), abs=0.015)


def test_the_seed_decides_the_times():
    assert PoissonArrivals(5.0, seed=1).due_s(50) == PoissonArrivals(5.0, seed=1).due_s(50)
    assert PoissonArrivals(5.0, seed=1).due_s(50) != PoissonArrivals(5.0, seed=2).due_s(50)


def test_more_requests_leave_the_first_as_they_were():
    assert PoissonArrivals(5.0, seed=1).due_s(50)[:10] == PoissonArrivals(5.0, seed=1).due_s(10)


@pytest.mark.parametrize(("from_rate", "rate"), [(0.0, 10.0), (2.0, 10.0), (10.0, 2.0), (4.0, 4.0)])
def test_a_ramp_has_as_many_arrivals_by_any_time_as_its_rate_adds_up_to(from_rate, rate):
    seconds = 5.0

    due_s = ConstantArrivals(rate, Ramp(from_rate, seconds)).due_s(80)

    def expected(at_s: float) -> float:
        within = min(at_s, seconds)
        rising = from_rate * within + (rate - from_rate) * within**2 / (2 * seconds)
        return rising + rate * max(0.0, at_s - seconds)

    assert [expected(at_s) for at_s in due_s] == pytest.approx(range(80))
    assert due_s == sorted(due_s)


def test_a_process_says_what_it_is():
    arrivals = PoissonArrivals(2.5, seed=7, ramp=Ramp(1, 30), in_flight=64)

    assert arrivals.described() == "2.5 requests/s, Poisson, seed 7, from 1/s over 30 s, at most 64 at a time"


@pytest.mark.parametrize(
    "make",
    [
        lambda: ClosedLoop(0),
        lambda: ConstantArrivals(0.0),
        lambda: PoissonArrivals(math.inf),
        lambda: PoissonArrivals(math.nan),
        lambda: ConstantArrivals(1.0, in_flight=0),
        lambda: Ramp(-1, 10),
        lambda: Ramp(1, 0),
    ],
)
def test_what_cannot_be_is_refused(make):
    with pytest.raises(UsageError, match="cannot be"):
        make()
