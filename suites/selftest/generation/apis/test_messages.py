"""``/v1/messages``: a chat request told in Anthropic's words, and its replies told as the chat's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from servecheck.evaluation.reply_flaws import INDEX, ITEM_ID, NO_LAST, ORDER, PIECES
from servecheck.evaluation.transcript import Reply, ToolCall
from servecheck.generation.apis.messages import MessagesBuilder, messages_body
from servecheck.generation.chat_chunk import ErrorWithin, MalformedAnswer

SAVE = {"name": "save", "description": "Saves.", "parameters": {"type": "object"}}
TOOLS = [{"type": "function", "function": SAVE}]
CALL = {"id": "c1", "type": "function", "function": {"name": "save", "arguments": '{"a": 1}'}}
USED = {"type": "tool_use", "id": "t1", "name": "save", "input": {"a": "é"}}
START = {"type": "message_start", "message": {"id": "m1", "model": "m", "usage": {"input_tokens": 7}}}
BLOCK = {"type": "content_block_start", "index": 0, "content_block": {**USED, "input": {}}}
STOP = {"type": "content_block_stop", "index": 0}
END = {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}}
LAST = {"type": "message_stop"}


def piece(text: str, index: int = 0) -> dict[str, Any]:
    return {
        "type": "content_block_delta",
        "index": index,
        "delta": {"type": "input_json_delta", "partial_json": text},
    }


SOUND = [START, {"type": "ping"}, BLOCK, piece('{"a": '), piece("1}"), STOP, END, LAST]


def streamed(*events: Any) -> Reply:
    builder = MessagesBuilder("")
    for event in events:
        builder.take_chunk(json.dumps(event))
    builder.without_done()
    reply = builder.reply()
    assert reply is not None
    return reply


def flaws(reply: Reply) -> list[str]:
    return [] if reply.streamed_calls is None else [one.partition(": ")[0] for one in reply.streamed_calls.irregular]


def test_a_request_is_told_in_its_words() -> None:
    chat = {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Save."},
            {"role": "assistant", "content": "I do.", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "one"}]},
            {"role": "tool", "tool_call_id": "c2", "content": "two"},
        ],
        "tools": TOOLS,
        "tool_choice": {"type": "function", "function": {"name": "save"}},
        "parallel_tool_calls": False,
        "max_completion_tokens": 9,
        "temperature": 0.0,
        "seed": 4,
        "stream": True,
        "stream_options": {"include_usage": True},
        "chat_template_kwargs": {"enable_thinking": False},
    }

    assert messages_body(chat) == {
        "model": "m",
        "system": "Be brief.",
        "messages": [
            {"role": "user", "content": "Save."},
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "I do."},
                    {"type": "tool_use", "id": "c1", "name": "save", "input": {"a": 1}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "one"}]},
                    {"type": "tool_result", "tool_use_id": "c2", "content": "two"},
                ],
            },
        ],
        "tools": [{"name": "save", "description": "Saves.", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "tool", "name": "save", "disable_parallel_tool_use": True},
        "max_tokens": 9,
        "temperature": 0.0,
        "stream": True,
        "chat_template_kwargs": {"enable_thinking": False},
        "thinking": {"type": "disabled"},
    }


@pytest.mark.parametrize(
    ("chat", "told"),
    [("auto", {"type": "auto"}), ("required", {"type": "any"}), ("none", {"type": "none"})],
)
def test_a_choice_has_another_name(chat: str, told: Any) -> None:
    assert messages_body({"messages": [], "tool_choice": chat})["tool_choice"] == told


def test_a_whole_message_is_a_chat_reply() -> None:
    builder = MessagesBuilder("")
    blocks = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "So:"}, USED]
    usage = {"input_tokens": 4, "cache_read_input_tokens": 3, "output_tokens": 5}
    told = {"id": "m1", "model": "m", "content": blocks, "stop_reason": "tool_use", "usage": usage}
    builder.take_completion(json.dumps(told))
    reply = builder.reply()

    assert reply is not None
    assert (reply.content, reply.reasoning, reply.finish_reason, reply.model) == ("So:", "Hm.", "tool_use", "m")
    assert reply.tool_calls == (ToolCall("save", '{"a": "é"}', "t1"),)
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (7, 5)
    assert flaws(reply) == []


def test_a_stream_is_the_same() -> None:
    reply = streamed(*SOUND)

    assert reply.tool_calls == (ToolCall("save", '{"a": 1}', "t1"),)
    assert reply.streamed_calls is not None
    assert reply.streamed_calls.pieces == (2,)
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (7, 5)
    assert flaws(reply) == []


def test_a_call_without_pieces_has_what_its_block_began_with() -> None:
    assert streamed(START, BLOCK, STOP, END, LAST).tool_calls == (ToolCall("save", "{}", "t1"),)


@pytest.mark.parametrize(
    ("events", "flaw"),
    [
        ([{**START, "message": {"model": "m"}}, *SOUND[1:]], ITEM_ID),
        ([START, BLOCK, piece('{"a": '), STOP, END, LAST], PIECES),
        ([START, {**BLOCK, "index": 1}, piece("{}", 1), {**STOP, "index": 1}, END, LAST], INDEX),
        ([START, {**BLOCK, "index": True}, piece("{}"), STOP, END, LAST], INDEX),
        (SOUND[2:], ORDER),
        ([START, piece("{}"), BLOCK, STOP, END, LAST], ORDER),
        ([START, BLOCK, piece("{}"), END, LAST], ORDER),
        ([START, BLOCK, piece("{}", 1), STOP, END, LAST], ORDER),
        ([START, BLOCK, BLOCK, STOP, END, LAST], ORDER),
        ([START, START, *SOUND[1:]], ORDER),
        ([*SOUND, STOP], ORDER),
        (
            [START, BLOCK, {**piece(""), "delta": {"type": "text_delta", "text": "x"}}, piece("{}"), STOP, END, LAST],
            ORDER,
        ),
        (SOUND[:-1], NO_LAST),
    ],
)
def test_what_is_wrong_with_its_form_is_told(events: list[Any], flaw: str) -> None:
    assert flaw in flaws(streamed(*events))


def test_a_call_that_was_cut_off_joins_to_nothing_by_right() -> None:
    cut = {**END, "delta": {"stop_reason": "max_tokens"}}

    assert flaws(streamed(START, BLOCK, piece('{"a": '), STOP, cut, LAST)) == []


def test_an_error_in_mid_stream_is_one() -> None:
    with pytest.raises(ErrorWithin, match="overloaded"):
        streamed(START, {"type": "error", "error": {"type": "overloaded_error", "message": "overloaded"}})


@pytest.mark.parametrize("hostile", ["[]", "{", '{"content": 5}', '{"content": null}', "[" * 100_000])
def test_what_is_no_message_is_refused(hostile: str) -> None:
    with pytest.raises(MalformedAnswer):
        MessagesBuilder("").take_completion(hostile)


@pytest.mark.parametrize("odd", [None, 5, [], {}, "x", True])
def test_odd_values_break_nothing(odd: Any) -> None:
    events = [
        {"type": odd},
        {"type": "message_start", "message": odd},
        {"type": "content_block_start", "index": odd, "content_block": odd},
        {"type": "content_block_start", "index": odd, "content_block": {"type": "tool_use", "input": odd}},
        {"type": "content_block_delta", "index": odd, "delta": {"type": "input_json_delta", "partial_json": odd}},
        {"type": "content_block_stop", "index": odd},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": odd},
        {"type": "message_stop"},
    ]

    assert streamed(*events).finish_reason == "end_turn"
