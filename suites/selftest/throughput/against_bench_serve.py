"""``python -m suites.selftest.throughput.against_bench_serve``: the load generator beside ``vllm bench serve``.

Both measure one vLLM that serves tiny-glm without a prefix cache, turn about, each in a process of its own: who begins
changes with every round. Within a round both send the same requests in the same order; ``vllm bench serve`` sends what
it cannot take from its own options as ``--extra-body``. That the requests are the same is seen in the server's counts:
another prompt or length is a failure, not a finding.

The quotient of a round is the load generator's figure by that of ``vllm bench serve``; the mean of its logarithm over
the rounds has a 95 % interval by Student's t, which has to meet the band around 1.

Not the same, and accepted: ``vllm bench serve`` warms up with its first prompt alone, sends a message's content as a
list of one text, and takes the chunk that names the role, which comes with the first token, for the first with output.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

from servecheck.backends.vllm import SPEC as VLLM
from servecheck.engines.engine import EngineServer
from servecheck.problems import load_problem_set
from servecheck.profiles.load import load_profile
from servecheck.rundir.throughput_point import PointMetrics
from servecheck.stats.log_mean import LogMean
from servecheck.throughput.arrivals import ClosedLoop
from servecheck.throughput.generator import run_load
from servecheck.throughput.metrics import point_metrics
from servecheck.throughput.workload import Workload, WorkloadShape, problem_workload

from suites.selftest.proxy.real_clients import vllm_bench

PROFILE = load_profile("tiny-glm")
BANDS = {"output throughput": (0.97, 1.03), "median TTFT": (0.95, 1.05), "median TPOT": (0.95, 1.05)}
_FLAGS = {"no-enable-prefix-caching": True}
# What ``vllm bench serve`` makes of its own options.
_ITS_OWN = ("model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "ignore_eos")


class NotTheSame(Exception):
    """Two loads that were to be one, or a load that did not finish: nothing can be compared."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of one load: ``requests`` of ``output_tokens`` each, ``concurrency`` at a time, after ``warm_up`` others."""

    requests: int = 128
    output_tokens: int = 64
    concurrency: int = 4
    warm_up: int = 8


@dataclass(frozen=True, slots=True)
class Figures:
    """What one client measured: tokens a second, and medians in milliseconds; ``marks`` as ``PointMetrics`` has them.

    ``client`` is how the load generator itself fared; empty of ``vllm bench serve``, which does not watch itself.
    """

    output_throughput: float
    ttft_ms: float
    tpot_ms: float
    input_tokens: int
    output_tokens: int
    marks: tuple[str, ...] = ()
    client: str = ""

    @property
    def compared(self) -> dict[str, float]:
        """By the names of ``BANDS``."""
        return dict(zip(BANDS, (self.output_throughput, self.ttft_ms, self.tpot_ms), strict=True))


Client = Callable[[str], Figures]
"""Measures the load of one salt."""


@dataclass(frozen=True, slots=True)
class Round:
    """One load, measured by both."""

    own: Figures
    bench: Figures
    load_average: float

    def row(self) -> str:
        """One line of the table."""
        cells = [
            f"{own:8.2f} {bench:8.2f} {own / bench:6.3f}"
            for own, bench in zip(self.own.compared.values(), self.bench.compared.values(), strict=True)
        ]
        cells += [f"{self.own.input_tokens:6d}", f"{self.load_average:4.1f}", self.own.client, *self.own.marks]
        return " | ".join(cells)


HEADER = (
    "output tokens/s: own, bench, ratio | median TTFT ms: the same | median TPOT ms: the same | prompt tokens | "
    "load average | own client lag p50/p99/max, CPU"
)


@contextmanager
def engine(folder: Path) -> Iterator[EngineServer]:
    """A vLLM that serves tiny-glm and computes every prompt anew."""
    profile = PROFILE.model_copy(update={"flags": PROFILE.flags | _FLAGS})
    with EngineServer(VLLM, profile, folder / "server.log", say=print) as server:
        yield server


def workload(size: Size, salt: str) -> Workload:
    """The starter problems; requests of one salt are the same, of another they differ from the first line on."""
    shape = WorkloadShape(size.requests, size.warm_up, output_tokens=size.output_tokens, salt=salt)
    return problem_workload(PROFILE, load_problem_set("starter"), shape)


def own_figures(base_url: str, size: Size, salt: str) -> Figures:
    """The load generator's, in this process; raises ``NotTheSame`` where a request was not answered whole."""
    metrics = point_metrics(run_load(workload(size, salt), ClosedLoop(size.concurrency), base_url))
    return _figures(metrics, size)


def bench_figures(server: EngineServer, size: Size, salt: str, folder: Path) -> Figures:
    """Those of ``vllm bench serve``, run by the interpreter that runs the server.

    Raises:
        ClientFailed: it ended with an error.
        NotTheSame: a request failed.
    """
    command, root = server.describe()["command"], server.describe()["root"]
    asked = workload(size, salt)
    prompts = folder / "prompts.json"
    # Its "custom" dataset needs pandas, which vLLM does not bring along; of this one it sends the first turn.
    turns = [[{"value": message["content"]}, {"value": ""}] for body in asked.measured for message in body["messages"]]
    prompts.write_text(json.dumps([{"conversations": pair} for pair in turns]), encoding="utf-8")
    options = ["--dataset-name", "sharegpt", "--dataset-path", str(prompts), "--disable-shuffle", "--no-oversample"]
    options += ["--sharegpt-output-len", str(size.output_tokens), "--num-prompts", str(size.requests)]
    options += ["--max-concurrency", str(size.concurrency), "--num-warmups", str(size.warm_up)]
    extra = {name: value for name, value in asked.measured[0].items() if name not in _ITS_OWN}
    options += ["--extra-body", json.dumps(extra)]
    result = vllm_bench(command[0], server.base_url, server.model, root, folder, *options)
    if result["completed"] != size.requests:
        raise NotTheSame(f"vllm bench serve completed {result['completed']} of {size.requests} requests")
    return Figures(
        output_throughput=result["output_throughput"],
        ttft_ms=result["median_ttft_ms"],
        tpot_ms=result["median_tpot_ms"],
        input_tokens=result["total_input_tokens"],
        output_tokens=result["total_output_tokens"],
    )


