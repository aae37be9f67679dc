"""BFCL's verdict decides, and the exact one stands beside it; a call is an answer."""

from __future__ import annotations

import json
from dataclasses import replace

from servecheck.evaluation.bench import Bench
from servecheck.evaluation.metric import Metric
from servecheck.evaluation.transcript import ToolCall, Transcript
from servecheck.evaluation.verdict import PartVerdict, Verdict
from servecheck.grading.tool_calls.bfcl_grader import BfclGrader
from servecheck.problems.tool_calls import ToolProblem
from servecheck.profiles.schema import Profile

from suites.selftest.tool_problems import call, problem, said

BENCH = Bench(Profile(name="p", model="m"), "0" * 64)
ASKED = problem({"x": "string"}, {"x": ["Aa"]})
NO_CALL = problem({"x": "string"}, task_id="irrelevance_0")


def _graded(asked: ToolProblem, transcript: Transcript) -> Verdict:
    return BfclGrader().grade(asked, transcript, BENCH)


def test_a_right_call_is_solved_and_has_no_fault():
    verdict = _graded(ASKED, said(call(x="Aa")))

    assert verdict == Verdict(
        score=1.0,
        answer=json.dumps([{"name": "f_g", "arguments": '{"x": "Aa"}'}]),
        parts={"exact": PartVerdict("solved")},
    )


def test_each_metric_counts_its_own_verdict():
    verdict = _graded(ASKED, said(call(x="aa")))
    accuracy, exact = BfclGrader.metrics

    assert (accuracy, exact) == (Metric("accuracy"), Metric("exact accuracy", "exact"))
    assert (accuracy.counts(verdict), exact.counts(verdict)) == (True, False)
    assert verdict.parts["exact"].reason == "f_g: x is 'aa', which is no accepted value to the letter"


def test_what_went_wrong_has_a_kind():
    assert _graded(ASKED, said(call(x="b"))).kind == "wrong_call"
    assert _graded(ASKED, said(content="It is done.")).kind == "no_call"
    assert _graded(NO_CALL, said(call(x="b"))).kind == "needless_call"
    assert _graded(NO_CALL, said(content="I cannot do that.")).kind == "solved"
    assert _graded(problem({}, task_id="live_relevance_0"), said(content="No.")).kind == "no_call"


LEAKED = said(content="I look.\n<tool_call>f_g<arg_key>x</arg_key><arg_value>Aa</arg_value></tool_call>")


def test_a_call_that_cannot_be_read_or_was_left_in_the_text_has_a_kind_of_its_own():
    leaked = _graded(ASKED, LEAKED)

    assert (leaked.kind, leaked.faults) == ("leaked_call", ("leaked_call",))
    assert "--tool-call-parser" in leaked.reason
    assert _graded(ASKED, said(ToolCall("f_g", '{"x": "Aa'))).kind == "unreadable_call"
    assert _graded(ASKED, said(call(x="Aa"), content="<tool_call>")).solved


def test_a_call_left_in_the_text_is_no_exact_decision_against_one():
    left = _graded(NO_CALL, LEAKED)

    assert left.solved  # BFCL looks at the calls alone
    assert left.parts["exact"].reason == "calls nothing, and does not decide to: leaked call"


def test_a_reply_with_neither_call_nor_text_is_named_as_a_fault():
    assert _graded(ASKED, said()).faults == ("empty",)


def test_a_reply_that_says_nothing_has_not_decided_against_a_call():
    said_nothing = _graded(NO_CALL, said())

    assert said_nothing.solved  # BFCL looks at the calls alone
    assert said_nothing.parts["exact"].reason == "calls nothing, and does not decide to: empty"
    assert _graded(NO_CALL, said(content="I cannot do that.")).parts["exact"].kind == "solved"


def test_an_answer_that_is_reported_wrong_is_said_to_be_where_it_decides():
    reported = problem({"x": "string"}, {"x": ["a"]}, task_id="live_multiple_17-4-9")

    assert "[its answer is reported wrong: " in _graded(reported, said(call(x="b"))).reason
    assert _graded(reported, said(call(x="a"))).reason == ""


def test_thinking_that_leaks_beside_a_right_call_is_named_and_spoils_nothing():
    verdict = _graded(ASKED, said(call(x="Aa"), content="<think>Which one?</think>"))

    assert verdict.solved
    assert verdict.faults == ("think_leak",)


def test_a_call_in_a_shape_that_no_client_reads_is_not_exact():
    reply = said(call(x="Aa")).reply
    flat = {"tool_calls": [{"id": "c", "type": "function", "name": "f_g", "arguments": '{"x": "Aa"}'}]}

    verdict = _graded(ASKED, Transcript.of(replace(reply, message=flat)))

    assert verdict.solved  # BFCL's rules are about what is called
    assert verdict.parts["exact"].reason == "a call has no object function"
