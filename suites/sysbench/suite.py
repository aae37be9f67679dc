"""SysBench: 500 dialogues of five turns under a system message, from a file that the user gives, judged by criteria."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.sysbench import SysBenchGrader
from servecheck.problems.sysbench import SYSBENCH, SYSBENCH_STARTER
from servecheck.profiles.schema import Sampling
from servecheck.protocols.system_dialogue import SystemDialogue

SUITE = Suite(
    name="sysbench",
    grader=SysBenchGrader(),
    problems=SYSBENCH,
    starter=SYSBENCH_STARTER,
    protocol=SystemDialogue(),
    # Its authors ask each model as its maker's service does, and state nothing; greedy here.
    sampling=Sampling(temperature=0.0, max_tokens=4096),
    fewer_tokens=True,
)
