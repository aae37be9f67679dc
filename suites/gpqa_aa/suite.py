"""GPQA Diamond as Artificial Analysis asks and reads it, by nvidia-simple-evals: 198 problems, five replies to each."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.published_choice import AaGrader
from servecheck.problems.gpqa import NVIDIA_SEED, Gpqa, GpqaStarter
from servecheck.profiles.schema import Sampling
from servecheck.protocols.published_choice import AA_CHOICE

SUITE = Suite(
    name="gpqa_aa",
    grader=AaGrader(),
    problems=Gpqa("gpqa-diamond-aa", NVIDIA_SEED),
    starter=GpqaStarter(),
    protocol=AA_CHOICE,
    # Greedy, so that the five replies to a problem differ by the order of its choices.
    sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=16384),
    fewer_tokens=True,
    samples=5,
)
