"""``-m throughput --profile tiny-glm-mtp`` as its user types it, on a real vLLM: every figure is there and agrees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from servecheck.rundir.throughput_json import Throughput, read_throughput

from suites.selftest.plugin.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.serial]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Throughput]:
    """The run's folder and results; what a busy machine marks is not asserted to count."""
    run_dir = tmp_path_factory.mktemp("tiny-glm-speed") / "run"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    line = [sys.executable, "-m", "pytest", "-m", "throughput", "-p", "no:cacheprovider", f"--run-dir={run_dir}"]
    subprocess.run(
        [*line, "--profile=tiny-glm-mtp", "--max-concurrency=1,4"], cwd=ROOT, env=kept, timeout=900, check=False
    )
    return run_dir, read_throughput(run_dir / "throughput.json")


def test_blocks_are_off_on_on_off_and_every_load_is_in_each(measured):
    _, results = measured

    assert [block.arm for block in results.blocks] == ["off", "on", "on", "off"]
    assert {tuple(point.name for point in block.points) for block in results.blocks} == {
        ("concurrency 1", "concurrency 4")
    }
    assert all(point.complete == point.requests for block in results.blocks for point in block.points)
    assert all(point.itl_basis == "chunk sizes" for block in results.blocks for point in block.points)


def test_the_acceptance_length_is_the_counters_own_quotient(measured):
    _, results = measured
    points = [point for block in results.blocks for point in block.points if block.arm == "on"]

    for point in points:
        assert point.server.acceptance_length == 1 + point.server.accepted_tokens / point.server.drafts
        assert sum(point.server.accepted_per_position) == point.server.accepted_tokens
    counted = [point.server for point in points if point.counts]
    if counted:
        told = results.gates["acceptance"].figures["acceptance_length"]
        assert told == pytest.approx(1 + sum(c.accepted_tokens for c in counted) / sum(c.drafts for c in counted))
        assert results.gates["acceptance"].verdict == "PASS"


def test_quality_is_paired_and_the_text_as_likely_as_without(measured):
    _, results = measured

    assert results.gates["quality"].verdict == "PASS"
    assert results.gates["quality"].figures["n"] == 32
    assert results.gates["log-probability"].verdict == "PASS"
    assert results.gates["log-probability"].figures["prompts"] == 32


def test_curves_and_files_of_others_tools_are_there(measured):
    run_dir, results = measured

    assert {path.name for path in run_dir.glob("*.svg")} >= {"throughput-latency.svg", "latency-bands.svg"}
    for block in results.blocks:
        for point in block.points:
            assert point.server.prefix_cache_hits / point.server.prefix_cache_queries < 0.05
    for path in (run_dir / "bench-serve").iterdir():
        assert json.loads(path.read_text())["completed"] == 32
