"""A judge that a suite cannot do without is part of who graded it; one that only reads beside is not."""

from __future__ import annotations

import pytest
from servecheck.gates.lookup import Query, look_up
from servecheck.gates.reference_file import load_references
from servecheck.plugin.option_table import REFERENCES
from servecheck.profiles.schema import Profile, Sampling
from servecheck.runs.declared import graded_by
from servecheck.runs.graded_with import graded_with, judging_model

JUDGE = Profile(name="j", model="gpt-4o", base_url="http://judge/v1")
WARMER = JUDGE.model_copy(update={"sampling": Sampling(temperature=0.5)})


def test_the_judges_model_and_how_it_is_asked_tell_graders_apart():
    assert graded_with("simpleqa", JUDGE, "").startswith(f"{graded_by('simpleqa')} with judge gpt-4o ")
    assert graded_with("simpleqa", JUDGE, "") == graded_with("simpleqa", JUDGE.model_copy(update={"name": "other"}), "")
    assert graded_with("simpleqa", JUDGE, "") != graded_with("simpleqa", WARMER, "")
    for change in ({"flags": {"kv-cache-dtype": "fp8"}}, {"reasoning_markers": [["<t>", "</t>"]]}):
        assert graded_with("simpleqa", JUDGE, "") != graded_with("simpleqa", JUDGE.model_copy(update=change), "")
    assert judging_model("simpleqa", JUDGE, "") == "gpt-4o"


def test_where_it_decides_nothing_the_grader_is_alone():
    assert graded_with("gpqa", JUDGE, "") == graded_with("gpqa", None, "") == graded_by("gpqa")
    assert judging_model("gpqa", JUDGE, "") == judging_model("simpleqa", None, "") == ""


@pytest.mark.parametrize(("judge", "gates"), [("gpt-4o", True), ("llama", False), ("", False)])
def test_a_published_score_gates_under_the_judge_that_it_was_taken_with_alone(judge, gates):
    references = load_references(REFERENCES).entries
    profile = Profile(name="glm", model="zai-org/GLM-4.5", quantisation="none", thinking="on", protocol="glm_hle",
                      sampling=Sampling(temperature=0.6, max_tokens=81920))  # fmt: skip
    query = Query.of(profile, suite="hle", problems="hle", problems_sha256="0" * 64, metric="accuracy", judge=judge,
                     grader="hle 1")  # fmt: skip

    found = look_up(references, query)

    assert [one.score for one in found.published] == (["14.4"] if gates else [])
    told = [one.reason for one in found.beside if one.reference.suite == "hle"]
    assert all("judge gpt-4o, this run" in why for why in told)
    assert bool(told) is not gates


def test_the_words_in_which_a_judge_is_asked_are_a_condition_where_they_are_the_problem_sets():
    own, authors = (graded_with("sysbench", JUDGE, wording) for wording in ("own", "authors 627ffa8"))

    assert own.endswith(" in the words own")
    assert authors.endswith(" in the words authors 627ffa8")
    assert judging_model("sysbench", JUDGE, "own") == "gpt-4o in this project's words"
    assert judging_model("sysbench", JUDGE, "authors 627ffa8") == "gpt-4o"
    assert judging_model("sysbench", None, "own") == ""
