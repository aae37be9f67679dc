"""GPQA Diamond as GLM's own harness asks it: 198 problems, eight replies to each, the mean over all of them."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.published_choice import GlmChoiceGrader
from servecheck.problems.gpqa import Gpqa, GpqaStarter
from servecheck.profiles.schema import Sampling
from servecheck.protocols.published_choice import GLM_CHOICE

SUITE = Suite(
    name="gpqa",
    grader=GlmChoiceGrader(),
    problems=Gpqa(),
    starter=GpqaStarter(),
    protocol=GLM_CHOICE,
    # As it really runs: its flags for temperature and top_p reach no request, and a top_p that is not sent is 1.
    sampling=Sampling(temperature=0.6, top_p=1.0, max_tokens=81920),
    fewer_tokens=True,
    samples=8,
)
