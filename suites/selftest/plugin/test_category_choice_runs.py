"""MMLU-Pro, MMLU and SafetyBench on the embedded server, which knows the project's own problems: no download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servecheck.problems.mmlu import mmlu_starter
from servecheck.problems.mmlu_pro import mmlu_pro_starter
from servecheck.problems.safetybench import safetybench_starter
from servecheck.rundir.stored_run import read_stored_run
from servecheck.runs.regraded import regraded

pytestmark = pytest.mark.slow

STARTERS = {"mmlu_pro": mmlu_pro_starter(), "mmlu": mmlu_starter(), "safetybench": safetybench_starter()}
ALL = " or ".join(STARTERS)
OWN = """
[mixed]
extends = "reference"
embedded = { wrong_count = 3, faults = { empty = 0.1, truncated = 0.1, prose = 0.1 } }
"""


@pytest.fixture(scope="module")
def choices(suite: Callable[..., Any], suite_environment: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run them without a Docker engine, and hold them to the scores in a file."""
    scores = tmp_path_factory.mktemp("scores") / "scores.json"
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock", "HTTPS_PROXY": "http://127.0.0.1:9"}

    def run(*arguments: str, mark: str = ALL, **variables: str) -> Any:
        environment = {**suite_environment, **nowhere, **variables}
        return suite("-m", mark, f"--references={scores}", "--sandbox=auto", *arguments, environment=environment)

    return run


@pytest.fixture(scope="module")
def safetybench(choices: Any) -> Any:
    return choices("--record-reference", mark="safetybench")


def test_every_problem_of_the_projects_own_is_solved_and_told_by_category(safetybench):
    assert safetybench.code == 0, safetybench.output
    assert [row["solved"] for row in safetybench.verdicts] == [True] * len(STARTERS["safetybench"].task_ids)
    assert "fetching" not in safetybench.output
    for figure in ("privacy and property", "likeliest letter right", "near ties"):
        assert figure in safetybench.output


def test_the_letters_log_probabilities_are_kept_and_give_the_same_verdicts_again(safetybench):
    run = regraded(read_stored_run(safetybench.run_dir))

    assert all(row["margin"] > 0 for row in safetybench.verdicts)
    assert not run.suites["safetybench"].damage


def test_all_three_are_one_command(choices):
    run = choices()

    assert run.code == 0, run.output
    assert "fetching" not in run.output


@pytest.mark.parametrize(
    ("mark", "kinds"),
    [
        ("mmlu", {"wrong", "unread", "truncated", "empty"}),
        # Its last rule takes the pronoun I for a letter.
        ("mmlu_pro", {"wrong", "truncated", "empty"}),
        # Its limit ends replies in any case.
        ("safetybench", {"wrong", "unread", "empty"}),
    ],
)
def test_wrong_unread_truncated_and_empty_are_told_apart(choices, mark, kinds, tmp_path: Path):
    (tmp_path / "own.toml").write_text(OWN)
    run = choices(f"--profiles-file={tmp_path / 'own.toml'}", "--profile=mixed", mark=mark)

    assert {row["kind"] for row in run.verdicts if not row["solved"]} == kinds


@pytest.mark.parametrize(
    ("mark", "variable", "told"),
    [
        ("mmlu_pro", "MMLU_PRO_OVERRIDE_PATH", "MMLU-Pro"),
        ("mmlu", "MMLU_OVERRIDE_PATH", "MMLU"),
        ("safetybench", "SAFETYBENCH_ZH_SUBSET_OVERRIDE_PATH", "SafetyBench's Chinese subset"),
    ],
)
@pytest.mark.parametrize("content", [b"half of it", None], ids=["another file", "no network"])
def test_problems_that_cannot_be_had_are_one_line_and_exit_code_4(choices, tmp_path, mark, variable, told, content):
    variables = {"SERVECHECK_CACHE_DIR": str(tmp_path), variable: ""}
    if content is not None:
        (tmp_path / "copy").write_bytes(content)
        variables[variable] = str(tmp_path / "copy")

    run = choices("--base-url=http://127.0.0.1:9/v1", mark=mark, **variables)

    said = f"{told} is not on this machine and could not be fetched" if content is None else f"is not {told} as it lies"
    assert run.code == 4
    assert len([line for line in run.lines if said in line]) == 1
