"""AIME and MATH-500 on the embedded server, which knows the project's own problems: no download, no sandbox."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

SUITES = ("aime24", "aime25", "math500")
OVERRIDES = ("AIME24_OVERRIDE_PATH", "AIME25_OVERRIDE_PATH", "MATH500_OVERRIDE_PATH")
BROKEN = """
[wrong]
extends = "reference"
embedded.wrong_share = 1.0
[unread]
extends = "reference"
embedded.faults.prose = 1.0
[truncated]
extends = "reference"
embedded.faults.truncated = 1.0
[empty]
extends = "reference"
embedded.faults.empty = 1.0
"""


@pytest.fixture(scope="module")
def asked(suite: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run a suite without a Docker engine; one sample a problem, or as many as it declares."""
    folder = tmp_path_factory.mktemp("boxed")
    profiles = folder / "profiles.toml"
    profiles.write_text(BROKEN)
    without = {"DOCKER_HOST": "unix:///nowhere/docker.sock", **dict.fromkeys(OVERRIDES, "")}

    def run(mark: str, *arguments: str, samples: str = "--samples=1", **more: str) -> Any:
        own = ("-m", mark, "--sandbox=auto", f"--profiles-file={profiles}", *filter(None, [samples]))
        return suite(*own, *arguments, environment={**without, **more})

    return run


@pytest.mark.parametrize("mark", SUITES)
def test_the_projects_own_problems_are_solved_at_once(asked, mark):
    run = asked(mark)

    assert run.code == 0, run.output
    assert "accuracy  32/32  100.0 %" in run.output
    assert "self-check, of no model" in run.output
    assert "fetching" not in run.output
    assert ("accuracy by Math-Verify" in run.json(f"{mark}-scores.json")["scores"]) is (mark == "math500")


@pytest.mark.slow
@pytest.mark.parametrize(("mark", "samples"), [("aime25", 32), ("math500", 3)])
def test_each_problem_is_asked_as_often_as_the_published_score_was_taken(asked, mark, samples):
    run = asked(mark, samples="")

    assert run.code == 0, run.output
    assert len(run.verdicts) == 32 * samples
    assert Counter(row["task_id"] for row in run.verdicts).most_common(1)[0][1] == samples


@pytest.mark.parametrize(
    ("mark", "profile", "kind"),
    [
        ("aime24", "wrong", "wrong_answer"),
        ("math500", "wrong", "wrong_answer"),
        ("aime24", "unread", "unread"),
        ("aime24", "truncated", "truncated"),
        ("aime24", "empty", "empty"),
    ],
)
def test_each_way_of_not_answering_is_told_apart(asked, mark, profile, kind):
    run = asked(mark, f"--profile={profile}")

    assert {row["kind"] for row in run.verdicts} == {kind}


@pytest.mark.parametrize(("mark", "variable"), list(zip(SUITES, OVERRIDES, strict=True)))
def test_a_file_that_is_another_is_told_in_one_line(asked, tmp_path, mark, variable):
    other = tmp_path / "other"
    other.write_text(json.dumps({"question": "?"}))

    run = asked(mark, "--base-url=http://127.0.0.1:9/v1", **{variable: str(other)})

    assert run.code == 4, run.output
    assert len([line for line in run.lines if line.strip()]) == 1
    assert f"point {variable} at the published file" in run.lines[-1]


@pytest.mark.parametrize(("mark", "variable"), list(zip(SUITES, OVERRIDES, strict=True)))
def test_without_a_network_it_is_told_where_a_copy_may_lie(asked, tmp_path, mark, variable):
    given = tmp_path / "replies"
    given.write_text('{"task_id": "aime/2025-1", "reply": "It is \\\\boxed{1}."}\n')
    nowhere = "http://127.0.0.1:9"
    environment = {"HTTPS_PROXY": nowhere, "https_proxy": nowhere, "SERVECHECK_CACHE_DIR": str(tmp_path)}

    run = asked(mark, f"--replies={given}", samples="", **environment)

    assert run.code == 4, run.output
    assert "is not on this machine and could not be fetched" in run.lines[-1]
    assert f"set {variable} to a copy" in run.lines[-1]
    assert not list(tmp_path.glob("*.jsonl"))
