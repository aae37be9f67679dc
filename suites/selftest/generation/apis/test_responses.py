"""``/v1/responses``: a chat request told in its words, and its replies told as the chat's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from servecheck.evaluation.reply_flaws import INDEX, ITEM_ID, ORDER, PIECES
from servecheck.evaluation.transcript import Reply, ToolCall
from servecheck.generation.apis.responses import ResponsesBuilder, responses_body
from servecheck.generation.chat_chunk import ErrorWithin, MalformedAnswer

SAVE = {"name": "save", "description": "Saves.", "parameters": {"type": "object"}}
CALL = {"id": "c1", "type": "function", "function": {"name": "save", "arguments": '{"a": 1}'}}
ITEM = {"type": "function_call", "id": "fc1", "call_id": "c1", "name": "save", "arguments": '{"a": 1}'}
USAGE = {"input_tokens": 7, "output_tokens": 5}
WHOLE = {"id": "r1", "model": "m", "status": "completed", "output": [ITEM], "usage": USAGE}
CREATED = {"type": "response.created", "response": {"id": "r1", "model": "m", "status": "in_progress", "output": []}}
ADDED = {"type": "response.output_item.added", "output_index": 0, "item": {**ITEM, "arguments": ""}}
ARGUMENTS = "response.function_call_arguments"
DONE = {"type": f"{ARGUMENTS}.done", "output_index": 0, "item_id": "fc1", "arguments": '{"a": 1}'}
CLOSED = {"type": "response.output_item.done", "output_index": 0, "item": ITEM}
LAST = {"type": "response.completed", "response": WHOLE}


def piece(text: str, index: int = 0) -> dict[str, Any]:
    return {"type": f"{ARGUMENTS}.delta", "output_index": index, "item_id": "fc1", "delta": text}


SOUND = [CREATED, ADDED, piece('{"a": '), piece("1}"), DONE, CLOSED, LAST]


def streamed(*events: Any) -> Reply:
    builder = ResponsesBuilder("")
    for event in events:
        builder.take_chunk(json.dumps(event))
    builder.without_done()
    reply = builder.reply()
    assert reply is not None
    return reply


def whole(**told: Any) -> Reply:
    builder = ResponsesBuilder("")
    builder.take_completion(json.dumps({**WHOLE, **told}))
    reply = builder.reply()
    assert reply is not None
    return reply


def flaws(reply: Reply) -> list[str]:
    return [] if reply.streamed_calls is None else [one.partition(": ")[0] for one in reply.streamed_calls.irregular]


def test_a_request_is_told_in_its_words() -> None:
    schema = {"name": "x", "schema": {"type": "object"}, "strict": True}
    chat = {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Save."}]},
            {"role": "assistant", "content": "I do.", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "one"}]},
        ],
        "tools": [{"type": "function", "function": SAVE}],
        "tool_choice": {"type": "function", "function": {"name": "save"}},
        "parallel_tool_calls": False,
        "response_format": {"type": "json_schema", "json_schema": schema},
        "max_completion_tokens": 9,
        "seed": 4,
        "stream": True,
        "stream_options": {"include_usage": True},
        "chat_template_kwargs": {"enable_thinking": False},
    }

    assert responses_body(chat) == {
        "model": "m",
        "instructions": "Be brief.",
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Save."}]},
            {"type": "message", "role": "assistant", "content": "I do."},
            {"type": "function_call", "call_id": "c1", "name": "save", "arguments": '{"a": 1}'},
            {"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "one"}]},
        ],
        "tools": [{"type": "function", **SAVE, "strict": False}],
        "tool_choice": {"type": "function", "name": "save"},
        "parallel_tool_calls": False,
        "text": {"format": {"type": "json_schema", **schema}},
        "max_output_tokens": 9,
        "store": False,
        "seed": 4,
        "stream": True,
        "chat_template_kwargs": {"enable_thinking": False},
    }


def test_a_whole_response_is_a_chat_reply() -> None:
    thought = {"type": "reasoning", "id": "rs", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]}
    said = {"type": "message", "id": "msg", "content": [{"type": "output_text", "text": "So:"}]}
    reply = whole(output=[thought, said, ITEM])

    assert (reply.content, reply.reasoning, reply.finish_reason, reply.model) == ("So:", "Hm.", "tool_calls", "m")
    assert reply.tool_calls == (ToolCall("save", '{"a": 1}', "c1"),)
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (7, 5)
    assert flaws(reply) == []


def test_a_stream_is_the_same() -> None:
    reply = streamed(*SOUND)

    assert reply.tool_calls == whole().tool_calls
    assert reply.usage == whole().usage
    assert reply.streamed_calls is not None
    assert reply.streamed_calls.pieces == (2,)
    assert flaws(reply) == []


@pytest.mark.parametrize(
    ("told", "finish_reason"),
    [
        ({"output": []}, "stop"),
        ({}, "tool_calls"),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ({"status": "incomplete", "incomplete_details": {"reason": "tired"}}, "incomplete: tired"),
        ({"status": "in_progress"}, "in_progress"),
        ({"status": None}, "no status"),
    ],
)
def test_its_status_is_the_chats_finish_reason(told: Any, finish_reason: str) -> None:
    assert whole(**told).finish_reason == finish_reason


def test_arguments_that_come_in_no_pieces_are_those_that_end_them() -> None:
    assert streamed(CREATED, ADDED, DONE, CLOSED, LAST).tool_calls == (ToolCall("save", '{"a": 1}', "c1"),)


@pytest.mark.parametrize(
    ("events", "flaw"),
    [
        ([CREATED, {**ADDED, "item": {**ITEM, "id": ""}}, *SOUND[2:]], ITEM_ID),
        ([*SOUND[:4], {**DONE, "arguments": "{}"}, *SOUND[5:]], PIECES),
        ([*SOUND[:-1], {**LAST, "response": {**WHOLE, "output": []}}], PIECES),
        ([CREATED, {**ADDED, "output_index": 1}, piece("{}", 1), *SOUND[5:]], INDEX),
        ([CREATED, piece("{}"), ADDED, *SOUND[4:]], ORDER),
        ([CREATED, ADDED, ADDED, *SOUND[2:]], ORDER),
        ([*SOUND[:5], LAST], ORDER),
        ([*SOUND, CLOSED], ORDER),
        ([{**one, "sequence_number": 1} for one in SOUND], ORDER),
    ],
)
def test_what_is_wrong_with_its_form_is_told(events: list[Any], flaw: str) -> None:
    assert flaw in flaws(streamed(*events))


def test_items_without_an_index_have_that_alone_wrong() -> None:
    """As llama.cpp streams them: its events come in their order."""
    events = [{name: value for name, value in event.items() if name != "output_index"} for event in SOUND]

    reply = streamed(*events)

    assert flaws(reply) == [INDEX]
    assert reply.tool_calls == whole().tool_calls


def test_without_its_last_event_there_is_no_reply() -> None:
    builder = ResponsesBuilder("")
    for event in SOUND[:-1]:
        builder.take_chunk(json.dumps(event))

    assert builder.reply() is None


def test_items_of_a_whole_response_have_ids() -> None:
    assert flaws(whole(output=[{**ITEM, "id": None}])) == [ITEM_ID]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.failed", "response": {**WHOLE, "error": {"code": "server_error", "message": "it died"}}},
        {"error": {"type": "error", "message": "it died"}},
    ],
)
def test_an_error_in_mid_stream_is_one(event: Any) -> None:
    with pytest.raises(ErrorWithin, match="it died"):
        streamed(CREATED, event)


@pytest.mark.parametrize("hostile", ["[]", "{", '{"output": 5}', "[" * 100_000])
def test_what_is_no_response_is_refused(hostile: str) -> None:
    with pytest.raises(MalformedAnswer):
        ResponsesBuilder("").take_completion(hostile)


@pytest.mark.parametrize("odd", [None, 5, [], {}, "x", True])
def test_odd_values_break_nothing(odd: Any) -> None:
    kinds = ("output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done")
    told = {"output_index": odd, "item": odd, "delta": odd, "arguments": odd, "sequence_number": odd}
    events = [{"type": f"response.{kind}", **told} for kind in kinds]
    calls = [{**one, "item": {"type": "function_call", "name": odd, "call_id": odd}} for one in events]

    assert streamed({"type": odd}, *events, *calls, LAST).finish_reason == "tool_calls"
