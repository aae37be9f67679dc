"""No connection is used again on which a server sent what nobody asked for: each request has its own answer."""

from __future__ import annotations

import asyncio

import aiohttp
from servecheck.generation.connector import clean_connector

STRAY = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 5\r\n\r\nstray"


class Server:
    """Answers each request with its target, and has something more to say after the first."""

    def __init__(self) -> None:
        self.connections = 0
        self.said_more = asyncio.Event()
        self.may_say_more = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                target = (await reader.readuntil(b"\r\n\r\n")).split()[1]
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(target), target))
                if target == b"/0":
                    await self.may_say_more.wait()
                    writer.write(STRAY)
                    await writer.drain()
                    self.said_more.set()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _answers() -> tuple[list[str], int]:
    server = Server()
    async with (
        await asyncio.start_server(server, "127.0.0.1", 0) as listening,
        aiohttp.ClientSession(connector=clean_connector(limit=0)) as session,
    ):
        base = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        found = []
        for number in range(4):
            async with session.get(f"{base}/{number}") as response:
                found.append(await response.text())
            if number == 0:
                (protocol, _), *_ = next(iter(session.connector._conns.values()))
                server.may_say_more.set()
                await server.said_more.wait()
                while not protocol.should_close:  # until the client's side has it
                    await asyncio.sleep(0)
    return found, server.connections


def test_an_answer_that_nobody_asked_for_is_nobodys_answer():
    answers, connections = asyncio.run(asyncio.wait_for(_answers(), 20))

    assert answers == ["/0", "/1", "/2", "/3"]
    assert connections == 2
