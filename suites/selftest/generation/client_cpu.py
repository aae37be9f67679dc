"""What the client costs: CPU seconds of this process for streams that a server in another one makes.

``python -m suites.selftest.generation.client_cpu [--streams 64] [--chunks 1500] [--gap-ms 20]``, once with each of the
clients to be compared, in turns, since a machine's pace changes. The first request is not counted: it imports.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from servecheck.generation.client import ChatClient
from servecheck.profiles.schema import Profile

from suites.selftest.throughput.scripted import scripted_server

MESSAGES = [{"role": "user", "content": "Hello"}]


async def _cpu_s(base_url: str, streams: int, chunks: int, gap_ms: float) -> float:
    script = {"ttft_ms": 100, "gaps_ms": gap_ms, "sizes": [1] * chunks, "reasoning": 0}
    profile = Profile(name="cpu", model="m", extra_body={"script": script})
    warm_up = profile.model_copy(update={"extra_body": {"script": {**script, "sizes": [1]}}})
    async with ChatClient(base_url, warm_up) as client:
        await client.ask(MESSAGES)
    async with ChatClient(base_url, profile) as client:
        before_s = time.process_time()
        replies = await asyncio.gather(*[client.ask(MESSAGES) for _ in range(streams)])
        spent_s = time.process_time() - before_s
    assert [len(reply.content) for reply in replies] == [len(" word") * chunks] * streams
    return spent_s


def main() -> None:
    """Print the CPU seconds, and those of a chunk."""
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.generation.client_cpu")
    parser.add_argument("--streams", type=int, default=64)
    parser.add_argument("--chunks", type=int, default=1500)
    parser.add_argument("--gap-ms", type=float, default=20)
    options = parser.parse_args()
    with scripted_server() as server:
        spent_s = asyncio.run(_cpu_s(server.base_url, options.streams, options.chunks, options.gap_ms))
    each_us = spent_s / (options.streams * options.chunks) * 1e6
    print(f"{spent_s:.2f} s of CPU, {each_us:.1f} microseconds a chunk")


if __name__ == "__main__":
    main()
