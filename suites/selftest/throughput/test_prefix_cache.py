"""Requests are kept from a cache where its engine is known, and what all prompts share is measured where it is not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from servecheck.problems import load_problem_set
from servecheck.profiles.engine_spec import CacheSwitch
from servecheck.profiles.schema import Profile
from servecheck.throughput.blocks import measure_block
from servecheck.throughput.plan import BlockPlan
from servecheck.throughput.prefix_cache import switch_of, without_cache

BODY = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
PLAN = BlockPlan((1,), least_requests=4, rounds=1, warm_up=1)


@pytest.mark.parametrize(
    ("server", "switch"),
    [
        ({"owned_by": "llamacpp"}, "cache_prompt"),
        ({"owned_by": "vllm", "version": "0.32.0+cpu"}, "cache_salt"),
        ({"owned_by": "vllm", "version": "v0.11.1rc2"}, "cache_salt"),
        ({"owned_by": "vllm", "version": "0.10.2"}, None),
        ({"owned_by": "vllm"}, None),
        ({"owned_by": "sglang"}, "cache_salt"),
        ({"owned_by": "openai", "version": "1.0"}, None),
        ({}, None),
    ],
)
def test_a_field_is_sent_to_an_engine_that_knows_it_alone(server, switch):
    found = switch_of(server)

    assert (None if found is None else found.name) == switch


def test_a_salt_is_no_other_requests_and_a_profile_goes_before():
    assert without_cache(BODY, None) == BODY
    switched, salted = CacheSwitch("cache_prompt", is_salt=False), CacheSwitch("cache_salt", is_salt=True)

    assert without_cache(BODY, switched) == {**BODY, "cache_prompt": False}
    first, second = (without_cache(BODY, salted)["cache_salt"] for _ in range(2))
    assert first
    assert first != second
    assert without_cache({**BODY, "cache_prompt": True}, switched)["cache_prompt"] is True


class _Caching(BaseHTTPRequestHandler):
    """Counts the template's 9 tokens as cached, and all of a prompt that it has seen."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[dict]]
    cached = 9

    def do_GET(self):
        self.send_error(404)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append(body)
        usage = {"prompt_tokens": 100, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": self.cached}}
        chunk = {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}], "usage": usage}
        data = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
        self.send_response_only(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def caching() -> Iterator[type[_Caching]]:
    class Handler(_Caching):
        asked: ClassVar = []

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        Handler.base_url = f"http://127.0.0.1:{server.server_port}/v1"
        yield Handler
        server.shutdown()
        thread.join()


def _measured(caching, server=None):
    profile = Profile(name="e", model="m", backend="external", problems="starter")
    starter = load_problem_set("starter")
    (point,) = measure_block(profile, starter, caching.base_url, PLAN, say=lambda _: None, server=server)
    return point


def test_the_templates_own_beginning_marks_no_point(caching):
    point = _measured(caching)

    assert point.shared == 9
    assert point.marks == ()
    # four, one to warm up, and one more that shares with them what all prompts share
    assert len(caching.asked) == 6
    assert (
        caching.asked[-1]["max_completion_tokens" if "max_completion_tokens" in caching.asked[-1] else "max_tokens"]
        == 1
    )
    assert len({json.dumps(body["messages"]) for body in caching.asked}) == 6


def test_prompts_that_were_asked_before_mark_it_all_the_same(caching, monkeypatch):
    monkeypatch.setattr(caching, "cached", 90)
    monkeypatch.setattr("servecheck.throughput.blocks.shared_tokens", lambda *_: 9)

    (mark,) = _measured(caching).marks

    assert "324 of 400 prompt tokens came from the prefix cache, beside what all prompts share" in mark


def test_an_engine_that_can_be_told_is_told(caching, monkeypatch):
    monkeypatch.setattr(caching, "cached", 0)

    _measured(caching, {"owned_by": "llamacpp"})

    assert [body["cache_prompt"] for body in caching.asked] == [False] * 5
