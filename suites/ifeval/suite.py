"""IFEval: are the instructions about a reply's form followed, to the letter?"""

from servecheck.evaluation.suite import Published, Suite
from servecheck.grading.instructions.ifeval_grader import IfevalGrader
from servecheck.problems.ifeval import Ifeval, IfevalStarter
from servecheck.profiles.schema import Sampling
from servecheck.protocols.verbatim import Verbatim

SUITE = Suite(
    name="ifeval",
    grader=IfevalGrader(),
    problems=Ifeval(),
    starter=IfevalStarter(),
    protocol=Verbatim(),
    # Greedy, as lm-eval asks; its limit of 1,280 tokens would end most thinking, and this one fits a context of 16K.
    sampling=Sampling(temperature=0.0, max_tokens=12288),
    fewer_tokens=True,
    # Most cards do not say whether prompts are counted or instructions, strictly or loosely.
    published=Published(unstated="not stated"),
)
