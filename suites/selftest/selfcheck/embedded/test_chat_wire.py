"""An answer's bytes, rendered once and stamped for each request."""

import json
from typing import Any

from servecheck.evaluation.transcript import ToolCall, tool_calls
from servecheck.generation.message import MessageParts
from servecheck.selfcheck.embedded.chat_wire import (
    EmbeddedReply,
    completion,
    last_events,
    rendered,
    stamp,
    stamped,
    usage_object,
)

TRICKY = 'a\0b "quoted" \\ \n\u2028 é end'


def payload(event: bytes) -> Any:
    text = event.decode()
    assert text.startswith("data: ")
    assert text.endswith("\n\n")
    assert text.count("\n") == 2
    return json.loads(text.removeprefix("data: "))


def events_of(part: bytes) -> list[bytes]:
    return [event + b"\n\n" for event in part.split(b"\n\n") if event]


def choice_of(event: bytes) -> Any:
    (choice,) = payload(stamped(event, stamp(1, 2, "m")))["choices"]
    return choice


def test_every_event_is_stamped_and_no_text_is_mistaken_for_the_place_of_the_stamp() -> None:
    answer = rendered(EmbeddedReply(TRICKY), 2)
    own = stamp(7, 1700000000, 'm"1')

    events = [payload(stamped(event, own)) for event in (answer.opening, *answer.text, answer.closing)]

    assert {(event["id"], event["created"], event["model"]) for event in events} == {("chatcmpl-7", 1700000000, 'm"1')}
    assert "".join(event["choices"][0]["delta"].get("content", "") for event in events) == TRICKY
    assert [event["choices"][0]["finish_reason"] for event in events] == [None] * (len(events) - 1) + ["stop"]


def test_reasoning_comes_before_the_content_in_a_field_of_its_own() -> None:
    answer = rendered(EmbeddedReply("four", "two and two", "length"), 1)

    deltas = [payload(stamped(event, stamp(1, 2, "m")))["choices"][0]["delta"] for event in answer.text]

    assert deltas == [{"reasoning": "two "}, {"reasoning": "and "}, {"reasoning": "two"}, {"content": "four"}]
    assert answer.tokens == 4


def test_calls_come_after_the_content_each_under_its_index() -> None:
    calls = (ToolCall("f", '{"x": 1}'), ToolCall("g", "{}"))
    answer = rendered(EmbeddedReply("so", finish_reason="tool_calls", calls=calls), 1)

    message = MessageParts()
    for event in answer.text:
        message.take(choice_of(event)["delta"])
    whole = json.loads(stamped(completion(answer, None), stamp(1, 2, "m")))["choices"][0]

    assert tool_calls(message.whole()) == (ToolCall("f", '{"x": 1}', "call_0"), ToolCall("g", "{}", "call_1"))
    assert tool_calls(whole["message"]) == tool_calls(message.whole())
    assert whole["finish_reason"] == choice_of(answer.closing)["finish_reason"] == "tool_calls"


def test_a_whole_completion_is_the_same_answer() -> None:
    answer = rendered(EmbeddedReply(TRICKY, "why"), 2)

    whole = json.loads(stamped(completion(answer, usage_object(3, 4)), stamp(1, 2, "m")))

    assert whole == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 2,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": TRICKY, "reasoning": "why"},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
    }


def test_several_choices_are_the_same_text_under_their_indexes() -> None:
    one, three = (
        rendered(EmbeddedReply("one two", "why", "length"), 1),
        rendered(EmbeddedReply("one two", "why", "length"), 1, 3),
    )

    whole = json.loads(stamped(completion(three, None), stamp(1, 2, "m")))["choices"]
    streamed = [[choice_of(event) for event in events_of(part)] for part in (three.opening, *three.text, three.closing)]

    (alone,) = json.loads(stamped(completion(one, None), stamp(1, 2, "m")))["choices"]
    assert whole == [{**alone, "index": index} for index in range(3)]
    assert streamed == [
        [{**choice_of(part), "index": index} for index in range(3)] for part in (one.opening, *one.text, one.closing)
    ]
    assert (one.tokens, three.tokens) == (3, 9)


def test_usage_may_be_left_out() -> None:
    answer = rendered(EmbeddedReply("x"), 1)

    assert "usage" not in json.loads(stamped(completion(answer, None), stamp(1, 2, "m")))
    assert last_events(None) == b"data: [DONE]\n\n"


def test_a_stream_ends_with_its_usage_without_choices() -> None:
    last, done, nothing = stamped(last_events(usage_object(1, 2)), stamp(1, 2, "m")).split(b"\n\n")

    assert (done, nothing) == (b"data: [DONE]", b"")
    assert payload(last + b"\n\n")["choices"] == []
    assert payload(last + b"\n\n")["usage"]["total_tokens"] == 3
