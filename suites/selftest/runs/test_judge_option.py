"""A judge is a profile of its own, and never the model under test."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.load import load_profile
from servecheck.profiles.schema import Profile, Sampling
from servecheck.runs.judge_option import MAX_TOKENS, as_judge, check_judge, judge_of

OWN = """
[llama]
model = "meta/Llama-3.1-70B"
base_url = "http://judge:8000/v1/"
sampling = { temperature = 0.5, max_tokens = 99 }
protocol = "lm_eval_instruct"

[nowhere]
model = "meta/Llama-3.1-8B"
"""
MODEL = Profile(name="glm", model="zai-org/GLM-4.7", base_url="http://host:8000/v1")


@pytest.fixture
def option(tmp_path: Path) -> argparse.Namespace:
    (tmp_path / "own.toml").write_text(OWN)
    return argparse.Namespace(judge=None, profiles_file=tmp_path / "own.toml", replies=None)


def named(option: argparse.Namespace, name: str) -> argparse.Namespace:
    option.judge = name
    return option


def test_it_is_asked_as_its_profile_says_and_by_no_suites_protocol(option):
    judge = judge_of(named(option, "llama"), MODEL, ["simpleqa"])

    assert judge is not None
    assert (judge.sampling, judge.base_url) == (Sampling(temperature=0.5, max_tokens=99), "http://judge:8000/v1")
    assert judge.protocol == "evalplus_chat"


def test_where_its_profile_states_no_limit_it_has_room_for_reasons():
    assert as_judge(Profile(name="j", model="m")).sampling.max_tokens == MAX_TOKENS


def test_what_cannot_do_without_one_is_refused_before_anything_is_started(option):
    with pytest.raises(
        UsageError, match="hle and simpleqa: replies are judged by another model, and no judge is named"
    ):
        judge_of(option, MODEL, ["hle", "simpleqa"])
    option.replies = Path("replies.jsonl")
    with pytest.raises(UsageError, match="no judge is named: say which profile judges with --judge NAME"):
        judge_of(option, load_profile("reference"), ["simpleqa"])


def test_the_embedded_server_is_judged_by_one_of_its_kind(option):
    judge = judge_of(option, load_profile("reference"), ["simpleqa"])

    assert judge is not None
    assert judge.name == "judge"


def test_what_can_do_without_one_asks_only_one_that_is_named(option):
    assert judge_of(option, MODEL, ["gpqa"]) is None
    assert judge_of(option, MODEL, ["humaneval"]) is None
    assert judge_of(named(option, "llama"), MODEL, ["gpqa"]) is not None
    assert judge_of(named(option, "llama"), MODEL, ["humaneval"]) is None


def test_one_that_runs_nowhere_and_one_that_does_not_exist_are_refused(option):
    with pytest.raises(UsageError, match="--judge nowhere: the profile says of no server where it runs"):
        judge_of(named(option, "nowhere"), MODEL, ["simpleqa"])
    with pytest.raises(UsageError, match="unknown profile 'lama': did you mean llama"):
        judge_of(named(option, "lama"), MODEL, ["simpleqa"])
    with pytest.raises(UsageError, match=r"; others are in a file of yours, which --profiles-file names$"):
        judge_of(named(option, "zzz"), MODEL, ["simpleqa"])


def test_a_key_that_cannot_be_sent_is_told_before_anything_is_asked(option, monkeypatch):
    monkeypatch.setenv("SERVECHECK_JUDGE_API_KEY", "two\nlines")

    with pytest.raises(UsageError, match="SERVECHECK_JUDGE_API_KEY holds a character"):
        check_judge(named(option, "llama"), ["gpqa"])


def test_it_is_refused_where_no_suite_has_a_question_for_it(option):
    check_judge(option, ["humaneval"])
    check_judge(named(option, "llama"), ["gpqa", "humaneval"])

    with pytest.raises(UsageError, match="--judge is about suites that have replies judged, such as -m simpleqa"):
        check_judge(option, ["humaneval", "gpqa_aa"])
