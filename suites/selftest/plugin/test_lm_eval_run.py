"""What the authors of the project's notes had to find by hand under lm-eval's protocol, each told by one command."""

from __future__ import annotations

import pytest
from servecheck.grading.code.lm_eval_findings import EXPLANATIONS, Finding

pytestmark = pytest.mark.slow

N = 44
OWN = """
[thinks-without-end]
extends = "reference"
embedded.faults.reasoning_only = 1.0

[loops]
extends = "reference"
embedded.faults.loop = 1.0

[slightly-wrong]
extends = "reference"
embedded.wrong_count = 5
"""


@pytest.fixture(scope="module")
def instructed(suite, tmp_path_factory):
    """Run ``-m humaneval_instruct`` with these arguments, to its end."""
    profiles = tmp_path_factory.mktemp("profiles") / "own.toml"
    profiles.write_text(OWN)
    return lambda *arguments: suite("-m", "humaneval_instruct", f"--profiles-file={profiles}", *arguments)


def _scores(run):
    return run.json("humaneval_instruct-scores.json")


def _explained(finding: Finding, count: int) -> str:
    return f"finding      {count} unsolved, {finding.replace('_', ' ')}: {EXPLANATIONS[finding]}"


@pytest.fixture(scope="module")
def untransformed(instructed):
    return instructed("--transforms=none")


def test_replies_that_open_with_a_fence_score_nothing_without_transforms(untransformed):
    assert _scores(untransformed)["scores"]["pass@1 base"]["solved"] == 0
    assert _scores(untransformed)["reading"]["findings"] == {"fence_first": N}
    assert _explained(Finding.FENCE_FIRST, N) in untransformed.lines


def test_the_same_replies_score_everything_under_evalpluss_rules(untransformed):
    assert _scores(untransformed)["reading"]["evalplus"] == {"base": N, "plus": N, "samples": N}
    assert (
        "EvalPlus     the same replies under its rules: base 44/44 100.0 %, plus 44/44 100.0 %" in untransformed.lines
    )


def test_a_score_taken_through_transforms_does_not_gate_a_run_without_them(untransformed):
    (gate,) = _scores(untransformed)["gates"].values()

    assert gate["verdict"] == "NO REFERENCE"


def test_transforms_recover_them_and_the_gate_passes(instructed):
    run = instructed("--require-gate")

    assert run.code == 0
    assert _scores(run)["gates"]["published"]["verdict"] == "PASS"
    assert _scores(run)["scores"]["pass@1 base"]["solved"] == N
    told = {(one["transform"], one["what"]): one["replies"] for one in _scores(run)["reading"]["transforms"]}
    assert told["strip_code_fences", "blocks kept"] == N


def test_the_replies_of_a_run_can_be_read_again_without_them(instructed, untransformed):
    again = instructed(
        "--profile=replay", f"--run-dir={untransformed.run_dir}", "--transforms=strip_code_fences", "-k", "Starter"
    )

    assert f"{N} passed" in again.last_line()


def test_prose_in_place_of_code_scores_nothing_and_is_named(instructed):
    run = instructed("--profile=fault-prose")

    assert run.code == 1
    assert _scores(run)["gates"]["published"]["verdict"] == "FAIL"
    assert _scores(run)["scores"]["pass@1 base"]["solved"] == 0
    assert _explained(Finding.NOT_PYTHON, N) in run.lines


def test_reasoning_that_uses_up_the_budget_makes_the_run_invalid(instructed):
    run = instructed("--profile=thinks-without-end")

    assert run.code == 1
    headline = _scores(run)["gates"]["published"]["headline"]
    assert headline.startswith(
        f"INVALID: {N} of {N} replies have no answer ({N} with reasoning that used up max_tokens)"
    )
    assert "raise max_tokens or turn thinking off" in headline
    assert _explained(Finding.REASONING_BUDGET, N) in run.lines


def test_loops_end_at_max_tokens_and_are_named(instructed):
    run = instructed("--profile=loops")

    assert run.code == 1
    assert f"faults       {N} repetition loops" in run.lines
    assert _explained(Finding.REPETITION_LOOP, N) in run.lines
    assert {record["tokens"] for record in run.verdicts} == {4096}


def test_wrong_programs_are_as_many_as_under_evalpluss_protocol(instructed):
    run = instructed("--profile=slightly-wrong")

    assert _scores(run)["scores"]["pass@1 base"]["solved"] == N - 5
    assert _scores(run)["reading"]["evalplus"]["plus"] == N - 5
    assert _scores(run)["reading"]["findings"] == {}
