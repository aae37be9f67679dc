"""Whether a tool is called is all that is looked at."""

from __future__ import annotations

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.figure import Figure
from servecheck.evaluation.transcript import ToolCall
from servecheck.grading.tool_calls.trigger_grader import Trigger
from servecheck.profiles.schema import Profile

from suites.selftest.records import record
from suites.selftest.tool_problems import call, problem, said

BENCH = Bench(Profile(name="p", model="m"), "0" * 64)
CALLED, SPOKEN = said(call("another", y=1)), said(content="I cannot.")


@pytest.mark.parametrize(
    ("task_id", "transcript", "kind", "answer"),
    [
        ("live_multiple_0", CALLED, "solved", "call"),
        ("live_multiple_0", SPOKEN, "missed_call", "no call"),
        ("live_irrelevance_0", CALLED, "needless_call", "call"),
        ("live_irrelevance_0", SPOKEN, "solved", "no call"),
        ("live_irrelevance_0", said(ToolCall("f_g", '{"x')), "needless_call", "call"),
        ("live_multiple_0", said(content="<tool_call>f_g</tool_call>"), "leaked_call", "no call"),
        ("live_irrelevance_0", said(content="<tool_call>f_g</tool_call>"), "leaked_call", "call"),
    ],
)
def test_the_decision_is_right_or_wrong(task_id, transcript, kind, answer):
    verdict = Trigger().grade(problem({"x": "integer"}, {"x": [1]}, task_id=task_id), transcript, BENCH)

    assert (verdict.kind, verdict.answer) == (kind, answer)


def test_it_tells_how_often_calls_are_made_by_what_is_right():
    records = [
        *[record(f"a/{n}", answer="call") for n in range(3)],
        record("b/0", solved=False, kind="missed_call", answer="no call"),
        record("c/0", solved=False, kind="needless_call", answer="call"),
        record("d/0", answer="no call"),
    ]

    assert Trigger().figures(records) == (
        Figure("calls where one is right", 75.0, "3 of 4"),
        Figure("calls where none is right", 50.0, "1 of 2"),
        Figure("F1 of calls", 75.0, "3 right, 1 missed, 1 needless"),
    )
    assert Trigger().figures(records[5:]) == (
        Figure("calls where one is right", None, "0 of 0"),
        Figure("calls where none is right", 0.0, "0 of 1"),
    )
