"""LiveCodeBench as GLM's own harness asks it, graded by LiveCodeBench's rules: two replies to each problem."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.contests.contest_grader import ContestGrader
from servecheck.problems.contest_starter import ContestStarter
from servecheck.problems.livecodebench import livecodebench_2407_2501, livecodebench_v6
from servecheck.protocols.glm_boxed import GLM_SAMPLING
from servecheck.protocols.glm_livecodebench import GlmLiveCodeBench

SUITE = Suite(
    name="livecodebench",
    grader=ContestGrader(),
    problems=livecodebench_2407_2501(),
    starter=ContestStarter(),
    more_problems=(livecodebench_v6(),),
    protocol=GlmLiveCodeBench(),
    sampling=GLM_SAMPLING,
    fewer_tokens=True,
    samples=2,
)
