"""The proxy before a real ``llama-server``, which closes the connection after each streamed reply without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from servecheck.engines.smollm2_environment import smollm2_server

from suites.selftest.proxy.real_clients import proxied

pytestmark = pytest.mark.slow

WORDS = ("one", "two", "red", "blue", "yes", "no")


@pytest.fixture(scope="module")
def addresses() -> Iterator[tuple[str, str]]:
    """Of the server, and of the proxy before it."""
    with smollm2_server(threads=1) as direct, proxied(direct) as through:
        yield direct, through


def body(word: str, *, stream: bool) -> dict[str, object]:
    message = {"role": "user", "content": f"Say {word} three times."}
    asked = {"messages": [message], "max_tokens": 8, "temperature": 0, "cache_prompt": False, "stream": stream}
    return {**asked, "stream_options": {"include_usage": True}} if stream else asked


def whole(http: httpx.Client, word: str) -> str:
    answer = http.post("/chat/completions", json=body(word, stream=False))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])


def streamed(http: httpx.Client, word: str) -> str:
    with http.stream("POST", "/chat/completions", json=body(word, stream=True)) as answer:
        assert answer.status_code == 200, answer.read()
        events = [line.removeprefix("data: ") for line in answer.iter_lines() if line]
    assert events[-1] == "[DONE]"
    chunks = [json.loads(event) for event in events[:-1]]
    assert chunks[-1]["usage"]["completion_tokens"] <= 8
    return "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"])


def client(base_url: str) -> httpx.Client:
    return httpx.Client(base_url=base_url, trust_env=False, timeout=300)


def test_replies_one_after_another_are_the_servers_own_streamed_and_whole(addresses):
    direct, through = addresses
    with client(direct) as http:
        own = [whole(http, word) for word in WORDS]

    with client(through) as http:
        assert [streamed(http, word) for word in WORDS] == own
        assert [read(http, word) for word in WORDS for read in (streamed, whole)] == [one for one in own for _ in "12"]


def test_streams_side_by_side_are_all_whole(addresses):
    _, through = addresses
    with client(through) as http, ThreadPoolExecutor(4) as places:
        replies = list(places.map(lambda word: streamed(http, word), WORDS * 2))

    assert all(replies)
