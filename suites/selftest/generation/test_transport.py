"""A request is sent again where its connection had been closed before it, and every other fault is one."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from servecheck.evaluation.transcript import Reply
from servecheck.generation.client import ChatClient
from servecheck.generation.failures import AttemptFailed
from servecheck.profiles.schema import Profile

MESSAGES = [{"role": "user", "content": "Hello"}]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nKeep-Alive: timeout=5, max=100\r\n"
CHUNK = {"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}
STREAM = b"data: %b\n\ndata: [DONE]\n\n" % json.dumps(CHUNK).encode()
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(STREAM), STREAM)
RESET = struct.pack("ii", 1, 0)

Answer = Callable[["Server", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Counts its connections and the requests on each; ``answer`` says what becomes of them."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._asked: dict[asyncio.StreamReader, int] = {}
        self.headers: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._asked[reader] = 0
        try:
            await self._answer(self, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def request(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
        self.headers.append(head)
        self._asked[reader] += 1

    @property
    def requests(self) -> list[int]:
        """By connection, in the order in which these came."""
        return list(self._asked.values())


def run(answer: Answer, asked: Callable[[ChatClient], Awaitable[Any]], profile: Profile) -> tuple[Any, Server]:
    server = Server(answer)

    async def everything() -> Any:
        async with await asyncio.start_server(server, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            async with ChatClient(f"http://127.0.0.1:{port}/v1", profile) as client:
                return await asked(client)

    return asyncio.run(asyncio.wait_for(everything(), 30)), server


async def closes_after_its_stream(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """llama.cpp's server: it says that it keeps the connection, and resets what comes on it then."""
    await server.request(reader)
    writer.write(WHOLE)
    await writer.drain()
    await reader.readexactly(1)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


async def keeps(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await server.request(reader)
        writer.write(WHOLE)


async def fails_once_asked_twice(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Every connection is closed before an answer, but for the first request's."""
    await server.request(reader)
    if server.requests == [1]:
        writer.write(WHOLE)
        await server.request(reader)


async def five_in_turn(client: ChatClient) -> list[Reply]:
    return [await client.ask(MESSAGES) for _ in range(5)]


def test_a_connection_that_a_server_keeps_is_used_again(profile: Profile) -> None:
    replies, server = run(keeps, five_in_turn, profile)

    assert [reply.content for reply in replies] == ["hi"] * 5
    assert server.requests == [5]


def test_a_request_on_a_connection_that_the_server_closed_is_sent_again_and_is_no_fault(profile: Profile) -> None:
    replies, server = run(closes_after_its_stream, five_in_turn, profile)

    assert [(reply.content, reply.earlier) for reply in replies] == [("hi", ())] * 5
    assert server.requests == [1] * 5, "no connection is used again from then on"
    assert b"connection: close" in server.headers[-1].lower()


def test_every_request_at_a_time_is_sent_again_on_a_new_connection(profile: Profile) -> None:
    async def twice_eight(client: ChatClient) -> list[Reply]:
        first = await asyncio.gather(*[client.ask(MESSAGES) for _ in range(8)])
        return first + await asyncio.gather(*[client.ask(MESSAGES) for _ in range(8)])

    replies, server = run(closes_after_its_stream, twice_eight, profile)

    assert [reply.content for reply in replies] == ["hi"] * 16
    assert server.requests == [1] * 16


def test_times_are_those_of_the_second_sending(profile: Profile) -> None:
    closed_at: list[float] = []

    async def answer(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        writer.write(WHOLE)
        await reader.readexactly(1)
        closed_at.append(time.time())

    async def two(client: ChatClient) -> list[Reply]:
        return [await client.ask(MESSAGES) for _ in range(2)]

    (_, second), _ = run(answer, two, profile)

    assert second.timings.dispatched_at >= closed_at[0]


def test_a_server_that_closes_a_new_connection_before_it_answers_is_at_fault(profile: Profile) -> None:
    async def two(client: ChatClient) -> AttemptFailed:
        await client.ask(MESSAGES)
        with pytest.raises(AttemptFailed, match="broke the connection before it answered: ") as caught:
            await client.ask(MESSAGES)
        return caught.value

    fault, server = run(fails_once_asked_twice, two, profile)

    assert fault.temporary
    assert server.requests == [2, 1], "sent again once"


def test_a_reply_that_broke_off_after_it_began_is_never_asked_for_again_in_silence(profile: Profile) -> None:
    async def answer(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        writer.write(WHOLE)
        await server.request(reader)
        writer.write(HEAD + b"Content-Length: 1000\r\n\r\ndata: ")

    async def two(client: ChatClient) -> None:
        await client.ask(MESSAGES)
        with pytest.raises(AttemptFailed, match="broke its reply off: "):
            await client.ask(MESSAGES)

    _, server = run(answer, two, profile)

    assert server.requests == [2]


def test_a_server_is_told_nothing_of_this_machine_or_its_environment(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-müller")  # no header can carry it
    monkeypatch.setenv("OPENAI_PROJECT_ID", "prüfung")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer other\nX-Mine: 1")

    _, server = run(keeps, five_in_turn, profile)

    lines = [line.partition(b": ") for line in server.headers[0].split(b"\r\n")[1:] if line]
    headers = {name.lower().decode(): value.decode() for name, _, value in lines}
    assert headers.keys() == {
        "host", "accept", "accept-encoding", "authorization", "content-length", "content-type", "user-agent",
    }  # fmt: skip
    assert headers["authorization"] == "Bearer sk-mine"
    assert (headers["accept-encoding"], headers["content-type"]) == ("identity", "application/json")


@pytest.mark.parametrize("ends", [True, False])
def test_an_error_is_quoted_though_its_body_has_no_end(
    profile: Profile, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    monkeypatch.setattr("servecheck.generation.transport._ERROR_TIMEOUT_S", 0.2)

    async def answer(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        writer.write(b"HTTP/1.1 500 Broken\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nno GPU\r\n")
        if not ends:
            await reader.readexactly(1)

    async def one(client: ChatClient) -> str:
        with pytest.raises(AttemptFailed) as caught:
            await client.ask(MESSAGES)
        return str(caught.value)

    assert "answered HTTP 500: no GPU; " in run(answer, one, profile)[0]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff", b"null", b"[1]", b"[" * 100_000, b'{"error": [1]}', b'{"error": {"message": {}, "code": []}}',
        b'{"error": {"type": 3, "param": [], "message": null}}', b"x" * 1_000_000,
    ],
    ids=lambda body: repr(body[:30]),
)  # fmt: skip
@pytest.mark.parametrize("status", [101, 204, 300, 307, 400, 404, 503, 600, 999])
def test_every_answer_without_success_is_one_kind_of_error(profile: Profile, status: int, body: bytes) -> None:
    async def answer(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        writer.write(
            b"HTTP/1.1 %d Odd\r\nLocation: http://[::1\r\nSet-Cookie: a=b\r\nRetry-After: never\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (status, len(body), body)
        )

    async def one(client: ChatClient) -> str:
        with pytest.raises(AttemptFailed) as caught:
            await client.ask(MESSAGES)
        return str(caught.value)

    told, _ = run(answer, one, profile)

    assert told.isprintable()
    assert len(told) < 900
