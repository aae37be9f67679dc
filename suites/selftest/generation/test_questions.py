"""Questions beside chat requests: what the model writes as it is, the prompt, and errors that are an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from servecheck.evaluation.conversation import Ask, Complete, Question, Render
from servecheck.evaluation.transcript import Reply
from servecheck.generation.client import ChatClient
from servecheck.generation.failures import AttemptFailed
from servecheck.generation.questions import answered, answered_at_last
from servecheck.generation.raw_text import prompt_tokens
from servecheck.generation.retry import AttemptsExhausted, RetryPolicy
from servecheck.profiles.schema import Profile, Sampling

MESSAGES = ({"role": "user", "content": "Hello"},)
TOOLS = {"tools": [{"type": "function", "function": {"name": "save"}}]}
USAGE = {"prompt_tokens": 3, "completion_tokens": 4}


@pytest.fixture
def put(profile: Profile, scripted_server: Any) -> Callable[[Question], Reply]:
    """Put a question to the scripted server."""

    def once(question: Question) -> Reply:
        async def asked() -> Reply:
            async with ChatClient(scripted_server.base_url, profile) as client:
                return await answered(client, question, None)

        return asyncio.run(asked())

    return once


def by_path(scripted_server: Any, answers: dict[str, Any]) -> list[tuple[str, Any]]:
    """Have paths answered with JSON, all others with HTTP 404; returns what is asked."""
    seen: list[tuple[str, Any]] = []

    def answer(handler: Any, body: Any) -> None:
        seen.append((handler.path, body))
        if handler.path in answers:
            handler.answer_json(answers[handler.path])
        else:
            handler.answer_json({"error": {"message": "no such path"}}, 404)

    scripted_server.answer = answer
    return seen


def test_a_text_comes_as_the_model_wrote_it(put: Callable[[Question], Reply], scripted_server: Any) -> None:
    choice = {"index": 0, "text": "<tool_call>x", "finish_reason": "stop"}
    seen = by_path(scripted_server, {"/v1/completions": {"model": "m", "choices": [choice], "usage": USAGE}})

    reply = put(Complete((1, 2), {"max_tokens": 9}))

    assert (reply.form, reply.content, reply.finish_reason) == ("text", "<tool_call>x", "stop")
    [(_, body)] = seen
    assert body == {
        "model": "canonical",
        "prompt": [1, 2],
        "max_tokens": 9,
        "temperature": 0.0,
        "add_special_tokens": False,
        "skip_special_tokens": False,
        "spaces_between_special_tokens": False,
    }


def test_a_text_may_be_as_long_as_a_chat_reply(put: Callable[[Question], Reply], scripted_server: Any) -> None:
    choice = {"index": 0, "text": "x", "finish_reason": "stop"}
    seen = by_path(scripted_server, {"/v1/completions": {"model": "m", "choices": [choice], "usage": USAGE}})

    put(Complete("Hello"))

    assert seen[0][1]["max_tokens"] == Sampling().max_tokens


def test_a_prompt_is_known_by_its_tokens_and_as_text(put: Callable[[Question], Reply], scripted_server: Any) -> None:
    seen = by_path(scripted_server, {"/tokenize": {"count": 2, "tokens": [7, 8]}, "/detokenize": {"prompt": "[7][8]"}})

    reply = put(Render(MESSAGES, {**TOOLS, "tool_choice": "auto", "chat_template_kwargs": {"enable_thinking": True}}))

    assert (reply.form, reply.content, prompt_tokens(reply)) == ("prompt", "[7][8]", (7, 8))
    assert seen[0][1]["tools"] == TOOLS["tools"]
    assert seen[0][1]["chat_template_kwargs"] == {"enable_thinking": True}
    assert seen[0][1]["add_generation_prompt"] is True
    assert "tool_choice" not in seen[0][1]


def test_where_nobody_spells_tokens_out_the_tokens_are_enough(
    put: Callable[[Question], Reply], scripted_server: Any
) -> None:
    by_path(scripted_server, {"/tokenize": {"count": 2, "tokens": [7, 8]}})

    reply = put(Render(MESSAGES))

    assert (reply.form, reply.content, prompt_tokens(reply)) == ("prompt", "", (7, 8))


# Its own /tokenize takes texts, and a chat request has none.
@pytest.mark.parametrize("also", [{}, {"/tokenize": {"tokens": []}}], ids=["no-tokenize", "tokenize-of-texts"])
def test_llama_cpp_says_its_prompt_elsewhere(
    put: Callable[[Question], Reply], scripted_server: Any, also: dict[str, Any]
) -> None:
    by_path(scripted_server, {"/apply-template": {"prompt": "<|user|>Hello"}, **also})

    reply = put(Render(MESSAGES))

    assert (reply.form, reply.content, prompt_tokens(reply)) == ("prompt", "<|user|>Hello", ())


@pytest.mark.parametrize("question", [Render(MESSAGES), Complete("Hello")], ids=["render", "complete"])
def test_a_server_without_such_an_endpoint_has_said_so(
    put: Callable[[Question], Reply], scripted_server: Any, question: Question
) -> None:
    by_path(scripted_server, {})

    reply = put(question)

    assert reply.form == "failure"
    assert "HTTP 404" in reply.content


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
        "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
        "the request exceeds the available context size, try increasing it",
    ],
)
def test_a_conversation_that_has_outgrown_the_context_is_answered_where_it_may(
    put: Callable[[Question], Reply], scripted_server: Any, message: str
) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_json({"error": {"message": message}}, 400)

    reply = put(Ask(MESSAGES, may_overflow=True))

    assert (reply.form, reply.content) == ("failure", f"answered HTTP 400: {message}")
    with pytest.raises(AttemptFailed):
        put(Ask(MESSAGES))


@pytest.mark.parametrize(
    ("status", "message"),
    [(400, "tools[0]: no such field"), (500, "out of memory for this context length"), (503, "overloaded")],
)
def test_another_error_is_no_answer_of_one_that_may_overflow(
    put: Callable[[Question], Reply], scripted_server: Any, status: int, message: str
) -> None:
    scripted_server.answer = lambda handler, _: handler.answer_json({"error": {"message": message}}, status)

    with pytest.raises(AttemptFailed):
        put(Ask(MESSAGES, may_overflow=True))


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({"/tokenize": {"count": 3}}, Render(MESSAGES)),
        ({"/tokenize": {"tokens": []}}, Render(MESSAGES)),
        ({"/tokenize": {"count": 0, "tokens": []}}, Render(MESSAGES)),
        ({"/tokenize": {"tokens": []}, "/apply-template": {"tokens": []}}, Render(MESSAGES)),
        ({"/tokenize": {"tokens": ["a"]}}, Render(MESSAGES)),
        ({"/tokenize": {"tokens": [-1]}}, Render(MESSAGES)),
        ({"/apply-template": {"prompt": 5}}, Render(MESSAGES)),
        ({"/apply-template": [1]}, Render(MESSAGES)),
        ({"/v1/completions": {"choices": [{"text": None, "finish_reason": "stop"}]}}, Complete("x")),
        ({"/v1/completions": {"choices": []}}, Complete("x")),
    ],
)
def test_an_answer_that_holds_none_is_a_failure(
    put: Callable[[Question], Reply], scripted_server: Any, answers: dict[str, Any], question: Question
) -> None:
    by_path(scripted_server, answers)

    assert put(question).form == "failure"


def refusing(status: int) -> Callable[[Any, Any], None]:
    return lambda handler, _: handler.answer_json({"error": {"message": "it broke"}}, status)


def test_an_error_is_the_answer_of_a_question_that_may_fail(
    put: Callable[[Question], Reply], scripted_server: Any
) -> None:
    scripted_server.answer = refusing(500)

    reply = put(Ask(MESSAGES, may_fail=True))

    assert reply.form == "failure"
    assert reply.content == "answered HTTP 500: it broke"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("question", [Render(MESSAGES), Complete("Hello")], ids=["render", "complete"])
def test_an_endpoint_that_is_not_for_everybody_is_one_that_there_is_not(
    put: Callable[[Question], Reply], scripted_server: Any, question: Question, status: int
) -> None:
    scripted_server.answer = refusing(status)

    assert put(question).form == "failure"


@pytest.mark.parametrize("status", [500, 502, 504])
@pytest.mark.parametrize("question", [Render(MESSAGES), Complete("Hello")], ids=["render", "complete"])
def test_that_an_endpoint_broke_does_not_say_that_there_is_none(
    put: Callable[[Question], Reply], scripted_server: Any, question: Question, status: int
) -> None:
    scripted_server.answer = refusing(status)

    with pytest.raises(AttemptFailed, match=f"HTTP {status}"):
        put(question)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_prompt_is_sought_elsewhere_only_where_the_server_says_that_it_is_not_here(
    put: Callable[[Question], Reply], scripted_server: Any, status: int
) -> None:
    def answer(handler: Any, _: Any) -> None:
        is_there = handler.path == "/apply-template"
        handler.answer_json({"prompt": "<|user|>Hello"} if is_there else {}, 200 if is_there else status)

    scripted_server.answer = answer

    assert put(Render(MESSAGES)).content == "<|user|>Hello"


@pytest.mark.parametrize("fails", [1, 99])
def test_what_a_server_stalls_over_is_asked_again_and_then_for_all_where_none_came(
    profile: Profile, scripted_server: Any, fails: int
) -> None:
    seen: list[str] = []

    def answer(handler: Any, _: Any) -> None:
        seen.append(handler.path)
        if handler.path == "/tokenize" and seen.count("/tokenize") > fails:
            handler.answer_json({"tokens": [7]})
        else:
            handler.answer_json({"error": {"message": "it broke"}}, 500 if handler.path == "/tokenize" else 404)

    scripted_server.answer = answer

    async def twice() -> list[Reply]:
        async def no_pause(_: float) -> None:
            return

        async with ChatClient(scripted_server.base_url, profile) as client:
            policy = RetryPolicy(2, sleep=no_pause)
            return [await answered_at_last(client, Render(MESSAGES), None, policy, "k", list[str]().append)
                    for _ in range(2)]  # fmt: skip

    first, second = asyncio.run(twice())

    if fails == 1:
        assert [prompt_tokens(one) for one in (first, second)] == [(7,), (7,)]
        assert first.earlier == ("answered HTTP 500: it broke",)
    else:
        assert first.content == "asked 3 times, and the last time it answered HTTP 500: it broke"
        assert second.content == f"not asked, since an earlier one got none: {first.content}"
        assert seen.count("/tokenize") == 3


def test_an_error_in_mid_stream_is_one_too(put: Callable[[Question], Reply], scripted_server: Any) -> None:
    begun = {"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": None}]}
    scripted_server.answer = lambda handler, _: handler.answer_events(
        begun, {"error": {"message": "dead", "code": 500}}
    )

    assert "within its reply, HTTP 500: dead" in put(Ask(MESSAGES, may_fail=True)).content


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503])
def test_what_is_about_no_request_stays_an_error(
    put: Callable[[Question], Reply], scripted_server: Any, status: int
) -> None:
    scripted_server.answer = refusing(status)

    with pytest.raises(AttemptFailed, match=str(status)):
        put(Ask(MESSAGES, may_fail=True))


def test_a_question_that_may_not_fail_raises(put: Callable[[Question], Reply], scripted_server: Any) -> None:
    scripted_server.answer = refusing(500)

    with pytest.raises(AttemptFailed, match="it broke"):
        put(Ask(MESSAGES))


@pytest.mark.parametrize("question", [Render(MESSAGES), Complete("x"), Ask(MESSAGES, may_fail=True)])
def test_a_server_that_is_not_there_has_answered_nothing(profile: Profile, question: Question) -> None:
    async def asked() -> Reply:
        async with ChatClient("http://127.0.0.1:1/v1", profile) as client:
            return await answered(client, question, None)

    with pytest.raises(AttemptFailed, match="could not be reached"):
        asyncio.run(asked())


def closing(handler: Any, _body: Any) -> None:
    handler.close_connection = True


def attempts(profile: Profile, scripted_server: Any, question: Question) -> Reply:
    """Put a question to the scripted server, twice at most."""

    async def asked() -> Reply:
        async with ChatClient(scripted_server.base_url, profile) as client:
            policy = RetryPolicy(1, base_s=0.0)
            return await answered_at_last(client, question, None, policy, "key", lambda _: None)

    return asyncio.run(asked())


@pytest.mark.parametrize("question", [Complete("x"), Ask(MESSAGES, may_fail=True)])
def test_a_connection_that_is_closed_over_a_question_every_time_is_its_answer(
    profile: Profile, scripted_server: Any, question: Question
) -> None:
    scripted_server.answer = closing

    reply = attempts(profile, scripted_server, question)

    assert reply.form == "failure"
    assert "broke the connection before it answered: " in reply.content
    assert reply.content.endswith(", 2 times in a row") or reply.content.startswith("asked 2 times")


def test_one_that_may_not_fail_has_no_answer_then(profile: Profile, scripted_server: Any) -> None:
    scripted_server.answer = closing

    with pytest.raises(AttemptsExhausted, match="before it answered"):
        attempts(profile, scripted_server, Ask(MESSAGES))


def test_a_whole_reply_may_be_asked_for(put: Callable[[Question], Reply], scripted_server: Any) -> None:
    choice = {"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}
    seen = by_path(scripted_server, {"/v1/chat/completions": {"choices": [choice], "usage": USAGE}})

    assert put(Ask(MESSAGES, stream=False)).content == "hi"
    assert "stream" not in seen[0][1]


def test_anthropics_api_is_asked_with_its_version_and_the_key_in_its_header(
    put: Callable[[Question], Reply], scripted_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-own")
    seen: list[tuple[str | None, ...]] = []

    def answer(handler: Any, _body: Any) -> None:
        seen.append(tuple(handler.headers[name] for name in ("anthropic-version", "x-api-key", "Authorization")))
        handler.answer_json({"error": {"message": "no"}}, 500)

    scripted_server.answer = answer
    put(Ask(MESSAGES, may_fail=True, api="messages"))
    put(Ask(MESSAGES, may_fail=True))

    assert seen == [("2023-06-01", "sk-own", "Bearer sk-own"), (None, None, "Bearer sk-own")]


@pytest.mark.parametrize("status", [401, 403, 404, 405, 501])
def test_an_api_that_the_server_lacks_is_asked_for_once(profile: Profile, scripted_server: Any, status: int) -> None:
    seen: list[str] = []

    def answer(handler: Any, body: Any) -> None:
        seen.append(handler.path)
        handler.answer_json({"error": {"message": "no such path"}}, status)

    scripted_server.answer = answer

    async def twice() -> list[Reply]:
        async with ChatClient(scripted_server.base_url, profile) as client:
            ask = Ask(MESSAGES, may_fail=True, api="messages")
            return [await answered(client, ask, None) for _ in range(2)]

    replies = asyncio.run(twice())

    assert seen == ["/v1/messages"]
    assert {reply.form for reply in replies} == {"failure"}
    assert all(f"HTTP {status}" in reply.content for reply in replies)


def test_a_chat_that_is_not_there_is_no_answer(put: Callable[[Question], Reply], scripted_server: Any) -> None:
    by_path(scripted_server, {})

    with pytest.raises(AttemptFailed):
        put(Ask(MESSAGES, may_fail=True))
