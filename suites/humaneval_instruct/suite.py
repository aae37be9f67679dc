"""HumanEval as lm-evaluation-harness's ``humaneval_instruct`` asks and scores it, defects included: one test a reply.

Beside its own verdict each reply has EvalPlus's, so that what the protocol costs can be told from what the model does.
"""

from servecheck.evaluation.suite import Published, Suite
from servecheck.grading.code.lm_eval_grader import LmEval
from servecheck.profiles.schema import Sampling
from servecheck.protocols.lm_eval_instruct import LmEvalInstruct

SUITE = Suite(
    name="humaneval_instruct",
    grader=LmEval(),
    protocol=LmEvalInstruct(),
    # As the scores were taken that are published for it; the seed is the protocol's own.
    sampling=Sampling(max_tokens=4096, repetition_penalty=1.05),
    transforms=True,
    # HumanEval+ has HumanEval's own tests, and these alone are run.
    published=Published(problems={"humaneval-plus": "humaneval"}, unstated="pass@1"),
)
