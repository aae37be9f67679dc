"""Suites that ask the same share a run and its replies; all others have runs of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.case import Case
from servecheck.evaluation.problem import Problem
from servecheck.evaluation.suite import Suite
from servecheck.problems.code import CodeProblem
from servecheck.profiles.schema import Profile, Sampling
from servecheck.runs import grouping
from servecheck.runs.declared import declared_or_plain
from servecheck.runs.grouping import AskedFor, asked_for, the_only_one, unfit

PROFILE = Profile(name="p", model="m", problems="starter")


def runs(*named: str, profile: Profile = PROFILE, samples: int | None = None) -> list[AskedFor]:
    """The runs of these suites, each of which asks its own problems, else the profile's."""
    return asked_for(
        profile,
        named,
        lambda own, way: way.asked(own),
        lambda own, suite: grouping.declared_or_plain(suite).problems_of(own),
        samples,
    )


def shapes(found: list[AskedFor]) -> list[tuple[tuple[str, ...], str, str]]:
    return [(one.suites, one.problems, one.beside) for one in found]


def test_suites_that_ask_alike_share_a_run():
    assert shapes(runs("mention", "humaneval", "transforms")) == [(("humaneval", "mention"), "starter", "")]


def test_another_problem_set_or_protocol_is_a_run_of_its_own_and_the_profiles_own_way_comes_first():
    assert shapes(runs("humaneval_instruct", "mbpp", "humaneval", "mention")) == [
        (("humaneval", "mention"), "starter", ""),
        (("mbpp",), "mbpp-plus", "-mbpp"),
        (("humaneval_instruct",), "starter", "-humaneval_instruct"),
    ]


def test_only_what_the_profile_does_not_ask_by_itself_is_named_in_the_folder():
    assert shapes(runs("mbpp")) == [(("mbpp",), "mbpp-plus", "")]
    assert [one.beside for one in runs("mbpp", "humaneval_instruct")] == ["-mbpp", "-humaneval_instruct"]


def test_a_profile_of_a_suites_problem_set_needs_no_second_run_for_it():
    profile = PROFILE.model_copy(update={"problems": "mbpp-plus"})

    assert shapes(runs("humaneval", "mbpp", profile=profile)) == [(("humaneval", "mbpp"), "mbpp-plus", "")]


@pytest.mark.parametrize(
    "own",
    [
        Suite(name="other", samples=8),
        Suite(name="other", transforms=True),
        Suite(name="other", sampling=Sampling(temperature=0.7)),
    ],
    ids=["k", "transforms", "sampling"],
)
def test_every_part_of_what_is_asked_tells_runs_apart(own, monkeypatch):
    monkeypatch.setattr(grouping, "declared_or_plain", lambda name: own if name == "other" else declared_or_plain(name))
    profile = PROFILE.model_copy(update={"transforms": ["strip_code_fences"]})

    found = runs("humaneval", "other", profile=profile)

    assert [(one.suites, one.beside) for one in found] == [(("humaneval",), ""), (("other",), "-other")]


def test_a_number_of_samples_is_that_of_every_run(monkeypatch):
    own = Suite(name="other", samples=8)
    monkeypatch.setattr(grouping, "declared_or_plain", lambda name: own if name == "other" else declared_or_plain(name))

    assert [one.samples for one in runs("humaneval", "other")] == [1, 8]
    assert [(one.suites, one.samples) for one in runs("humaneval", "other", samples=3)] == [(("humaneval", "other"), 3)]


@pytest.mark.parametrize("named", [[], ["transforms"]])
def test_a_command_about_no_suite_has_one_run_for_none(named):
    assert shapes(runs(*named)) == [((), "starter", "")]


def test_replies_that_are_there_are_one_runs_and_what_differs_is_named():
    one, other, third = runs("humaneval", "mbpp", "humaneval_instruct")

    assert the_only_one([one], "f.jsonl has") is one
    with pytest.raises(UsageError) as raised:
        the_only_one([one, other], "f.jsonl has")
    assert str(raised.value) == (
        "f.jsonl has one run's replies, and mbpp asks otherwise than humaneval (the problem set is mbpp-plus, not "
        "starter): name one of them"
    )
    with pytest.raises(UsageError, match="protocol is lm_eval_instruct, not evalplus_chat; sampling differs"):
        the_only_one([one, third], "f.jsonl has")
    with pytest.raises(UsageError, match="replies a problem is 4, not 1"):
        the_only_one([one, replace(one, samples=4)], "f.jsonl has")


class _Set:
    """A problem set of one problem."""

    name, task_ids, version, sha256 = "mine", ("Mine/0",), "1", "0"

    def __init__(self, problem: Problem) -> None:
        self._problem = problem

    def __getitem__(self, task_id: str) -> Problem:
        return self._problem


def test_a_suite_takes_a_problem_set_that_its_grader_can_grade_and_no_other():
    program = CodeProblem("Mine/0", "", "f", "", "[]", "[]", 0.0, test="def check(f): ...")

    assert [unfit(_Set(program), suite) for suite in ("humaneval", "humaneval_instruct")] == ["", ""]
    assert unfit(_Set(replace(program, test=" ")), "humaneval_instruct").startswith(
        "humaneval_instruct runs the problems' own tests, and mine has none: choose"
    )
    assert unfit(_Set(replace(program, test="")), "humaneval") == ""
    assert unfit(_Set(Case("Mine/0", 0)), "humaneval").startswith("humaneval grades CodeProblems, and mine has none")
