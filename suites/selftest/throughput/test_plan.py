"""A plan says what every block asks, the same in each."""

from __future__ import annotations

import json

import pytest
from servecheck.errors import UsageError
from servecheck.problems import load_problem_set
from servecheck.profiles.schema import Profile
from servecheck.throughput.arrivals import ClosedLoop, ConstantArrivals, PoissonArrivals, Ramp
from servecheck.throughput.plan import BlockPlan

PROFILE = Profile(name="p", model="m")
STARTER = load_problem_set("starter")


def test_concurrencies_come_first_and_rates_arrive_as_the_plan_says():
    ramp = Ramp(0.5, 10)

    assert BlockPlan((4, 1), (2.0,), ramp=ramp).loads() == (
        ClosedLoop(4),
        ClosedLoop(1),
        PoissonArrivals(2.0, ramp=ramp),
    )
    assert BlockPlan(rates=(2.0,), is_poisson=False).loads() == (ConstantArrivals(2.0),)
    assert BlockPlan(rates=(2.0,), at_most=8).loads() == (PoissonArrivals(2.0, in_flight=8),)


def test_the_same_plan_asks_the_same_and_another_load_asks_otherwise():
    plan = BlockPlan((1, 4), (2.0,), salt="s")
    first, other, rate = plan.loads()

    assert plan.workload(PROFILE, STARTER, first) == plan.workload(PROFILE, STARTER, first)
    assert len({plan.shape(load).salt for load in (first, other, rate)}) == 3


def test_a_point_has_requests_enough_for_its_places():
    plan = BlockPlan((1, 64), least_requests=32, rounds=4)

    assert [plan.shape(load).requests for load in plan.loads()] == [32, 256]


def test_sizes_of_chunks_are_asked_of_vllm_alone():
    plan = BlockPlan((1,))
    (load,) = plan.loads()
    vllm = PROFILE.model_copy(update={"backend": "vllm"})

    def options(profile):
        return plan.workload(profile, STARTER, load).measured[0]["stream_options"]

    assert options(vllm) == {"include_usage": True, "continuous_usage_stats": True}
    assert options(PROFILE) == {"include_usage": True}


def test_prompts_are_the_problems_or_a_files_or_of_a_length(tmp_path):
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(json.dumps({"prompt": f"say {number}"}) + "\n" for number in range(6)))
    (load,) = BlockPlan((1,)).loads()

    of_file = BlockPlan((1,), prompts=path).workload(PROFILE, STARTER, load)
    of_length = BlockPlan((1,), input_tokens=50, output_tokens=7).workload(PROFILE, STARTER, load)

    assert (of_file.name, of_file.distinct) == ("prompts.jsonl", 2)
    assert of_length.measured[0]["min_tokens"] == 7
    assert of_length.distinct == 32


def test_a_file_is_known_by_its_digest(tmp_path):
    path = tmp_path / "prompts.jsonl"
    path.write_text('{"prompt": "a"}\n')
    before = BlockPlan((1,), prompts=path).to_json()
    path.write_text('{"prompt": "b"}\n')

    assert BlockPlan((1,), prompts=path).to_json() != before
    with pytest.raises(UsageError, match="prompts cannot be read"):
        BlockPlan((1,), prompts=tmp_path / "none").to_json()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "one concurrency or request rate at least"),
        ({"concurrencies": (0,)}, "one concurrency at least, of 1 or more"),
        ({"concurrencies": (4, -1)}, "one concurrency at least, of 1 or more"),
        ({"concurrencies": (1,), "input_tokens": 8}, "replies of a fixed length"),
        ({"concurrencies": (1,), "output_tokens": 0}, "0 tokens cannot be"),
        ({"concurrencies": (1,), "input_tokens": -5, "output_tokens": 9}, "-5 tokens cannot be"),
        ({"rates": (2000000.0, 2000000.4)}, "two loads of a throughput run have one name"),
    ],
)
def test_a_plan_that_asks_nothing_is_refused(fields, said):
    with pytest.raises(UsageError, match=said):
        BlockPlan(**fields)
