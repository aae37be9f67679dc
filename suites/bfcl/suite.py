"""BFCL's single-turn problems in FC mode: do the calls of the served model have the functions and values asked for?"""

from servecheck.evaluation.suite import Published, Suite
from servecheck.grading.tool_calls.bfcl_grader import BfclGrader
from servecheck.problems.bfcl import Bfcl, BfclStarter, bfcl_quick
from servecheck.profiles.schema import Sampling
from servecheck.protocols.function_calling import TEMPERATURE, FunctionCalling

SUITE = Suite(
    name="bfcl",
    grader=BfclGrader(),
    problems=Bfcl(),
    starter=BfclStarter(),
    more_problems=(bfcl_quick(),),
    protocol=FunctionCalling(),
    sampling=Sampling(temperature=TEMPERATURE, max_tokens=4096),
    fewer_tokens=True,
    # Of v3's data, and with multi-turn problems in them.
    published=Published(unstated="overall v3", shown=("bfcl-v3",)),
)
