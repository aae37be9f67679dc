"""What was measured is kept and compared as it was measured, and what does not count is in no file of others' tools."""

from __future__ import annotations

import json

import pytest
from servecheck.gates.acceptance import Acceptance, NotCounted, SpecDecode
from servecheck.runs.throughput.results import MeasuredBlock, accepted, stored_block, timed_requests, write_points
from servecheck.throughput.arrivals import Arrivals, ClosedLoop, ConstantArrivals
from servecheck.throughput.measured_point import MeasuredPoint
from servecheck.throughput.metrics import point_metrics
from servecheck.throughput.plan import BlockPlan

from suites.selftest.throughput.conftest import load, outcome

NONE = NotCounted("no counters")


def point(arrivals: Arrivals, *, drafts: Acceptance | NotCounted = NONE, lost: tuple[str, ...] = ()) -> MeasuredPoint:
    """Three requests of two prompts."""
    measured = load(outcome(), outcome(completion_tokens=9), outcome())
    return MeasuredPoint(arrivals, 2, measured, point_metrics(measured), NONE, drafts, True, lost)


def block(*points: MeasuredPoint, arm: str = "on") -> MeasuredBlock:
    return MeasuredBlock(arm, {"start_s": 4.0}, points)


def test_a_point_that_counts_is_a_file_of_vllm_bench_serves_form(tmp_path):
    plan = BlockPlan((4,), (2.5,), is_poisson=False, slos={"ttft": 500})
    whole, marked = point(ClosedLoop(4)), point(ConstantArrivals(9.0), lost=("it was started again",))

    write_points(tmp_path / "b", [block(whole, point(ConstantArrivals(2.5)), marked)], plan, "m", "p")

    told = {path.name: json.loads(path.read_text()) for path in (tmp_path / "b").iterdir()}
    assert {name: (one["request_rate"], one["burstiness"], one["max_concurrency"]) for name, one in told.items()} == {
        "block1-on-concurrency4.json": ("inf", 1.0, 4),
        "block1-on-2.5requestss.json": (2.5, "inf", None),
    }
    assert all(one["request_goodput"] > 0 for one in told.values())


def test_a_block_is_stored_with_its_marks(tmp_path):
    stored = stored_block(block(point(ClosedLoop(4), lost=("it was started again",)), point(ConstantArrivals(2.5))))

    assert [(one.name, one.counts) for one in stored.points] == [("concurrency 4", False), ("2.5 requests/s", True)]
    assert stored.server_started_s == 4.0


def test_requests_are_paired_by_their_prompts():
    found = timed_requests([block(point(ClosedLoop(4)), point(ConstantArrivals(2.5)))], 4)

    assert [(request.prompt, request.output_tokens) for request in found[0]] == [("0", 7), ("1", 9), ("0", 7)]


def test_acceptance_is_over_the_points_with_speculative_decoding_that_count():
    counted = Acceptance(SpecDecode(10, 10, 6, (6,)), 3, 0)
    wrong = point(ClosedLoop(1), drafts=Acceptance(SpecDecode(99, 99, 0, (0,)), 3, 0), lost=("it was started again",))

    found = accepted([block(point(ClosedLoop(4), drafts=counted), wrong), block(point(ClosedLoop(4), drafts=counted))])

    assert found == Acceptance(SpecDecode(20, 20, 12, (12,)), 6, 0)
    assert accepted([block(wrong)]) == NotCounted("no point with speculative decoding counts")
    assert accepted([block(point(ClosedLoop(4), drafts=counted), point(ClosedLoop(1)))]) == NONE


@pytest.mark.parametrize("arm", ["off", "on"])
def test_only_the_arm_with_speculative_decoding_is_asked_for_drafts(arm):
    found = accepted([block(point(ClosedLoop(4), drafts=Acceptance(SpecDecode(1, 1, 1, (1,)), 3, 0)), arm=arm)])

    assert isinstance(found, Acceptance) is (arm == "on")
