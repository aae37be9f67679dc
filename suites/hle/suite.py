"""Humanity's Last Exam as GLM's own harness asks it, without tools and without the questions that have pictures."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.hle import HleGrader
from servecheck.problems.hle import HLE, HLE_STARTER
from servecheck.profiles.schema import Sampling
from servecheck.protocols.short_question import GlmHle

SUITE = Suite(
    name="hle",
    grader=HleGrader(),
    problems=HLE,
    starter=HLE_STARTER,
    protocol=GlmHle(),
    # As it really runs: its flags for temperature and top_p reach no request.
    sampling=Sampling(temperature=0.6, max_tokens=81920),
    fewer_tokens=True,
)
