"""IFEval on the embedded server, which knows replies: no download, no sandbox, and every report has what it tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from servecheck.problems.ifeval import IfevalStarter
from servecheck.rundir.stored_run import read_stored_run

# A run takes 3 seconds of a core: what it is made of has quick tests of its own.
pytestmark = pytest.mark.slow
N = len(IfevalStarter().task_ids)


@pytest.fixture(scope="module")
def ifeval(suite: Callable[..., Any], suite_environment: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run it without a Docker engine, and hold it to the scores in a file."""
    scores = tmp_path_factory.mktemp("scores") / "scores.json"
    environment = {**suite_environment, "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    environment.pop("IFEVAL_OVERRIDE_PATH", None)

    def run(*arguments: str, **variables: str) -> Any:
        return suite(
            "-m", "ifeval", f"--references={scores}", "--sandbox=auto", *arguments,
            environment={**environment, **variables},
        )  # fmt: skip

    return run


@pytest.fixture(scope="module")
def first(ifeval: Any) -> Any:
    return ifeval("--record-reference")


def test_all_of_the_projects_own_problems_are_solved(first):
    assert first.code == 0, first.output
    assert f"prompt-strict  {N}/{N}  100.0 %" in first.output
    assert f"prompt-loose  {N}/{N}  100.0 %" in first.output
    assert "self-check, of no model" in first.output
    assert "fetching" not in first.output


def test_instructions_are_told_in_terminal_file_and_report(first):
    stored = read_stored_run(first.run_dir).suites["ifeval"]

    assert "also         instruction-strict 100.0 % (" in first.output
    assert "also         mean of prompt and instruction 100.0 % (" in first.output
    assert {one.name: one.percent for one in stored.figures}["prompt-strict, as meant"] == 100.0
    assert "`instruction-loose`" in (first.run_dir / "report.md").read_text()


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "parallel"])
def test_it_is_resumed_and_held_to_itself(ifeval, first, workers):
    again = ifeval(f"--run-dir={first.run_dir}", *workers)

    assert again.code == 0, again.output
    assert "every reply is there: nothing is asked" in again.output
    assert first.json("ifeval-scores.json")["gates"]["paired"]["verdict"] == "PASS"


@pytest.mark.parametrize(("profile", "kind"), [("wrong", "not_followed"), ("cut", "truncated"), ("blank", "empty")])
def test_three_ways_to_be_unsolved_are_three_kinds(ifeval, tmp_path, profile, kind):
    profiles = tmp_path / "profiles.toml"
    profiles.write_text(
        '[wrong]\nextends = "reference"\nembedded.wrong_share = 1.0\n'
        '[cut]\nextends = "reference"\nembedded.faults.truncated = 1.0\n'
        '[blank]\nextends = "reference"\nembedded.faults.empty = 1.0\n'
    )

    run = ifeval(f"--profile={profile}", f"--profiles-file={profiles}")

    kinds = Counter(row["kind"] for row in run.verdicts)
    assert set(kinds) <= {kind, "solved"}
    assert kinds[kind] > N / 2  # what is left of a reply that was cut off may follow
    assert kind.replace("_", " ") in run.output


def test_a_copy_that_is_not_the_published_file_ends_the_command_in_a_line(ifeval, tmp_path):
    (tmp_path / "copy.jsonl").write_text('{"key": 1}\n')

    run = ifeval("--base-url=http://127.0.0.1:9/v1", "--model=m", IFEVAL_OVERRIDE_PATH=str(tmp_path / "copy.jsonl"))

    assert run.code == 4, run.output
    (line,) = [line for line in run.lines if "is not IFEval" in line]
    assert "point IFEVAL_OVERRIDE_PATH at the published file" in line
