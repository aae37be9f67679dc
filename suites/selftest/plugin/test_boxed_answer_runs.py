"""AIME and MATH-500 on the embedded server, which knows the project's own problems: no download, no sandbox."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow

OVERRIDES = {
    "aime24": "AIME24_OVERRIDE_PATH",
    "aime25": "AIME25_OVERRIDE_PATH",
    "math500": "MATH500_OVERRIDE_PATH",
}
OWN = """
[mixed]
extends = "reference"
embedded = { wrong_count = 8, faults = { empty = 0.2, truncated = 0.2, prose = 0.2 } }
"""


@pytest.fixture(scope="module")
def asked(suite: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run suites without a Docker engine, a network or a copy of what is published."""
    profiles = tmp_path_factory.mktemp("boxed") / "profiles.toml"
    profiles.write_text(OWN)
    nowhere = "http://127.0.0.1:9"
    without = {"DOCKER_HOST": "unix:///nowhere/docker.sock", "HTTPS_PROXY": nowhere, "https_proxy": nowhere}

    def run(mark: str, *arguments: str, **more: str) -> Any:
        own = ("-m", mark, "--sandbox=auto", f"--profiles-file={profiles}")
        return suite(*own, *arguments, environment={**without, **dict.fromkeys(OVERRIDES.values(), ""), **more})

    return run


def test_the_projects_own_problems_are_solved_at_once(asked):
    run = asked(" or ".join(OVERRIDES), "--samples=1")

    assert run.code == 0, run.output
    assert run.output.count("accuracy  32/32  100.0 %") == 3
    assert "self-check, of no model" in run.output
    assert "fetching" not in run.output


def test_each_way_of_not_answering_is_told_apart(asked):
    run = asked("aime24", "--samples=1", "--profile=mixed")

    assert {*Counter(row["kind"] for row in run.verdicts)} == {
        "solved", "wrong", "unread", "truncated", "empty",
    }, run.output  # fmt: skip


@pytest.mark.parametrize(("mark", "samples"), [("aime24", 32), ("aime25", 32), ("math500", 3)])
def test_each_problem_is_asked_as_often_as_the_published_score_was_taken(asked, mark, samples):
    run = asked(mark)

    assert run.code == 0, run.output
    assert Counter(Counter(row["task_id"] for row in run.verdicts).values()) == {samples: 32}
    assert ("accuracy by Math-Verify" in run.json(f"{mark}-scores.json")["scores"]) is (mark == "math500")


@pytest.mark.parametrize(("mark", "variable"), OVERRIDES.items())
def test_a_file_that_is_another_is_told_in_one_line(asked, tmp_path, mark, variable):
    other = tmp_path / "other"
    other.write_text(json.dumps({"question": "?"}))

    run = asked(mark, "--base-url=http://127.0.0.1:9/v1", **{variable: str(other)})

    assert run.code == 4, run.output
    assert len([line for line in run.lines if line.strip()]) == 1
    assert f"point {variable} at the published file" in run.lines[-1]


@pytest.mark.parametrize(("mark", "variable"), OVERRIDES.items())
def test_without_a_network_it_is_told_where_a_copy_may_lie(asked, tmp_path, mark, variable):
    run = asked(mark, "--base-url=http://127.0.0.1:9/v1", SERVECHECK_CACHE_DIR=str(tmp_path))

    assert run.code == 4, run.output
    assert "is not on this machine and could not be fetched" in run.lines[-1]
    assert f"set {variable} to a copy" in run.lines[-1]
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == []
