"""The proxy's own connections upstream: what is sent to the byte, what each failure is called, what is reused."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from servecheck.proxy.transport import AiohttpTransport

from suites.selftest.time_limits import NEVER_S

CLOSING = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
KEEPING = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

Work = Callable[[AiohttpTransport, str], Awaitable[Any]]


class Wire:
    """A server that answers each request's head with the next of these bytes; with None it closes the connection.

    Args:
        then: after the last answer it has the connection ``close``, ``wait``, or ``refuse`` the next request.

    Attributes:
        heads: what came, with the bodies that came in the same piece.
        connections: how many there were.
        closed: set when a client closed one.
    """

    def __init__(self, *answers: bytes | None, then: str = "refuse") -> None:
        self.heads: list[bytes] = []
        self.connections = 0
        self.closed = asyncio.Event()
        self.answering: list[asyncio.Task[Any] | None] = []
        self._answers, self._then = list(answers), then

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.answering.append(asyncio.current_task())
        try:
            while (head := await reader.read(65_536)) and (self._answers or self._then == "wait"):
                self.heads.append(head)
                if self._answers:
                    if (answer := self._answers.pop(0)) is None:
                        break
                    writer.write(answer)
                if not self._answers and self._then == "close":
                    break
            if not head:
                self.closed.set()
        except ConnectionError:
            self.closed.set()
        finally:
            writer.close()


def over(work: Work, *answers: bytes | None, then: str = "refuse") -> tuple[Any, Wire]:
    """What the work gives with a server that answers so, and that server."""

    async def run() -> tuple[Any, Wire]:
        wire = Wire(*answers, then=then)
        async with serving(wire) as (transport, url):
            return await work(transport, url), wire

    return asyncio.run(run())


@contextlib.asynccontextmanager
async def serving(wire: Wire) -> AsyncIterator[tuple[AiohttpTransport, str]]:
    """A transport, and the address of that server."""
    async with (
        asyncio.timeout(NEVER_S),
        await asyncio.start_server(wire.connected, "127.0.0.1", 0) as server,
    ):
        async with AiohttpTransport(keepalive_s=3.0, verify=ssl.create_default_context()) as transport:
            yield transport, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*filter(None, wire.answering))


def asking(url: str, method: str = "POST", read_s: float = NEVER_S, **parts: Any) -> httpx.Request:
    timeout = {"connect": NEVER_S, "read": read_s, "write": NEVER_S, "pool": NEVER_S}
    return httpx.Request(method, url, extensions={"timeout": timeout, **parts.pop("extensions", {})}, **parts)


async def asked(transport: AiohttpTransport, request: httpx.Request) -> bytes:
    response = await transport.handle_async_request(request)
    try:
        return await response.aread()
    finally:
        await response.aclose()


def test_the_request_is_sent_to_the_byte_with_no_header_added() -> None:
    async def work(transport: AiohttpTransport, url: str) -> bytes:
        target = b"/a/../%2f//b%20c?x=%zz&y=a+b?&"
        headers = [(b"host", b"other:1"), (b"x-twice", b"1"), (b"x-twice", "\u00e9".encode())]
        return await asked(transport, asking(url, headers=headers, content=b"", extensions={"target": target}))

    body, wire = over(work, CLOSING)

    assert body == b"ok"
    assert wire.heads[0].splitlines() == [
        b"POST /a/../%2f//b%20c?x=%zz&y=a+b?& HTTP/1.1",
        b"host: other:1",
        b"Content-Length: 0",
        b"x-twice: 1",
        "x-twice: \u00e9".encode(),
        b"",
    ]


def test_a_reply_comes_as_it_is_compressed_redirected_and_with_cookies() -> None:
    head = b"HTTP/1.1 307 Odd\r\nLocation: /x\r\nX-A: \xff\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
    head += b"Content-Encoding: gzip\r\n"

    async def work(transport: AiohttpTransport, url: str) -> tuple[int, Any, bytes]:
        response = await transport.handle_async_request(asking(url))
        raw = b"".join([piece async for piece in response.aiter_raw()])
        await asked(transport, asking(url))
        return response.status_code, response.headers.raw, raw

    answer, wire = over(work, head + b"Content-Length: 2\r\n\r\n\x1f\x8b", KEEPING)

    names = [b"Location", b"X-A", b"Set-Cookie", b"Set-Cookie", b"Content-Encoding", b"Content-Length"]
    values = [b"/x", b"\xff", b"a=1", b"b=2", b"gzip", b"2"]
    assert answer == (307, list(zip(names, values, strict=True)), b"\x1f\x8b")
    assert b"ookie" not in wire.heads[1]
    assert (len(wire.heads), wire.connections) == (2, 1)


@pytest.mark.parametrize(
    ("answers", "failure"),
    [
        ([], httpx.RemoteProtocolError),
        ([b"not http\r\n\r\n"], httpx.RemoteProtocolError),
        ([b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n"], httpx.RemoteProtocolError),
    ],
    ids=["closed", "garbage", "endless header"],
)
def test_a_reply_that_is_none_is_the_servers_fault(answers, failure) -> None:
    async def work(transport: AiohttpTransport, url: str) -> None:
        with pytest.raises(failure):
            await asked(transport, asking(url))

    over(work, *answers)


def test_a_server_that_falls_silent_is_a_timeout_before_the_reply_and_within_it() -> None:
    async def work(transport: AiohttpTransport, url: str) -> None:
        for _ in range(2):
            with pytest.raises(httpx.ReadTimeout):
                await asked(transport, asking(url, read_s=0.05))

    over(work, CHUNKED, then="wait")


def test_what_came_before_a_connection_broke_is_given_before_its_failure() -> None:
    async def run() -> list[bytes]:
        wire = Wire(CHUNKED + b"4\r\nwhol\r\n8\r\nhal", then="close")
        async with serving(wire) as (transport, url):
            response = await transport.handle_async_request(asking(url))
            connector = transport.connector
            assert connector is not None
            while any(one.is_connected() for one in connector._acquired):
                await asyncio.sleep(0.001)
            raw = response.aiter_raw()
            came = [await anext(raw)]
            with pytest.raises(httpx.RemoteProtocolError):
                await anext(raw)
            await response.aclose()
            return came

    assert asyncio.run(run()) == [b"wholhal"]


def test_nobody_listening_is_a_connect_error() -> None:
    async def work(transport: AiohttpTransport, url: str) -> None:
        with pytest.raises(httpx.ConnectError):
            await asked(transport, asking("http://127.0.0.1:9"))

    over(work)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("size", [0, 10, 3_000_000], ids=["no body", "a body", "a large body"])
def test_what_went_out_on_a_connection_that_was_closed_meanwhile_is_sent_again_whole(method: str, size: int) -> None:
    async def work(transport: AiohttpTransport, url: str) -> list[bytes]:
        first = await asked(transport, asking(url))
        return [first, await asked(transport, asking(url, method, content=b"x" * size))]

    bodies, wire = over(work, KEEPING, None, KEEPING, then="wait")

    assert bodies == [b"ok", b"ok"]
    assert wire.connections == 2
    heads = [head.partition(b"\r\n\r\n")[0] for head in wire.heads if head.startswith(method.encode())][-2:]
    assert heads[0] + b"\r\nConnection: close" == heads[1]
    assert size == 0 or b"content-length: %d" % size in heads[1].lower()


def test_it_is_sent_again_once() -> None:
    async def work(transport: AiohttpTransport, url: str) -> None:
        await asked(transport, asking(url))
        with pytest.raises(httpx.RemoteProtocolError):
            await asked(transport, asking(url))

    _, wire = over(work, KEEPING, None, None)

    assert (len(wire.heads), wire.connections) == (3, 2)


@pytest.mark.parametrize(
    "beginning", [b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nX: 1\r\n"], ids=["some of a status", "some headers"]
)
def test_a_request_of_whose_answer_something_came_is_not_sent_again(beginning: bytes) -> None:
    async def work(transport: AiohttpTransport, url: str) -> None:
        await asked(transport, asking(url))
        with pytest.raises(httpx.TransportError):
            await asked(transport, asking(url))

    _, wire = over(work, KEEPING, beginning, then="close")

    assert (len(wire.heads), wire.connections) == (2, 1)


def test_a_request_on_a_new_connection_is_not_sent_again() -> None:
    async def work(transport: AiohttpTransport, url: str) -> None:
        with pytest.raises(httpx.RemoteProtocolError):
            await asked(transport, asking(url))

    _, wire = over(work, None, KEEPING)

    assert wire.connections == 1


def test_a_server_that_falls_silent_on_a_kept_connection_is_not_asked_again() -> None:
    async def work(transport: AiohttpTransport, url: str) -> None:
        await asked(transport, asking(url))
        with pytest.raises(httpx.ReadTimeout):
            await asked(transport, asking(url, read_s=0.05))

    _, wire = over(work, KEEPING, then="wait")

    assert wire.connections == 1


def test_a_reply_closed_before_its_end_takes_its_connection_with_it() -> None:
    async def run() -> None:
        wire = Wire(CHUNKED + b"4\r\nwhol\r\n", KEEPING)
        async with serving(wire) as (transport, url):
            response = await transport.handle_async_request(asking(url))
            await response.aclose()
            await wire.closed.wait()
            assert await asked(transport, asking(url)) == b"ok"
        assert wire.connections == 2

    asyncio.run(run())


def test_a_request_cancelled_while_it_waits_closes_its_connection() -> None:
    async def run() -> None:
        wire = Wire(then="wait")
        async with serving(wire) as (transport, url):
            task = asyncio.create_task(asked(transport, asking(url)))
            while not wire.heads:
                await asyncio.sleep(0.001)
            task.cancel()
            await wire.closed.wait()

    asyncio.run(run())


def test_a_failure_does_not_quote_the_query_in_which_some_clients_put_their_key() -> None:
    async def work(transport: AiohttpTransport, url: str) -> str:
        with pytest.raises(httpx.RemoteProtocolError) as failure:
            await asked(transport, asking(url, extensions={"target": b"/v1/models?key=secret"}))
        return str(failure.value)

    said, _ = over(work, b"not http\r\n\r\n")

    assert said
    assert "secret" not in said


def test_a_large_body_goes_through_and_what_cannot_be_sent_is_refused() -> None:
    async def work(transport: AiohttpTransport, url: str) -> bytes:
        with pytest.raises(httpx.LocalProtocolError):
            await asked(transport, asking(url, headers=[(b"x", b"\xff")]))
        return await asked(transport, asking(url, content=b"x" * 3_000_000))

    body, wire = over(work, CLOSING)

    assert body == b"ok"
    assert b"content-length: 3000000" in wire.heads[0].lower()
