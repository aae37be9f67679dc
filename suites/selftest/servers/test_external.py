"""Finding a server that runs already, over real HTTP."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from fixtures.errors import ServerUnreachable, UsageError
from fixtures.servers.embedded import EmbeddedServer
from fixtures.servers.external import ExternalServer


class Listing(ThreadingHTTPServer):
    """Answers every GET with ``status`` and ``body``, and keeps the last request's headers."""

    status, body = 200, b""
    headers: Any = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def models(self, *names: str) -> None:
        self.body = json.dumps({"object": "list", "data": [{"id": name} for name in names]}).encode()


class _Handler(BaseHTTPRequestHandler):
    server: Listing

    def do_GET(self) -> None:
        self.server.headers = self.headers
        self.send_response(self.server.status if self.path == "/v1/models" else 404)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def listing() -> Iterator[Listing]:
    with Listing(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_only_served_model_is_taken(embedded_server: EmbeddedServer) -> None:
    with ExternalServer(embedded_server.base_url + "/") as server:
        assert server.served_models == ["canonical"]
        assert server.model == "canonical"
        assert server.base_url == embedded_server.base_url


def test_a_named_model_is_found_among_several(listing: Listing) -> None:
    listing.models("a", "b")

    with ExternalServer(listing.base_url, "b") as server:
        assert server.model == "b"


def test_a_model_that_is_not_served_is_an_error_that_lists_what_is(listing: Listing) -> None:
    listing.models("a", "b")

    with pytest.raises(UsageError, match="does not serve 'c'; it serves: a, b"):
        ExternalServer(listing.base_url, "c").start()


def test_several_models_and_none_named_is_an_error_that_lists_them(listing: Listing) -> None:
    listing.models("a", "b")

    with pytest.raises(UsageError, match="give --model one of: a, b"):
        ExternalServer(listing.base_url).start()


def test_nobody_at_the_address_is_unreachable_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        base_url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"

    with pytest.raises(ServerUnreachable, match=r"no model server answers at .*; start it, or") as caught:
        ExternalServer(base_url).start()

    assert "\n" not in str(caught.value)


def test_a_server_that_stays_silent_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fixtures.servers.external._TIMEOUT_S", 0.1)

    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(ServerUnreachable, match="timed out"),
    ):
        ExternalServer(f"http://127.0.0.1:{silent.getsockname()[1]}/v1").start()


@pytest.mark.parametrize(
    ("status", "body", "hint"),
    [
        (401, b"", "set OPENAI_API_KEY"),
        (404, b"", "mostly in /v1"),
        (503, b"", "HTTP 503"),
        (200, b"<html>", "without a list of models"),
        (200, b"[]", "without a list of models"),
        (200, b'{"data": null}', "without a list of models"),
        (200, b'{"data": []}', "lists no model"),
        (200, b'{"data": [{"id": 1}]}', "lists no model"),
    ],
)
def test_an_answer_that_no_model_server_gives_says_what_to_do(
    listing: Listing, status: int, body: bytes, hint: str
) -> None:
    listing.status, listing.body = status, body

    with pytest.raises(ServerUnreachable, match=hint):
        ExternalServer(listing.base_url).start()


@pytest.mark.parametrize(("value", "sent"), [("sk-1", "Bearer sk-1"), ("", "Bearer EMPTY")])
def test_the_key_comes_from_the_environment(
    listing: Listing, monkeypatch: pytest.MonkeyPatch, value: str, sent: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", value)
    listing.models("a")

    ExternalServer(listing.base_url).start()

    assert listing.headers["Authorization"] == sent


def test_a_proxy_from_the_environment_is_not_used_on_this_machine(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    listing.models("a")

    with ExternalServer(listing.base_url) as server:
        assert server.model == "a"
