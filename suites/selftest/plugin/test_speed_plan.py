"""The ``--load-...`` options say what is measured; what cannot be meant is refused with an example."""

from __future__ import annotations

from argparse import Namespace

import pytest
from servecheck.errors import UsageError
from servecheck.plugin.speed_plan import plan_of
from servecheck.profiles.schema import Profile
from servecheck.throughput.arrivals import ConstantArrivals, PoissonArrivals, Ramp

PROFILE = Profile(name="p", model="m")
NAMES = ("concurrency", "requests", "output_tokens", "rate", "arrivals", "ramp", "prompts", "lengths", "slo")


def option(**given: object) -> Namespace:
    return Namespace(**{f"load_{name}": given.get(name) for name in NAMES})


def test_concurrencies_go_up_to_the_profiles():
    assert plan_of(option(), PROFILE).concurrencies == (1, 4, 16)
    assert plan_of(option(), PROFILE.model_copy(update={"concurrency": 64})).concurrencies == (1, 4, 16, 64)
    assert plan_of(option(concurrency="2,8,2"), PROFILE).concurrencies == (2, 8)


def test_a_rate_alone_is_an_open_loop_alone():
    assert plan_of(option(rate="2,0.5"), PROFILE).loads() == (PoissonArrivals(2.0), PoissonArrivals(0.5))
    assert plan_of(option(rate="2", arrivals="constant", ramp="0.5:30"), PROFILE).loads() == (
        ConstantArrivals(2.0, ramp=Ramp(0.5, 30)),
    )


def test_lengths_slos_and_prompts_are_taken(tmp_path):
    plan = plan_of(option(lengths="1024,128", slo="ttft=500, tpot=50"), PROFILE)

    assert (plan.input_tokens, plan.output_tokens, plan.slos) == (1024, 128, {"ttft": 500, "tpot": 50})
    (tmp_path / "a.jsonl").touch()
    assert plan_of(option(prompts=str(tmp_path / "a.jsonl")), PROFILE).prompts == tmp_path / "a.jsonl"


def test_prompts_that_cannot_be_read_are_refused_before_anything_starts(tmp_path):
    with pytest.raises(UsageError, match=r"the file of prompts .*none\.jsonl cannot be read: No such file"):
        plan_of(option(prompts=str(tmp_path / "none.jsonl")), PROFILE)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"requests": 0}, "measure one at least"),
        ({"concurrency": "many"}, "give numbers, such as 1,4,16,64"),
        ({"concurrency": "0"}, "above 0"),
        ({"rate": "fast"}, "give requests a second, such as 2,4.5"),
        ({"rate": "nan"}, "above 0"),
        ({"arrivals": "poisson"}, "of an open loop: give its --load-rate too"),
        ({"rate": "1", "ramp": "5"}, "such as 0.5:30"),
        ({"rate": "1", "ramp": "5:0"}, "cannot be"),
        ({"lengths": "12"}, "tokens in and out, such as 1024,128"),
        ({"lengths": "12,3", "output_tokens": 4}, "give one of them"),
        ({"slo": "speed=3"}, "of ttft, tpot, e2el"),
        ({"slo": "ttft=fast"}, "such as ttft=500,tpot=50"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, said):
    with pytest.raises(UsageError, match=said):
        plan_of(option(**given), PROFILE)
