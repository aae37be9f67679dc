"""BFCL on the embedded server, which knows the answers: no download, no sandbox, and every report has what it tells."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from servecheck.problems.bfcl import BfclStarter
from servecheck.rundir.stored_run import read_stored_run
from servecheck.rundir.transcripts import ReplyStore
from servecheck.runs.regraded import regraded

WRONG = "live_irrelevance_1"


@pytest.fixture(scope="module")
def bfcl(suite: Callable[..., Any], suite_environment: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run it without a Docker engine, and hold it to the scores in a file."""
    scores = tmp_path_factory.mktemp("scores") / "scores.json"
    environment = {**suite_environment, "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    environment.pop("BFCL_OVERRIDE_PATH", None)

    def run(*arguments: str, mark: str = "bfcl") -> Any:
        return suite("-m", mark, f"--references={scores}", "--sandbox=auto", *arguments, environment=environment)

    return run


@pytest.fixture(scope="module")
def first(bfcl: Any) -> Any:
    return bfcl("--record-reference")


def test_all_of_the_projects_own_problems_are_solved(first):
    assert first.code == 0, first.output
    assert f"accuracy  {len(BfclStarter().task_ids)}/{len(BfclStarter().task_ids)}  100.0 %" in first.output
    assert "exact accuracy" in first.output
    assert "self-check, of no model" in first.output
    assert "fetching" not in first.output


def test_figures_and_tool_calls_are_told_in_terminal_files_and_report(first):
    stored = read_stored_run(first.run_dir).suites["bfcl"]
    report = (first.run_dir / "report.md").read_text()

    assert "also         v4 single turn 100.0 % (mean of the three" in first.output
    assert "tool calls   28 of 28 could be made (100.0 %" in first.output
    assert {one.name: one.percent for one in stored.figures}["v3 live"] == 100.0
    assert first.json("bfcl-scores.json")["reading"]["tool_calls"] == {
        "made": 28, "invalid_json": 0, "unknown_name": 0, "unfit": 0, "unchecked": 0, "refused": 0, "misshapen": 0,
        "as_text": 0, "fitting": 28,
    }  # fmt: skip
    assert "`v4 single turn`" in report
    assert "`tool calls   28 of 28 could be made" in report


def test_what_was_offered_is_kept_with_the_messages(first):
    prompts = first.json("prompts.json")

    assert all(messages[-1]["role"] == "tools" for messages in prompts.values())
    assert all('"function"' in messages[-1]["content"] for messages in prompts.values())


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)], ids=["alone", "parallel"])
def test_it_is_resumed_and_held_to_itself(bfcl, first, workers):
    again = bfcl(f"--run-dir={first.run_dir}", *workers)

    assert again.code == 0, again.output
    assert "every reply is there: nothing is asked" in again.output
    assert first.json("bfcl-scores.json")["gates"]["paired"]["verdict"] == "PASS"


@pytest.fixture
def copied(first, tmp_path):
    folder = tmp_path / "copied"
    shutil.copytree(first.run_dir, folder)
    return folder


def _reply(folder):
    return ReplyStore(folder).path("multiple_0", 0)


def _change(path, **facts):
    path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))


@pytest.mark.slow
def test_a_stored_verdict_that_its_reply_does_not_get_is_damage_and_no_baseline(bfcl, copied):
    _change(_reply(copied), message={"role": "assistant", "content": "No."})

    damage = regraded(read_stored_run(copied)).suites["bfcl"].damage
    refused = bfcl(f"--baseline={copied}")

    assert damage == (
        "bfcl: 1 of 29 verdicts are not those of the replies that are kept: multiple_0 is stored as solved (1), and "
        "they make it no call (0)"
    )
    assert refused.code == 4, refused.output
    assert "is damaged: bfcl: 1 of 29 verdicts are not those of the replies that are kept" in refused.output


def test_what_cannot_be_graded_again_is_told_and_is_no_damage(copied):
    (_reply(copied)).unlink()

    run = regraded(read_stored_run(copied))

    assert not run.suites["bfcl"].damage
    assert any("1 of 29 verdicts could not be given again from the replies: multiple_0" in gap for gap in run.gaps)


def test_verdicts_of_another_grader_are_not_given_again(copied):
    _change(copied / "bfcl-scores.json", grader="bfcl 0")
    _change(_reply(copied), message={"role": "assistant", "content": "No."})

    run = regraded(read_stored_run(copied))

    assert not run.suites["bfcl"].damage
    assert any("were not given again from its replies: they are by bfcl 0, and here is bfcl" in gap for gap in run.gaps)


@pytest.mark.slow
def test_a_wrong_decision_is_told_with_its_reason(bfcl, first, tmp_path):
    profiles = tmp_path / "profiles.toml"
    profiles.write_text('[wrong]\nextends = "reference"\nembedded.wrong_share = 1.0\n')

    run = bfcl("--profile=wrong", f"--profiles-file={profiles}")

    assert run.code == 1
    assert not any(run.solved.values())
    by_id = {row["task_id"]: row for row in run.verdicts}
    assert by_id[WRONG]["kind"] == "needless_call"
    assert by_id[WRONG]["reason"] == "calls trains_next, and no tool can do what is asked"
    assert by_id["multiple_0"]["reason"] == "calls no tool"


@pytest.mark.slow
def test_beside_another_suite_of_one_profile_it_is_a_run_of_its_own(bfcl):
    run = bfcl("--sandbox=process", mark="humaneval or bfcl")

    assert run.code == 0, run.output
    assert {folder.name for folder in run.run_dir.iterdir() if folder.is_dir()} >= {"reference", "reference-bfcl"}


@pytest.mark.slow
@pytest.mark.parametrize(("mark", "problems"), [("bfcl", "bfcl-starter"), ("tool_trigger", "bfcl-starter-trigger")])
def test_texts_are_no_replies_that_call_nothing(bfcl, tmp_path, mark, problems):
    given = tmp_path / "replies.jsonl"
    given.write_text('{"task_id": "' + WRONG + '", "reply": "No function fits."}\n')

    refused = bfcl(f"--replies={given}", f"--problems={problems}", mark=mark)

    assert refused.code == 4, refused.output
    assert f"{mark} judges the tool calls of replies, and --replies gives texts alone" in refused.output
