"""HumanEval+ (or the starter set) under EvalPlus's chat protocol: one test a reply, gated as a whole."""

from servecheck.evaluation.suite import Published, Suite
from servecheck.grading.code.evalplus_grader import EvalPlus

SUITE = Suite(name="humaneval", grader=EvalPlus(), published=Published(unstated="pass@1"), file_prefix="")
