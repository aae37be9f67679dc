"""``-m throughput`` as its user types it, at a real ``llama-server`` with a real public model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request

import pytest
from servecheck.engines.smollm2_environment import smollm2_server
from servecheck.rundir.throughput_json import Throughput, read_throughput
from servecheck.servers.prometheus_text import samples_of

from suites.selftest.plugin.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.serial]

TOKENS = 12
WARM_UP = 4
PROMPTS = [
    f"Say {word} three times." for word in ("one", "two", "red", "blue", "yes", "no", "up", "down", "sun", "sea")
]
COUNTERS = {
    "generation_tokens": "llamacpp:tokens_predicted_total",
    "prompt_tokens": "llamacpp:prompt_tokens_total",
    "prefix_cache_hits": "llamacpp:prompt_tokens_cached_total",
}


def counted(base_url: str) -> dict[str, int]:
    """What the server has counted since its start."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{base_url.removesuffix('/v1')}/metrics", timeout=60) as answer:
        text = answer.read().decode()
    told = {sample.name: int(sample.value) for sample in samples_of(text, set(COUNTERS.values()))}
    return {name: told[counter] for name, counter in COUNTERS.items()}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Throughput, dict[str, int]]:
    """What the command said, its results, and what the server counted in all."""
    folder = tmp_path_factory.mktemp("smollm2-speed")
    (folder / "prompts.jsonl").write_text("".join(json.dumps({"prompt": prompt}) + "\n" for prompt in PROMPTS))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    with smollm2_server(threads=1) as base_url:
        line = [
            *(sys.executable, "-m", "pytest", "-m", "throughput", "-p", "no:cacheprovider"),
            *(f"--run-dir={folder / 'run'}", f"--base-url={base_url}", "--problems=starter"),
            *("--max-concurrency=1,4", "--num-prompts=4", f"--output-len={TOKENS}"),
            f"--dataset-path={folder / 'prompts.jsonl'}",
        ]
        done = subprocess.run(line, cwd=ROOT, env=kept, capture_output=True, text=True, timeout=900, check=False)
        return done.stdout, read_throughput(folder / "run" / "throughput.json"), counted(base_url)


def test_no_connection_is_lost_though_the_server_closes_one_after_each_reply(measured):
    _, results, _ = measured
    points = [point for block in results.blocks for point in block.points]

    assert [point.name for point in points] == ["concurrency 1", "concurrency 4"] * 2
    assert [(point.complete, point.faults) for point in points] == [(4, {})] * 4


def test_every_point_counts_but_for_a_busy_client(measured):
    said, results, _ = measured

    marks = {mark for block in results.blocks for point in block.points for mark in point.marks}
    assert {mark for mark in marks if not mark.startswith("the client itself was the bottleneck")} == set(), said


def test_tokens_are_those_that_the_server_counted_and_none_came_from_its_cache(measured):
    _, results, total = measured
    points = [point for block in results.blocks for point in block.points]

    assert [point.output_tokens for point in points] == [4 * TOKENS] * 4
    assert [point.server.generation_tokens for point in points] == [(4 + WARM_UP) * TOKENS] * 4
    assert total == {
        "generation_tokens": 4 * (4 + WARM_UP) * TOKENS,
        "prompt_tokens": sum(point.server.prompt_tokens for point in points),
        "prefix_cache_hits": 0,
    }
