"""The message that a stream's deltas make, and the tools that it calls."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.evaluation.transcript import ToolCall, tool_calls
from servecheck.generation.message import MessageParts


def merged(*parts: dict[str, Any]) -> dict[str, Any]:
    message = MessageParts()
    for part in parts:
        message.take(part)
    return message.whole()


def call(index: int, **fields: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, **fields}]}


def test_two_tool_calls_in_pieces_are_two_calls() -> None:
    message = merged(
        {"role": "assistant", "content": None},
        call(0, id="c0", type="function", function={"name": "python", "arguments": ""}),
        call(0, function={"arguments": '{"code": '}),
        call(1, id="c1", type="function", function={"name": "search", "arguments": "{}"}),
        call(0, function={"arguments": '"1"}'}),
    )

    assert tool_calls(message) == (ToolCall("python", '{"code": "1"}', "c0"), ToolCall("search", "{}", "c1"))


def test_what_a_server_repeats_in_every_delta_is_kept_once() -> None:
    delta = {"role": "assistant", **call(0, id="c0", type="function", function={"name": "f", "arguments": "1"})}

    assert merged(delta, delta) == {
        "role": "assistant",
        "tool_calls": [{"index": 0, "id": "c0", "type": "function", "function": {"name": "f", "arguments": "11"}}],
    }


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([{"content": "a"}, {"content": "b"}], {"content": "ab"}),
        ([{"content": "a"}, {"content": None}], {"content": "a"}),
        ([{"content": None}], {"content": None}),
        ([{"refusal": "I "}, {"refusal": "won't"}], {"refusal": "I won't"}),
        ([{"x": 1}, {"x": 2}], {"x": 2}),
        ([{"x": "a"}, {"x": {"y": "b"}}], {"x": {"y": "b"}}),
        ([{"parts": ["a"]}, {"parts": ["b", 3]}], {"parts": ["a", "b", 3]}),
        ([{"parts": [{"text": "a"}]}, {"parts": [{"text": "b"}]}], {"parts": [{"text": "a"}, {"text": "b"}]}),
        ([{"call": {"name": "f"}}, {"call": {"arguments": "1"}}], {"call": {"name": "f", "arguments": "1"}}),
    ],
)
def test_parts_make_this_message(parts: list[dict[str, Any]], whole: dict[str, Any]) -> None:
    assert merged(*parts) == whole


@pytest.mark.parametrize(
    ("message", "calls"),
    [
        ({}, ()),
        ({"tool_calls": None}, ()),
        ({"tool_calls": []}, ()),
        ({"function_call": {"name": "f", "arguments": "{}"}}, (ToolCall("f", "{}"),)),
        ({"tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]}, (ToolCall("f", '{"a": 1}'),)),
        ({"tool_calls": [{"function": {"name": "f"}}]}, (ToolCall("f", ""),)),
        ({"tool_calls": [{"function": {"name": 3, "arguments": "x"}}]}, (ToolCall("", "x"),)),
        ({"tool_calls": [{"type": "custom"}]}, (ToolCall("", '{"type": "custom"}'),)),
        ({"tool_calls": ["f()", 3]}, (ToolCall("", "f()"), ToolCall("", "3"))),
        ({"tool_calls": "f()"}, (ToolCall("", "f()"),)),
    ],
)
def test_these_are_the_calls_whatever_a_server_makes_of_them(
    message: dict[str, Any], calls: tuple[ToolCall, ...]
) -> None:
    assert tool_calls(message) == calls


names = st.sampled_from(["", "arguments", "function", "id", "name"])
json_values = st.recursive(
    st.sampled_from([None, True, 3, "", "f", "\ud83d"]),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(names, values, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["content", "tool_calls", "function_call", "role"]), json_values))
def test_a_message_in_one_piece_stays_as_it_is(message: dict[str, Any]) -> None:
    assert merged(message) == message
    assert all(isinstance(one.arguments, str) for one in tool_calls(message))


def test_a_message_nested_too_deeply_to_be_written_is_not_taken() -> None:
    value: Any = "x"
    for _ in range(100):
        value = [value]

    with pytest.raises(RecursionError):
        merged({"tool_calls": value})


def test_long_arguments_in_small_pieces_take_time_in_proportion() -> None:
    message = MessageParts()
    message.take(call(0, function={"arguments": "x" * 8_000_000}))
    start = time.process_time()

    for _ in range(20_000):
        message.take(call(0, function={"arguments": "x"}))

    assert len(tool_calls(message.whole())[0].arguments) == 8_020_000
    assert time.process_time() - start < 5  # copying all that is there with every piece would move 160 GB
