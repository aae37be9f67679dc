"""Streams cut anywhere, by either side, many at a time: nothing that came whole is lost, and nothing is left behind."""

import asyncio
import contextlib
import itertools
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn
from servecheck.generation.sse import SseDecoder
from servecheck.proxy import ProxyApp
from servecheck.proxy.command import listening, server_config
from servecheck.transforms import transform_chain

from suites.selftest.time_limits import NEVER_S

CHAT = "/v1/chat/completions"
EVENTS = 20
AT_ONCE = 32
WORDS = [f"w{number} = 1\n" for number in range(EVENTS)]
ENDINGS = ["whole", "without [DONE]", "closed", "reset", "silent"]


def event(word: str) -> bytes:
    chunk = {"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]}
    return b"data: %b\n\n" % json.dumps(chunk).encode()


STREAM = b"".join(map(event, WORDS))


@dataclass(frozen=True)
class Plan:
    """What happens to one stream.

    Attributes:
        ending: how the server ends it, after ``sent`` bytes of ``STREAM``; by falling silent, for one.
        client_reads: events that the client reads before it leaves; None: it reads to the end.
    """

    ending: str
    sent: int
    client_reads: int | None

    @property
    def text(self) -> str:
        """What the events say that were sent whole."""
        return "".join(WORDS[: STREAM[: self.sent].count(b"\n\n")])


def planned(chance: random.Random) -> Plan:
    ending = chance.choice(ENDINGS)
    sent = len(STREAM) if ending == "whole" else chance.randint(0, len(STREAM))
    leaves = ending == "silent" or chance.random() < 0.5
    reads = chance.randint(0, STREAM[:sent].count(b"\n\n")) if leaves else None
    return Plan(ending, sent, reads)


class Server:
    """Streams by the plan whose number a header gives, in pieces of any size.

    Attributes:
        answering: requests that are not over.
    """

    def __init__(self, plans: list[Plan], chance: random.Random) -> None:
        self._plans, self._chance = plans, chance
        self.answering = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        told = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
        await reader.readexactly(int(told[b"content-length"]))
        plan = self._plans[int(told[b"x-plan"])]
        self.answering += 1
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in self._pieces(STREAM[: plan.sent]):
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await writer.drain()
                await asyncio.sleep(0)
            if plan.ending == "reset":
                writer.transport.abort()
            elif plan.ending == "silent":
                assert await reader.read() == b""
            elif plan.ending != "closed":
                done = b"e\r\ndata: [DONE]\n\n\r\n" if plan.ending == "whole" else b""
                writer.write(done + b"0\r\n\r\n")
            return plan.ending in ("whole", "without [DONE]")
        finally:
            self.answering -= 1

    def _pieces(self, stream: bytes) -> list[bytes]:
        cuts = sorted(self._chance.randint(0, len(stream)) for _ in range(EVENTS))
        pieces = [stream[begin:end] for begin, end in itertools.pairwise([0, *cuts, len(stream)])]
        return [piece for piece in pieces if piece]


async def read(http: httpx.AsyncClient, number: int, plan: Plan) -> None:
    """Read one stream as planned, and judge what came."""
    decoder, found = SseDecoder(), []
    async with http.stream("POST", CHAT, json={"stream": True, "messages": []}, headers={"x-plan": str(number)}) as got:
        assert got.status_code == 200
        if plan.client_reads != 0:
            async for piece in got.aiter_raw():
                found += decoder.feed(piece)
                if plan.client_reads is not None and len(found) >= plan.client_reads:
                    break
    chunks = [json.loads(data) for data in found if data != "[DONE]"]
    said = "".join(chunk["choices"][0]["delta"]["content"] for chunk in chunks if "error" not in chunk)
    assert plan.text.startswith(said)
    if plan.client_reads is None:
        # A reset takes with it what the proxy's kernel has and the proxy has not read.
        assert said == plan.text or plan.ending == "reset"
        assert ("[DONE]" in found) == (plan.ending == "whole")
        assert ["error" in chunk for chunk in chunks[-1:]] == [plan.ending != "whole"]


@contextlib.asynccontextmanager
async def running(server: uvicorn.Server) -> AsyncIterator[str]:
    listener = listening("127.0.0.1", 0)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(NEVER_S):
        while not holds():
            await asyncio.sleep(0.01)


async def cut(count: int, seed: int) -> None:
    chance = random.Random(seed)
    plans = [planned(chance) for _ in range(count)]
    upstream = Server(plans, chance)
    async with await asyncio.start_server(upstream.connected, "127.0.0.1", 0) as listening_server:
        port = listening_server.sockets[0].getsockname()[1]
        app = ProxyApp(f"http://127.0.0.1:{port}", transform_chain(["copy_reasoning_to_content"]))
        server = uvicorn.Server(server_config(app))
        async with (
            running(server) as url,
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=NEVER_S) as http,
        ):
            await http.get("/metrics")
            before = asyncio.all_tasks()
            turns = asyncio.Semaphore(AT_ONCE)

            async def one(number: int, plan: Plan) -> None:
                async with turns:
                    await read(http, number, plan)

            async with asyncio.TaskGroup() as group:
                for number, plan in enumerate(plans):
                    group.create_task(one(number, plan))

            connector = app._transport.connector
            assert connector is not None
            await until(lambda: upstream.answering == 0)
            # Those that wait for the next request are left, a connection is no task, and aiohttp shows neither.
            await until(lambda: not connector._acquired)
            await until(lambda: len(asyncio.all_tasks() - before) <= sum(map(len, connector._conns.values())))
            lines = (await http.get("/metrics")).text.splitlines()

    assert "servecheck_proxy_open_streams 0.0" in lines
    counted = {status: f'servecheck_proxy_requests_total{{path="{CHAT}",status="{status}"}} ' for status in (200, 499)}
    found = Counter(
        {s: float(line.split()[-1]) for s, name in counted.items() for line in lines if line.startswith(name)}
    )
    assert found.total() == count
    # A client that leaves when all of it is on its way has been answered as far as the proxy knows.
    assert 0 < found[499] <= sum(plan.client_reads is not None for plan in plans)


@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_every_whole_prefix_comes_and_no_connection_or_task_is_left(count: int) -> None:
    asyncio.run(cut(count, seed=count))
