"""One request, over real HTTP: what is sent, what is kept, and what goes wrong."""

import asyncio
import socket
import time
from typing import Any

import pytest

from fixtures.errors import GenerationError
from fixtures.generation.client import ChatClient, request_body, request_digest
from fixtures.generation.schema import Reply, Usage
from fixtures.problems.schema import ProblemSet
from fixtures.profiles.schema import Profile, Sampling
from fixtures.servers.canonical_replies import chat_reply
from fixtures.servers.embedded import EmbeddedServer

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


def test_the_digest_of_a_body_does_not_depend_on_the_order_of_its_keys() -> None:
    assert request_digest({"a": 1, "b": [2]}) == request_digest({"b": [2], "a": 1})
    assert request_digest({"a": 1}) != request_digest({"a": 2})


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
    assert reply.request_sha256 == request_digest(request_body(profile, messages, stream=stream))
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

    with pytest.raises(GenerationError, match=f"^{base_url} could not be asked: "):
        ask(base_url, profile, stream=stream)


@pytest.mark.parametrize("opening", [b"", b'data: {"choices": [{"index": 0, "delta": {"content": "hi"}}]}\n\n'])
def test_silence_before_or_within_a_reply_ends_after_the_profiles_timeout(
    profile: Profile, scripted_server: Any, opening: bytes
) -> None:
    def answer(handler: Any, _body: Any) -> None:
        if opening:
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream")
            handler.end_headers()
            handler.wfile.write(opening)
        handler.rfile.read(1)

    scripted_server.answer = answer
    hasty = profile.model_copy(update={"request_timeout_s": 0.2})

    with pytest.raises(GenerationError, match="sent nothing within the profile's request_timeout_s"):
        ask(scripted_server.base_url, hasty)


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

    with pytest.raises(GenerationError, match=r"could not be asked|broke its reply off"):
        ask(scripted_server.base_url, profile)


def test_an_error_within_a_stream_is_quoted(profile: Profile, scripted_server: Any) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_events(
        delta(content="def f"), {"error": {"message": "engine died", "code": 500}}
    )

    with pytest.raises(GenerationError, match=r"error within its reply: .*engine died"):
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
    ],
)
def test_an_answer_that_is_no_chat_reply_is_an_error(
    profile: Profile, scripted_server: Any, body: bytes, content_type: str, stream: bool
) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_bytes(body, content_type=content_type)

    with pytest.raises(GenerationError):
        ask(scripted_server.base_url, profile, stream=stream)


def test_a_proxy_from_the_environment_is_not_used_on_this_machine(
    profile: Profile, embedded_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    assert ask(embedded_server.base_url, profile).finish_reason == "stop"
