"""SimpleQA as openai/simple-evals asks it: 4,326 questions of fact, of which a judge says whether they are answered."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.simpleqa import SimpleQaGrader
from servecheck.problems.simpleqa import SIMPLEQA, SIMPLEQA_STARTER
from servecheck.profiles.schema import Sampling
from servecheck.protocols.short_question import ShortQuestion

SUITE = Suite(
    name="simpleqa",
    grader=SimpleQaGrader(),
    problems=SIMPLEQA,
    starter=SIMPLEQA_STARTER,
    protocol=ShortQuestion(),
    # Its sampler's default temperature, and the limit that it gives chat models.
    sampling=Sampling(temperature=0.5, max_tokens=2048),
    fewer_tokens=True,
)
