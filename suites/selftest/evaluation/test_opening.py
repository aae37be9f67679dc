"""The tools that a conversation offers are known before it is begun."""

from __future__ import annotations

from servecheck.evaluation.opening import first_step, offered_tools, opening, opening_fields
from servecheck.problems.tool_contract.problem_set import ContractCases
from servecheck.protocols.function_calling import FunctionCalling
from servecheck.protocols.multiple_choice import MultipleChoice
from servecheck.protocols.tool_contract import ToolContract

from suites.selftest.tool_problems import problem

ASKED = problem({"x": "string"}, {"x": ["Aa"]})


def test_a_chat_requests_tools_are_those_that_it_offers() -> None:
    tools = [dict(tool) for tool in ASKED.tools]

    assert offered_tools(FunctionCalling(), ASKED) == tools
    assert opening_fields(FunctionCalling(), ASKED) == {"tools": tools}
    assert opening(FunctionCalling(), ASKED).fields == {"tools": tools}
    assert list(opening(FunctionCalling(), ASKED).messages) == list(ASKED.messages)


def test_a_protocol_that_asks_plainly_is_not_begun() -> None:
    assert first_step(MultipleChoice(), object()) is None
    assert opening_fields(MultipleChoice(), object()) == {}


def test_what_is_rendered_first_has_fields_and_offers_nothing_yet() -> None:
    case = ContractCases()["echo/plain"]

    assert opening_fields(ToolContract(), case) == case.fields
    assert offered_tools(ToolContract(), case) == []
