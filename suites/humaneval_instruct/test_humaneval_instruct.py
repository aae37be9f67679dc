"""HumanEval as lm-evaluation-harness's ``humaneval_instruct`` asks and scores it, defects included: one test a reply.

Beside its own verdict each reply has EvalPlus's, so that what the protocol costs can be told from what the model does.
"""

from __future__ import annotations

import pytest
from servecheck.grading.lm_eval import grade_lm_eval, lm_eval_program
from servecheck.grading.lm_eval_findings import findings
from servecheck.grading.reply import grade_reply

pytestmark = pytest.mark.humaneval_instruct


def test_humaneval_instruct(case, profile, problems, replies, references, asserted, sandbox, record_verdict):
    reply, problem = replies.of(case), problems[case.task_id]
    read = replies.transformed(reply, problem)
    program = lm_eval_program(read.reply.kind, read.reply.content, problem)
    verdict = grade_lm_eval(program, problem, asserted, sandbox)
    beside, _ = grade_reply(reply, problem, references, sandbox, replies.markers)
    limit = profile.sampling.max_tokens
    found = (
        () if verdict.solved else findings(read.reply, problem, max_tokens=limit, sent=reply, markers=replies.markers)
    )
    record_verdict(case, reply, verdict, program, read=read, beside=beside, findings=found)
