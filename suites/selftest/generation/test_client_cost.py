"""What a chunk costs does not go through the package that asks; ``client_cpu`` measures what it costs in all."""

from __future__ import annotations

import asyncio
import json
import sys
from types import FrameType
from typing import Any

from servecheck.generation.client import ChatClient
from servecheck.profiles.schema import Profile

PACKAGES = ("openai", "httpx2", "anyio", "pydantic")


def calls(base_url: str, profile: Profile) -> int:
    """In those packages, for a second request; the first imports and keeps."""
    count = 0

    def seen(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call" and str(frame.f_globals.get("__name__")).partition(".")[0] in PACKAGES

    async def ask() -> None:
        async with ChatClient(base_url, profile) as client:
            await client.ask([{"role": "user", "content": "Hello"}])
            sys.setprofile(seen)
            try:
                await client.ask([{"role": "user", "content": "Hello"}])
            finally:
                sys.setprofile(None)

    asyncio.run(ask())
    return count


def test_a_reply_of_many_chunks_costs_the_package_that_asks_what_one_of_two_does(
    profile: Profile, scripted_server: Any
) -> None:
    def answer(handler: Any, _body: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        for number in range(handler.server.chunks):
            end = "stop" if number == handler.server.chunks - 1 else None
            chunk = {"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": end}]}
            handler.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            handler.wfile.flush()

    scripted_server.answer = answer
    counted = []
    for scripted_server.chunks in (2, 60):
        counted.append(calls(scripted_server.base_url, profile))

    assert counted[0] == counted[1] > 0
