"""An exchange over real connections; what its failures look like to a client is in test_faults."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from servecheck.selfcheck.embedded.http_exchange import FaultableProtocol, HttpExchange, Receive, Scope, Send


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that answers with the request's body, in the way that the path names."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        exchange = HttpExchange(scope, receive, send)
        body = await exchange.body()
        if scope["path"] == "/stream":
            await exchange.begin_stream(body)
            await exchange.end(b"!")
        else:
            await exchange.answer(body, 418, ((b"x-own", b"1"),))

    config = uvicorn.Config(application, http=FaultableProtocol, lifespan="off", ws="none", log_level="error")
    server = uvicorn.Server(config)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def test_a_body_that_comes_in_pieces_is_read_whole(url: str) -> None:
    pieces = [b"a" * 100_000, b"b" * 100_000]

    assert httpx.post(url, content=iter(pieces), trust_env=False).content == b"".join(pieces)


def test_an_answer_has_its_status_headers_and_length(url: str) -> None:
    response = httpx.post(url, content=b"{}", trust_env=False)

    assert response.status_code == 418
    assert (response.headers["x-own"], response.headers["content-length"]) == ("1", "2")
    assert response.headers["content-type"] == "application/json"


def test_a_stream_is_events_in_chunks(url: str) -> None:
    response = httpx.post(f"{url}/stream", content=b"data: 1\n\n", trust_env=False)

    assert response.content == b"data: 1\n\n!"
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["transfer-encoding"] == "chunked"
