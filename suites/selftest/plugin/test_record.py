"""A record says everything about a verdict, and crosses from worker to owner as JSON."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from servecheck.evaluation.case import Case
from servecheck.evaluation.transcript import Reply, Timings, Usage
from servecheck.grading.evalplus import PartVerdict, Verdict, no_program
from servecheck.grading.lm_eval import LmEvalVerdict
from servecheck.grading.lm_eval_findings import Finding
from servecheck.grading.program import Program
from servecheck.grading.sent_parameters import SentParameters
from servecheck.grading.transformed import Transformed
from servecheck.plugin.record import Record
from servecheck.prompts.lm_eval_instruct import STOPS
from servecheck.sandbox.pool import Usage as CpuUsage
from servecheck.transforms import Applied

REPLY = Reply("text", None, "stop", "m", Usage(7, 11), Timings(0.0, None, 0.0), "00")
CASE = Case("Starter/0", 2)
PROGRAM = Program("code", "a fence", ("a second definition",))
SOLVED = PartVerdict("solved")
WRONG = PartVerdict("wrong_answer", "wrong answer at plus input 1", 1, "fail")


def _record(base: PartVerdict, plus: PartVerdict) -> Record:
    return Record.graded(
        CASE, REPLY, PROGRAM, Verdict(base, plus), sent=SentParameters(max_tokens=768), began_at=time.time()
    )


def test_a_solved_case():
    record = _record(SOLVED, SOLVED)

    assert (record.solved, record.kind, record.reason, record.tokens) == (True, "solved", "", 11)
    assert record.began_at <= record.ended_at


def test_kind_and_reason_are_of_the_first_part_that_is_not_solved():
    record = _record(SOLVED, WRONG)

    assert (record.solved, record.kind, record.reason) == (False, "wrong_answer", WRONG.reason)
    assert (record.base["status"], record.plus["status"]) == ("pass", "fail")


def test_cpu_seconds_are_those_between_two_readings():
    record = _record(SOLVED, SOLVED).with_usage(CpuUsage(1.0, 0.5), CpuUsage(4.0, 1.5))

    assert (record.candidate_cpu_s, record.program_cpu_s) == (3.0, 1.0)


def test_what_a_server_calls_its_model_and_the_end_is_kept_printable_and_short():
    hostile = replace(REPLY, model="m\x1b[2J" * 500, finish_reason="st\0p")

    record = Record.judged(CASE, hostile, True, "", sent=SentParameters(), began_at=0.0)

    assert (record.finish_reason, len(record.model)) == (r"st\x00p", 217)
    assert record.model.isprintable()


def test_two_models_whose_names_begin_alike_stay_two():
    one, other = (
        Record.judged(CASE, replace(REPLY, model=f"{300 * 'm'}{last}"), True, "", sent=SentParameters(), began_at=0.0)
        for last in "ab"
    )

    assert one.model != other.model


def test_it_is_json():
    value = _record(SOLVED, WRONG).to_json()

    none = {name: [] for name in ("faults", "findings", "applied", "remarks")}
    assert json.loads(json.dumps(value)) == {**value, **none, "dropped": ["a second definition"]}


def test_a_suite_with_a_verdict_of_its_own_has_no_parts():
    record = Record.judged(
        CASE, REPLY, False, "no function\x1b[31m", sent=SentParameters(max_tokens=768), began_at=time.time()
    )

    assert (record.solved, record.kind, record.base, record.plus) == (False, "unsolved", None, None)
    assert record.reason.startswith("no function")
    assert record.reason.isprintable()


def test_what_is_wrong_with_the_reply_itself_is_named_beside_the_reason():
    cut = replace(REPLY, finish_reason="length", content="def f():\n    return [1, 2, 3")

    record = Record.judged(CASE, cut, False, "no program", sent=SentParameters(max_tokens=11), began_at=0.0)

    assert record.faults == ("truncated",)
    assert record.reason == "no program [truncated]"


CALL = {"tool_calls": [{"function": {"name": "python", "arguments": "{}"}}]}


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
    verdict = no_program(reply.why_empty())

    record = Record.graded(
        CASE, reply, replace(PROGRAM, code=""), verdict, sent=SentParameters(max_tokens=768), began_at=0.0
    )

    assert (record.solved, record.reason) == (False, reason)


def test_what_is_wrong_with_a_reply_that_is_solved_all_the_same_is_counted():
    cut = replace(REPLY, finish_reason="length")

    record = Record.judged(CASE, cut, True, "", sent=SentParameters(max_tokens=11), began_at=0.0)

    assert (record.solved, record.reason, record.faults) == (True, "", ("truncated",))


def test_junit_shows_verdict_tokens_and_seconds():
    asked_twice = replace(REPLY, earlier=("HTTP 503",), timings=Timings(0.0, 0.5, 1.23456))

    record = Record.judged(CASE, asked_twice, True, "", sent=SentParameters(max_tokens=768), began_at=0.0)

    assert record.properties() == [("verdict", "solved"), ("tokens", 11), ("seconds", 1.235), ("retries", 1)]


LEAKED = replace(REPLY, content="<think>Let me see.</think>\ndef f():\n    return 1")


def test_a_reply_that_is_spoilt_is_unsolved_though_its_program_is_right():
    record = Record.graded(
        CASE, LEAKED, PROGRAM, Verdict(SOLVED, SOLVED), sent=SentParameters(max_tokens=768), began_at=0.0
    )

    assert (record.solved, record.spoilt, record.kind, record.faults) == (False, True, "think_leak", ("think_leak",))
    assert (record.base["status"], record.plus["status"]) == ("pass", "pass")  # as EvalPlus judges the program
    assert "reasoning parser" in record.reason


def test_the_reason_of_a_wrong_program_comes_before_what_spoils_its_reply():
    record = Record.graded(
        CASE, LEAKED, PROGRAM, Verdict(SOLVED, WRONG), sent=SentParameters(max_tokens=768), began_at=0.0
    )

    assert (record.kind, record.spoilt) == ("wrong_answer", True)
    assert record.reason == f"{WRONG.reason} [think leak]"


def test_a_reply_that_was_given_is_graded_as_it_is():
    given = replace(LEAKED, finish_reason="given", usage=None)

    record = Record.graded(
        CASE, given, PROGRAM, Verdict(SOLVED, SOLVED), sent=SentParameters(max_tokens=768), began_at=0.0
    )

    assert (record.solved, record.spoilt, record.faults) == (True, False, ("think_leak",))


def _as_lm_eval(reply: Reply, test: PartVerdict, *, read: str | None = None, findings: tuple = ()) -> Record:
    transformed = None if read is None else Transformed(replace(reply, content=read), (Applied("t", "cut", 3),))
    return Record.graded_as_lm_eval(
        CASE,
        reply,
        PROGRAM,
        LmEvalVerdict(test),
        transformed,
        Verdict(SOLVED, WRONG),
        findings,
        sent=SentParameters(max_tokens=768, stops=STOPS),
        began_at=0.0,
    )


def test_lm_evals_verdict_is_that_of_its_own_test_with_evalpluss_beside_it():
    record = _as_lm_eval(REPLY, SOLVED, read="text")

    assert (record.solved, record.base["status"], record.plus) == (True, "pass", None)
    assert record.beside == {"base": "pass", "plus": "fail"}
    assert record.applied == (("t", "cut", 3),)
    assert ("evalplus plus", "fail") in record.properties()


THOUGHT_ALOUD = replace(REPLY, content="<think>Let me see.</think>\n    return 1")


def test_no_reply_is_spoilt_under_lm_evals_rules():
    record = _as_lm_eval(THOUGHT_ALOUD, SOLVED)

    assert (record.solved, record.spoilt, record.faults) == (True, False, ("think_leak",))


def test_what_lost_a_reply_is_named_once():
    record = _as_lm_eval(THOUGHT_ALOUD, WRONG, findings=(Finding.THINK_LEAK, Finding.NOT_PYTHON))

    assert record.findings == ("think_leak", "not_python")
    assert record.reason == f"{WRONG.reason} [not python] [think leak]"


def test_reasoning_that_was_copied_is_an_answer_unless_it_used_up_the_budget():
    kept = replace(REPLY, content="", reasoning="def f(): ...")
    cut = replace(kept, finish_reason="length", usage=Usage(7, 768))

    assert _as_lm_eval(kept, WRONG, read=kept.reasoning).faults == ()
    assert _as_lm_eval(kept, WRONG).faults == ("reasoning_only",)
    assert _as_lm_eval(cut, WRONG, read=cut.reasoning).faults == ("reasoning_budget",)


def test_a_reply_that_goes_on_after_a_stop_was_not_made_under_the_protocol():
    record = _as_lm_eval(replace(REPLY, content="```python\ndef f():\n    return 1\n```"), SOLVED, read="    return 1")

    assert record.faults == ("stop_ignored",)
