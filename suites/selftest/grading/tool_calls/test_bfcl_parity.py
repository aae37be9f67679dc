"""BFCL's verdicts, and its tools, are those of bfcl-eval itself: over all its data and ten thousand altered answers."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from servecheck.evaluation.transcript import ToolCall
from servecheck.grading.tool_calls.bfcl_verdict import their_verdict
from servecheck.problems.bfcl import BFCL_V4, CATEGORIES, Bfcl, by_id
from servecheck.problems.bfcl_reported import UNSOLVABLE
from servecheck.problems.tool_calls import ToolProblem

from suites.selftest.grading.tool_calls.altered_calls import Calls, altered

pytestmark = pytest.mark.slow
ITSELF = Path(__file__).with_name("bfcl_itself.py")
ALTERED = 10_000


@cache
def _published() -> dict[str, tuple[dict[str, Any], list[Any]]]:
    """By task id, the line as published and its answers."""
    found = {}
    with BFCL_V4.archive() as archive:
        for category in CATEGORIES:
            lines = by_id(archive.read(f"bfcl_eval/data/BFCL_v4_{category}.json").splitlines())
            answers = f"bfcl_eval/data/possible_answer/BFCL_v4_{category}.json"
            accepted = by_id(archive.read(answers).splitlines()) if answers in archive.namelist() else {}
            for task_id, line in lines.items():
                found[task_id] = (
                    json.loads(line),
                    json.loads(accepted.get(task_id, b'{"ground_truth": []}'))["ground_truth"],
                )
    return found


def _asked(questions: Iterable[dict[str, Any]], folder: Path) -> list[Any]:
    wheel = folder / BFCL_V4.file_name
    wheel.write_bytes(BFCL_V4.content())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ITSELF), str(wheel)],
        input="".join(json.dumps(one) + "\n" for one in questions),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _question(problem: ToolProblem, calls: Calls) -> dict[str, Any]:
    line, answers = _published()[problem.task_id]
    return {"category": problem.category, "functions": line["function"], "calls": calls, "ground_truth": answers}


def _differences(cases: list[tuple[ToolProblem, Calls]], folder: Path) -> list[Any]:
    theirs = _asked([_question(problem, calls) for problem, calls in cases], folder)
    ours = [not their_verdict([ToolCall(*call) for call in calls], problem) for problem, calls in cases]
    return [
        (problem.task_id, calls, their, our)
        for (problem, calls), their, our in zip(cases, theirs, ours, strict=True)
        # where theirs ends in an error, there is no verdict of theirs, and none of ours solves the problem
        if our is not (their is True)
    ]


@pytest.fixture(scope="module")
def problems() -> list[ToolProblem]:
    found = Bfcl()
    return [found[task_id] for task_id in found.task_ids]


def _right(problem: ToolProblem) -> Calls:
    return [(call.name, call.arguments) for call in problem.right_calls]


def test_every_tool_is_offered_as_theirs_is(problems, tmp_path):
    asked = [{"category": one.category, "functions": _published()[one.task_id][0]["function"]} for one in problems]

    assert _asked(asked, tmp_path) == [list(one.tools) for one in problems]


def test_every_right_reply_and_none_has_their_verdict(problems, tmp_path):
    cases = [(one, _right(one)) for one in problems] + [(one, []) for one in problems]

    assert _differences(cases, tmp_path) == []
    refused = [problem.task_id for problem, calls in cases[: len(problems)] if their_verdict(_calls(calls), problem)]
    assert refused == [one.task_id for one in problems if one.task_id in UNSOLVABLE]


def test_ten_thousand_altered_replies_have_their_verdict(problems, tmp_path):
    chance = random.Random(4)
    known = [one for one in problems if one.expected == "calls"]
    cases = []
    while len(cases) < ALTERED:
        problem = chance.choice(known if chance.random() < 0.95 else problems)
        calls = altered(_right(problem), chance)
        cases.append((problem, calls))

    assert _differences(cases, tmp_path) == []
    solved = sum(not their_verdict(_calls(calls), problem) for problem, calls in cases)
    assert 0.1 < solved / ALTERED < 0.9  # or nothing was compared


def _calls(calls: Calls) -> list[ToolCall]:
    return [ToolCall(*call) for call in calls]
