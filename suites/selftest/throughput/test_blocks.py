"""A block asks every concurrency in turn, and what the server counted tells what does not count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.errors import UsageError
from fixtures.problems import load_problem_set
from fixtures.profiles.schema import Embedded, Profile
from fixtures.servers.embedded import EmbeddedServer
from fixtures.servers.engine_load import LoadBetween
from fixtures.stats.acceptance import Acceptance, NotCounted, SpecDecode
from fixtures.throughput.blocks import BlockPlan, MeasuredPoint, measure_block

PROFILE = Profile(name="e", model="m", backend="embedded", problems="starter", embedded=Embedded())
STARTER = load_problem_set("starter")
QUIET = LoadBetween(12, 1000, 100, 1000, 0, 0, 0)


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
    metrics = replace(measured[0][0].metrics, cached_tokens=99, input_tokens=100)

    (found,) = replace(measured[0][0], metrics=metrics).marks

    assert "99 of 100 prompt tokens came from the prefix cache" in found


@pytest.mark.parametrize("engine", [QUIET, replace(QUIET, prefix_hits=40), NotCounted("no answer")])
def test_a_template_that_is_cached_and_a_server_that_says_nothing_mark_no_point(measured, engine):
    assert replace(measured[0][0], engine=engine).marks == ()


def test_the_same_plan_asks_the_same_and_another_concurrency_asks_otherwise():
    plan = BlockPlan((1, 4), salt="s")

    assert plan.shape(1) == plan.shape(1)
    assert plan.shape(1).salt != plan.shape(4).salt


@pytest.mark.parametrize("levels", [(), (0,), (4, -1)])
def test_a_plan_needs_concurrencies(levels):
    with pytest.raises(UsageError, match="one concurrency at least"):
        BlockPlan(levels)
