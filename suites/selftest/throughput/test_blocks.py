"""A block asks every concurrency in turn, and what the server counted tells what does not count."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.gates.acceptance import Acceptance, NotCounted, SpecDecode
from servecheck.problems import load_problem_set
from servecheck.profiles.schema import Embedded, Profile
from servecheck.selfcheck.embedded.server import EmbeddedServer
from servecheck.servers.engine_load import LoadBetween
from servecheck.throughput.blocks import measure_block
from servecheck.throughput.measured_point import MeasuredPoint
from servecheck.throughput.plan import BlockPlan

PROFILE = Profile(name="e", model="m", backend="embedded", problems="starter", embedded=Embedded())
STARTER = load_problem_set("starter")
QUIET = LoadBetween(12, 1000, 100, 1000, 0, 0, 0, "vLLM")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[MeasuredPoint, ...], list[str]]:
    """Two concurrencies at the embedded server, and what was said meanwhile."""
    said: list[str] = []
    with EmbeddedServer(PROFILE, tmp_path_factory.mktemp("block") / "log") as server:
        plan = BlockPlan((1, 4), least_requests=6, warm_up=2)
        return measure_block(PROFILE, STARTER, server.base_url, plan, say=said.append), said


def test_every_concurrency_is_a_point_of_as_many_requests_as_its_places_need(measured):
    points, said = measured

    assert [point.concurrency for point in points] == [1, 4]
    assert [len(point.load.outcomes) for point in points] == [6, 16]
    assert all(outcome.is_complete for point in points for outcome in point.load.outcomes)
    assert said[0].startswith("concurrency 1: ")


def test_a_server_without_counters_is_said_to_have_none_and_its_points_count(measured):
    point = measured[0][0]

    assert isinstance(point.engine, NotCounted)
    assert isinstance(point.drafts, NotCounted)
    assert point.marks == ()


@pytest.mark.parametrize(
    ("engine", "mark"),
    [
        (replace(QUIET, foreign=3), "the server answered 3 requests of others meanwhile"),
        (replace(QUIET, prefix_hits=400), "400 of 1,000 prompt tokens came from the prefix cache"),
    ],
)
def test_what_the_server_counted_can_show_that_a_point_does_not_count(measured, engine, mark):
    (found,) = replace(measured[0][0], engine=engine).marks

    assert mark in found


def test_what_could_be_counted_before_a_load_and_not_after_it_marks_the_point(measured):
    assert replace(measured[0][0], lost=("the server was started again",)).marks == ("the server was started again",)


@pytest.mark.parametrize(("is_drafting", "marks"), [(True, 0), (False, 1)])
def test_a_server_that_drafts_where_it_should_not_measures_something_else(measured, is_drafting, marks):
    drafts = Acceptance(SpecDecode(69, 69, 46, (46,)), 12, 0)

    assert len(replace(measured[0][0], drafts=drafts, is_drafting=is_drafting).marks) == marks


def test_requests_of_others_are_told_by_either_counter(measured):
    (found,) = replace(measured[0][0], drafts=Acceptance(SpecDecode(0, 0, 0, ()), 12, 2)).marks

    assert "answered 2 requests of others" in found


def test_cached_prompts_are_told_by_usage_where_the_server_has_no_counters(measured):
    metrics = measured[0][0].metrics.model_copy(update={"cached_tokens": 99, "input_tokens": 100})

    (found,) = replace(measured[0][0], metrics=metrics).marks

    assert "99 of 100 prompt tokens came from the prefix cache" in found


@pytest.mark.parametrize(
    ("shared", "marks"),
    [(9, ()), (4, ("62 of 1,000 prompt tokens came from the prefix cache, beside what all prompts share",))],
)
def test_what_all_prompts_share_may_come_from_the_cache_and_no_more(measured, shared, marks):
    """Six requests and two to warm up, of 94 cached tokens in all."""
    found = replace(measured[0][0], engine=replace(QUIET, prefix_hits=94), shared=shared).marks

    assert tuple(mark.partition(":")[0] for mark in found) == marks


def test_what_could_not_be_checked_is_said_at_the_point(measured):
    silent, counted = measured[0][0], replace(measured[0][0], engine=QUIET)
    sampled = replace(QUIET, prefix_hits=None, most_hit_rate=0.3, unusable=("vllm:kv_cache_usage_perc is 1.02",))

    assert silent.marks == ()
    assert [note.partition(":")[0] for note in silent.notes] == [
        "whether the server answered others meanwhile could not be checked",
        "what came from the prefix cache could not be checked",
    ]
    assert "HTTP 404" in silent.notes[0]
    assert counted.notes == ()
    assert replace(silent, engine=sampled).notes == (
        "what came from the prefix cache could not be checked: the server does not count it but for its last requests "
        "(30%)",
        "the server tells what cannot be (vllm:kv_cache_usage_perc is 1.02), which was not used",
    )
    assert any("could not be checked" in line for line in measured[1])


def test_a_rate_of_the_last_requests_marks_where_no_template_is_as_long(measured):
    (found,) = replace(measured[0][0], engine=replace(QUIET, prefix_hits=None, most_hit_rate=0.9)).marks

    assert "up to 90% of the prompt tokens came from the prefix cache" in found


def test_an_engine_that_counts_tokens_and_no_requests_tells_of_others(measured):
    point = measured[0][0]
    own = sum(outcome.completion_tokens for outcome in (*point.load.outcomes, *point.load.warm_up))
    alone = replace(QUIET, requests=None, foreign=None, generation_tokens=own)

    assert replace(point, engine=alone).marks == ()
    assert replace(point, engine=alone).notes == ()
    assert replace(point, engine=replace(alone, generation_tokens=own + 9, rounded_to=10)).marks == ()
    (found,) = replace(point, engine=replace(alone, generation_tokens=own + 1200)).marks
    assert "the server generated 1,200 tokens for others meanwhile" in found


def test_a_server_that_tells_of_drafts_where_there_should_be_none_measures_something_else(measured):
    (found,) = replace(measured[0][0], engine=replace(QUIET, most_accept_length=2.1), is_drafting=False).marks

    assert "the server tells of drafts (2.10 tokens a step), and speculative decoding is said to be off" in found


@pytest.mark.parametrize("engine", [QUIET, replace(QUIET, prefix_hits=40), NotCounted("no answer")])
def test_a_template_that_is_cached_and_a_server_that_says_nothing_mark_no_point(measured, engine):
    assert replace(measured[0][0], engine=engine).marks == ()


def test_an_open_loop_is_a_point_of_its_rate_with_what_met_the_slos(tmp_path):
    said: list[str] = []
    plan = BlockPlan(rates=(50.0,), is_poisson=False, least_requests=6, warm_up=0, slos={"ttft": 60_000})

    with EmbeddedServer(PROFILE, tmp_path / "log") as server:
        (point,) = measure_block(PROFILE, STARTER, server.base_url, plan, say=said.append)

    assert (point.name, point.concurrency, point.arrivals.request_rate) == ("50 requests/s", None, 50.0)
    assert point.metrics.goodput == point.metrics.request_throughput > 0
    assert point.load.duration_s >= 5 / 50


def test_the_progress_of_a_load_is_told_by_its_name(tmp_path):
    said: list[str] = []
    told = []
    plan = BlockPlan((2,), least_requests=4, rounds=1, warm_up=1)

    with EmbeddedServer(PROFILE, tmp_path / "log") as server:
        measure_block(PROFILE, STARTER, server.base_url, plan, say=said.append, progress=lambda *now: told.append(now))

    assert told == [("concurrency 2", done, 4) for done in (1, 2, 3, 4)]


def test_a_server_that_stalls_marks_its_point_after_the_profiles_patience(server):
    said: list[str] = []
    profile = PROFILE.model_copy(update={"stall_timeout_s": 0.3, "extra_body": {"script": {
        "ttft_ms": 5, "gaps_ms": 5, "sizes": [1] * 8, "fault": "stall"}}})  # fmt: skip

    (point,) = measure_block(
        profile, STARTER, server.base_url, BlockPlan((1,), least_requests=2, rounds=1, warm_up=0), say=said.append
    )

    assert point.metrics.complete == 0
    assert "stalled: it sent nothing within its reply for 0.3 s" in point.all_marks[0]
    assert not point.does_count


@pytest.mark.parametrize(
    ("script", "mark"),
    [
        ({"usage": False}, "came without usage, so their tokens are not known"),
        ({"fault": "http_429"}, "were refused as too many (HTTP 429)"),
        ({"fault": "cut"}, "lost their connection"),
        ({"fault": "error"}, "met an error within their reply"),
    ],
)
def test_what_a_server_does_wrong_marks_the_point_and_is_in_no_figure(server, script, mark):
    said: list[str] = []
    scripted = {"ttft_ms": 5, "gaps_ms": 1, "sizes": [1] * 8, **script}
    profile = PROFILE.model_copy(update={"extra_body": {"script": scripted}})

    (point,) = measure_block(
        profile, STARTER, server.base_url, BlockPlan((2,), least_requests=4, rounds=1, warm_up=0), say=said.append
    )

    assert mark in point.all_marks[0]
    assert (point.metrics.complete, point.metrics.output_throughput, point.metrics.ttft) == (0, 0, None)
