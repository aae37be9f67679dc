"""``python -m suites.selftest.throughput.regressions``: how often a run is called slower than the one before it.

Short runs against the scripted server, each of four blocks (off, on, on, off) as a throughput run has them, through the
load generator, its metrics and the gate of ``-m throughput --baseline``: 200 with no change, 50 that are 10 % slower
and 50 that are 3 % slower, the slow ones among the others, each held to the newest run with no change. Every request
has gaps of its own that vary by a fifth; the server repeats itself to a tenth of a millisecond, and the noise is the
machine's. A pause of 30 ms, which a shared machine makes now and then, is 5 % of a block.

Slower means that all times of the schedule are that much longer.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from servecheck.gates.decision import GateVerdict
from servecheck.gates.regression import Blocks, gate_regression
from servecheck.throughput.arrivals import ClosedLoop
from servecheck.throughput.generator import run_load
from servecheck.throughput.metrics import point_metrics
from servecheck.throughput.workload import Workload

from suites.selftest.throughput.scripted import ScriptedServer, scripted_server

MOST_CALLED = {"A/A": (200, 14), "3 % slower": (50, 5)}
LEAST_CALLED = {"10 % slower": (50, 45)}
_SLOWER = {"A/A": 0.0, "10 % slower": 0.10, "3 % slower": 0.03}
_STREAMS = 4
_REQUESTS = 16
_CHUNKS = 20


@dataclass(frozen=True, slots=True)
class Run:
    """Output tokens a second of the blocks with speculative decoding and of those without, by concurrency."""

    on: Blocks
    off: Blocks


def measured(server: ScriptedServer, slower: float, draw: random.Random) -> Run:
    """One run whose schedules are longer by the share ``slower``."""
    arms: dict[str, list[dict[int, float]]] = {"off": [], "on": []}
    seed = draw.random()  # the same requests in every block
    for arm in ("off", "on", "on", "off"):
        arms[arm].append({_STREAMS: _tokens_per_s(server, 1 + slower, random.Random(seed))})
    return Run(arms["on"], arms["off"])


def called(before: Run, now: Run) -> bool:
    """Whether the gate says that ``now`` is slower."""
    result = gate_regression(now.on, before.on, against="the run before", repeated=(now.off, before.off))
    return result.verdict is GateVerdict.FAIL


def order(counts: dict[str, int]) -> Iterator[str]:
    """Kinds of runs, the slow ones spread evenly among the others."""
    total = sum(counts.values())
    done: Counter[str] = Counter()
    for place in range(1, total + 1):
        kind = max(counts, key=lambda name: counts[name] * place / total - done[name])
        done[kind] += 1
        yield kind


def _tokens_per_s(server: ScriptedServer, factor: float, draw: random.Random) -> float:
    bodies = [
        {
            "model": "m",
            "stream": True,
            "messages": [{"role": "user", "content": "x"}],
            "script": {
                "id": index,
                "ttft_ms": factor * draw.uniform(8, 12),
                "gaps_ms": [round(factor * draw.uniform(4.8, 7.2), 3) for _ in range(_CHUNKS - 1)],
                "sizes": [1] * _CHUNKS,
            },
        }
        for index in range(_REQUESTS)
    ]
    metrics = point_metrics(
        run_load(Workload("scripted", bodies, bodies[:_STREAMS]), ClosedLoop(_STREAMS), server.base_url)
    )
    if metrics.complete < _REQUESTS:
        raise SystemExit(f"{metrics.complete} of {_REQUESTS} requests were answered whole: {metrics.marks}")
    return metrics.output_throughput


def counted(counts: dict[str, int], seed: int = 0) -> Counter[str]:
    """Of each kind of run, how many are called slower."""
    draw = random.Random(seed)
    found: Counter[str] = Counter()
    told_s = time.monotonic()
    with scripted_server() as server:
        before = measured(server, 0.0, draw)
        for number, kind in enumerate(order(counts), 1):
            now = measured(server, _SLOWER[kind], draw)
            found[kind] += called(before, now)
            if kind == "A/A":
                before = now
            if time.monotonic() - told_s > 10:
                told_s = time.monotonic()
                print(f"{number} of {sum(counts.values())} runs, called slower: {dict(found)}", file=sys.stderr)
    return found


def main() -> int:
    """Print how many of each kind were called slower; 1 where a bar does not hold."""
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.throughput.regressions", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    bars = MOST_CALLED | LEAST_CALLED
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the runs")
    found = counted({kind: count for kind, (count, _) in bars.items()}, options.seed)
    held = True
    for kind, (count, bar) in bars.items():
        holds = found[kind] <= bar if kind in MOST_CALLED else found[kind] >= bar
        held &= holds
        print(f"{kind}: {found[kind]} of {count} called slower, at {'most' if kind in MOST_CALLED else 'least'} {bar}"
              f"{'' if holds else ': DOES NOT HOLD'}")  # fmt: skip
    return int(not held)


if __name__ == "__main__":
    sys.exit(main())
