"""Long context on the embedded server: every length is asked, recounted, gated and drawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servecheck.problems.long_context.problem_set import LongContext
from servecheck.rundir.stored_run import read_stored_run
from servecheck.runs.regraded import regraded

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def long_context(suite: Callable[..., Any], suite_environment: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run it without Docker and without a network, and hold it to the scores in a file."""
    scores = tmp_path_factory.mktemp("scores") / "scores.json"
    scores.write_text('{"entries": []}')
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock", "HTTPS_PROXY": "http://127.0.0.1:9"}

    def run(*arguments: str) -> Any:
        environment = {**suite_environment, **nowhere}
        return suite("-m", "long_context", f"--references={scores}", "--sandbox=auto", *arguments,
                     environment=environment)  # fmt: skip

    return run


@pytest.fixture(scope="module")
def first(long_context: Any) -> Any:
    return long_context("--problems=long-context-16k", "--record-reference")


def test_every_case_is_solved_and_each_length_is_as_the_shortest(first):
    gates = first.json("long_context-scores.json")["gates"]

    assert first.code == 0, first.output
    assert [row["solved"] for row in first.verdicts] == [True] * 144
    assert gates["length"]["verdict"] == "PASS"
    assert gates["length"]["headline"].startswith("PASS: 4k 100.0 %, 8k 100.0 %, 16k 100.0 %, of 32 cases a length")
    assert any("each of 8k, 16k held to 4k, margin 15 points" in line for line in first.lines)


def test_reports_draw_the_score_over_lengths_by_kind_and_place(first):
    markdown, page = ((first.run_dir / name).read_text() for name in ("report.md", "report.html"))

    for row in ("needle", "count", "75-100 %"):
        assert f"| `{row}` | 100.0 % | 100.0 % | 100.0 % |" in markdown
    assert page.count('<svg class="curves"') == 2
    assert any(re.match(r"by kind +keys: 4k 100.0 %, 8k 100.0 %, 16k 100.0 %", line.strip()) for line in first.lines)


def test_what_is_kept_for_readers_has_the_ends_of_long_prompts(first):
    kept = read_stored_run(first.run_dir).prompts["LongContext/16k/keys/03"][0]["content"]
    whole = LongContext("16k")["LongContext/16k/keys/03"].prompt

    assert len(kept) < 66_000 < len(whole)
    assert (kept[:500], kept[-500:]) == (whole[:500], whole[-500:])
    assert "characters are left out here" in kept


def test_a_stored_run_gives_the_same_verdicts_again(first):
    assert not regraded(read_stored_run(first.run_dir)).suites["long_context"].damage


def test_it_is_held_in_pairs_to_what_was_recorded(long_context, first, tmp_path: Path):
    worse = tmp_path / "worse.toml"
    worse.write_text('[worse]\nextends = "reference"\nembedded.wrong_share = 0.3\n')
    same = long_context("--problems=long-context-16k")
    other = long_context("--problems=long-context-16k", f"--profiles-file={worse}", "--profile=worse")

    assert same.json("long_context-scores.json")["gates"]["paired"]["verdict"] == "PASS"
    assert other.json("long_context-scores.json")["gates"]["paired"]["verdict"] == "FAIL"
    assert {row["kind"] for row in other.verdicts if not row["solved"]} == {"wrong"}


def test_yarn_is_compared_on_and_off_by_the_cases_that_both_can_be_asked(long_context):
    run = long_context("--profile=glm4-9b-0414,glm4-9b-0414-long", "--problems=long-context-32k", "--dry-run")

    assert run.output.count("requests: 192 (long-context-32k, long_context_question)") == 2
    assert "YaRN: off" in run.output
    assert "YaRN: on" in run.output


def test_128k_is_answered(long_context):
    run = long_context("--problems=long-context-128k", "-k", "128k and needle")

    assert run.code == 0, run.output
    assert [row["solved"] for row in run.verdicts] == [True] * 16
