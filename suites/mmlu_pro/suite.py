"""MMLU-Pro as GLM's own harness asks it: 2,000 of its problems, or all 12,032 (``--problems mmlu-pro``), once each."""

from servecheck.evaluation.suite import Published, Suite
from servecheck.grading.published_choice import GlmMmluProGrader
from servecheck.problems.mmlu_pro import MmluPro, mmlu_pro_part, mmlu_pro_starter
from servecheck.protocols.glm_boxed import GLM_SAMPLING
from servecheck.protocols.glm_mmlu_pro import GlmMmluPro

SUITE = Suite(
    name="mmlu_pro",
    grader=GlmMmluProGrader(),
    problems=mmlu_pro_part(),
    starter=mmlu_pro_starter(),
    more_problems=(MmluPro(),),
    protocol=GlmMmluPro(),
    sampling=GLM_SAMPLING,
    fewer_tokens=True,
    # Published scores are of all problems: beside a part of them they are shown.
    published=Published(shown=("mmlu-pro",)),
)
