"""LiveCodeBench on the embedded server, which knows the project's own problems: nothing is fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from suites.selftest.problems.livecodebench_rows import lines, row

N = 32
MIXED = """
[mixed]
extends = "reference"
embedded = { wrong_count = 6, faults = { empty = 0.1, truncated = 0.15, prose = 0.1 } }
"""


@pytest.fixture(scope="module")
def livecodebench(suite: Callable[..., Any], suite_environment: Any) -> Any:
    """Run it where nothing can be fetched; a profile's faults are in a file of their own."""
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "LIVECODEBENCH_OVERRIDE_PATH": ""}

    def run(*arguments: str, **variables: str) -> Any:
        return suite("-m", "livecodebench", *arguments, environment={**suite_environment, **nowhere, **variables})

    return run


@pytest.mark.slow
def test_the_projects_own_problems_are_solved_at_once(livecodebench):
    run = livecodebench("--samples=1")

    assert run.code == 0, run.output
    assert f"pass@1  {N}/{N}  100.0 %" in run.output
    assert "self-check, of no model" in run.output
    assert "fetching" not in run.output


@pytest.mark.slow
def test_each_is_asked_twice_where_nobody_says_how_often(livecodebench):
    run = livecodebench()

    assert run.code == 0, run.output
    assert set(Counter(row["task_id"] for row in run.verdicts).values()) == {2}


@pytest.mark.slow
def test_each_way_of_not_solving_one_is_told_apart(livecodebench, tmp_path):
    (profiles := tmp_path / "profiles.toml").write_text(MIXED)

    run = livecodebench("--samples=1", f"--profiles-file={profiles}", "--profile=mixed")

    kinds = Counter(row["kind"] for row in run.verdicts)
    assert {"solved", "unread", "truncated", "empty"} < set(kinds)
    assert set(kinds) - {"solved", "unread", "truncated", "empty"} <= {"wrong_answer", "exception"}
    assert sum(kinds.values()) == N


@pytest.mark.slow
def test_a_copy_that_is_not_the_published_file_is_told_in_one_line(livecodebench, tmp_path):
    (tmp_path / "test6.jsonl").write_bytes(lines([row(1, "2025-02-01")]))
    (given := tmp_path / "replies").write_text('{"task_id": "abc1_a", "reply": "```python\\nprint(input())\\n```"}\n')

    run = livecodebench("--problems=livecodebench-v6", f"--replies={given}", LIVECODEBENCH_OVERRIDE_PATH=str(tmp_path))

    assert run.code == 4, run.output
    assert "test6.jsonl is not LiveCodeBench's test6.jsonl: it has" in run.lines[-1]


@pytest.mark.slow
def test_without_a_network_it_is_told_where_a_copy_may_lie(livecodebench, tmp_path):
    (given := tmp_path / "replies").write_text('{"task_id": "abc1_a", "reply": "no"}\n')

    run = livecodebench(f"--replies={given}", SERVECHECK_CACHE_DIR=str(tmp_path / "cache"))

    assert run.code == 4, run.output
    assert "is not on this machine and could not be fetched" in run.lines[-1]
    assert "set LIVECODEBENCH_OVERRIDE_PATH to a copy, or to a folder that has it as test3.jsonl" in run.lines[-1]
    assert not list(Path(tmp_path / "cache").glob("*.jsonl"))
