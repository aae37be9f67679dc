"""One request, over real HTTP: what is sent, what is kept, and what goes wrong."""

import asyncio
import json
import os
import socket
import struct
import time
from hashlib import sha256
from typing import Any

import pytest
from servecheck.errors import GenerationError
from servecheck.evaluation.problem import ProblemSet
from servecheck.evaluation.transcript import Reply, ToolCall, Usage
from servecheck.generation import reading
from servecheck.generation.client import ChatClient
from servecheck.generation.failures import AttemptFailed
from servecheck.generation.request import encoded
from servecheck.profiles.schema import Profile, Sampling
from servecheck.protocols.request_body import request_body
from servecheck.selfcheck.embedded.canonical_replies import chat_reply
from servecheck.selfcheck.embedded.server import EmbeddedServer

MESSAGES = [{"role": "user", "content": "Hello"}]


def ask(base_url: str, profile: Profile, messages: Any = MESSAGES, *, stream: bool = True) -> Reply:
    async def once() -> Reply:
        async with ChatClient(base_url, profile) as client:
            return await client.ask(messages, stream=stream)

    return asyncio.run(once())


def delta(finish_reason: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"model": "said", "choices": [{"index": 0, "delta": fields, "finish_reason": finish_reason}]}


def test_the_request_carries_evalplus_fields_and_the_profiles_sampling(
    profile: Profile, scripted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    seen: list[Any] = []

    def answer(handler: Any, body: Any) -> None:
        seen.append((body, handler.path, handler.headers["Authorization"]))
        handler.answer_events(delta("stop", content="hi"))

    scripted_server.answer = answer

    ask(scripted_server.base_url, profile)

    assert [(path, key) for _, path, key in seen] == [("/v1/chat/completions", "Bearer EMPTY")]
    assert seen[0][0] == {
        "model": "canonical",
        "messages": MESSAGES,
        "temperature": 0.0,
        "top_p": 0.95,
        "max_completion_tokens": 768,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_seed_and_the_served_name_are_sent_where_the_profile_has_them(profile: Profile) -> None:
    seeded = profile.model_copy(update={"served_name": "alias", "sampling": Sampling(temperature=0.8, seed=7)})

    body = request_body(seeded, MESSAGES, stream=False)

    assert (body["model"], body["temperature"], body["seed"]) == ("alias", 0.8, 7)
    assert "stream" not in body


def test_a_requests_own_seed_goes_before_the_profiles(profile: Profile) -> None:
    seeded = profile.model_copy(update={"sampling": Sampling(seed=7)})

    assert request_body(seeded, MESSAGES, seed=0)["seed"] == 0
    assert request_body(profile, MESSAGES, seed=3)["seed"] == 3


def test_the_digest_is_that_of_the_bytes_sent(profile: Profile, scripted_server: Any) -> None:
    sent: list[Any] = []

    def answer(handler: Any, body: Any) -> None:
        sent.append((json.dumps(body, sort_keys=True, separators=(",", ":")), handler.headers["Content-Length"]))
        handler.answer_events(delta("stop", content="hi"))

    scripted_server.answer = answer

    reply = ask(scripted_server.base_url, profile)

    ((text, length),) = sent
    assert int(length) == len(text)
    assert reply.request_sha256 == sha256(text.encode()).hexdigest()


def test_a_body_is_sorted_json_but_for_its_schemas() -> None:
    plain = {"model": "m", "messages": [{"role": "user", "content": "é"}], "chat_template_kwargs": {"b": 1, "a": 2}}
    schema = {"type": "object", "properties": {"zeta": {}, "alpha": {}}}

    assert encoded(plain) == json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()
    assert encoded({"tools": [schema]}) == json.dumps({"tools": [schema]}, separators=(",", ":")).encode()


def test_the_digest_of_a_body_does_not_depend_on_the_order_of_its_keys() -> None:
    assert encoded({"a": 1, "b": [2]}) == encoded({"b": [2], "a": 1})
    assert encoded({"a": 1}) != encoded({"a": 2})


@pytest.mark.parametrize("stream", [True, False])
def test_the_embedded_servers_reply_arrives_whole(
    profile: Profile, embedded_server: EmbeddedServer, starter: ProblemSet, stream: bool
) -> None:
    problem = starter[starter.task_ids[0]]
    messages = [{"role": "user", "content": problem.prompt}]
    before = time.time()

    reply = ask(embedded_server.base_url, profile, messages, stream=stream)

    assert reply.content == chat_reply(problem)
    assert (reply.reasoning, reply.finish_reason, reply.model) == (None, "stop", "canonical")
    assert reply.usage is not None
    assert reply.usage.prompt_tokens > 0
    assert reply.usage.completion_tokens > 0
    assert reply.request_sha256 == sha256(encoded(request_body(profile, messages, stream=stream))).hexdigest()
    assert before <= reply.timings.dispatched_at <= time.time()
    if stream:
        assert reply.timings.first_token_s is not None
        assert 0 < reply.timings.first_token_s <= reply.timings.end_s
    else:
        assert reply.timings.first_token_s is None
        assert reply.timings.end_s > 0


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
@pytest.mark.parametrize("stream", [True, False])
def test_reasoning_is_kept_apart_under_either_name(
    profile: Profile, scripted_server: Any, field: str, stream: bool
) -> None:
    def answer(handler: Any, _body: Any) -> None:
        if stream:
            handler.answer_events(
                delta(role="assistant", content=""), delta(**{field: "first "}), delta(**{field: "this"}),
                delta(content="then "), delta(content="that"), delta("length"),
                {"model": "said", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}},
            )  # fmt: skip
        else:
            message = {"role": "assistant", "content": "then that", field: "first this"}
            choice = {"index": 0, "message": message, "finish_reason": "length"}
            usage = {"prompt_tokens": 3, "completion_tokens": 4}
            handler.answer_json({"model": "said", "choices": [choice], "usage": usage})

    scripted_server.answer = answer

    reply = ask(scripted_server.base_url, profile, stream=stream)

    assert (reply.reasoning, reply.content) == ("first this", "then that")
    assert (reply.finish_reason, reply.model, reply.usage) == ("length", "said", Usage(3, 4))


def test_reasoning_sent_under_both_names_is_kept_once(profile: Profile, scripted_server: Any) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_events(
        delta("stop", reasoning="why", reasoning_content="why")
    )

    assert ask(scripted_server.base_url, profile).reasoning == "why"


@pytest.mark.parametrize("stream", [True, False])
def test_content_in_parts_is_the_text_of_its_parts(profile: Profile, scripted_server: Any, stream: bool) -> None:
    first: list[Any] = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "why"}]},
        {"type": "text", "text": "a"},
    ]
    second: list[Any] = [{"type": "text", "text": "b"}, {"type": "image_url", "image_url": "x"}]

    def answer(handler: Any, _body: Any) -> None:
        if stream:
            handler.answer_events(delta(content=first), delta("stop", content=second))
        else:
            message = {"role": "assistant", "content": first + second}
            handler.answer_json({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    scripted_server.answer = answer

    reply = ask(scripted_server.base_url, profile, stream=stream)

    assert (reply.content, reply.reasoning) == ("ab", "why")
    assert reply.message is not None
    assert reply.message["content"] == first + second


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_that_comes_as_a_tool_call_is_kept_with_the_whole_message(
    profile: Profile, scripted_server: Any, stream: bool
) -> None:
    function = {"name": "python", "arguments": '{"code": "1"}'}
    call = {"index": 0, "id": "c1", "type": "function", "function": function}

    def answer(handler: Any, _body: Any) -> None:
        if stream:
            begun = {**call, "function": {"name": "python", "arguments": '{"code"'}}
            rest = {"index": 0, "function": {"arguments": ': "1"}'}}
            handler.answer_events(
                delta(role="assistant", content=None), delta(tool_calls=[begun]), delta(tool_calls=[rest]),
                delta("tool_calls", weird=[1]),
            )  # fmt: skip
        else:
            message = {"role": "assistant", "content": None, "tool_calls": [call], "weird": [1]}
            handler.answer_json({"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]})

    scripted_server.answer = answer

    reply = ask(scripted_server.base_url, profile, stream=stream)

    assert (reply.content, reply.finish_reason) == ("", "tool_calls")
    assert reply.tool_calls == (ToolCall("python", '{"code": "1"}', "c1"),)
    assert reply.message == {"role": "assistant", "content": None, "tool_calls": [call], "weird": [1]}
    assert Reply.from_json(json.loads(json.dumps(reply.to_json()))) == reply
    assert (reply.timings.first_token_s is not None) == stream


def test_null_content_and_missing_usage_are_a_reply(profile: Profile, scripted_server: Any) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": None}, "finish_reason": "stop"}
    scripted_server.answer = lambda handler, _: handler.answer_json({"model": "said", "choices": [choice]})

    reply = ask(scripted_server.base_url, profile, stream=False)

    assert (reply.content, reply.reasoning, reply.usage) == ("", None, None)


def test_the_opening_chunk_is_not_the_first_token(profile: Profile, scripted_server: Any) -> None:
    def answer(handler: Any, _body: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(b'data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}\n\n')
        time.sleep(0.2)
        handler.wfile.write(b'data: {"choices": [{"index": 0, "delta": {"content": "hi"}}]}\n\n')
        handler.wfile.write(b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n')
        handler.wfile.write(b"data: [DONE]\n\n")

    scripted_server.answer = answer

    timings = ask(scripted_server.base_url, profile).timings

    assert timings.first_token_s is not None
    assert timings.first_token_s > 0.15


def test_an_error_status_is_quoted_bounded_and_escaped(profile: Profile, scripted_server: Any) -> None:
    asked: list[Any] = []

    def answer(handler: Any, body: Any) -> None:
        asked.append(body)
        handler.answer_bytes(b"out of memory \x1b[31m\nat layer 3" + b"x" * 5000, status=500)

    scripted_server.answer = answer

    with pytest.raises(GenerationError) as caught:
        ask(scripted_server.base_url, profile)

    message = str(caught.value)
    assert r"answered HTTP 500: out of memory \x1b[31m\nat layer 3xxx" in message
    assert message.isprintable()
    assert len(message) < 700
    assert len(asked) == 1, "a fault must not be hidden by a retry"


def test_the_embedded_servers_refusal_is_quoted(profile: Profile, embedded_server: EmbeddedServer) -> None:
    other = profile.model_copy(update={"served_name": "gpt-5"})

    with pytest.raises(
        GenerationError, match=r"answered HTTP 404: .*the model 'gpt-5' does not exist; served: canonical"
    ):
        ask(embedded_server.base_url, other)


@pytest.mark.parametrize("stream", [True, False])
def test_nobody_at_the_address_is_an_error_that_names_it(profile: Profile, stream: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        base_url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"

    with pytest.raises(GenerationError, match=f"^{base_url} could not be reached: "):
        ask(base_url, profile, stream=stream)


@pytest.mark.parametrize(
    ("opening", "limit", "message"),
    [
        (b"", "request_timeout_s", r"sent nothing in answer for 0\.2 s; .*raise the profile's request_timeout_s"),
        (
            b'data: {"choices": [{"index": 0, "delta": {"content": "hi"}}]}\n\n',
            "stall_timeout_s",
            r"sent nothing within its reply for 0\.2 s; .*raise the profile's stall_timeout_s",
        ),
    ],
)
def test_silence_before_or_within_a_reply_ends_after_the_profiles_timeout(
    profile: Profile, scripted_server: Any, opening: bytes, limit: str, message: str
) -> None:
    def answer(handler: Any, _body: Any) -> None:
        if opening:
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream")
            handler.end_headers()
            handler.wfile.write(opening)
        handler.rfile.read(1)

    scripted_server.answer = answer
    hasty = profile.model_copy(update={limit: 0.2})

    with pytest.raises(AttemptFailed, match=message) as caught:
        ask(scripted_server.base_url, hasty)
    assert caught.value.temporary


def test_a_stream_that_ends_early_is_an_error(profile: Profile, scripted_server: Any) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_events(delta(content="def f"), done=False)

    with pytest.raises(GenerationError, match="without a finish_reason"):
        ask(scripted_server.base_url, profile)


def test_a_connection_lost_within_a_stream_is_an_error(profile: Profile, scripted_server: Any) -> None:
    def answer(handler: Any, _body: Any) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"4\r\ndata\r\n")
        handler.close_connection = True

    scripted_server.answer = answer

    with pytest.raises(GenerationError, match="broke its reply off: ClientPayloadError"):
        ask(scripted_server.base_url, profile)


def test_an_error_within_a_stream_is_quoted(profile: Profile, scripted_server: Any) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_events(
        delta(content="def f"), {"error": {"message": "engine died", "code": 500}}
    )

    with pytest.raises(GenerationError, match=r"error within its reply, HTTP 500: engine died"):
        ask(scripted_server.base_url, profile)


@pytest.mark.parametrize(
    ("body", "content_type", "stream"),
    [
        (b"data: {oops\n\n", "text/event-stream", True),
        (b"<html>", "text/html", True),
        (b"<html>", "text/html", False),
        (b"<html>", "application/json", False),
        (b"[]", "application/json", False),
        (b'{"choices": []}', "application/json", False),
        (b'{"choices": null}', "application/json", False),
        (b'{"choices": [{"message": {"content": 3}, "finish_reason": "stop"}]}', "application/json", False),
        (b'{"choices": [{"message": {"content": "hi"}}]}', "application/json", False),
        (b'{"choices": [{}]}', "application/json", False),
        (b'{"choices": ["hi"]}', "application/json", False),
        (b'data: {"choices": ["hi"]}\n\n', "text/event-stream", True),
        (b'data: {"choices": 3}\n\n', "text/event-stream", True),
        (b"data: []\n\n", "text/event-stream", True),
        (b"data: \xff\n\n", "text/event-stream", True),
        (b"\xff", "application/json", False),
        (b"data: " + b"[" * 100_000 + b"\n\n", "text/event-stream", True),
        (b'data: {"choices": [{"index": 1, "delta": {"content": "x"}}]}\n\n', "text/event-stream", True),
        (b'data: {"choices": [{"delta": {"content": 3}, "finish_reason": "stop"}]}\n\n', "text/event-stream", True),
        (b'data: {"choices": [{"delta": {"content": [3]}}]}\n\n', "text/event-stream", True),
        (b'data: {"choices": [{"delta": {"content": [{"text": 3}]}}]}\n\n', "text/event-stream", True),
        (b'data: {"choices": [{"delta": {"content": [{"thinking": 3}]}}]}\n\n', "text/event-stream", True),
        (b'data: {"choices": [{"delta": {}, "finish_reason": 3}]}\n\n', "text/event-stream", True),
        (b"data: [DONE]\n\n", "text/event-stream", True),
        (b"", "text/event-stream", True),
    ],
)
def test_an_answer_that_is_no_chat_reply_is_an_error(
    profile: Profile, scripted_server: Any, body: bytes, content_type: str, stream: bool
) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_bytes(body, content_type=content_type)

    with pytest.raises(AttemptFailed, match=r"sent a malformed reply: |without a finish_reason") as caught:
        ask(scripted_server.base_url, profile, stream=stream)
    assert caught.value.temporary
    assert str(caught.value).isprintable()


def test_a_proxy_from_the_environment_is_not_used_on_this_machine(
    profile: Profile, embedded_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    assert ask(embedded_server.base_url, profile).finish_reason == "stop"


def test_a_stream_without_done_is_whole_where_it_ended_cleanly_after_a_finish_reason(
    profile: Profile, scripted_server: Any
) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_events(delta("stop", content="hi"), done=False)

    assert ask(scripted_server.base_url, profile).content == "hi"


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("word", ["abort", "error", "CANCELLED"])
def test_a_reply_that_the_server_gave_up_is_a_temporary_fault(
    profile: Profile, scripted_server: Any, word: str, stream: bool
) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 3}
    whole = {"choices": [{"index": 0, "message": {"content": "def half("}, "finish_reason": word}], "usage": usage}
    events = (delta(content="def half("), delta(word), {"choices": [], "usage": usage})
    scripted_server.answer = lambda handler, body: (
        handler.answer_events(*events) if body.get("stream") else handler.answer_json(whole)
    )

    with pytest.raises(AttemptFailed) as failed:
        ask(scripted_server.base_url, profile, stream=stream)

    assert failed.value.what == f"gave up its reply (finish_reason {word})"
    assert failed.value.temporary


def test_an_answer_that_never_ends_after_done_is_whole_and_holds_up_nobody(
    profile: Profile, scripted_server: Any
) -> None:
    def answer(handler: Any, _body: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(f"data: {json.dumps(delta('stop', content='hi'))}\n\ndata: [DONE]\n\n".encode())
        handler.rfile.read(1)

    scripted_server.answer = answer

    reply = ask(scripted_server.base_url, profile)

    assert reply.content == "hi"
    assert reply.timings.end_s < 1


def test_a_server_that_does_not_stream_is_read_as_json(profile: Profile, scripted_server: Any) -> None:
    choice = {"index": 0, "message": {"content": "whole"}, "finish_reason": "stop"}
    scripted_server.answer = lambda handler, _: handler.answer_json({"model": "said", "choices": [choice]})

    reply = ask(scripted_server.base_url, profile, stream=True)

    assert (reply.content, reply.timings.first_token_s) == ("whole", None)


@pytest.mark.parametrize("content_type", ["text/plain; charset=utf-8", "application/json", "application/octet-stream"])
@pytest.mark.parametrize("begins", [b"", b": ping\n\n", b"\r\n", b"\xef\xbb\xbf", b"id: 7\n", b"event: message\n"])
def test_a_stream_is_read_as_one_under_any_content_type_and_that_is_remarked(
    profile: Profile, scripted_server: Any, content_type: str, begins: bytes
) -> None:
    body = begins + event(delta("stop", content="hi")) + b"data: [DONE]\n\n"
    scripted_server.answer = lambda handler, _: handler.answer_bytes(body, content_type=content_type)

    reply = ask(scripted_server.base_url, profile)

    declared = content_type.partition(";")[0]
    assert (reply.content, reply.timings.first_token_s is not None) == ("hi", True)
    assert reply.remarks == (f"sends its event streams as {declared}, not as text/event-stream",)


def test_a_stream_that_comes_a_byte_at_a_time_is_told_from_one_piece(profile: Profile, scripted_server: Any) -> None:
    def answer(handler: Any, _body: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain")
        handler.end_headers()
        for byte in event(delta("stop", content="hi")):
            handler.wfile.write(bytes([byte]))

    scripted_server.answer = answer

    assert ask(scripted_server.base_url, profile).content == "hi"


def test_one_piece_of_json_is_read_as_that_though_it_calls_itself_a_stream(
    profile: Profile, scripted_server: Any
) -> None:
    choice = {"index": 0, "message": {"content": "whole"}, "finish_reason": "stop"}
    body = json.dumps({"choices": [choice]}).encode()
    scripted_server.answer = lambda handler, _: handler.answer_bytes(body, content_type="text/event-stream")

    assert ask(scripted_server.base_url, profile).content == "whole"


@pytest.mark.parametrize("content_type", ["text/event-stream", "application/json"])
def test_a_reply_beyond_all_measure_is_a_final_error(
    profile: Profile, scripted_server: Any, monkeypatch: pytest.MonkeyPatch, content_type: str
) -> None:
    monkeypatch.setattr(reading, "LARGEST_REPLY", 1 << 20)
    body = b"x" * ((1 << 20) + 1)
    scripted_server.answer = lambda handler, _: handler.answer_bytes(body, content_type=content_type)

    with pytest.raises(AttemptFailed, match=r"sent a reply of more than 1 MiB; .*max_completion_tokens") as caught:
        ask(scripted_server.base_url, profile)
    assert not caught.value.temporary


@pytest.mark.parametrize(
    ("status", "message", "advice"),
    [
        (400, "maximum context length is 4096 tokens", "lower max_tokens or serve more context"),
        (401, "Unauthorized", "set OPENAI_API_KEY"),
        (403, "no", "set OPENAI_API_KEY"),
        (404, "The model `x` does not exist.", "compare the profile's served_name with "),
        (418, "I am a teapot", "see the server's log"),
    ],
)
@pytest.mark.parametrize(
    "shape",
    [
        lambda message: {"error": {"message": message}},
        lambda message: {"error": message},
        lambda message: {"object": "error", "message": message},
        lambda message: {"detail": message},
    ],
    ids=["openai", "plain", "older vllm", "fastapi"],
)
def test_a_refusal_is_final_and_quotes_the_server(
    profile: Profile, scripted_server: Any, status: int, message: str, advice: str, shape: Any
) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_json(shape(message), status)

    with pytest.raises(AttemptFailed) as caught:
        ask(scripted_server.base_url, profile)

    assert f"answered HTTP {status}: {message}; " in str(caught.value)
    assert advice in str(caught.value)
    assert not caught.value.temporary


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_an_overloaded_or_broken_server_is_a_temporary_fault_that_keeps_its_retry_after(
    profile: Profile, scripted_server: Any, status: int
) -> None:
    def answer(handler: Any, _body: Any) -> None:
        handler.send_response(status)
        handler.send_header("Retry-After", "7")
        handler.end_headers()

    scripted_server.answer = answer

    with pytest.raises(AttemptFailed, match=f"HTTP {status}") as caught:
        ask(scripted_server.base_url, profile)

    assert (caught.value.temporary, caught.value.retry_after_s) == (True, 7.0)


def test_an_error_within_a_stream_is_final_where_its_number_says_so(profile: Profile, scripted_server: Any) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_events({"error": {"message": "too long", "code": 400}})

    with pytest.raises(AttemptFailed, match="HTTP 400: too long") as caught:
        ask(scripted_server.base_url, profile)
    assert not caught.value.temporary


@pytest.mark.parametrize(
    "told",
    [
        b'error: {"code": 400, "message": "too long"}\n\ndata: [DONE]\n\n',
        b'event: error\ndata: {"code": 400, "message": "too long"}\n\n',
        b'event: error\ndata: {"error": {"code": 400, "message": "too long"}}\n\n',
        b'event: error\ndata: {"code": "400", "detail": "too long"}\n\n',
    ],
    ids=["llama.cpp", "event", "event and data", "number as text"],
)
def test_an_error_outside_a_streams_data_is_quoted_and_final_where_its_number_says_so(
    profile: Profile, scripted_server: Any, told: bytes
) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_bytes(TEXT + told, content_type="text/event-stream")

    with pytest.raises(AttemptFailed, match=r"error within its reply, HTTP 400: too long; .*max_tokens") as caught:
        ask(scripted_server.base_url, profile)
    assert not caught.value.temporary


def test_an_error_event_in_plain_words_is_quoted_and_temporary(profile: Profile, scripted_server: Any) -> None:
    body = TEXT + b"event: error\ndata: the engine died\n\n"
    scripted_server.answer = lambda handler, _: handler.answer_bytes(body, content_type="text/event-stream")

    with pytest.raises(AttemptFailed, match="reported an error within its reply: the engine died; ") as caught:
        ask(scripted_server.base_url, profile)
    assert caught.value.temporary


def test_comments_and_events_without_data_are_skipped(profile: Profile, scripted_server: Any) -> None:
    alive = b": ping\n\ndata:\n\ndata: \n\n"
    body = alive + TEXT + alive + event(delta("stop")) + alive + b"data: [DONE]\n\n"
    scripted_server.answer = lambda handler, _: handler.answer_bytes(body, content_type="text/event-stream")

    assert ask(scripted_server.base_url, profile).content == "hi"


def test_a_redirect_is_named_and_not_followed(profile: Profile, scripted_server: Any) -> None:
    asked: list[Any] = []

    def answer(handler: Any, body: Any) -> None:
        asked.append(body)
        handler.send_response(307)
        handler.send_header("Location", "http://u:pw@h/v2/chat/completions?access_token=pw#pw")
        handler.end_headers()

    scripted_server.answer = answer

    with pytest.raises(AttemptFailed, match="HTTP 307: redirect to http://h/v2/chat/completions; give ") as caught:
        ask(scripted_server.base_url, profile)
    assert len(asked) == 1
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("key", ["secret\n", "secretü"])
def test_a_key_that_no_header_can_carry_is_a_final_error_that_does_not_show_it(
    profile: Profile, scripted_server: Any, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)

    with pytest.raises(GenerationError, match="OPENAI_API_KEY") as caught:
        ask(scripted_server.base_url, profile)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("proxy", ["socks5://user:hidden@127.0.0.1:1", "http://user:hidden@127.0.0.1:port"])
def test_a_proxy_that_cannot_be_used_is_an_error_that_does_not_show_it(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("no_proxy", "")

    with pytest.raises(GenerationError, match="the proxy that the environment names") as caught:
        ask("http://model.invalid/v1", profile)
    assert "hidden" not in str(caught.value)


def test_a_proxy_from_the_environment_is_used_for_other_machines(
    profile: Profile, scripted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def answer(handler: Any, _body: Any) -> None:
        seen.append(handler.path)
        handler.answer_events(delta("stop", content="hi"))

    scripted_server.answer = answer
    monkeypatch.setenv("http_proxy", scripted_server.base_url.removesuffix("/v1"))
    monkeypatch.setenv("no_proxy", "elsewhere.invalid")

    assert ask("http://model.invalid/v1", profile).content == "hi"
    assert seen == ["http://model.invalid/v1/chat/completions"]


@pytest.mark.parametrize("within", [False, True])
def test_a_connection_that_is_reset_is_a_temporary_fault(profile: Profile, scripted_server: Any, within: bool) -> None:
    def answer(handler: Any, _body: Any) -> None:
        if within:
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream")
            handler.end_headers()
            handler.wfile.write(f"data: {json.dumps(delta(content='hi'))}\n\n".encode())
        # Closing with no time to linger sends a reset.
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(handler.connection.detach())

    scripted_server.answer = answer
    # A reset may overtake what was sent before it; and an answer without a length ends with its connection, however.
    what = "broke its reply off|broke the connection" if within else "broke the connection before it answered: "

    with pytest.raises(AttemptFailed, match=what) as caught:
        ask(scripted_server.base_url, profile)
    assert caught.value.temporary


def streamed(*pieces: bytes, gap_s: float = 0.0) -> Any:
    """Answers with a stream that never ends: the pieces, the last of them again and again where there is a gap."""

    def answer(handler: Any, _body: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        try:
            for piece in pieces:
                handler.wfile.write(piece)
            while gap_s:
                time.sleep(gap_s)
                handler.wfile.write(pieces[-1])
        except OSError:
            return
        handler.rfile.read(1)

    return answer


def event(value: Any) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


OPENING = event(delta(role="assistant", content=""))
TEXT = event(delta(content="hi"))


def test_a_long_wait_for_the_first_text_is_no_stall_though_headers_and_role_came_at_once(
    profile: Profile, scripted_server: Any
) -> None:
    def answer(handler: Any, _body: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(OPENING)
        time.sleep(0.6)
        handler.wfile.write(TEXT + event(delta("stop")) + b"data: [DONE]\n\n")

    scripted_server.answer = answer

    assert ask(scripted_server.base_url, profile.model_copy(update={"stall_timeout_s": 0.2})).content == "hi"


@pytest.mark.parametrize(
    ("pieces", "limit"),
    [
        ((OPENING, b": keep-alive\n\n"), "request_timeout_s"),
        ((OPENING,), "request_timeout_s"),
        ((TEXT, b": keep-alive\n\n"), "stall_timeout_s"),
        ((TEXT, OPENING), "stall_timeout_s"),
    ],
)
def test_comments_and_empty_chunks_do_not_keep_a_stalled_reply_alive(
    profile: Profile, scripted_server: Any, pieces: tuple[bytes, ...], limit: str
) -> None:
    scripted_server.answer = streamed(*pieces, gap_s=0.02)

    with pytest.raises(AttemptFailed, match=f"stalled: .* for 0.4 s; .*raise the profile's {limit}"):
        ask(scripted_server.base_url, profile.model_copy(update={limit: 0.4}))


def test_a_chunk_with_anything_that_a_model_says_is_progress(profile: Profile, scripted_server: Any) -> None:
    def answer(handler: Any, _body: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        for _ in range(8):
            handler.wfile.write(event(delta(thinking="of it")))
            time.sleep(0.3)
        handler.wfile.write(event(delta("stop", content="hi")))

    scripted_server.answer = answer
    hasty = profile.model_copy(update={"request_timeout_s": 2, "stall_timeout_s": 2})

    assert ask(scripted_server.base_url, hasty).content == "hi"


def test_a_stream_that_goes_on_for_ever_is_ended_by_its_time_and_is_the_servers_fault(
    profile: Profile, scripted_server: Any
) -> None:
    scripted_server.answer = streamed(OPENING, TEXT, gap_s=0.05)
    bounded = profile.model_copy(update={"reply_timeout_s": 0.4, "stall_timeout_s": 30})

    with pytest.raises(
        AttemptFailed, match=r"does not end its reply: 0\.4 s after .*raise the profile's reply_time"
    ) as caught:
        ask(scripted_server.base_url, bounded)
    assert not caught.value.temporary, "every attempt would take as long"


@pytest.mark.parametrize("counts", [False, True])
def test_a_stream_that_goes_on_for_ever_is_ended_by_its_length(
    profile: Profile, scripted_server: Any, counts: bool
) -> None:
    chunk = delta(content="hi")
    counted = {**chunk, "usage": {"prompt_tokens": 1, "completion_tokens": 5000}}
    scripted_server.answer = streamed(event(counted if counts else chunk), gap_s=0.0001)
    short = profile.model_copy(update={"sampling": Sampling(max_tokens=4)})

    with pytest.raises(AttemptFailed, match=r"does not end its reply: .* for at most 4") as caught:
        ask(scripted_server.base_url, short)
    assert not caught.value.temporary


def test_a_reply_in_chunks_of_a_character_is_as_long_as_it_may_be(profile: Profile, scripted_server: Any) -> None:
    text = "four characters a token, as words have them"
    usage = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 11}}
    chunks = [delta(content=character) for character in text]
    scripted_server.answer = lambda handler, _: handler.answer_events(*chunks, delta("stop"), usage)
    short = profile.model_copy(update={"sampling": Sampling(max_tokens=11)})

    assert ask(scripted_server.base_url, short).content == text


def test_a_whole_answer_that_comes_a_byte_at_a_time_is_ended(profile: Profile, scripted_server: Any) -> None:
    def answer(handler: Any, _body: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        try:
            for byte in b'{"choices": [{"message": {"content": "%b"}}]}' % (b"x" * 1000):
                handler.wfile.write(bytes([byte]))
                time.sleep(0.02)
        except OSError:
            return

    scripted_server.answer = answer

    with pytest.raises(AttemptFailed, match=r"0\.3 s after its answer began the rest had not come; .*stall_timeout_s"):
        ask(scripted_server.base_url, profile.model_copy(update={"stall_timeout_s": 0.3}))


def test_blank_lines_do_not_keep_an_answer_alive_that_is_not_streamed(profile: Profile, scripted_server: Any) -> None:
    def answer(handler: Any, _body: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"\n")
                time.sleep(0.02)
        except OSError:
            return

    scripted_server.answer = answer

    with pytest.raises(AttemptFailed, match="raise the profile's request_timeout_s, or lower its concurrency"):
        ask(scripted_server.base_url, profile.model_copy(update={"request_timeout_s": 0.3}))


@pytest.mark.parametrize("cut", [False, True])
def test_what_goes_wrong_after_finish_reason_and_usage_does_not_cost_the_reply(
    profile: Profile, scripted_server: Any, cut: bool
) -> None:
    def answer(handler: Any, _body: Any) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        usage = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
        events = TEXT + event(delta("stop")) + event(usage)
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(events), events))
        if cut:
            handler.close_connection = True
        else:
            handler.rfile.read(1)

    scripted_server.answer = answer

    reply = ask(scripted_server.base_url, profile.model_copy(update={"stall_timeout_s": 0.5}))

    assert (reply.content, reply.finish_reason, reply.usage) == ("hi", "stop", Usage(3, 4))
    assert reply.timings.end_s < 0.4, "the wait for the rest is no part of the reply"


def test_a_stream_cut_between_finish_reason_and_usage_is_a_temporary_fault(
    profile: Profile, scripted_server: Any
) -> None:
    scripted_server.answer = streamed(TEXT, event(delta("stop")))

    with pytest.raises(AttemptFailed, match="stalled") as caught:
        ask(scripted_server.base_url, profile.model_copy(update={"stall_timeout_s": 0.2}))
    assert caught.value.temporary


@pytest.mark.parametrize("kind", ["text/event-stream", "application/json"])
def test_an_error_nested_too_deeply_is_malformed(profile: Profile, scripted_server: Any, kind: str) -> None:
    value = '{"error":' * 700 + '"x"' + "}" * 700
    text = f"data: {value}\n\n" if kind == "text/event-stream" else value
    scripted_server.answer = lambda handler, _: handler.answer_bytes(text.encode(), content_type=kind)

    with pytest.raises(AttemptFailed, match="malformed reply: nested too deeply"):
        ask(scripted_server.base_url, profile)


def test_an_error_chunk_in_the_older_shape_is_quoted(profile: Profile, scripted_server: Any) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_events(
        {"object": "error", "message": "out of memory", "code": 500}
    )

    with pytest.raises(AttemptFailed, match="error within its reply, HTTP 500: out of memory"):
        ask(scripted_server.base_url, profile)


def test_a_count_of_tokens_beyond_all_measure_is_none(profile: Profile, scripted_server: Any) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1 << 60}
    scripted_server.answer = lambda handler, _: handler.answer_events({**delta("stop", content="hi"), "usage": usage})

    assert ask(scripted_server.base_url, profile).usage is None


def test_the_end_of_a_stream_may_have_blanks_around_it(profile: Profile, scripted_server: Any) -> None:
    body = event(delta("stop", content="hi")) + b"data:  [DONE] \n\n"
    scripted_server.answer = lambda handler, _: handler.answer_bytes(body, content_type="text/event-stream")

    assert ask(scripted_server.base_url, profile).content == "hi"


def test_a_key_that_the_server_sends_back_is_not_shown(
    profile: Profile, scripted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hidden")
    scripted_server.answer = lambda handler, _: handler.answer_bytes(b"too many requests for sk-hidden", status=429)

    with pytest.raises(AttemptFailed, match=r"requests for \[key\]") as caught:
        ask(scripted_server.base_url, profile)
    assert "hidden" not in str(caught.value)
