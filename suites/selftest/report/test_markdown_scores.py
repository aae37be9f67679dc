"""Scores stand beside one another and among the published ones, which say what they gate and why they gate nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from servecheck.evaluation.suite import Published
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.references import Reference
from servecheck.profiles.schema import Profile, Sampling
from servecheck.report import markdown_scores
from servecheck.report.markdown_scores import RunInSuite, score_tables
from servecheck.rundir.judged_grader import judged_grader
from servecheck.rundir.manifest import identity
from servecheck.rundir.stored_run import read_stored_run

from suites.selftest.report.runs_on_disk import PROFILE, SHA, outcomes, section, written_run
from suites.selftest.stats.examples import reference as published_score

FULL = PROFILE.model_copy(update={"name": "glm47", "model": "zai-org/GLM-4.7", "quantisation": "bf16"})
AWQ = PROFILE.model_copy(update={"name": "glm47-awq", "model": "QuantTrio/GLM-4.7-AWQ", "quantisation": "awq"})


def reference(**changes: Any) -> Reference:
    plain = {"model": PROFILE.model, "quantisation": "fp8", "problems": "starter", "metric": "pass@1", "score": "94.1"}
    return published_score(**(plain | {"n": 40, "date": "2026-11"} | changes))


def report(*folders: Path, references: tuple[Reference, ...] | None = ()) -> str:
    runs = [read_stored_run(folder) for folder in folders]
    measured = [RunInSuite(run.profile, run, suite) for run in runs for suite in run.suites.values()]
    return "\n".join(score_tables(measured, references))


def test_local_results_have_the_quantisation_and_the_difference_from_full_precision(tmp_path):
    awq = written_run(tmp_path / "a", outcomes(40, 1, 2), profile=AWQ)
    full = written_run(tmp_path / "b", outcomes(40, 1), profile=FULL)

    page = report(awq, full)

    assert "| difference from `glm47` |" in page
    assert section(page, "Local results") == [
        "| `QuantTrio/GLM-4.7-AWQ` | `awq` | `glm47-awq` | 38/40 | 95.0 % | 83.1-99.4 | -2.5 points |",
        "| `zai-org/GLM-4.7` | `bf16` | `glm47` | 39/40 | 97.5 % | 86.8-99.9 | reference |",
    ]


def test_without_full_precision_the_first_run_is_the_reference_and_a_run_without_a_score_is_none(tmp_path):
    invalid = {"published": Decision(GateVerdict.INVALID, "INVALID: 6 % are empty")}
    broken = written_run(tmp_path / "a", profile=FULL, gates=invalid)
    first = written_run(tmp_path / "b", outcomes(40, 1))
    awq = written_run(tmp_path / "c", outcomes(40, 1, 2), profile=AWQ)

    rows = section(report(broken, first, awq), "Local results")

    assert [row.split(" | ")[-1] for row in rows] == ["`INVALID: 6 % are empty` |", "reference |", "-2.5 points |"]
    assert "100.0 %" not in rows[0]


def test_over_an_edit_of_the_suite_there_is_no_difference(tmp_path):
    before = written_run(tmp_path / "a", profile=FULL, asked_sha256="0a" * 32)
    edited = written_run(tmp_path / "b", outcomes(40, 1), profile=AWQ, asked_sha256="0b" * 32)

    rows = section(report(before, edited), "Local results")

    assert [row.split(" | ")[-1] for row in rows] == ["reference |", "asked or graded otherwise |"]


def test_runs_over_other_problems_are_in_tables_of_their_own(tmp_path):
    one, other = written_run(tmp_path / "a"), written_run(tmp_path / "b", digest="ab" * 32)

    assert report(one, other).count("## Local results") == 2


def test_published_scores_say_what_they_gate_and_why_not(tmp_path):
    run = written_run(tmp_path / "a", outcomes(40, 1))
    published = (
        reference(),
        reference(score="45.0", sampling={"temperature": 0.8}),
        reference(model="openai/gpt", score="99.0", quantisation=None),
        reference(suite="humaneval_instruct", score="1.0"),
    )

    rows = section(report(run, references=published), "Comparison with published scores")

    assert rows == [
        "| `openai/gpt` | `as published` | 99.0 % | `a model card, 2026-11` | another model |",
        "| `zai-org/GLM-4.7-FP8`, `glm47-fp8` | `fp8` | **97.5 %** | this run |  |",
        "| `zai-org/GLM-4.7-FP8` | `fp8` | 94.1 % | `a model card, 2026-11` | gates `glm47-fp8` |",
        "| `zai-org/GLM-4.7-FP8` | `fp8` | 45.0 % | `a model card, 2026-11` | not `glm47-fp8`: "
        "`temperature 0.8, this run 0` |",
    ]


def test_a_score_of_another_number_of_problems_gates_no_stored_run_either(tmp_path):
    run = written_run(tmp_path / "a", outcomes(40, 1))

    rows = section(report(run, references=(reference(n=164),)), "Comparison with published scores")

    assert rows[1].endswith("not `glm47-fp8`: `measured on 164 problems, this run has 40` |")


def test_a_score_that_was_drawn_with_a_top_p_gates_no_stored_run_that_sent_none(tmp_path):
    greedy = {"protocol": "lm_eval_instruct"}
    run = written_run(tmp_path / "a", outcomes(40, 1), profile=PROFILE.model_copy(update=greedy))
    published = reference(protocol="lm_eval_instruct", sampling={"temperature": 0, "top_p": 0.95})

    rows = section(report(run, references=(published,)), "Comparison with published scores")

    assert rows[1].endswith("not `glm47-fp8`: `top_p 0.95, this run does not set it` |")


@pytest.mark.parametrize(
    ("wording", "judge", "held"),
    [
        ("", "gpt-4o", "gates `glm47-fp8` |"),
        ("", "", "not `glm47-fp8`: `judge none, this run gpt-4o` |"),
        ("own", "gpt-4o", "not `glm47-fp8`: `judge gpt-4o, this run gpt-4o in this project's words` |"),
        ("authors 627ffa8", "gpt-4o", "gates `glm47-fp8` |"),
    ],
)
def test_a_score_that_another_judge_gave_gates_no_stored_run_either(tmp_path, wording, judge, held):
    asked = Profile(name="j", model="gpt-4o", base_url="http://judge/v1")
    run = read_stored_run(written_run(tmp_path / "a", outcomes(40, 1)))
    keys = identity(PROFILE, "starter", SHA, "asked", judge=asked, wording=wording)
    run = replace(run, manifest={**run.manifest, "identity": keys})
    suite = replace(run.suites["humaneval"], grader=judged_grader("hle 1", asked, wording))

    page = "\n".join(score_tables([RunInSuite(run.profile, run, suite)], (reference(judge=judge),)))

    assert section(page, "Comparison with published scores")[1].endswith(held)


def test_a_judge_that_only_reads_beside_is_no_scores(tmp_path):
    run = read_stored_run(written_run(tmp_path / "a", outcomes(40, 1)))
    asked = Profile(name="j", model="gpt-4o", base_url="http://judge/v1")
    run = replace(run, manifest={**run.manifest, "identity": identity(PROFILE, "starter", SHA, "asked", judge=asked)})

    page = "\n".join(score_tables([RunInSuite(run.profile, run, run.suites["humaneval"])], (reference(judge=""),)))

    assert section(page, "Comparison with published scores")[1].endswith("gates `glm47-fp8` |")


def test_what_a_suite_measures_is_sought_under_the_name_that_it_is_published_under(tmp_path):
    asked = {"protocol": "lm_eval_instruct", "sampling": Sampling(max_tokens=4096)}
    run = written_run(
        tmp_path / "a",
        profile=PROFILE.model_copy(update=asked),
        suite="humaneval_instruct",
        problems="humaneval-plus",
        published=Published(problems={"humaneval-plus": "humaneval"}),
    )
    published = reference(suite="humaneval_instruct", problems="humaneval", protocol="lm_eval_instruct")

    rows = section(report(run, references=(published,)), "Comparison with published scores")

    assert rows[1].endswith("gates `glm47-fp8` |")


def test_references_that_cannot_be_read_are_said_to_be_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(markdown_scores, "REFERENCES", tmp_path / "none.json")

    page = report(written_run(tmp_path / "a"), references=None)

    assert "Nothing is published that could be read: `reference scores " in page


def test_a_profile_of_another_version_is_held_to_none_and_said(tmp_path):
    run = written_run(tmp_path / "a")
    facts = json.loads((run / "run.json").read_text())
    facts["profile"]["a key of tomorrow"] = 1
    (run / "run.json").write_text(json.dumps(facts))

    page = report(run, references=(reference(),))

    assert "The profile of `glm47-fp8` cannot be read, so it is held to none." in page
    assert "gates `glm47-fp8`" not in page
