"""A score's conditions are one value with a digest, and what differs in them is named, one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from servecheck.gates.lookup import Query, look_up
from servecheck.gates.reference_file import load_references
from servecheck.gates.references import Reference
from servecheck.gates.score_conditions import Conditions, protocol_with

from suites.selftest.stats.examples import reference

TRACKED = Path(__file__).parents[3] / "reference-scores.json"
GLM45 = {"temperature": 0.6, "max_tokens": 81920}
GLM47 = {"temperature": 1.0, "top_p": 0.95, "max_tokens": 131072}
ONE = Conditions("glm_boxed", sampling=GLM45, samples=32, reader="integer", judge="", data_sha256="ab" * 32)


@pytest.mark.parametrize(
    "changes",
    [
        {"protocol": "other"},
        {"protocol": None},
        {"assumed": True},
        {"sampling": GLM47},
        {"sampling": {}},
        {"samples": 8},
        {"samples": None},
        {"reader": "expression"},
        {"judge": "a judge"},
        {"judge": None},
        {"data_sha256": "cd" * 32},
    ],
    ids=str,
)
def test_the_digest_changes_with_every_condition(changes: dict[str, Any]) -> None:
    assert replace(ONE, **changes).sha256 != ONE.sha256


def test_the_digest_is_of_the_values_and_not_of_how_they_are_written() -> None:
    same = replace(ONE, sampling={"max_tokens": 81920, "top_p": None, "temperature": 0.6})

    assert same.sha256 == ONE.sha256
    assert replace(ONE, sampling={"temperature": 1}).sha256 == replace(ONE, sampling={"temperature": 1.0}).sha256


def test_in_words_it_is_everything_that_is_stated() -> None:
    assert ONE.words == (
        "glm_boxed, max_tokens 81920, temperature 0.6, 32 samples each, read by integer, no judge, data abababababab "
        f"(conditions {ONE.sha256[:12]})"
    )
    assert replace(ONE, assumed=True).words.startswith("prompt assumed: glm_boxed, ")
    assert Conditions(None).words.startswith("prompt not stated, sampling not stated, samples not stated (conditions ")


def test_words_of_others_are_printable() -> None:
    assert "\x1b" not in replace(ONE, judge="judge\x1b[2J").words


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"judge": "a judge"}, "judge none, this run a judge"),
        ({"reader": "expression"}, "reader 'integer', this run 'expression'"),
        ({"data_sha256": "cd" * 32}, "data abababababab, this run cdcdcdcdcdcd"),
        ({"sampling": GLM47}, "temperature 0.6, this run 1; max_tokens 81920, this run 131072"),
        ({"samples": 8}, ""),
        (
            {"reader": None, "data_sha256": None},
            "reader 'integer', this run not known; data abababababab, this run not known",
        ),
    ],
    ids=["judge", "reader", "data", "sampling", "samples", "what the run does not know"],
)
def test_what_reads_and_samples_otherwise_is_named(changes: dict[str, Any], reason: str) -> None:
    assert "; ".join(ONE.unlike_reading(replace(ONE, **changes))) == reason


def test_a_judge_that_the_run_lacks_is_named() -> None:
    assert list(replace(ONE, judge="a judge").unlike_reading(ONE)) == ["judge a judge, this run none"]


def test_a_score_that_says_nothing_of_a_judge_is_held_to_none() -> None:
    assert list(replace(ONE, judge=None).unlike_reading(replace(ONE, judge="a judge"))) == []


def test_a_prompt_that_is_assumed_is_no_prompt_that_agrees() -> None:
    assumed = replace(ONE, assumed=True)

    assert assumed.unlike_prompt(ONE) == "its source does not state the prompt (assumed: 'glm_boxed')"
    assert assumed.unlike_prompt(replace(ONE, protocol="other")) == (
        "its source does not state the prompt (assumed: 'glm_boxed', this run 'other')"
    )


def test_a_system_message_makes_another_prompt_in_a_run_and_in_an_entry_alike() -> None:
    entry, run = reference(system_prompt="Be brief."), protocol_with("evalplus_chat", {"system_prompt": "Be brief."})

    assert entry.conditions.protocol == run != "evalplus_chat"
    assert reference().conditions.protocol == "evalplus_chat" == protocol_with("evalplus_chat", {"system_prompt": ""})


def query(model: str, suite: str, sampling: dict[str, float], **changes: Any) -> Query:
    """A run of that model as its maker's harness asks it."""
    (entry,) = (one for one in tracked(model, suite) if "with tools" not in one.metric)
    return Query(
        model=model,
        quantisation="fp8",
        speculation=None,
        thinking="on",
        suite=suite,
        protocol=entry.protocol or "",
        problems=entry.problems,
        metric=entry.metric,
        sampling=sampling,
        problems_sha256=entry.data_sha256 or "ab" * 32,
        **{"grader": entry.grader and f"{entry.grader} 1", **changes},
    )


