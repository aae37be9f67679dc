"""AIME 2024 as GLM's own harness asks it: 30 problems, 32 replies to each, the mean over all of them."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.integer import Integer
from servecheck.problems.aime import Aime24
from servecheck.problems.answer_starters import integer_starter
from servecheck.protocols.glm_boxed import GLM_SAMPLING, GlmBoxed

SUITE = Suite(
    name="aime24",
    grader=Integer(),
    problems=Aime24(),
    starter=integer_starter(),
    protocol=GlmBoxed(),
    sampling=GLM_SAMPLING,
    fewer_tokens=True,
    samples=32,
)
