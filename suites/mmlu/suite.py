"""MMLU as openai/simple-evals asks and reads it: 14,042 problems, or 2,000 of them (``--problems mmlu-2000``), once."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.published_choice import SimpleEvalsMmluGrader
from servecheck.problems.mmlu import Mmlu, mmlu_part, mmlu_starter
from servecheck.profiles.schema import Sampling
from servecheck.protocols.published_choice import SIMPLE_EVALS_CHOICE

SUITE = Suite(
    name="mmlu",
    grader=SimpleEvalsMmluGrader(),
    problems=Mmlu(),
    starter=mmlu_starter(),
    more_problems=(mmlu_part(),),
    protocol=SIMPLE_EVALS_CHOICE,
    # Its sampler's default temperature; its limit of 2,048 tokens would cut off models that think.
    sampling=Sampling(temperature=0.5, top_p=1.0, max_tokens=16384),
    fewer_tokens=True,
)
