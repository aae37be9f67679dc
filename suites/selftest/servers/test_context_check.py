"""Prompt and reply are compared with the server's context before anything is generated, over real HTTP."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.servers.context_check import ContextCheck, check_context

Messages = list[dict[str, str]]


class Tokenizer(ThreadingHTTPServer):
    """Answers ``POST /tokenize`` as vLLM does, a token a character, or with ``answer``, once it has failed as often as
    ``failures`` says; ``asked`` has path and body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: tuple[int, bytes] | None = None
        self.failures = 0
        self.asked: list[tuple[str, Any]] = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Tokenizer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body))
        count = sum(len(message["content"]) for message in body["messages"])
        vllm = json.dumps({"count": count, "max_model_len": 1024, "tokens": [0] * count}).encode()
        status, answer = self.server.answer or (200, vllm)
        if self.server.failures:
            self.server.failures -= 1
            status, answer = 500, b""
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def tokenizer() -> Iterator[Tokenizer]:
    with Tokenizer() as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _prompt(tokens: int) -> Messages:
    return [{"role": "user", "content": "x" * tokens}]


def test_a_prompt_that_cannot_fit_is_an_error_with_the_numbers(tokenizer: Tokenizer) -> None:
    prompts = {"HumanEval/0": _prompt(100), "HumanEval/129": _prompt(512)}

    with pytest.raises(UsageError) as caught:
        check_context(tokenizer.base_url, "glm", 1024, prompts, max_tokens=768)

    assert str(caught.value) == (
        "HumanEval/129 needs 512 prompt tokens + max_tokens 768 = 1280 of 1024 that glm is served with: serve it with "
        "a longer context (vLLM: --max-model-len, at least 1280) or lower sampling.max_tokens in the profile"
    )


@pytest.mark.parametrize(("prompt", "fits"), [(256, True), (257, False)])
def test_what_fills_the_context_exactly_fits(tokenizer: Tokenizer, prompt: int, fits: bool) -> None:
    prompts = {"HumanEval/0": _prompt(prompt)}

    if fits:
        found = check_context(tokenizer.base_url, "glm", 1024, prompts, max_tokens=768)
        assert found == ContextCheck(1024, 768, "tokenize", "HumanEval/0", 256)
    else:
        with pytest.raises(UsageError, match="= 1025 of 1024"):
            check_context(tokenizer.base_url, "glm", 1024, prompts, max_tokens=768)


def test_what_was_found_goes_to_the_manifest(tokenizer: Tokenizer) -> None:
    found = check_context(tokenizer.base_url, "glm", 1024, {"a": _prompt(3), "b": _prompt(5)}, max_tokens=768)

    assert json.loads(json.dumps(found.to_json())) == {
        "max_model_len": 1024,
        "max_tokens": 768,
        "checked_by": "tokenize",
        "longest_task_id": "b",
        "longest_prompt_tokens": 5,
        "not_counted": "",
    }


def test_the_four_longest_prompts_are_counted_as_chat_below_the_root(tokenizer: Tokenizer) -> None:
    prompts = {f"t/{tokens}": _prompt(tokens) for tokens in range(1, 8)}

    check_context(tokenizer.base_url, "glm", 1024, prompts, max_tokens=8)

    assert tokenizer.asked == [
        ("/tokenize", {"model": "glm", "messages": prompts[f"t/{tokens}"]}) for tokens in (7, 6, 5, 4)
    ]


def test_tools_are_counted_with_the_prompt_that_they_are_offered_with(tokenizer: Tokenizer) -> None:
    prompts = {f"t/{tokens}": _prompt(tokens) for tokens in range(1, 8)}
    tools = {"t/1": [{"type": "function", "function": {"name": "long" * 9}}]}

    check_context(tokenizer.base_url, "glm", 1024, prompts, 8, None, tools)

    assert tokenizer.asked[0] == ("/tokenize", {"model": "glm", "messages": prompts["t/1"], "tools": tools["t/1"]})
    assert "tools" not in tokenizer.asked[1][1]


def test_every_message_of_a_prompt_counts(tokenizer: Tokenizer) -> None:
    prompts = {"short": _prompt(6), "long": [*_prompt(4), *_prompt(4)]}

    assert check_context(tokenizer.base_url, "glm", 1024, prompts, 8).longest_task_id == "long"


@pytest.mark.parametrize("max_tokens", [1024, 4096])
def test_a_reply_as_long_as_the_context_needs_no_counting(tokenizer: Tokenizer, max_tokens: int) -> None:
    with pytest.raises(UsageError, match=f"max_tokens {max_tokens} leaves no room for a prompt in the 1024 tokens"):
        check_context(tokenizer.base_url, "glm", 1024, {"a": _prompt(1)}, max_tokens)

    assert tokenizer.asked == []


def test_a_server_that_tells_no_length_is_not_asked(tokenizer: Tokenizer) -> None:
    found = check_context(tokenizer.base_url, "glm", None, {"a": _prompt(9999)}, max_tokens=768)

    assert (found.checked_by, found.not_counted) == ("nothing", "the server does not tell its context length")
    assert tokenizer.asked == []


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (404, b"", "answered HTTP 404"),
        (422, b'{"count": 5}', "answered HTTP 422"),
        (307, b'{"count": 5}', "answered HTTP 307"),
        (200, b"<html>", "answered no JSON"),
        (200, b'{"tokens": []}', "answered no count"),
        (200, b"[5]", "answered no count"),
        (200, b'{"count": "5"}', "answered no count"),
        (200, b'{"count": [5]}', "answered no count"),
        (200, b'{"count": true}', "answered no count"),
        (200, b'{"count": -5}', "answered no count"),
    ],
    ids=str,
)
def test_without_vllms_tokenizer_nothing_more_is_checked_and_that_is_said(
    tokenizer: Tokenizer, status: int, body: bytes, why: str
) -> None:
    tokenizer.answer = (status, body)

    found = check_context(tokenizer.base_url, "glm", 1024, {"a": _prompt(9999), "b": _prompt(1)}, max_tokens=768)

    assert found == ContextCheck(1024, 768, "max_tokens", not_counted=f"POST /tokenize {found.not_counted[15:]}")
    assert why in found.not_counted
    assert len({json.dumps(body) for _, body in tokenizer.asked}) == 1, "one problem is enough to know"


def test_an_error_of_the_servers_does_not_say_that_it_counts_nothing(tokenizer: Tokenizer) -> None:
    tokenizer.failures = 1

    assert check_context(tokenizer.base_url, "glm", 1024, {"a": _prompt(5)}, 768).longest_prompt_tokens == 5
    assert len(tokenizer.asked) == 2


def test_a_server_that_has_gone_is_not_this_checks_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        base_url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"

    found = check_context(base_url, "glm", 1024, {"a": _prompt(1)}, max_tokens=768)

    assert found.checked_by == "max_tokens"
    assert "refuses connections" in found.not_counted


def test_no_prompts_need_no_counting(tokenizer: Tokenizer) -> None:
    found = check_context(tokenizer.base_url, "glm", 1024, {}, max_tokens=768)

    assert (found.checked_by, found.not_counted) == ("max_tokens", "there are no prompts")


def test_a_hostile_name_is_escaped(tokenizer: Tokenizer) -> None:
    with pytest.raises(UsageError) as caught:
        check_context(tokenizer.base_url, "\x1b[2J", 8, {"a": _prompt(8)}, max_tokens=4)

    assert str(caught.value).isprintable()
