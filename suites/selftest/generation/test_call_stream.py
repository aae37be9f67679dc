"""What is irregular about the tool calls of a stream, which a merged message hides."""

from __future__ import annotations

import json
from typing import Any

import pytest
from servecheck.evaluation.transcript import StreamedCalls
from servecheck.generation import call_stream
from servecheck.generation.call_stream import CallStream
from servecheck.generation.reply_builder import ReplyBuilder

Delta = dict[str, Any]


def begin(
    index: int | None = 0, own: str | None = "a", name: str | None = "save", kind: str | None = "function"
) -> Delta:
    told = {"index": index, "id": own, "type": kind, "function": {"name": name, "arguments": ""}}
    return {field: value for field, value in told.items() if value is not None}


def piece(arguments: str, index: int = 0, **more: Any) -> Delta:
    return {"index": index, "function": {"arguments": arguments, **more.pop("function", {})}, **more}


def seen(*deltas: Delta, end: str = "tool_calls") -> StreamedCalls | None:
    stream = CallStream()
    for delta in deltas:
        stream.take({"tool_calls": [delta]}, "")
    stream.take({}, end)
    return stream.found()


def test_a_stream_by_the_protocol_has_nothing_irregular() -> None:
    found = seen(begin(), piece('{"a"'), piece(": 1}"), begin(1, "b", "other"), piece("{}", 1))

    assert found == StreamedCalls((), (2, 1))


def test_a_stream_without_calls_has_nothing_to_tell() -> None:
    assert seen(end="stop") is None


@pytest.mark.parametrize(
    ("deltas", "irregular"),
    [
        ([begin(None)], call_stream.NO_INDEX),
        ([begin(True)], call_stream.NO_INDEX),
        ([begin(-1)], call_stream.NO_INDEX),
        ([begin(10**9)], call_stream.NO_INDEX),
        ([begin(1)], call_stream.GAP),
        ([begin(), begin(1, "b"), piece("x")], call_stream.BACK),
        ([begin(own=None)], call_stream.NO_ID),
        ([begin(own="")], call_stream.NO_ID),
        ([begin(), piece("x", id="c")], call_stream.OTHER_ID),
        ([begin(), begin(1)], call_stream.SAME_ID),
        ([begin(name=None)], call_stream.NO_NAME),
        ([begin(), piece("x", function={"name": "_in"})], call_stream.OTHER_NAME),
        ([begin(), piece("x", function={"name": "save"})], call_stream.AGAIN),
        ([begin(kind=None)], call_stream.NO_TYPE),
        ([begin(), begin(0, "b", "other")], call_stream.OTHER_NAME),
    ],
)
def test_what_clients_read_in_two_ways_is_irregular(deltas: list[Delta], irregular: str) -> None:
    found = seen(*deltas)

    assert found is not None
    assert irregular in found.irregular


def test_what_is_sent_again_as_it_was_or_as_nothing_is_none() -> None:
    found = seen(begin(), piece("{}", id="a", type="function", function={"name": ""}), piece("", id=None))

    assert found == StreamedCalls((), (1,))


def test_nothing_follows_the_end_and_there_is_one() -> None:
    stream = CallStream()
    for message, end in (({"tool_calls": [begin()]}, ""), ({}, "stop"), ({"tool_calls": [piece("{}")]}, "stop")):
        stream.take(message, end)

    found = stream.found()

    assert found is not None
    assert set(found.irregular) == {call_stream.AFTER_END, call_stream.TWO_ENDS}


@pytest.mark.parametrize("hostile", [None, 5, "calls", [None], [[]], [{"index": 0, "function": None}], {"index": 0}])
def test_a_hostile_stream_breaks_nothing(hostile: Any) -> None:
    CallStream().take({"tool_calls": hostile}, "stop")


def test_a_streamed_reply_has_it_and_a_whole_one_has_not() -> None:
    streamed, whole = ReplyBuilder("00"), ReplyBuilder("00")
    for delta, end in (
        ({"tool_calls": [begin(1)]}, None),
        ({"tool_calls": [piece("{}", 1)]}, None),
        ({}, "tool_calls"),
    ):
        streamed.take_chunk(json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": end}]}))
    message = {"tool_calls": [begin(None)]}
    whole.take_completion(json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}))

    replies = streamed.reply(), whole.reply()

    assert replies[0] is not None
    assert replies[0].streamed_calls == StreamedCalls((call_stream.GAP,), (0, 1))
    assert replies[1] is not None
    assert replies[1].streamed_calls is None
