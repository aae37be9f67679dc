"""GPQA Diamond as openai/simple-evals asks and reads it: 198 problems, ten replies to each."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.published_choice import SimpleEvalsGrader
from servecheck.problems.gpqa import Gpqa, GpqaStarter
from servecheck.profiles.schema import Sampling
from servecheck.protocols.published_choice import SIMPLE_EVALS_CHOICE

SUITE = Suite(
    name="gpqa_simple_evals",
    grader=SimpleEvalsGrader(),
    problems=Gpqa(),
    starter=GpqaStarter(),
    protocol=SIMPLE_EVALS_CHOICE,
    # Its sampler's default temperature, and the limit that it gives chat models.
    sampling=Sampling(temperature=0.5, top_p=1.0, max_tokens=2048),
    fewer_tokens=True,
    samples=10,
)
