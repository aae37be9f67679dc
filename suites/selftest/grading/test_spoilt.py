"""What is wrong with a reply is named beside the reason of its verdict, and may be the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.evaluation.transcript import Reply, Timings, Usage
from servecheck.evaluation.verdict import Verdict
from servecheck.grading.code.evalplus import no_program
from servecheck.grading.faults import Fault, faults_of
from servecheck.grading.sent_parameters import SentParameters
from servecheck.grading.spoilt import with_faults

REPLY = Reply("text", None, "stop", "m", Usage(7, 11), Timings(0.0, None, 0.0), "00")
RIGHT = Verdict(score=1.0, answer="code")
WRONG = Verdict(score=0.0, kind="wrong_answer", reason="wrong answer at plus input 1", answer="code")
CALL = {"tool_calls": [{"function": {"name": "python", "arguments": "{}"}}]}


def test_a_reply_that_is_spoilt_is_unsolved_though_its_answer_is_right():
    verdict = with_faults(RIGHT, REPLY, [Fault.THINK_LEAK], spoils=True, noun="program")

    assert (verdict.solved, verdict.spoilt, verdict.kind, verdict.faults) == (
        False,
        True,
        "think_leak",
        ("think_leak",),
    )
    assert verdict.reason.startswith("think-tag leak: a right program is in the reply")


def test_the_reason_of_a_wrong_answer_comes_before_what_spoils_its_reply():
    verdict = with_faults(WRONG, REPLY, [Fault.THINK_LEAK], spoils=True)

    assert (verdict.kind, verdict.spoilt) == ("wrong_answer", True)
    assert verdict.reason == "wrong answer at plus input 1 [think leak]"


def test_where_nothing_spoils_a_right_answer_its_faults_are_counted():
    verdict = with_faults(RIGHT, REPLY, [Fault.THINK_LEAK], spoils=False)

    assert (verdict.solved, verdict.spoilt, verdict.reason, verdict.faults) == (True, False, "", ("think_leak",))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"reasoning": "def f(): ..."},
            "the reply is empty after 12 characters of reasoning (finish_reason stop): check the server's reasoning "
            "parser, which may take the answer for reasoning [reasoning only]",
        ),
        (
            {"reasoning": "Let me see", "finish_reason": "length"},
            "the reply is empty after 10 characters of reasoning (finish_reason length): raise max_tokens or turn "
            "thinking off [reasoning budget]",
        ),
        (
            {"message": CALL, "finish_reason": "tool_calls"},
            "the answer came as a tool call, and the reply has no text (finish_reason tool_calls): check the server's "
            "tool parser (vLLM: --tool-call-parser), which took the answer for a call [tool call]",
        ),
        ({}, "the reply is empty (finish_reason stop) [empty]"),
    ],
)
def test_a_reply_without_an_answer_is_told_what_may_have_taken_it(changes, reason):
    reply = replace(REPLY, content="", **changes)
    faults = faults_of(reply, SentParameters(max_tokens=768))

    assert with_faults(no_program(reply.why_empty()), reply, faults, spoils=True).reason == reason
