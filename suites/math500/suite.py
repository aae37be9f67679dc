"""MATH-500 as GLM's own harness asks it: 500 problems, three replies to each, the mean over all of them."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.expressions.expression_grader import Expression
from servecheck.problems.answer_starters import expression_starter
from servecheck.problems.math500 import Math500
from servecheck.protocols.glm_boxed import GLM_SAMPLING, GlmBoxed

SUITE = Suite(
    name="math500",
    grader=Expression(),
    problems=Math500(),
    starter=expression_starter(),
    protocol=GlmBoxed(),
    sampling=GLM_SAMPLING,
    fewer_tokens=True,
    samples=3,
)