def test_quantised_weights_are_held_to_the_scores_of_the_model_that_they_are_a_release_of() -> None:
    asked = replace(query("zai-org/GLM-4.5", "aime24", GLM45), model="zai-org/glm-4.5-fp8")

    assert [one.score for one in look_up(load_references(TRACKED).entries, asked).published] == ["91.0"]


def tracked(model: str, suite: str) -> list[Reference]:
    return [one for one in load_references(TRACKED).entries if (one.model, one.suite) == (model, suite)]


def test_glm_45_is_held_to_its_score_where_it_is_asked_as_its_makers_harness_asks() -> None:
    found = look_up(tracked("zai-org/GLM-4.5", "aime24"), query("zai-org/GLM-4.5", "aime24", {**GLM45, "top_p": 0.95}))

    assert [(one.score, one.samples) for one in found.published] == [("91.0", 32)]


def test_glm_45_is_held_to_nothing_where_another_reader_reads() -> None:
    asked = query("zai-org/GLM-4.5", "aime24", GLM45, grader="expression 1")

    found = look_up(tracked("zai-org/GLM-4.5", "aime24"), asked)

    assert [one.reason for one in found.beside] == ["reader 'integer', this run 'expression'"]


@pytest.mark.parametrize(
    ("sent", "reasons"),
    [
        ({"top_k": 1}, ["top_k not stated, this run 1"]),
        ({"min_p": 0.9}, ["min_p not stated, this run 0.9"]),
        ({"top_k": -1}, []),
        ({"top_k": 0, "min_p": 0.0}, []),
    ],
)
def test_a_run_that_draws_from_fewer_tokens_than_is_stated_is_held_to_nothing(sent: dict[str, Any], reasons: list[str]):
    found = look_up(tracked("zai-org/GLM-4.5", "aime24"), query("zai-org/GLM-4.5", "aime24", {**GLM45, **sent}))

    assert [one.reason for one in found.beside] == reasons
    assert len(found.published) == (not reasons)


def test_where_nothing_is_drawn_it_is_no_difference_from_how_many_tokens() -> None:
    greedy = replace(ONE, sampling={"temperature": 0.0})

    assert list(greedy.unlike_reading(replace(greedy, sampling={"temperature": 0.0, "top_k": 20}))) == []


@pytest.mark.parametrize("model", ["zai-org/GLM-4.5", "zai-org/GLM-4.5-Air"])
def test_programs_that_another_comparison_graded_are_held_to_nothing(model: str) -> None:
    asked = query(model, "livecodebench", GLM45, grader="livecodebench 1")

    found = look_up(tracked(model, "livecodebench"), asked)

    assert found.published == ()
    assert [one.reason for one in found.beside] == ["reader 'glm_simple_evals', this run 'livecodebench'"]


def test_asked_as_glm_47_is_glm_45_is_held_to_nothing_and_told_why() -> None:
    found = look_up(tracked("zai-org/GLM-4.5", "aime24"), query("zai-org/GLM-4.5", "aime24", GLM47))

    assert found.published == ()
    assert [one.reason for one in found.beside] == ["temperature 0.6, this run 1; max_tokens 81920, this run 131072"]


def test_a_score_that_a_judge_had_a_part_in_gates_no_run_without_that_judge() -> None:
    entries, asked = tracked("zai-org/GLM-4.5", "gpqa"), query("zai-org/GLM-4.5", "gpqa", GLM45)

    assert [one.reason for one in look_up(entries, asked).beside] == [
        "judge Meta-Llama-3.1-70B-Instruct, this run none"
    ]
    assert look_up(entries, replace(asked, judge="Meta-Llama-3.1-70B-Instruct")).published


@pytest.mark.parametrize("model", ["zai-org/GLM-4.6", "zai-org/GLM-4.7", "zai-org/GLM-4.7-Flash"])
@pytest.mark.parametrize("suite", ["aime25", "gpqa", "hle", "livecodebench"])
def test_what_was_published_without_its_prompt_is_shown_and_gates_nothing(model: str, suite: str) -> None:
    entries = [one for one in tracked(model, suite) if "with tools" not in one.metric]
    sampling = entries[0].sampling.model_dump(exclude_none=True)

    found = look_up(entries, query(model, suite, sampling))

    assert found.published == ()
    assert [one.reason for one in found.beside] == [
        f"its source does not state the prompt (assumed: {entries[0].protocol!r})"
    ]


def test_glm_47_is_stated_with_its_own_sampling() -> None:
    (entry,) = tracked("zai-org/GLM-4.7", "aime25")

    assert (entry.score, entry.sampling.model_dump(exclude_none=True), entry.samples) == ("95.7", GLM47, None)


def test_a_score_says_of_whom_it_is_read_by_name_alone() -> None:
    entry = reference(grader="evalplus", variant={"mtp": None, "thinking": "off"})

    assert entry.conditions.reader == "evalplus"
    assert entry.measure.grader == ""
