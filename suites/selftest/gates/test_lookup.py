"""A score gates a run only where everything that it states agrees; the rest is shown with the reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from servecheck.gates.lookup import Query, look_up
from servecheck.gates.reference_file import load_references
from servecheck.gates.references import Reference
from servecheck.profiles.load import load_profile
from servecheck.profiles.schema import Profile
from servecheck.runs.declared import declared

from suites.selftest.stats.examples import DIGEST, QUERY, reference

TRACKED = Path(__file__).parents[3] / "reference-scores.json"


def recorded(**changes: Any) -> Reference:
    plain = {
        "variant": {"mtp": False, "thinking": "off"},
        "quantisation": "fp8",
        "solved_count": 3,
        "solved": "e",
        "n": 4,
        "score": "75.0",
        "problems_sha256": DIGEST,
    }
    return reference(**(plain | changes))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="published without a word on quantisation"),
        pytest.param({"quantisation": "BF16"}, id="published at full precision, run quantised"),
        pytest.param({"quantisation": "FP8"}, id="the profile's own quantisation"),
        pytest.param({"model": "Example/MODEL"}, id="the model in other case"),
        pytest.param({"variant": {"mtp": False, "thinking": "off"}}, id="the same variant"),
        pytest.param({"sampling": {"temperature": 0, "max_tokens": 768}}, id="every parameter stated agrees"),
        pytest.param({"sampling": {"temperature": 0, "repetition_penalty": 1}}, id="a penalty that does nothing"),
    ],
)
def test_a_score_measured_the_same_way_gates(changes: dict[str, Any]) -> None:
    entry = reference(**changes)

    found = look_up([entry], QUERY)

    assert (found.published, found.beside) == ((entry,), ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"suite": "humaneval_instruct"}, "suite 'humaneval_instruct', this run 'humaneval'"),
        ({"problems": "humaneval"}, "problems 'humaneval', this run 'humaneval-plus'"),
        ({"metric": "pass@1"}, "metric 'pass@1', this run 'pass@1 plus'"),
        ({"protocol": "evalplus_completion"}, "protocol 'evalplus_completion', this run 'evalplus_chat'"),
        ({"protocol": None}, "its source does not state the protocol"),
        ({"quantisation": "awq"}, "quantisation 'awq', this run 'fp8'"),
        ({"variant": {"mtp": True, "thinking": None}}, "speculative decoding MTP, this run off"),
        ({"variant": {"mtp": None, "thinking": "on"}}, "thinking on, this run off"),
        ({"sampling": {}}, "its source does not state the sampling"),
        ({"sampling": {"temperature": 0.8}}, "temperature 0.8, this run 0"),
        ({"sampling": {"temperature": 0, "max_tokens": 4096}}, "max_tokens 4096, this run 768"),
        ({"sampling": {"temperature": 0, "seed": 1}}, "seed 1, this run does not set it"),
        ({"sampling": {"temperature": 0, "repetition_penalty": 1.05}}, "repetition_penalty 1.05, this run 1"),
    ],
)
def test_a_score_measured_otherwise_is_shown_beside_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    found = look_up([reference(**changes)], QUERY)

    assert found.published == ()
    assert [beside.reason for beside in found.beside] == [reason]


def test_every_difference_is_named() -> None:
    (beside,) = look_up([reference(suite="humaneval_instruct", quantisation="awq")], QUERY).beside

    assert beside.reason == "suite 'humaneval_instruct', this run 'humaneval'; quantisation 'awq', this run 'fp8'"


def test_a_penalty_that_only_the_run_sends_is_a_difference() -> None:
    query = replace(QUERY, sampling={**QUERY.sampling, "presence_penalty": 0.5})

    (beside,) = look_up([reference()], query).beside

    assert beside.reason == "presence_penalty 0, this run 0.5"


def test_a_score_of_another_number_of_problems_is_shown_beside() -> None:
    measured = reference(n=164, problems_sha256=None)

    (beside,) = look_up([measured], replace(QUERY, n=30)).beside

    assert beside.reason == "measured on 164 problems, this run has 30"
    assert look_up([measured], replace(QUERY, n=164)).published == (measured,)
    assert look_up([measured], QUERY).published == (measured,)  # nobody knows of how many the run is
    assert len(look_up([reference(n=None)], replace(QUERY, n=30)).published) == 1  # it holds by construction


def test_other_models_are_not_mentioned() -> None:
    found = look_up([reference(model="example/model-2")], QUERY)

    assert (found.published, found.beside) == ((), ())


def test_a_score_silent_on_mtp_gates_both_ways_and_one_silent_on_thinking_only_with_thinking_off() -> None:
    assert look_up([reference()], replace(QUERY, speculation="mtp")).published

    (beside,) = look_up([reference()], replace(QUERY, thinking="on")).beside
    assert beside.reason == "its source does not state the thinking mode, this run has it on"


def test_a_run_of_unknown_quantisation_is_told_to_state_it() -> None:
    found = look_up([reference(), reference(quantisation="fp8")], replace(QUERY, quantisation="unknown"))

    assert [entry.quantisation for entry in found.published] == [None]
    assert found.beside[0].reason == "quantisation 'fp8': state the profile's to compare"


def test_the_profiles_own_quantisation_comes_before_full_precision() -> None:
    full, own = reference(quantisation="bf16", score="50.0"), reference(quantisation="fp8")

    found = look_up([full, own], QUERY)

    assert found.published == (own,)
    assert [(beside.reference, beside.reason) for beside in found.beside] == [
        (full, "the profile's own quantisation, fp8, has a score")
    ]


def test_names_of_full_precision_are_one_quantisation() -> None:
    full, silent = reference(quantisation="bf16"), reference()

    assert look_up([silent, full], replace(QUERY, quantisation="none")).published == (full,)


def test_the_newest_score_comes_first() -> None:
    dates = ["2025", "2026-02", "2025-12-31"]

    found = look_up([reference(date=date) for date in dates], QUERY)

    assert [entry.date for entry in found.published] == ["2026-02", "2025-12-31", "2025"]


def test_a_run_is_held_to_a_recorded_and_a_published_score_apart() -> None:
    # the recorded one is of the profile's own quantisation and does not push the published one aside
    own, full = recorded(), reference(quantisation="bf16")

    found = look_up([own, full], QUERY)

    assert (found.recorded, found.published, found.beside) == ((own,), (full,), ())


@pytest.mark.parametrize("digest", ["b" * 64, None])
def test_outcomes_of_another_problem_file_are_no_pairs(digest: str | None) -> None:
    found = look_up([recorded()], replace(QUERY, problems_sha256=digest))

    assert found.recorded == ()
    assert [beside.reason for beside in found.beside] == [
        "recorded with another problem file, so its outcomes are no pairs of this run's: record it anew"
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"asked_sha256": "d" * 64}, "the protocol evalplus_chat asked otherwise when it was recorded: record it anew"),
        ({"grader": "evalplus 2"}, "grader 'evalplus 1', this run 'evalplus 2': record it anew"),
        ({}, None),
        ({"asked_sha256": None, "grader": None}, None),
    ],
    ids=["prompts", "grader", "the same", "not known"],
)
def test_what_was_recorded_gates_what_is_asked_and_graded_alike(changes: dict[str, Any], reason: str | None) -> None:
    entry = recorded(asked_sha256="c" * 64, grader="evalplus 1")
    query = replace(QUERY, asked_sha256="c" * 64, grader="evalplus 1")

    found = look_up([entry], replace(query, **changes))

    assert [beside.reason for beside in found.beside] == ([] if reason is None else [reason])
    assert found.recorded == ((entry,) if reason is None else ())


def test_what_was_recorded_before_prompts_and_grader_were_kept_gates_as_it_did() -> None:
    entry = recorded()

    assert look_up([entry], replace(QUERY, asked_sha256="c" * 64, grader="evalplus 1")).recorded == (entry,)


def test_prompts_of_other_problems_are_no_reason_more() -> None:
    (beside,) = look_up([recorded(asked_sha256="c" * 64, suite="mbpp")], replace(QUERY, asked_sha256="d" * 64)).beside

    assert beside.reason == "suite 'mbpp', this run 'humaneval'"


def test_a_recorded_entry_of_another_variant_is_shown_beside() -> None:
    (beside,) = look_up([recorded(variant={"mtp": True, "thinking": "off"})], QUERY).beside

    assert beside.reason == "speculative decoding MTP, this run off"


@pytest.mark.parametrize(
    ("stated", "method", "reason"),
    [
        ({"mtp": True}, "eagle3", "speculative decoding MTP, this run EAGLE-3"),
        ({"mtp": False}, "eagle3", "speculative decoding off, this run EAGLE-3"),
        ({"mtp": False, "speculation": "eagle3"}, None, "speculative decoding EAGLE-3, this run off"),
        ({"mtp": False, "speculation": "eagle3"}, "draft-eagle3", None),
        ({"mtp": True}, "glm4_moe_mtp", None),
        ({"mtp": None}, "ngram", None),
    ],
)
def test_a_score_gates_where_the_same_kind_drafted(
    stated: dict[str, Any], method: str | None, reason: str | None
) -> None:
    found = look_up([recorded(variant={"thinking": "off"} | stated)], replace(QUERY, speculation=method))

    assert [beside.reason for beside in found.beside] == ([] if reason is None else [reason])


def test_the_newest_recorded_entry_comes_first() -> None:
    old, new = recorded(date="2026-01-02"), recorded(date="2026-01-10", sampling={"temperature": 0, "max_tokens": 768})

    assert look_up([old, new], QUERY).recorded == (new, old)


def test_outcomes_without_the_digest_of_their_problems_count_as_a_published_score() -> None:
    entry = recorded(problems_sha256=None)

    found = look_up([entry], QUERY)

    assert (found.published, found.recorded) == ((entry,), ())


def test_a_run_of_unknown_quantisation_is_held_to_what_was_recorded_of_such_a_run() -> None:
    query = replace(QUERY, quantisation="unknown")
    unknown, known = recorded(quantisation="unknown"), recorded()

    found = look_up([unknown, known], query)

    assert found.recorded == (unknown,)
    assert found.beside[0].reason == "quantisation 'fp8': state the profile's to compare"
    assert look_up([unknown], QUERY).recorded == ()


def test_a_profile_makes_its_query() -> None:
    profile = Profile(name="fp8", model="example/model", quantisation="fp8")

    query = Query.of(
        profile, suite="humaneval", problems="humaneval-plus", metric="pass@1 plus", problems_sha256=DIGEST
    )

    assert query == QUERY


def test_what_a_profile_adds_to_its_requests_makes_another_protocol() -> None:
    def protocol(**added: Any) -> str:
        profile = Profile(name="p", model="m", **added)
        return Query.of(profile, suite="humaneval", problems="starter", metric="pass@1 plus").protocol

    low, high = ({"chat_template_kwargs": {"reasoning_effort": effort}} for effort in ("low", "high"))

    assert protocol() == protocol(thinking_switch="enable_thinking") == "evalplus_chat"
    assert protocol(system_prompt="Be brief.").startswith("evalplus_chat with system_prompt ")
    assert protocol(extra_body=low) == protocol(extra_body=low) != protocol(extra_body=high)


@pytest.mark.parametrize("problems", ["starter", "humaneval-plus"])
@pytest.mark.parametrize("metric", ["pass@1 base", "pass@1 plus"])
def test_the_embedded_reference_profile_has_a_score_to_be_held_to(problems: str, metric: str) -> None:
    profile = Profile(name="reference", model="servecheck/canonical-solutions", quantisation="none")

    found = look_up(
        load_references(TRACKED).entries, Query.of(profile, suite="humaneval", problems=problems, metric=metric)
    )

    assert [entry.score for entry in found.published] == ["100.0"]


@pytest.mark.parametrize(("mtp", "score", "other"), [(False, "45.0", "MTP"), (True, "32.3", "off")])
def test_each_variant_of_glm_is_held_to_its_own_score(mtp: bool, score: str, other: str) -> None:
    query = _notes_query(load_profile("glm47-fp8-mtp" if mtp else "glm47-fp8"))

    found = look_up(load_references(TRACKED).entries, query)

    assert [entry.score for entry in found.published] == [score]
    assert [beside.reason for beside in found.beside if beside.reference.suite == query.suite] == [
        f"speculative decoding {other}, this run {'MTP' if mtp else 'off'}"
    ]


@pytest.mark.parametrize(
    ("profile", "score"), [("glm47-awq", "12.2"), ("glm47-nvfp4", "43.9"), ("glm47-nvfp4-thinking", "0")]
)
def test_each_quantisation_of_the_notes_is_held_to_its_own_score(profile: str, score: str) -> None:
    found = look_up(load_references(TRACKED).entries, _notes_query(load_profile(profile)))

    assert [entry.score for entry in found.published] == [score]


def test_a_score_taken_through_transforms_gates_no_run_that_is_read_without_them() -> None:
    profile = load_profile("glm47-fp8").model_copy(update={"transforms": ["strip_code_fences"]})

    found = look_up(load_references(TRACKED).entries, _notes_query(profile))

    assert found.published == ()
    assert (
        "transforms inject_chat_template_kwargs(enable_thinking=false), strip_code_fences, copy_reasoning_to_content, "
        "this run strip_code_fences" in found.beside[0].reason
    )


def test_a_transform_by_its_name_is_the_same_as_a_table_of_that_name_alone() -> None:
    profile = load_profile("glm47-fp8").model_dump()
    profile["transforms"] = [{"name": one} if isinstance(one, str) else one for one in profile["transforms"]]

    found = look_up(load_references(TRACKED).entries, _notes_query(Profile.model_validate(profile)))

    assert [entry.score for entry in found.published] == ["45.0"]


def _notes_query(profile: Profile) -> Query:
    asked = declared("humaneval_instruct").asked(profile)
    return Query.of(asked, suite="humaneval_instruct", problems="humaneval", metric="pass@1 base")


SENT = {"temperature": 0.0, "max_tokens": 768}


def test_a_run_whose_protocol_sends_no_top_p_is_held_to_no_score_that_was_drawn_with_one() -> None:
    profile = Profile(name="fp8", model="example/model", quantisation="fp8")
    query = Query.of(profile, suite="humaneval", problems="humaneval-plus", metric="pass@1 plus", sent=SENT)

    found = look_up([reference(sampling={"temperature": 0, "top_p": 0.95})], query)

    assert found.published == ()
    assert [one.reason for one in found.beside] == ["top_p 0.95, this run does not set it"]
    assert "top_p" not in query.conditions.words


def test_one_that_was_recorded_when_runs_stated_what_was_not_sent_still_gates_them() -> None:
    entry = recorded(sampling=QUERY.sampling)

    assert look_up([entry], replace(QUERY, sampling=SENT)).recorded == (entry,)
    assert look_up([entry], replace(QUERY, sampling={**SENT, "temperature": 0.5})).recorded == ()
    assert look_up([entry], replace(QUERY, sampling={**SENT, "top_p": 0.5})).recorded == ()
