"""A judge is asked greedily with its own key, again where it is busy, and what it cannot tell is an error."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from servecheck.errors import InfraError
from servecheck.servers import judge as module
from servecheck.servers.judge import Judge


class Server(ThreadingHTTPServer):
    """Answers with each status of ``statuses`` in turn, then with ``body``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses: list[int] = []
        self.body = json.dumps({"choices": [{"message": {"content": "<CHOICE>: B"}}]})
        self.asked: list[tuple[str, str, dict[str, object]]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        content = self.server.body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(module, "_PAUSES_S", (0.0, 0.0, 0.0))
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def judge(server: Server) -> Judge:
    return Judge(f"http://127.0.0.1:{server.server_port}/v1", "llama")


def test_it_is_asked_greedily_with_its_own_key_and_not_the_models(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "the-models")
    monkeypatch.setenv("SERVECHECK_JUDGE_API_KEY", "the-judges")

    assert judge(server).says("Which?") == "<CHOICE>: B"

    [(path, key, body)] = server.asked
    assert (path, key) == ("/v1/chat/completions", "Bearer the-judges")
    assert body == {
        "model": "llama",
        "messages": [{"role": "user", "content": "Which?"}],
        "temperature": 0.0,
        "max_tokens": 1024,
    }


def test_where_it_is_busy_it_is_asked_again(server):
    server.statuses = [429, 503]

    assert judge(server).says("Which?") == "<CHOICE>: B"
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 503])
def test_where_it_refuses_nothing_is_known(server, status):
    server.statuses = [status] * 9
    server.body = "no such model"

    with pytest.raises(InfraError, match=rf"the judge llama at .* status {status}: no such model"):
        judge(server).says("Which?")


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"choices": []}', '{"choices": [{}]}', "<html>"])
def test_an_answer_that_is_no_completion_is_an_error(server, body):
    server.body = body

    with pytest.raises(InfraError, match="sent no chat completion"):
        judge(server).says("Which?")


def test_one_without_content_says_nothing(server):
    server.body = json.dumps({"choices": [{"message": {"content": None}}]})

    assert judge(server).says("Which?") == ""


def test_half_a_character_in_a_reply_is_replaced_since_no_request_can_carry_it(server):
    judge(server).says("Which? \ud800")

    assert server.asked[0][2]["messages"] == [{"role": "user", "content": "Which? ?"}]


def test_its_name_in_reports_is_printable_and_short():
    assert Judge("http://h/v1", "llama\x1b[31m").called == "llama\\x1b[31m"
    assert len(Judge("http://h/v1", "x" * 999).called) <= 80


def test_one_that_does_not_answer_is_an_error(monkeypatch):
    monkeypatch.setattr(module, "_PAUSES_S", (0.0,))

    with pytest.raises(
        InfraError, match=r"the judge llama at http://127\.0\.0\.1:9/v1 cannot be asked.*without --judge-url"
    ):
        Judge("http://127.0.0.1:9/v1", "llama").says("Which?")
