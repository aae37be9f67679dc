"""Every call of a conversation is read, and held to the tools that were offered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from servecheck.evaluation.call_counts import CallCounts
from servecheck.evaluation.conversation import Conversation, Tool, ask, with_tools
from servecheck.evaluation.protocols import PromptProtocol
from servecheck.evaluation.transcript import Reply, ToolCall, ToolResult, Transcript
from servecheck.grading.tool_calls.fitting import OfferedTools, call_counts, calls_of
from servecheck.protocols.function_calling import FunctionCalling
from servecheck.protocols.multiple_choice import MultipleChoice

from suites.selftest.tool_problems import call, problem, said


def _tool(schema: Any, name: str = "f_g") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": schema}}


SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
TOOLS = [_tool(SCHEMA), _tool({"type": "object", "properties": {}}, "ping"), _tool({"type": "dict"}, "odd")]


@pytest.mark.parametrize(
    ("made", "fit"),
    [
        (call(x=1), "fitting"),
        (call(x=1.0), "fitting"),
        (call("ping"), "fitting"),
        (call("odd", x=1), "unchecked"),
        (call(x="1"), "as_text"),
        (call(x="one"), "unfit"),
        (call(), "unfit"),
        (call("g_f", x=1), "unknown_name"),
        (ToolCall("f_g", '{"x": 1'), "invalid_json"),
        (ToolCall("f_g", ""), "invalid_json"),
        (ToolCall("f_g", "[1]"), "invalid_json"),
        (ToolCall("f_g", '{"x": ' + "[" * 100_000), "invalid_json"),
    ],
)
def test_a_call_fits_or_does_not_in_one_way(made, fit):
    assert OfferedTools(TOOLS).fit(made) == fit


def test_a_tool_without_parameters_takes_any():
    assert OfferedTools([{"type": "function", "function": {"name": "f_g"}}]).fit(call(x=1)) == "fitting"


def test_what_a_tool_itself_refuses_is_counted_apart():
    first, second = said(call(x=1), call(x="1")), said(call(x=2))
    results = [ToolResult("error: no such file", refused=True), ToolResult("error: no integer", refused=True)]
    offered = OfferedTools(TOOLS)

    found = call_counts((one, offered) for one in (first.reply, *results, second.reply))

    assert found == CallCounts(made=3, unfit=1, refused=1, as_text=1)


def test_calls_are_counted_where_tools_are_offered():
    asked = problem({"x": "integer"}, {"x": [1]}, required=["x"])

    assert calls_of(said(call(x=1), call(x="1")), FunctionCalling(), asked) == CallCounts(made=2, unfit=1, as_text=1)
    assert calls_of(said(content="no"), FunctionCalling(), asked) == CallCounts()
    assert calls_of(said(content="no"), MultipleChoice(), asked) is None


@pytest.mark.parametrize(
    "sent",
    [
        {"id": "a", "type": "function", "name": "f_g", "arguments": '{"x": 1}'},
        {"id": "a", "type": "function", "function": {"name": "f_g", "arguments": {"x": 1}}},
    ],
    ids=["flat", "object"],
)
def test_a_call_that_no_client_of_the_protocol_reads_could_not_be_made(sent: Any) -> None:
    reply = replace(said().reply, message={"role": "assistant", "content": "", "tool_calls": [sent]})

    found = call_counts([(reply, OfferedTools(TOOLS))])

    assert found == CallCounts(made=1, misshapen=1)
    assert found.fitting == 0


def test_tools_that_are_called_in_a_conversation_are_those_that_it_offers():
    class Ping(Tool):
        name, description, parameters = "ping", "Says so.", {"type": "object"}

        def call(self, arguments: Any, bench: Any) -> str:
            return "pong"

    class Asks(PromptProtocol[Any]):
        name, tools = "asks", (Ping(),)

        def messages(self, problem: Any) -> list[dict[str, Any]]:
            return [{"role": "user", "content": "?"}]

        def converse(self, problem: Any) -> Conversation:
            return with_tools(self.messages(problem), self.tools, most_replies=2)

    assert calls_of(said(call("ping"), call("pong")), Asks(), problem({})) == CallCounts(made=2, unknown_name=1)


def test_a_tool_that_is_offered_later_is_none_before():
    tools = [{"type": "function", "function": {"name": name}} for name in ("ping", "pong")]

    class OffersMore(PromptProtocol[Any]):
        name = "offers_more"

        def converse(self, problem: Any) -> Conversation:
            yield from ask([], {"tools": tools[:1]})
            yield from ask([], {"tools": tools})
            return "answered"

    asked = said(call("ping"), call("pong"))
    twice = Transcript(asked.exchanges * 2, "answered")

    assert calls_of(twice, OffersMore(), problem({})) == CallCounts(made=4, unknown_name=1)


def test_a_reply_is_read_as_it_is_kept():
    reply = Reply.from_json(said(call(x=1)).reply.to_json())

    assert call_counts([(reply, OfferedTools(TOOLS))]) == CallCounts(made=1)
