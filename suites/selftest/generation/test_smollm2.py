"""The client before a real ``llama-server``, which closes the connection after each streamed reply without a word."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from servecheck.engines.smollm2_environment import smollm2_server
from servecheck.evaluation.transcript import Reply
from servecheck.generation.client import ChatClient
from servecheck.profiles.schema import Profile, Sampling

pytestmark = pytest.mark.slow

PROFILE = Profile(name="smollm2", model="SmolLM2-135M-Instruct", sampling=Sampling(max_tokens=16), retries=0)
WORDS = ("one", "two", "red", "blue", "yes", "no", "up", "down")


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with smollm2_server(threads=1) as base_url:
        yield base_url


def test_every_request_is_answered_at_its_first_attempt(base_url: str) -> None:
    async def in_four_places() -> list[Reply]:
        waiting = iter(WORDS)

        async def in_turn(client: ChatClient) -> list[Reply]:
            return [await client.ask([{"role": "user", "content": f"Say {word} three times."}]) for word in waiting]

        async with ChatClient(base_url, PROFILE) as client:
            places = await asyncio.gather(*[in_turn(client) for _ in range(4)])
        return [reply for place in places for reply in place]

    replies = asyncio.run(in_four_places())

    assert len(replies) == len(WORDS)
    assert [reply for reply in replies if reply.usage is None or reply.usage.completion_tokens > 16] == []
    assert all(reply.content and reply.engine_timings is not None for reply in replies)
