"""MBPP+ under EvalPlus's chat protocol: one test a reply, gated as a whole."""

from servecheck.evaluation.suite import Published, Suite
from servecheck.grading.code.evalplus_grader import EvalPlus
from servecheck.problems.mbpp import MbppPlus

SUITE = Suite(name="mbpp", grader=EvalPlus(), problems=MbppPlus(), published=Published(unstated="pass@1"))
