"""A record says everything about a verdict, and crosses from worker to owner as JSON."""

from __future__ import annotations

import json
import time

from fixtures.generation.schema import Reply, Timings, Usage
from fixtures.grading.evalplus import PartVerdict, Verdict
from fixtures.grading.program import Program
from fixtures.plugin.plan import Case
from fixtures.plugin.record import Record
from fixtures.sandbox.pool import Usage as CpuUsage

REPLY = Reply("text", None, "stop", "m", Usage(7, 11), Timings(0.0, None, 0.0), "00")
SOLVED = PartVerdict("solved")
WRONG = PartVerdict("wrong_answer", "wrong answer at plus input 1", 1, "fail")


def _record(base: PartVerdict, plus: PartVerdict) -> Record:
    program = Program("code", "a fence", ("a second definition",))
    return Record.of(Case("Starter/0", 2), REPLY, program, Verdict(base, plus), time.time())


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


def test_it_is_json():
    value = _record(SOLVED, WRONG).to_json()

    assert json.loads(json.dumps(value)) == {**value, "dropped": ["a second definition"]}
