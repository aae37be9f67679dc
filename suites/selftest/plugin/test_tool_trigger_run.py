"""The decision to call a tool, on the embedded server: recorded, resumed, and held to the accepted run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trigger(suite: Callable[..., Any], suite_environment: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run it without a Docker engine, and hold it to the scores in a file."""
    scores = tmp_path_factory.mktemp("scores") / "scores.json"
    environment = {**suite_environment, "DOCKER_HOST": "unix:///nowhere/docker.sock"}

    def run(*arguments: str) -> Any:
        return suite("-m", "tool_trigger", f"--references={scores}", "--sandbox=auto", *arguments,
                     environment=environment)  # fmt: skip

    return run


@pytest.fixture(scope="module")
def first(trigger: Any) -> Any:
    return trigger("--record-reference", "--samples=2")


def test_its_own_problems_are_decided_rightly(first):
    assert first.code == 0, first.output
    assert "trigger accuracy  16/16  100.0 %" in first.output
    assert "also         F1 of calls 100.0 % (8 right, 0 missed, 0 needless)" in first.output


def test_a_run_that_decides_alike_is_held_to_it_in_every_report(trigger, first):
    run = trigger("-n", "2", "--samples=2")

    told = "decides as the run accepted on"
    assert run.code == 0, run.output
    assert told in run.output
    assert run.json("tool_trigger-scores.json")["gates"]["agreement"]["figures"]["kappa"] == 1.0
    assert told in (run.run_dir / "report.md").read_text()
    assert told in (run.run_dir / "report.html").read_text()


def test_one_that_decides_otherwise_fails(trigger, first, tmp_path):
    profiles = tmp_path / "profiles.toml"
    profiles.write_text(
        '[other]\nmodel = "servecheck/canonical-solutions"\nbackend = "embedded"\nquantisation = "none"\n'
        'problems = "starter"\nmargin = 10\nembedded = { wrong_share = 1.0 }\n'
    )

    run = trigger("--profile=other", f"--profiles-file={profiles}", "--samples=2")

    gate = run.json("tool_trigger-scores.json")["gates"]["agreement"]
    assert run.code == 1
    assert gate["verdict"] == "FAIL"
    assert gate["figures"]["agreement_percent"] == 0.0
