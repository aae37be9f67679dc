"""A suite asks as the profile does, but for what it declares."""

from __future__ import annotations

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.metric import Metric
from servecheck.evaluation.sets_by_length import longer_than, require_room
from servecheck.evaluation.suite import Suite
from servecheck.evaluation.verdict import PartVerdict, Verdict
from servecheck.problems.starter import Starter
from servecheck.profiles.load import load_profile
from servecheck.profiles.schema import Profile, Sampling
from servecheck.protocols.evalplus_chat import EvalPlusChat
from servecheck.runs.declared import declared

from suites.selftest.records import Yes


class Named(Starter):
    """A set that is only named."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


PROFILE = Profile(name="p", model="m", problems="starter-32", transforms=["strip_code_fences"])


def test_one_that_declares_nothing_of_the_kind_asks_as_the_profile_but_reads_replies_as_they_were_sent():
    plain = Suite(name="own", grader=Yes())

    assert plain.asked(PROFILE) == PROFILE.model_copy(update={"transforms": []})
    assert (plain.problems_of(PROFILE), plain.metric, plain.needs) == ("starter-32", "pass@1", frozenset())
    assert not plain.stands_alone


@pytest.mark.parametrize(
    "own",
    [{"problems": Starter()}, {"protocol": EvalPlusChat()}, {"sampling": Sampling()}, {"samples": 8}],
    ids=["problems", "protocol", "sampling", "samples"],
)
def test_one_that_asks_in_its_own_way_is_run_where_it_is_named(own):
    assert Suite(name="own", grader=Yes(), **own).stands_alone


@pytest.mark.parametrize(
    ("stated", "asked"),
    [({"max_tokens": 48}, 48), ({"max_tokens": 8192}, 4096), ({}, 4096)],
    ids=["fewer", "more", "none"],
)
def test_a_limit_that_is_no_part_of_the_measure_may_be_lower_in_the_profile(stated, asked):
    suite = Suite(name="own", grader=Yes(), sampling=Sampling(max_tokens=4096, temperature=0.5), fewer_tokens=True)
    profile = Profile(name="p", model="m", sampling=Sampling(**stated))

    assert suite.asked(profile).sampling == Sampling(max_tokens=asked, temperature=0.5)


def test_a_limit_of_the_measures_own_stands():
    suite = Suite(name="own", grader=Yes(), sampling=Sampling(max_tokens=1024))

    assert suite.asked(Profile(name="p", model="m", sampling=Sampling(max_tokens=48))).sampling.max_tokens == 1024


def test_its_own_problems_go_before_the_profiles():
    assert Suite(name="own", problems=Starter()).problems_of(PROFILE) == "starter"


def test_a_server_that_knows_the_answers_is_asked_the_starter_and_any_other_the_problems():
    own = Suite(name="s", problems=Named("published"), starter=Named("own"), more_problems=(Named("few"),))

    assert own.problems_of(Profile(name="p", model="m", backend="embedded")) == "own"
    assert own.problems_of(Profile(name="p", model="m", backend="vllm")) == "published"
    assert [one.name for one in own.own_problems] == ["published", "own", "few"]


@pytest.mark.parametrize("margin", [0.0, 5.1, float("nan")])
def test_a_margin_that_no_gate_would_take_is_refused(margin):
    with pytest.raises(ValueError, match=r"the suite own declares a margin of .* points: .*--margin"):
        Suite(name="own", margin=margin)


def test_its_files_have_its_name_in_front_unless_it_says_otherwise():
    assert (Suite(name="own").prefix, Suite(name="own", file_prefix="").prefix) == ("own-", "")


def test_llama_cpp_is_told_of_the_penalty_by_its_own_name():
    asked = declared("humaneval_instruct").asked(Profile(name="p", model="m", backend="llamacpp"))

    assert asked.sampling.repetition_penalty is None
    assert asked.extra_body == {"repeat_penalty": 1.05, "repeat_last_n": -1}


class Strict(Yes):
    name = "strict"
    metrics = (Metric("strict", "strict"),)


def test_a_verdict_that_its_own_metric_counts_otherwise_is_told():
    suite = Suite(name="own", grader=Strict())
    right, wrong = PartVerdict("solved"), PartVerdict("wrong")

    assert suite.why_inconsistent(Verdict(score=1.0, parts={"strict": right})) == ""
    assert suite.why_inconsistent(Verdict(score=0.0, kind="wrong", parts={"strict": wrong})) == ""
    assert "a score of 1, and its first metric, strict, counts otherwise" in suite.why_inconsistent(
        Verdict(score=1.0, parts={"strict": wrong})
    )


@pytest.mark.parametrize(
    ("flags", "asked"),
    [({"max-model-len": 8192}, "8k"), ({"max-model-len": 20000}, "16k"), ({}, "own")],
)
def test_sets_by_length_are_asked_of_a_profile_that_says_how_long_its_context_is(flags, asked):
    by_length = {4096: Named("4k"), 8192: Named("8k"), 16384: Named("16k")}
    suite = Suite(name="own", grader=Yes(), problems=Named("own"), by_length=by_length)
    profile = Profile(name="p", model="m", backend="vllm", flags=flags)

    assert suite.problems_of(profile) == asked
    assert suite.problems_of(profile, 9000) == "8k"
    assert [one.name for one in suite.own_problems] == ["own", "4k", "8k", "16k"]


def test_a_context_that_holds_no_set_by_length_is_refused_and_longer_sets_are_known():
    suite = Suite(name="own", grader=Yes(), by_length={4096: Named("4k"), 8192: Named("8k"), 16384: Named("16k")})
    profile = Profile(name="p", model="m", backend="vllm", flags={"max-model-len": 2048})

    with pytest.raises(UsageError, match=r"4k needs a context of 4,096 tokens .* profile p is served with 2,048"):
        suite.problems_of(profile)
    with pytest.raises(UsageError, match="8k needs a context of 8,192 tokens"):
        require_room(suite.by_length, "8k", 6000, "p")
    require_room(suite.by_length, "another", 1, "p")
    longer = [longer_than(suite.by_length, name) for name in ("4k", "16k", "another")]
    assert longer == [("8k", "16k"), (), ()]


@pytest.mark.parametrize(
    ("profile", "asked"),
    [
        ("glm4-9b-0414", "long-context-32k"),
        ("glm4-9b-0414-long", "long-context-128k"),
        ("glm-z1-32b-0414-long", "long-context-128k"),
        ("reference", "long-context-32k"),
    ],
)
def test_long_context_goes_to_the_profiles_length_with_yarn_and_without(profile, asked):
    assert declared("long_context").problems_of(load_profile(profile)) == asked
