"""The command line says what is measured, as that of ``vllm bench serve`` does; what cannot be meant is refused."""

from __future__ import annotations

import math
from argparse import Namespace

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.schema import Profile
from servecheck.runs.throughput.options import plan_of
from servecheck.throughput.arrivals import ConstantArrivals, PoissonArrivals, Ramp

PROFILE = Profile(name="p", model="m")
NAMES = (
    *("max_concurrency", "request_rate", "burstiness", "ramp_up_start_rps", "ramp_up_seconds", "num_prompts"),
    *("dataset_path", "random_input_len", "random_output_len", "output_len", "goodput"),
)


def option(**given: object) -> Namespace:
    assert given.keys() <= set(NAMES)
    return Namespace(**{name: given.get(name) for name in NAMES})


def test_concurrencies_go_up_to_the_profiles():
    assert plan_of(option(), PROFILE).concurrencies == (1, 4, 16)
    assert plan_of(option(), PROFILE.model_copy(update={"concurrency": 64})).concurrencies == (1, 4, 16, 64)
    assert plan_of(option(max_concurrency="2,8,2"), PROFILE).concurrencies == (2, 8)


def test_a_rate_is_an_open_loop():
    assert plan_of(option(request_rate="2,0.5"), PROFILE).loads() == (PoissonArrivals(2.0), PoissonArrivals(0.5))
    assert plan_of(option(request_rate="2", burstiness=1.0), PROFILE).loads() == (PoissonArrivals(2.0),)
    rising = option(request_rate="2", burstiness=math.inf, ramp_up_start_rps=0.5, ramp_up_seconds=30.0)
    assert plan_of(rising, PROFILE).loads() == (ConstantArrivals(2.0, ramp=Ramp(0.5, 30)),)


def test_a_concurrency_beside_a_rate_is_the_most_at_a_time():
    assert plan_of(option(request_rate="2,4", max_concurrency="8"), PROFILE).loads() == (
        PoissonArrivals(2.0, in_flight=8),
        PoissonArrivals(4.0, in_flight=8),
    )


def test_lengths_limits_and_prompts_are_taken(tmp_path):
    fixed = option(random_input_len=1024, random_output_len=128, goodput=["ttft:500", "tpot:50"])
    plan = plan_of(fixed, PROFILE)

    assert (plan.input_tokens, plan.output_tokens, plan.slos) == (1024, 128, {"ttft": 500, "tpot": 50})
    assert plan_of(option(random_input_len=9, output_len=7), PROFILE).output_tokens == 7
    assert plan_of(option(output_len=7), PROFILE).output_tokens == 7
    (tmp_path / "a.jsonl").touch()
    assert plan_of(option(dataset_path=tmp_path / "a.jsonl"), PROFILE).prompts == tmp_path / "a.jsonl"


def test_prompts_that_cannot_be_read_are_refused_before_anything_starts(tmp_path):
    with pytest.raises(UsageError, match=r"the file of prompts .*none\.jsonl cannot be read: No such file"):
        plan_of(option(dataset_path=tmp_path / "none.jsonl"), PROFILE)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"num_prompts": 0}, "measure one at least"),
        ({"max_concurrency": "many"}, "give numbers, such as 1,4,16,64"),
        ({"max_concurrency": "0"}, "above 0"),
        ({"max_concurrency": "2,4", "request_rate": "1"}, "give one number, or no rate"),
        ({"request_rate": "fast"}, "give requests a second, such as 2,4.5"),
        ({"request_rate": "nan"}, "above 0"),
        ({"burstiness": 1.0}, "of an open loop: give its --request-rate too"),
        ({"request_rate": "1", "burstiness": 0.5}, "give 1, at random as Poisson, or inf, evenly spaced"),
        ({"request_rate": "1", "burstiness": math.nan}, "give 1, at random as Poisson, or inf, evenly spaced"),
        ({"request_rate": "1", "ramp_up_seconds": 5.0}, "give all three"),
        ({"ramp_up_start_rps": 1.0, "ramp_up_seconds": 5.0}, "give all three"),
        ({"request_rate": "1", "ramp_up_start_rps": 5.0, "ramp_up_seconds": 0.0}, "cannot be"),
        ({"random_input_len": 12}, "prompts of a fixed length go with replies of a fixed length"),
        ({"random_output_len": 12}, "of prompts of --random-input-len: give that too, or --output-len"),
        ({"random_input_len": 12, "random_output_len": 3, "output_len": 4}, "give one of them"),
        ({"goodput": ["speed:3"]}, "of ttft, tpot, e2el"),
        ({"goodput": ["ttft:fast"]}, "such as ttft:500 tpot:50"),
        ({"goodput": ["suites"]}, "such as ttft:500 tpot:50"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, said):
    with pytest.raises(UsageError, match=said):
        plan_of(option(**given), PROFILE)
