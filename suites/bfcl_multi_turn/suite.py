"""BFCL's multi-turn problems in FC mode: do the calls of the served model leave a simulated world as they should?"""

from servecheck.evaluation.suite import Published, Suite
from servecheck.grading.tool_calls.multi_turn_grader import MultiTurnGrader
from servecheck.problems.bfcl_multi_turn import BfclMultiTurn, BfclMultiTurnStarter
from servecheck.profiles.schema import Sampling
from servecheck.protocols.function_calling import TEMPERATURE
from servecheck.protocols.multi_turn_calling import MultiTurnCalling

SUITE = Suite(
    name="bfcl_multi_turn",
    grader=MultiTurnGrader(),
    problems=BfclMultiTurn(),
    starter=BfclMultiTurnStarter(),
    protocol=MultiTurnCalling(),
    sampling=Sampling(temperature=TEMPERATURE, max_tokens=4096),
    fewer_tokens=True,
    # Of v3's data, which had other worlds and answers here and there.
    published=Published(unstated="multi-turn v3", shown=("bfcl-v3-multi-turn",)),
)
