"""BFCL's conversations on the embedded server: no download, every call made in the sandbox, and each turn judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(suite: Callable[..., Any], suite_environment: Any) -> Callable[..., Any]:
    """Run it without a Docker engine."""
    environment = {**suite_environment, "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    environment.pop("BFCL_OVERRIDE_PATH", None)
    return lambda *arguments: suite("-m", "bfcl_multi_turn", *arguments, environment=environment)


@pytest.fixture(scope="module")
def first(run: Callable[..., Any]) -> Any:
    return run("--sandbox=auto")


def test_all_of_the_projects_own_conversations_are_solved(first: Any) -> None:
    assert first.code == 0, first.output
    assert "accuracy  4/4  100.0 %" in first.output
    assert "also         multi-turn 100.0 % (mean of the four" in first.output
    assert "tool calls   10 of 10 could be made" in first.output  # of those held back too, once they are offered
    assert "fetching" not in first.output


def test_every_exchange_is_kept(first: Any) -> None:
    [folder] = [path for path in (first.run_dir / "generations").glob("*base*") if path.is_dir()]
    kept = sorted(folder.glob("*.json"))

    assert ["reply" in json.loads(path.read_text()) for path in kept] == [True, False, True] + [True, False] * 2 + [
        True, True, False, True,
    ]  # fmt: skip


def test_it_is_resumed_without_a_question_and_in_parallel(run: Callable[..., Any], first: Any) -> None:
    again = run(f"--run-dir={first.run_dir}", "--sandbox=process", "-n", "2")

    assert again.code == 0, again.output
    assert "every reply is there: nothing is asked" in again.output


def test_without_docker_a_server_of_ones_own_is_refused_with_what_to_do(run: Callable[..., Any]) -> None:
    refused = run("--sandbox=auto", "--base-url=http://127.0.0.1:1/v1", "--problems=bfcl-multi-turn-starter")

    assert refused.code == 4, refused.output
    assert "bfcl_multi_turn runs programs: no Docker engine answers at" in refused.output
    assert "start it there" in refused.output


def test_a_wrong_reply_is_told_with_its_turn(run: Callable[..., Any], tmp_path: Any) -> None:
    profiles = tmp_path / "profiles.toml"
    profiles.write_text('[wrong]\nextends = "reference"\nembedded.wrong_share = 1.0\n')

    wrong = run("--sandbox=process", "--profile=wrong", f"--profiles-file={profiles}")

    assert "NO REFERENCE: 0 of 4 solved" in wrong.output  # which alone fails no command
    assert wrong.code == 0
    assert not any(wrong.solved.values())
    reasons = {row["task_id"]: row["reason"] for row in wrong.verdicts}
    assert reasons["multi_turn_miss_param_0"].startswith("turn 2 calls nothing, and borrow(title='Persuasion'")
