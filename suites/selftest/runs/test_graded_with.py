"""A judge that a suite cannot do without is part of who graded it; one that only reads beside is not."""

from __future__ import annotations

from servecheck.profiles.schema import Profile, Sampling
from servecheck.runs.declared import graded_by
from servecheck.runs.graded_with import graded_with, judging_model

JUDGE = Profile(name="j", model="gpt-4o", base_url="http://judge/v1")
WARMER = JUDGE.model_copy(update={"sampling": Sampling(temperature=0.5)})


def test_the_judges_model_and_how_it_is_asked_tell_graders_apart():
    assert graded_with("simpleqa", JUDGE).startswith(f"{graded_by('simpleqa')} with judge gpt-4o ")
    assert graded_with("simpleqa", JUDGE) == graded_with("simpleqa", JUDGE.model_copy(update={"name": "other"}))
    assert graded_with("simpleqa", JUDGE) != graded_with("simpleqa", WARMER)
    assert judging_model("simpleqa", JUDGE) == "gpt-4o"


def test_where_it_decides_nothing_the_grader_is_alone():
    assert graded_with("gpqa", JUDGE) == graded_with("gpqa", None) == graded_by("gpqa")
    assert judging_model("gpqa", JUDGE) == judging_model("simpleqa", None) == ""
