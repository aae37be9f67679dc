"""The plan is the same in the owner and in every worker."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from servecheck.evaluation.case import Case
from servecheck.profiles.schema import Embedded, Profile, Sampling
from servecheck.runs.plan import Plan

PLAN = Plan(
    profile=Profile(name="p", model="m", sampling=Sampling(temperature=0.5), embedded=Embedded(latency_s=0.1)),
    problems="starter",
    problems_sha256="00",
    total=44,
    samples={"Starter/1": (0,), "Starter/0": (0, 2)},
    readiness_socket=Path("/folder/readiness"),
    run_dir=Path("/folder/run"),
    number=1,
)


def test_it_survives_the_way_to_a_worker_as_json():
    assert Plan.from_json(json.loads(json.dumps(PLAN.to_json()))) == PLAN


def test_cases_keep_the_sets_order_with_samples_of_one_problem_together():
    assert list(PLAN.cases()) == [Case("Starter/1", 0), Case("Starter/0", 0), Case("Starter/0", 2)]


def test_where_an_order_is_drawn_cases_come_in_it_and_samples_keep_the_sets():
    drawn = replace(PLAN, order=("Starter/0", "Starter/1"))

    assert [case.task_id for case in drawn.cases()] == ["Starter/0", "Starter/0", "Starter/1"]
    assert Plan.from_json(json.loads(json.dumps(drawn.to_json()))) == drawn


def test_a_case_is_named_by_its_task_and_by_its_sample_only_where_there_are_several():
    assert [PLAN.case_id(case) for case in PLAN.cases()] == ["Starter/1", "Starter/0-sample0", "Starter/0-sample2"]
