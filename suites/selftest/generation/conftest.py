"""Peers for the generation side: the embedded server, and one that misbehaves as told."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from servecheck.evaluation.problem import ProblemSet
from servecheck.problems import load_problem_set
from servecheck.profiles.schema import Profile
from servecheck.selfcheck.embedded.server import EmbeddedServer


@pytest.fixture(scope="session")
def starter() -> ProblemSet:
    return load_problem_set("starter")


@pytest.fixture(scope="session")
def profile() -> Profile:
    return Profile(
        name="under-test",
        model="canonical",
        backend="embedded",
        problems="starter",
        request_timeout_s=10,
        stall_timeout_s=10,
    )


@pytest.fixture(scope="session")
def embedded_server(profile: Profile, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(profile, tmp_path_factory.mktemp("server") / "server.log") as server:
        yield server


class ScriptedServer(ThreadingHTTPServer):
    """Hands each request's JSON to ``answer``, which writes the response with the handler's methods."""

    # A handler may be waiting for a client that is gone; the tests do not wait for it.
    daemon_threads, block_on_close = True, False
    answer: Callable[["ScriptedHandler", Any], None]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class ScriptedHandler(BaseHTTPRequestHandler):
    server: ScriptedServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.answer(self, body)

    def answer_json(self, value: Any, status: int = 200) -> None:
        self.answer_bytes(json.dumps(value).encode(), status, "application/json")

    def answer_bytes(self, body: bytes, status: int = 200, content_type: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_events(self, *events: Any, done: bool = True) -> None:
        lines = [f"data: {json.dumps(event)}\n\n" for event in events] + ["data: [DONE]\n\n"] * done
        self.answer_bytes("".join(lines).encode(), content_type="text/event-stream")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def scripted_server() -> Iterator[ScriptedServer]:
    with ScriptedServer(("127.0.0.1", 0), ScriptedHandler) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
