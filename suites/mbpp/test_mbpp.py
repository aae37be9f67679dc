"""MBPP+ under EvalPlus's chat protocol: one test a reply, gated as a whole."""

from __future__ import annotations

import pytest
from servecheck.grading.reply import grade_reply

pytestmark = pytest.mark.mbpp


def test_mbpp(case, problems, replies, references, sandbox, record_verdict):
    reply = replies.of(case)
    verdict, program = grade_reply(reply, problems[case.task_id], references, sandbox, replies.markers)
    record_verdict(case, reply, verdict, program)
