"""Does the server deliver what the model wrote? Cases of the project's own, each whole and streamed."""

from servecheck.evaluation.suite import Suite
from servecheck.grading.tool_contract import Delivery
from servecheck.problems.tool_contract.problem_set import ContractCases
from servecheck.profiles.schema import Sampling
from servecheck.protocols.tool_contract import ToolContract

SUITE = Suite(
    name="tool_contract",
    grader=Delivery(),
    problems=ContractCases(),
    protocol=ToolContract(),
    sampling=Sampling(max_tokens=4096),
    fewer_tokens=True,
    is_scored=False,
    sets_thinking=True,
)
