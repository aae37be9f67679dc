"""A server that answers each request as a test says, over real HTTP, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from servecheck.fingerprint.endpoint import ModelEndpoint
from servecheck.profiles.schema import Profile

PROFILE = Profile(name="p", model="m", backend="external", base_url="http://127.0.0.1:1/v1", retries=1)
Answers = Callable[[str, dict[str, Any]], Any]
Asked = list[tuple[str, dict[str, Any]]]
"""Path and body of each request."""


@dataclass
class NoSuchThing(Exception):
    """Answers with an error."""

    status: int = 404
    said: str = "Not Found"


@dataclass
class Served:
    """A server that runs.

    Attributes:
        endpoint: asks it; it waits for nothing.
        asked: path and body of each request so far.
        waited: what it would have waited.
    """

    endpoint: ModelEndpoint
    asked: Asked = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """Of the requests to one path."""
        return [body for one, body in self.asked if one == path]


@contextmanager
def engine(
    answers: Callable[[str, dict[str, Any]], tuple[int, Any]],
) -> Iterator[tuple[str, Asked]]:
    """An engine inside the block: its base URL and what it was asked; ``answers`` gives status and JSON."""
    asked: Asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append((self.path, body))
            status, value = answers(self.path, body)
            said = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *arguments: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1", asked
        finally:
            server.shutdown()


@contextmanager
def serving(answers: Answers, profile: Profile = PROFILE) -> Iterator[Served]:
    """The server inside the block; ``answers`` gives an answer's JSON, or raises ``NoSuchThing``."""

    def with_status(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        try:
            return 200, answers(path, body)
        except NoSuchThing as error:
            return error.status, {"error": {"message": error.said}}

    with engine(with_status) as (url, asked):
        waited: list[float] = []
        yield Served(ModelEndpoint(profile, url, wait=waited.append), asked, waited)
