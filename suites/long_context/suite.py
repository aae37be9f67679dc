"""Long context: needles, keys, chains and counts in reports of 4k tokens up to the profile's length."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.long_context import LongContextGrader
from servecheck.problems.long_context.problem import LongContextProblem
from servecheck.problems.long_context.problem_set import LENGTHS, LongContext
from servecheck.profiles.schema import Sampling
from servecheck.protocols.long_context import LongContextQuestion

SUITE: Suite[LongContextProblem] = Suite(
    name="long_context",
    grader=LongContextGrader(),
    # Of a server that runs already nobody knows the length before it is asked.
    problems=LongContext("32k"),
    by_length={tokens: LongContext(name) for name, tokens in LENGTHS.items()},
    protocol=LongContextQuestion(),
    # What a length leaves for the reply, less what a chat template takes.
    sampling=Sampling(temperature=0.0, top_p=1.0, max_tokens=768),
    fewer_tokens=True,
    sets_thinking=True,
)
