"""The sound way: what was demanded is what is delivered, whole and streamed, and the raw text says the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.extraction.tool_calls.dialects import DIALECTS
from servecheck.extraction.tool_calls.reading import read_raw
from servecheck.extraction.tool_calls.tools import tools_of
from servecheck.problems.tool_demands import CallDemand, Demand
from servecheck.selfcheck.embedded.chat_request import RequestRefused
from servecheck.selfcheck.embedded.tool_text.model import NO_TOOLS
from servecheck.selfcheck.embedded.tool_text.path import ToolTextPath
from servecheck.selfcheck.embedded.tool_text.request import tool_request

from suites.selftest.selfcheck.embedded.tool_text.delivery import deliver, request_of, saving, tool

HARD = [
    "",
    " edge \n",
    "007",
    "null",
    '{"a": [1]}',
    'C:\\new "x"\t',
    "a <10 b",
    "🫠龜é",
    "</arg_value>",
    "a</tool_call>b",
    "</think>",
    "x" * 4_000,
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("value", HARD)
@pytest.mark.parametrize("thinking", [True, False])
def test_a_value_arrives_as_it_was_demanded(dialect: str, value: str, thinking: bool) -> None:
    demand, tools = saving(value)

    found = deliver(demand, tools, dialect=dialect, chat_template_kwargs={"enable_thinking": thinking})

    assert found.values == [{"value": value}]
    assert found.streamed == found.whole
    assert found.whole["finish_reason"] == "tool_calls"
    assert bool(found.whole["reasoning"]) is thinking


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, 2**63),
        ({"type": "number"}, 1e-7),
        ({"type": "boolean"}, False),
        ({"type": ["object", "null"]}, None),
        ({"type": "array"}, [{"a": ["é"]}]),
        ({"$ref": "#/$defs/Nowhere", "type": "object"}, {"a": 1}),
        ({"enum": [1, 2]}, 2),
    ],
)
def test_types_are_restored(schema: Any, value: Any) -> None:
    found = deliver(*saving(value, schema))

    assert json.dumps(found.values) == json.dumps([{"value": value}])


CALLS = st.lists(
    st.sampled_from([CallDemand("now"), CallDemand("save", {"value": "a"}), CallDemand("unknown", {"x": 1})]),
    max_size=4,
).map(tuple)
WORDS = st.text(st.characters(exclude_characters="<"), max_size=10)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(demand=st.builds(Demand, CALLS, WORDS, WORDS, WORDS).filter(lambda demand: demand.calls or demand.say))
def test_calls_texts_and_thoughts_arrive_in_their_order(dialect: str, demand: Demand) -> None:
    tools = [tool(), tool("now"), tool("save", value={"type": "string"})]

    found = deliver(demand, tools, dialect=dialect)

    assert [call["function"]["name"] for call in found.whole["tool_calls"]] == [call.tool for call in demand.calls]
    blank = demand.calls and not demand.after.strip()
    assert found.whole["content"] == demand.say + ("" if blank else demand.after)
    assert demand.think in found.whole["reasoning"]
    assert found.streamed == found.whole
    raw = read_raw(found.raw, DIALECTS[dialect], tools_of(tools), prompt=found.prompt)
    assert raw.accepts(tuple((call.tool, call.arguments) for call in demand.calls))


def test_the_prompt_alone_is_continued_alike() -> None:
    """What ``/v1/completions`` says to the rendered prompt is what the chat reply is made of."""
    demand, tools = saving("a")
    path = ToolTextPath(DIALECTS["glm47"])

    assert path.raw(path.prompt(request_of(demand, tools)), None) == (deliver(demand, tools).raw, False)


@pytest.mark.parametrize("most", [1, 18, 19, 20, 24, 27, 32, 36, 42, 43])
def test_a_cut_call_is_not_delivered(most: int) -> None:
    demand, tools = saving("a" * 10)

    found = deliver(demand, tools, max_tokens=most)

    assert found.whole["tool_calls"] == []
    assert found.whole["content"] == ""
    assert found.whole["finish_reason"] == "length"
    assert found.streamed == found.whole


def test_the_call_before_a_cut_one_is_delivered() -> None:
    demand = Demand((CallDemand("save", {"value": "a"}), CallDemand("save", {"value": "b" * 200})))

    found = deliver(demand, [tool(value={"type": "string"})], max_tokens=80)

    assert found.values == [{"value": "a"}]
    assert found.whole["finish_reason"] == "length"


def test_a_required_call_is_made_of_what_would_have_been_said() -> None:
    demand = Demand(say="hello")
    tools = [tool("save", value={"type": "string"}), tool("count", n={"type": "integer"}, on={"type": "boolean"})]

    assert deliver(demand, tools, tool_choice="required").values == [{"value": "hello"}]
    named = deliver(demand, tools, tool_choice={"type": "function", "function": {"name": "count"}})
    assert named.values == [{"n": 0, "on": False}]
    assert named.streamed == named.whole
    assert deliver(demand, tools).whole["tool_calls"] == []


def test_a_named_tool_is_the_only_one_that_is_called() -> None:
    demand = Demand((CallDemand("now"), CallDemand("save", {"value": "a"})))

    choice = {"type": "function", "function": {"name": "save"}}
    found = deliver(demand, [tool("now"), tool(value={"type": "string"})], tool_choice=choice)

    assert [call["function"]["name"] for call in found.whole["tool_calls"]] == ["save"]


def test_without_parallel_calls_there_is_one() -> None:
    demand = Demand((CallDemand("now"), CallDemand("now")), say="So: ")

    found = deliver(demand, [tool("now")], parallel_tool_calls=False)

    assert len(found.whole["tool_calls"]) == 1
    assert found.whole["content"] == "So: "


def test_without_tools_none_is_called() -> None:
    demand, tools = saving("a")

    for found in (deliver(demand, []), deliver(demand, tools, tool_choice="none")):
        assert found.whole["content"] == NO_TOOLS
        assert found.whole["finish_reason"] == "stop"
        assert "# Tools" not in found.prompt


def test_without_tools_markup_is_text() -> None:
    text = "<tool_call>save<arg_key>"

    assert deliver(Demand(say=text), []).whole["content"] == text


def test_results_are_told_in_their_order() -> None:
    demand, tools = saving("a")
    call = {"id": "c", "type": "function", "function": {"name": "save", "arguments": '{"value": "a"}'}}
    talk = [
        {"role": "assistant", "content": None, "tool_calls": [call, call]},
        {"role": "tool", "tool_call_id": "c", "content": "one"},
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "two"}]},
    ]

    assert deliver(demand, tools, talk).whole["content"] == "one\ntwo"


def test_the_next_question_has_its_own_answer() -> None:
    talk = [{"role": "assistant", "content": "x"}, {"role": "user", "content": "And now?"}]

    assert deliver(Demand(say="hello"), [], talk).whole["content"] != "hello"


@pytest.mark.parametrize(
    "fields",
    [
        {"tool_choice": {"type": "function", "function": {"name": "other"}}},
        {"tool_choice": "perhaps"},
        {"max_tokens": 0},
        {"model": "other"},
    ],
)
def test_a_wrong_request_is_refused(fields: dict[str, Any]) -> None:
    demand, tools = saving("a")

    with pytest.raises(RequestRefused):
        request_of(demand, tools, **fields)


def test_a_choice_among_no_tools_is_refused() -> None:
    with pytest.raises(RequestRefused, match="no tools"):
        request_of(Demand(say="x"), [], tool_choice="required")


@pytest.mark.parametrize("messages", [[], "x", [{"content": "x"}], ["x"], None])
def test_messages_that_are_none_are_refused(messages: Any) -> None:
    with pytest.raises(RequestRefused, match="message"):
        tool_request(json.dumps({"model": "m", "messages": messages}).encode(), "m")


def test_tools_that_are_none_are_refused() -> None:
    with pytest.raises(RequestRefused, match="function"):
        deliver(Demand(say="x"), [{"type": "function"}])
