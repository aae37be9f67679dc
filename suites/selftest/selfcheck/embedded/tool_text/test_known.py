"""Answers that the server knows go the way of all tool text too, so that what is broken on it shows in every suite."""

from __future__ import annotations

import json
from typing import Any

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.case import Case
from servecheck.evaluation.record import Record
from servecheck.evaluation.transcript import Reply, Timings, Transcript, Usage
from servecheck.extraction.tool_calls.dialects import dialect_named
from servecheck.grading.recorded import LEFT, recorded
from servecheck.grading.sent_parameters import sent_by
from servecheck.grading.tool_calls.bfcl_grader import BfclGrader
from servecheck.grading.tool_calls.fitting import calls_of
from servecheck.problems.bfcl import BfclStarter
from servecheck.profiles.schema import Profile
from servecheck.protocols.function_calling import FunctionCalling
from servecheck.selfcheck.embedded.tool_text.faults import tool_fault
from servecheck.selfcheck.embedded.tool_text.path import Known, ToolTextPath
from servecheck.selfcheck.embedded.tool_text.request import tool_request

PROBLEMS = BfclStarter()
BENCH = Bench(Profile(name="p", model="m"), "")


def answered(task_id: str, fault: str | None) -> Record:
    """The record of a problem's right answer, once it has gone that way, whole."""
    problem = PROBLEMS[task_id]
    body: dict[str, Any] = {"model": "m", "messages": list(problem.messages), "tools": list(problem.tools)}
    path = ToolTextPath(dialect_named("glm47"), tool_fault(fault))
    request = tool_request(json.dumps(body).encode(), "m")
    known = Known(problem.right_reply, problem.right_calls)
    parsed = path.reply(path.generated(request, path.prompt(request), 1, known))
    message: Any = path.message(parsed)
    reply = Reply(
        message.get("content") or "",
        None,
        parsed.finish_reason,
        "m",
        Usage(1, 1),
        Timings(0, 0, 0),
        "",
        message=message,
    )
    transcript = Transcript.of(reply)
    verdict = BfclGrader().grade(problem, transcript, BENCH)
    return recorded(
        "bfcl",
        Case(task_id, 0),
        transcript,
        verdict,
        sent_by(BENCH.profile),
        began_at=0.0,
        ended_at=0.0,
        calls=calls_of(transcript, FunctionCalling(), problem),
    )


@pytest.mark.parametrize("task_id", PROBLEMS.task_ids)
def test_a_sound_way_changes_no_answer(task_id: str) -> None:
    found = answered(task_id, None)

    assert found.solved, found.reason
    assert found.remarks == ()
    assert found.parts["exact"].kind == "solved"


def test_marks_that_a_parser_leaves_beside_a_call_are_told_of_the_server() -> None:
    found = answered("multiple_0", "markup_leaks")

    assert found.solved
    assert found.remarks == (LEFT,)


def test_types_that_a_parser_loses_are_told_apart_from_what_a_model_cannot_do() -> None:
    records = [answered(task_id, "types_lost") for task_id in PROBLEMS.task_ids]
    lost = [one for one in records if not one.solved]

    assert lost
    assert sum(one.calls.as_text for one in lost if one.calls is not None) >= len(lost)
