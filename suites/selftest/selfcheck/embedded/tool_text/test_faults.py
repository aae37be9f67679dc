"""Every fault breaks its own step, in a case that shows it, and no other step."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.errors import UnknownName
from servecheck.extraction.tool_calls.dialects import dialect_named
from servecheck.problems.tool_demands import CallDemand, Demand
from servecheck.selfcheck.embedded.chat_request import RequestRefused
from servecheck.selfcheck.embedded.tool_text.fault import Fate
from servecheck.selfcheck.embedded.tool_text.faults import TOOL_FAULTS, tool_fault
from servecheck.selfcheck.embedded.tool_text.model_faults import DEPTH
from servecheck.selfcheck.embedded.tool_text.path import ToolTextPath

from suites.selftest.selfcheck.embedded.tool_text.delivery import (
    Delivered,
    arguments_of,
    deliver,
    request_of,
    saving,
    tool,
)

TEXT = {"type": "string"}
NAMED = {"type": "function", "function": {"name": "save"}}
ONE, TOOLS = saving("a value")
TWO = Demand((CallDemand("save", {"value": "a"}), CallDemand("save", {"value": "b"})))
ZERO, NOW = Demand((CallDemand("now"),)), [tool("now")]
CALL = {"id": "c", "type": "function", "function": {"name": "save", "arguments": '{"value": "a"}'}}
PART = [{"type": "text", "text": "two"}]


def history(*contents: Any, said: Any = "") -> list[Any]:
    told = [{"role": "tool", "tool_call_id": "c", "content": content} for content in contents]
    return [{"role": "assistant", "content": said, "tool_calls": [CALL] * len(contents)}, *told]


REF = {"type": "object", "properties": {"value": {"$ref": "#/$defs/P"}}, "$defs": {"P": {"type": "object"}}}
REF_TOOLS = [{"type": "function", "function": {"name": "save", "parameters": REF}}]
SORTED = [tool(z=TEXT, a=TEXT)]
AUTO: dict[str, Any] = {}

# What each fault shows in: the demand, the tools, more messages, more fields of the request.
SHOWN: dict[str, tuple[Demand, list[Any], list[Any], dict[str, Any]]] = {
    "none_rendered": (ONE, TOOLS, history("r", said=None), AUTO),
    "tool_list_repr": (ONE, TOOLS, history(PART), AUTO),
    "tool_result_lost": (ONE, TOOLS, history(PART), AUTO),
    "results_reordered": (ONE, TOOLS, history("r", "s"), AUTO),
    "earlier_results_lost": (ONE, TOOLS, history("r", "s"), AUTO),
    "history_calls_lost": (ONE, TOOLS, history("r"), AUTO),
    "arguments_text_refused": (ONE, TOOLS, history("r"), AUTO),
    "properties_sorted": (ONE, SORTED, [], AUTO),
    "tools_dropped_beyond_16": (ONE, TOOLS * 17, [], AUTO),
    "no_generation_prompt": (ONE, TOOLS, [], AUTO),
    "thinking_switch_ignored": (ONE, TOOLS, [], {"chat_template_kwargs": {"enable_thinking": False}}),
    "system_dropped": (ONE, TOOLS, [{"role": "system", "content": "Be brief."}], AUTO),
    "tools_escaped": (ONE, [tool(größe=TEXT)], [], AUTO),
    "required_ignored": (Demand(say="hi"), TOOLS, [], {"tool_choice": "required"}),
    "named_ignored": (Demand(say="hi"), TOOLS, [], {"tool_choice": NAMED}),
    "none_ignored": (ONE, TOOLS, [], {"tool_choice": "none"}),
    "parallel_ignored": (TWO, TOOLS, [], {"parallel_tool_calls": False}),
    "required_never_ends": (ONE, TOOLS, [], {"tool_choice": "required"}),
    "required_goes_on": (ONE, TOOLS, [], {"tool_choice": "required"}),
    "forced_fails": (ONE, TOOLS, [], {"tool_choice": NAMED}),
    "forced_unparsed": (ONE, TOOLS, [], {"tool_choice": "required"}),
    "grammar_aborts": (ONE, REF_TOOLS, [], AUTO),
    "grammar_refused": (ONE, REF_TOOLS, [], AUTO),
    "grammar_closes": (ONE, REF_TOOLS, [], AUTO),
    "grammar_alters_tags": (*saving("a</arg_value>b"), [], AUTO),
    "schema_ignored": (Demand(say='{"a": 1}'), [], [], {"response_format": {"type": "json_schema"}}),
    "ref_as_string": (saving({"a": 1})[0], REF_TOOLS, [], AUTO),
    "union_as_string": (*saving(5, {"anyOf": [{"type": "integer"}, {"type": "null"}]}), [], AUTO),
    "types_lost": (*saving(5, {"type": "integer"}), [], AUTO),
    "tag_cuts_value": (*saving("a</arg_value>b"), [], AUTO),
    "less_than_cuts_value": (*saving("a <10 b"), [], AUTO),
    "value_truncated": (*saving("a" * 2_001), [], AUTO),
    "whitespace_stripped": (*saving(" a\n"), [], AUTO),
    "newlines_lost": (*saving("a\nb"), [], AUTO),
    "quotes_stripped": (*saving('"a"'), [], AUTO),
    "number_like_converted": (*saving("007"), [], AUTO),
    "null_like_converted": (*saving("null"), [], AUTO),
    "json_like_converted": (*saving('{"a": 1}'), [], AUTO),
    "big_integer_rounded": (*saving(2**53 + 1, {"type": "integer"}), [], AUTO),
    "non_ascii_escaped": (*saving("é🫠"), [], AUTO),
    "zero_arg_dropped": (ZERO, NOW, [], AUTO),
    "name_cut": (Demand((CallDemand("run_in"),)), [tool("run_in"), tool("run")], [], AUTO),
    "second_call_lost": (TWO, TOOLS, [], AUTO),
    "same_call_merged": (Demand(ONE.calls * 2), TOOLS, [], AUTO),
    "text_before_lost": (Demand(ONE.calls, say="So:"), TOOLS, [], AUTO),
    "text_after_lost": (Demand(ONE.calls, after="Done."), TOOLS, [], AUTO),
    "unknown_name_dropped": (Demand((CallDemand("load"),)), TOOLS, [], AUTO),
    "reasoning_quote_called": (Demand(say="No.", think="<tool_call>now</tool_call>"), NOW, [], AUTO),
    "reasoning_leaks": (ONE, TOOLS, [], AUTO),
    "all_is_reasoning": (Demand(say="hi"), TOOLS, [], AUTO),
    "reasoning_lost": (ONE, TOOLS, [], AUTO),
    "markup_leaks": (ONE, TOOLS, [], AUTO),
    "finish_stop": (ONE, TOOLS, [], AUTO),
    "finish_tool_calls": (Demand(say="hi"), TOOLS, [], AUTO),
    "truncation_called": (ONE, TOOLS, [], {"max_tokens": 35}),
    "arguments_unescaped": (*saving('a "b"'), [], AUTO),
    "id_missing": (ONE, TOOLS, [], AUTO),
    "id_repeated": (TWO, TOOLS, [], AUTO),
    "truncation_hidden": (ONE, TOOLS, [], {"max_tokens": 35}),
    "stream_types_lost": (*saving(5, {"type": "integer"}), [], AUTO),
    "empty_arguments_doubled": (ZERO, NOW, [], AUTO),
    "index_zero": (TWO, TOOLS, [], AUTO),
    "stream_id_missing": (TWO, TOOLS, [], AUTO),
    "replacement_characters": (*saving("a🫠"), [], AUTO),
    "buffered": (*saving("a" * 100), [], AUTO),
    "stream_second_call_lost": (TWO, TOOLS, [], AUTO),
    "stream_zero_arg_lost": (ZERO, NOW, [], AUTO),
    "stream_content_lost": (Demand(ONE.calls, say="So:"), TOOLS, [], AUTO),
    "cache_at_depth": (*saving("a" * DEPTH), [], AUTO),
}
_PROBE = (ONE, TOOLS, [], AUTO)
# At once, and not of a prompt that came before alone.
BELOW = [name for name, fault in TOOL_FAULTS.items() if fault.breaks in ("model", "cache") and not fault.when_cached]


def through(name: str, fault: str | None) -> Delivered:
    demand, tools, messages, fields = SHOWN.get(name, _PROBE)
    return deliver(demand, tools, messages, fault=fault, **fields)


def of_stage(*stages: str) -> list[str]:
    """Those of the chat, which is all that is tried here."""
    return [name for name, fault in TOOL_FAULTS.items() if fault.breaks in stages and fault.of_api is None]


def test_there_are_many_each_named_once() -> None:
    assert len(TOOL_FAULTS) >= 60
    assert {fault.breaks for fault in TOOL_FAULTS.values()} == {
        "template",
        "grammar",
        "parser",
        "stream",
        "model",
        "cache",
    }
    assert SHOWN.keys() <= TOOL_FAULTS.keys()


@pytest.mark.parametrize("name", TOOL_FAULTS)
def test_each_says_in_a_sentence_what_it_does(name: str) -> None:
    assert TOOL_FAULTS[name].name == name
    assert TOOL_FAULTS[name].what
    assert not TOOL_FAULTS[name].what.endswith(".")


def test_a_fault_that_does_not_exist_is_told() -> None:
    with pytest.raises(UnknownName, match="index_zero"):
        tool_fault("index_zeros")


@pytest.mark.parametrize("name", [name for name in of_stage("template") if name != "arguments_text_refused"])
def test_a_template_fault_is_in_the_prompt(name: str) -> None:
    assert through(name, name).prompt != through(name, None).prompt


def test_arguments_as_text_can_be_refused() -> None:
    with pytest.raises(RequestRefused, match="mapping"):
        through("arguments_text_refused", "arguments_text_refused")


@pytest.mark.parametrize("name", [name for name in of_stage("grammar") if TOOL_FAULTS[name].fate is None])
def test_a_grammar_fault_is_in_the_reply_and_not_in_the_prompt(name: str) -> None:
    found, sound = through(name, name), through(name, None)

    assert found.whole != sound.whole
    assert found.streamed == found.whole
    assert found.prompt == sound.prompt or name == "none_ignored"


@pytest.mark.parametrize(
    ("name", "fate"),
    [
        ("required_never_ends", Fate.HANGS),
        ("required_goes_on", Fate.GOES_ON),
        ("forced_fails", Fate.FAILS),
        ("grammar_aborts", Fate.FAILS),
        ("grammar_refused", Fate.FAILS_AT_ONCE),
        ("grammar_closes", Fate.CLOSES),
    ],
)
def test_some_requests_are_not_answered(name: str, fate: Fate) -> None:
    demand, tools, messages, fields = SHOWN[name]
    decides = TOOL_FAULTS[name].fate

    assert decides is not None
    assert decides(request_of(demand, tools, messages, **fields)) is fate
    assert decides(request_of(ONE, TOOLS)) is None


@pytest.mark.parametrize(
    "name",
    [name for name in of_stage("parser") if name not in ("arguments_object", "cross_talk", "call_in_reasoning_lost")],
)
def test_a_parser_fault_is_in_every_reply_and_not_in_the_text(name: str) -> None:
    found, sound = through(name, name), through(name, None)

    assert (found.prompt, found.raw) == (sound.prompt, sound.raw)
    assert found.whole != sound.whole
    assert found.streamed == found.whole


@pytest.mark.parametrize("name", of_stage("stream"))
def test_a_stream_fault_is_in_streams_alone(name: str) -> None:
    found, sound = through(name, name), through(name, None)

    assert (found.prompt, found.raw, found.whole) == (sound.prompt, sound.raw, sound.whole)
    assert found.stream != sound.stream


@pytest.mark.parametrize("name", BELOW)
def test_a_fault_below_the_text_is_in_the_text(name: str) -> None:
    found, sound = through(name, name), through(name, None)

    assert found.prompt == sound.prompt
    assert found.raw != sound.raw
    assert found.streamed == found.whole


OF_EVERY_REPLY = {"date_added", "no_generation_prompt", "reasoning_leaks", "all_is_reasoning", "stream_reasoning_lost"}
OF_EVERY_STREAM = {"finish_missing", "finish_twice", "usage_missing", "done_missing"}


@pytest.mark.parametrize("name", sorted(TOOL_FAULTS.keys() - OF_EVERY_REPLY - OF_EVERY_STREAM))
def test_an_answer_without_tools_has_no_fault_of_calls(name: str) -> None:
    assert deliver(Demand(say="hi"), [], fault=name) == deliver(Demand(say="hi"), [])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("ref_as_string", [{"value": '{"a": 1}'}]),
        ("union_as_string", [{"value": "5"}]),
        ("types_lost", [{"value": "5"}]),
        ("tag_cuts_value", [{"value": "a"}]),
        ("less_than_cuts_value", [{"value": "a "}]),
        ("value_truncated", [{"value": "a" * 2_000}]),
        ("whitespace_stripped", [{"value": "a"}]),
        ("newlines_lost", [{"value": "a b"}]),
        ("quotes_stripped", [{"value": "a"}]),
        ("number_like_converted", [{"value": 7}]),
        ("null_like_converted", [{"value": None}]),
        ("json_like_converted", [{"value": {"a": 1}}]),
        ("big_integer_rounded", [{"value": 2**53}]),
        ("non_ascii_escaped", [{"value": "\\xe9\\U0001fae0"}]),
        ("grammar_alters_tags", [{"value": "ab"}]),
        ("second_call_lost", [{"value": "a"}]),
        ("zero_arg_dropped", []),
        ("unknown_name_dropped", []),
        ("truncation_called", [{}]),
        ("arguments_unescaped", ['{"value": "a "b""}']),
        ("arguments_object", [{"value": "a value"}]),
        ("miscopies", [{"value": "a vxlue"}]),
    ],
)
def test_what_arrives_in_place_of_the_value(name: str, values: list[Any]) -> None:
    assert through(name, name).values == values


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("stream_differs", [{"value": "a valu"}]),
        ("stream_types_lost", [{"value": "5"}]),
        ("stream_unterminated", ['{"value": "a value"']),
        ("last_delta_repeated", ['{"value": "a value"}{"value": "a value"}']),
        ("empty_arguments_doubled", ["{}{}"]),
        ("index_zero", ['{"value": "a"}{"value": "b"}']),
        ("replacement_characters", [{"value": "a\ufffd"}]),
        ("stream_second_call_lost", [{"value": "a"}]),
        ("stream_zero_arg_lost", []),
        ("truncation_hidden", ['{"value": "a v']),
        ("buffered", [{"value": "a" * 100}]),
    ],
)
def test_what_is_streamed_in_place_of_the_value(name: str, values: list[Any]) -> None:
    assert arguments_of(through(name, name).streamed) == values


def test_a_call_in_reasoning_is_lost() -> None:
    found = through("call_in_reasoning_lost", "call_in_reasoning_lost").whole

    assert (found["tool_calls"], found["content"], found["finish_reason"]) == ([], "", "tool_calls")


def test_arguments_are_an_object_in_whole_replies_alone() -> None:
    found = through("arguments_object", "arguments_object")

    assert found.whole["tool_calls"][0]["function"]["arguments"] == {"value": "a value"}
    assert found.streamed["tool_calls"][0]["function"]["arguments"] == '{"value": "a value"}'


def test_a_cache_that_is_broken_spares_what_it_does_not_have() -> None:
    prompt, sound = through("miscopies", None).prompt, through("miscopies", None).raw
    path = ToolTextPath(dialect_named("glm47"), tool_fault("cache_corrupt"))

    cold, cached = (path.raw(prompt, None)[0] for _ in range(2))

    assert cold == sound != cached


def test_a_cache_fault_spares_what_is_short() -> None:
    assert deliver(ONE, TOOLS, fault="cache_at_depth") == deliver(ONE, TOOLS)
