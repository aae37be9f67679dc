"""HumanEval+ (or the starter set) under EvalPlus's chat protocol: one test a reply, gated as a whole."""

from __future__ import annotations

import time

import pytest

from fixtures.grading.evalplus import grade, no_program
from fixtures.grading.program import program_of
from fixtures.plugin.record import Record

pytestmark = pytest.mark.humaneval


def test_humaneval(case, problems, replies, references, sandbox, record_verdict):
    problem = problems[case.task_id]
    reply = replies.of(case)
    began_at = time.time()
    program = program_of(reply.kind, reply.content, problem)
    if program.code.strip():
        verdict = grade(program.code, problem, references, sandbox)
    else:
        verdict = no_program(reply.why_empty())
    record_verdict(Record.of(case, reply, program, verdict, began_at))
