"""Connections: used again, through the environment's proxy, and with the key that requests carry."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from servecheck.errors import UsageError
from servecheck.throughput import connection
from servecheck.throughput.arrivals import ClosedLoop
from servecheck.throughput.connections import Connections
from servecheck.throughput.generator import run_load
from servecheck.throughput.streamed_reply import StallLimits, StreamedReply
from servecheck.throughput.workload import Workload

CHUNK = b'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'
STREAM = CHUNK + b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n' + b"data: [DONE]\n\n"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[tuple[str, dict[str, str], bytes]]]
    ending = "chunks"

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, asked))
        self.answered = getattr(self, "answered", -1) + 1
        if self.ending == "refused" or (self.ending == "once" and self.answered):
            self.close_connection = True
            return
        if self.ending == "interim":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.send_response_only(200)
        self.send_header("Content-Type", "text/event-stream")
        if self.ending == "close":
            self.close_connection = True
            self.end_headers()
            self.wfile.write(STREAM)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%b\r\n" % (len(STREAM), STREAM))
        if self.ending != "never":
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


@pytest.fixture
def upstream() -> Iterator[type[_Handler]]:
    class Handler(_Handler):
        seen: ClassVar = []

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        Handler.port = server.server_port
        yield Handler
        server.shutdown()
        thread.join()


async def _asked(connections, count=1):
    outcomes = []
    for _ in range(count):
        taken = await connections.acquire()
        reply = StreamedReply(0.0, asyncio.get_running_loop().time(), StallLimits())
        await taken.round_trip(connections.request(b'{"x":1}'), reply)
        connections.release(taken)
        outcomes.append(reply.outcome())
    return outcomes


def _loaded(base_url, count):
    asked = Workload("one after another", [{"x": index} for index in range(count)], [])
    return run_load(asked, ClosedLoop(1), base_url).outcomes


def _run(base_url, count=1):
    async def run():
        connections = Connections(base_url)
        try:
            return await _asked(connections, count), len(connections._open)
        finally:
            await connections.close()

    return asyncio.run(run())


@pytest.mark.parametrize(("ending", "kept"), [("chunks", 1), ("interim", 1), ("close", 0), ("never", 0)])
def test_a_reply_is_whole_however_its_answer_ends(upstream, ending, kept):
    upstream.ending = ending

    (outcome,), still_open = _run(f"http://127.0.0.1:{upstream.port}/v1")

    assert outcome.is_complete
    assert outcome.status == 200
    assert still_open == kept


def test_a_connection_is_used_again(upstream):
    outcomes, still_open = _run(f"http://127.0.0.1:{upstream.port}/v1", count=3)

    assert all(outcome.is_complete for outcome in outcomes)
    assert still_open == 1


def test_a_request_that_a_closed_connection_took_is_sent_again_on_a_new_one(upstream):
    upstream.ending = "once"

    outcomes = _loaded(f"http://127.0.0.1:{upstream.port}/v1", 4)

    assert [outcome.fault for outcome in outcomes] == [""] * 4
    # the second alone met one: from then on every request has a connection of its own
    assert [asked for _, _, asked in upstream.seen] == [b'{"x":0}', b'{"x":1}', b'{"x":1}', b'{"x":2}', b'{"x":3}']


def test_a_new_connection_that_breaks_is_a_fault_and_the_request_is_sent_once(upstream):
    upstream.ending = "refused"

    outcomes = _loaded(f"http://127.0.0.1:{upstream.port}/v1", 2)

    assert [outcome.fault_kind for outcome in outcomes] == ["connection", "connection"]
    assert "broke the connection before it answered" in outcomes[0].fault
    assert len(upstream.seen) == 2


def test_a_reused_connection_that_breaks_after_a_while_is_a_fault(upstream, monkeypatch):
    monkeypatch.setattr(connection, "_AT_ONCE_S", 0.0)
    upstream.ending = "once"

    outcomes = _loaded(f"http://127.0.0.1:{upstream.port}/v1", 2)

    assert [outcome.fault_kind for outcome in outcomes] == [None, "connection"]


def test_a_request_is_what_a_server_expects(upstream, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "100%-secret")

    _run(f"http://127.0.0.1:{upstream.port}/v1")

    ((path, headers, asked),) = upstream.seen
    assert path == "/v1/chat/completions"
    assert asked == b'{"x":1}'
    assert headers == {
        "host": f"127.0.0.1:{upstream.port}",
        "authorization": "Bearer 100%-secret",
        "content-type": "application/json",
        "accept": "text/event-stream",
        "accept-encoding": "identity",
        "content-length": "7",
    }


def test_a_key_that_no_request_can_carry_is_refused_unseen(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret\n")

    with pytest.raises(UsageError, match="OPENAI_API_KEY") as refused:
        _run("http://127.0.0.1:9/v1")

    assert "secret" not in str(refused.value)


def test_the_environments_proxy_is_asked_for_servers_elsewhere(upstream, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://user:p%40ss@127.0.0.1:{upstream.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    (outcome,), _ = _run("http://model.invalid:8000/v1")

    assert outcome.is_complete
    ((path, headers, _),) = upstream.seen
    assert path == "http://model.invalid:8000/v1/chat/completions"
    assert headers["host"] == "model.invalid:8000"
    assert headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"


def test_a_proxy_that_refuses_a_tunnel_is_a_fault_of_the_connection(upstream, monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{upstream.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    with pytest.raises(OSError, match=r"proxy that the environment names opened no tunnel: .*501"):
        _run("https://model.invalid/v1")
