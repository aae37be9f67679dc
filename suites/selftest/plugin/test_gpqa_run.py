"""GPQA on the embedded server, which knows the project's own problems: no download, and every sample has its order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servecheck.problems.gpqa import GpqaStarter
from servecheck.protocols.published_choice import GLM_CHOICE
from servecheck.rundir.stored_run import read_stored_run
from servecheck.runs.declared import declared
from servecheck.runs.regraded import regraded

from suites.selftest.gpqa_rows import gpqa_csv

N = len(GpqaStarter().task_ids)
SAMPLES = 2
OWN = """
[mixed]
extends = "reference"
embedded = { wrong_count = 3, faults = { empty = 0.1, truncated = 0.1, prose = 0.1 } }
"""


@pytest.fixture(scope="module")
def gpqa(suite: Callable[..., Any], suite_environment: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run it without a Docker engine, and hold it to the scores in a file."""
    scores = tmp_path_factory.mktemp("scores") / "scores.json"
    scores.write_text('{"entries": []}')
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock", "HTTPS_PROXY": "http://127.0.0.1:9"}

    def run(*arguments: str, mark: str = "gpqa", **variables: str) -> Any:
        environment = {**suite_environment, **nowhere, **variables}
        return suite("-m", mark, f"--references={scores}", "--sandbox=auto", *arguments, environment=environment)

    return run


@pytest.fixture(scope="module")
def first(gpqa: Any) -> Any:
    return gpqa("--record-reference", f"--samples={SAMPLES}")


def test_each_problem_is_asked_as_often_as_where_it_was_published():
    assert [declared(suite).samples for suite in ("gpqa", "gpqa_simple_evals", "gpqa_aa")] == [8, 10, 5]


@pytest.mark.slow
def test_every_sample_of_every_problem_of_the_projects_own_is_solved(first):
    assert first.code == 0, first.output
    assert Counter(row["solved"] for row in first.verdicts) == {True: SAMPLES * N}
    assert "accuracy by simple-evals" in first.output
    assert "self-check, of no model" in first.output
    assert "fetching" not in first.output


@pytest.mark.slow
def test_each_sample_is_graded_in_the_order_that_it_was_asked_in(first):
    starter = GpqaStarter()
    right = {(row["task_id"], row["sample"]): row["answer"] for row in first.verdicts}

    assert right == {
        (task_id, sample): starter[task_id].of_sample(sample).answer
        for task_id in starter.task_ids
        for sample in range(SAMPLES)
    }
    assert any(right[task_id, 0] != right[task_id, 1] for task_id in starter.task_ids)


@pytest.mark.slow
def test_what_each_sample_was_asked_is_kept(first):
    kept = first.json("prompts.json")["StarterChoice/0"]
    asked = [GpqaStarter()["StarterChoice/0"].of_sample(sample) for sample in range(SAMPLES)]
    others = [sample for sample in range(SAMPLES) if asked[sample] != asked[0]]

    assert [one["role"] for one in kept] == ["user", *(f"user, sample {sample}" for sample in others)]
    assert [one["content"] for one in kept] == [GLM_CHOICE.messages(asked[one])[0]["content"] for one in (0, *others)]


@pytest.mark.slow
def test_it_is_resumed_and_held_to_itself_and_its_stored_verdicts_are_those_of_its_replies(gpqa, first):
    again = gpqa(f"--run-dir={first.run_dir}", f"--samples={SAMPLES}")
    run = regraded(read_stored_run(first.run_dir))

    assert again.code == 0, again.output
    assert "every reply is there: nothing is asked" in again.output
    assert not run.suites["gpqa"].damage
    assert not run.gaps


@pytest.mark.slow
def test_wrong_unread_truncated_and_empty_are_told_apart(gpqa, tmp_path: Path):
    (tmp_path / "own.toml").write_text(OWN)
    run = gpqa(f"--profiles-file={tmp_path / 'own.toml'}", "--profile=mixed", "--samples=1")

    kinds = Counter(row["kind"] for row in run.verdicts if not row["solved"])
    # a problem may be wrong and have a fault too
    assert {"unread": 3, "truncated": 3, "empty": 3}.items() <= kinds.items()
    assert 0 < kinds["wrong"] <= 3
    assert set(kinds) == {"unread", "truncated", "empty", "wrong"}


@pytest.mark.slow
@pytest.mark.parametrize(("mark", "samples"), [("gpqa_simple_evals", 10), ("gpqa_aa", 5)])
def test_the_other_ways_to_ask_it_are_suites_of_their_own(gpqa, mark, samples):
    run = gpqa(mark=mark)

    assert run.code == 0, run.output
    assert Counter(row["solved"] for row in run.verdicts) == {True: samples * N}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (gpqa_csv(), "is not GPQA Diamond as it lies at"),
        (gpqa_csv()[:1000], "is not GPQA Diamond as it lies at"),
        (None, "GPQA Diamond is not on this machine and could not be fetched"),
    ],
    ids=["another file", "half-written", "no network"],
)
def test_problems_that_cannot_be_had_are_one_line_and_exit_code_4(gpqa, tmp_path, content, told):
    variables = {"SERVECHECK_CACHE_DIR": str(tmp_path), "GPQA_OVERRIDE_PATH": ""}
    if content is not None:
        (tmp_path / "copy.csv").write_bytes(content)
        variables["GPQA_OVERRIDE_PATH"] = str(tmp_path / "copy.csv")

    run = gpqa("--base-url=http://127.0.0.1:9/v1", **variables)

    assert run.code == 4
    assert len([line for line in run.lines if told in line]) == 1


@pytest.mark.slow
def test_replies_that_were_given_are_read_in_the_order_of_their_sample(gpqa, tmp_path):
    starter = GpqaStarter()
    rows = [
        {"task_id": task_id, "reply": f"Answer: {starter[task_id].of_sample(sample).answer}"}
        for task_id in starter.task_ids
        for sample in range(8)
    ]
    (tmp_path / "replies.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    run = gpqa(f"--replies={tmp_path / 'replies.jsonl'}", "--problems=gpqa-starter")

    assert Counter(row["solved"] for row in run.verdicts) == {True: 8 * N}, run.output