def clients(server: EngineServer, size: Size, folder: Path) -> tuple[Client, Client]:
    """The load generator and ``vllm bench serve``, each in a process of its own for every load."""

    def own(salt: str) -> Figures:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
            return process.submit(own_figures, server.base_url, size, salt).result()

    def bench(salt: str) -> Figures:
        return bench_figures(server, size, salt, Path(tempfile.mkdtemp(dir=folder)))

    return own, bench


def compare(own: Client, bench: Client, rounds: int, each: Callable[[Round], None]) -> list[Round]:
    """All rounds, after one load that is not counted; ``each`` is called with every round when it has ended.

    Raises:
        NotTheSame: the server counted other tokens for one client than for the other, or a figure has no quotient.
    """
    own("before")
    done = []
    for number in range(rounds):
        salt = f"round {number}"
        if number % 2:
            of_bench, of_own = bench(salt), own(salt)
        else:
            of_own, of_bench = own(salt), bench(salt)
        counts, theirs = ((figures.input_tokens, figures.output_tokens) for figures in (of_own, of_bench))
        if counts != theirs:
            raise NotTheSame(f"the requests were not the same: {counts} tokens in and out, and {theirs}")
        if not all(figure > 0 for figures in (of_own, of_bench) for figure in figures.compared.values()):
            raise NotTheSame(f"a figure is 0, {of_own} or {of_bench}: replies came in one piece; ask for longer ones")
        done.append(Round(of_own, of_bench, os.getloadavg()[0]))
        each(done[-1])
    return done


def ratios(rounds: Sequence[Round]) -> dict[str, LogMean]:
    """Of each figure, own by ``vllm bench serve``, paired by round; at least two rounds."""
    found = {}
    for name in BANDS:
        logs = [math.log(measured.own.compared[name] / measured.bench.compared[name]) for measured in rounds]
        found[name] = LogMean(fmean(logs), stdev(logs) / math.sqrt(len(logs)), len(logs) - 1)
    return found


def meets(ratio: LogMean, band: tuple[float, float]) -> bool:
    """Whether the interval and the band have a value in common."""
    lower, upper = ratio.interval()
    return lower <= band[1] and upper >= band[0]


def verdict(name: str, ratio: LogMean) -> str:
    """One line: the quotient, its interval, and whether it meets its band."""
    lower, upper = ratio.interval()
    low, high = BANDS[name]
    said = "meets" if meets(ratio, BANDS[name]) else "MISSES"
    if low <= lower and upper <= high:
        said = "lies within"
    return f"{name:18}: {ratio.ratio:.3f}, 95 % interval {lower:.3f} to {upper:.3f}, {said} {low:g} to {high:g}"


def _figures(metrics: PointMetrics, size: Size) -> Figures:
    if (metrics.complete, metrics.output_tokens) != (size.requests, size.requests * size.output_tokens):
        raise NotTheSame(
            f"{metrics.complete} of {size.requests} requests have {metrics.output_tokens} tokens: {metrics.marks}"
        )
    assert metrics.ttft is not None
    assert metrics.tpot is not None
    assert metrics.input_tokens is not None
    assert metrics.client is not None
    fared = metrics.client
    lags = f"{fared.lag_p50_ms:.1f}/{fared.lag_p99_ms:.1f}/{fared.lag_max_ms:.1f}"
    return Figures(
        metrics.output_throughput,
        metrics.ttft.p50,
        metrics.tpot.p50,
        metrics.input_tokens,
        metrics.output_tokens,
        metrics.marks,
        f"{lags} ms, {fared.cpu_share:.0%}",
    )


def main() -> int:
    """Print every round and the quotients; 1 where one misses its band."""
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.throughput.against_bench_serve")
    parser.description = "The load generator beside `vllm bench serve`, on tiny-glm under a vLLM that this starts."
    size = Size()
    parser.add_argument("--rounds", type=int, default=5, help="at least 2 (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=size.requests, help="of each load (default: %(default)s)")
    parser.add_argument("--output-tokens", type=int, default=size.output_tokens, help="default: %(default)s")
    parser.add_argument("--concurrency", type=int, default=size.concurrency, help="default: %(default)s")
    options = parser.parse_args()
    size = Size(options.requests, options.output_tokens, options.concurrency)
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before; {size}")
    with tempfile.TemporaryDirectory() as name, engine(Path(name)) as server:
        print(HEADER)
        own, bench = clients(server, size, Path(name))
        rounds = compare(own, bench, options.rounds, lambda done: print(done.row(), flush=True))
    found = ratios(rounds)
    print(*(verdict(name, ratio) for name, ratio in found.items()), sep="\n")
    return int(not all(meets(ratio, BANDS[name]) for name, ratio in found.items()))


if __name__ == "__main__":
    sys.exit(main())
