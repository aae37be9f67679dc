"""Does the served model still decide to call a tool, or not to, as an accepted run of it did?"""

from servecheck.evaluation.suite import Suite
from servecheck.grading.tool_calls.trigger_grader import Trigger
from servecheck.problems.bfcl import TRIGGER, Bfcl, BfclStarter
from servecheck.profiles.schema import Sampling
from servecheck.protocols.function_calling import TEMPERATURE, FunctionCalling

SUITE = Suite(
    name="tool_trigger",
    grader=Trigger(),
    problems=Bfcl("bfcl-v4-trigger", TRIGGER),
    starter=BfclStarter("bfcl-starter-trigger", TRIGGER),
    protocol=FunctionCalling(),
    sampling=Sampling(temperature=TEMPERATURE, max_tokens=4096),
    fewer_tokens=True,
)
