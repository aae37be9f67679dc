"""``-m throughput`` as its user types it, against the embedded server: benchmarks, gates, files."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import Any

import pytest
from servecheck.plugin.throughput_fixtures import ReplayTimer
from servecheck.rundir.throughput_json import read_throughput

from suites.selftest.plugin.conftest import ROOT

OWN = """
[paced]
extends = "reference"
embedded = { latency_s = 0.02, chunk_gap_s = 0.01, chunk_words = 16 }

[paced-mtp]
extends = "paced"
mtp = { tokens = 1, min_speed_up = { "2" = 0.5 } }

[uncounted]
extends = "reference"
embedded.faults.no_usage = 0.5
"""


@pytest.fixture(scope="module")
def throughput(suite, tmp_path_factory):
    """Run ``-m throughput`` with these arguments, to its end."""
    profiles = tmp_path_factory.mktemp("profiles") / "own.toml"
    profiles.write_text(OWN)
    options = ["--num-prompts=8", f"--profiles-file={profiles}", "-p", "suites.selftest.plugin.any_machine"]

    def run(*arguments: str, concurrency: str = "1,2") -> Any:
        return suite("-m", "throughput", *options, f"--max-concurrency={concurrency}", *arguments)

    return run


@pytest.fixture(scope="module")
def paced(throughput, tmp_path_factory):
    path = tmp_path_factory.mktemp("benchmark") / "found.json"
    return throughput("--profile=paced", f"--benchmark-json={path}"), json.loads(path.read_text())


@pytest.mark.slow
def test_each_concurrency_is_a_benchmark_of_the_requests_that_were_recorded(paced):
    run, found = paced

    assert run.code == 0
    assert [(one["group"], one["stats"]["rounds"]) for one in found["benchmarks"]] == [
        ("concurrency 1", 16),
        ("concurrency 2", 16),
    ]
    recorded = found["benchmarks"][0]["extra_info"]["metrics"]
    assert all(metrics["e2el"]["p50"] >= 20 for metrics in recorded)
    assert found["benchmarks"][0]["stats"]["median"] >= 0.02


@pytest.mark.slow
def test_what_was_measured_is_kept_as_others_tools_read_it_too(paced):
    run, _ = paced
    results = read_throughput(run.run_dir / "throughput.json")

    assert [[point.concurrency for point in block.points] for block in results.blocks] == [[1, 2], [1, 2]]
    assert sorted(path.name for path in run.run_dir.glob("*.svg")) == ["latency-bands.svg", "throughput-latency.svg"]
    assert "Throughput and latency of paced" in (run.run_dir / "report.html").read_text()
    bench = json.loads((run.run_dir / "bench-serve" / "block1-off-concurrency2.json").read_text())
    assert (bench["completed"], bench["failed"], bench["max_concurrency"]) == (8, 0, 2)


@pytest.mark.slow
def test_a_run_is_held_to_an_earlier_one(throughput, paced):
    run = throughput("--profile=paced", f"--baseline={paced[0].run_dir}")

    gate = read_throughput(run.run_dir / "throughput.json").gates["regression"]  # 8 requests decide by chance
    assert f"against {paced[0].run_dir}" in gate.headline
    assert "throughput-regression[paced]" in run.cases


@pytest.mark.slow
def test_speculative_decoding_is_measured_off_on_on_off_with_the_quality_of_both(throughput):
    run = throughput("--profile=paced-mtp")

    results = read_throughput(run.run_dir / "throughput.json")
    assert [block.arm for block in results.blocks] == ["off", "on", "on", "off"]
    assert [one.concurrency for one in results.speed_ups] == [1, 2]
    assert results.gates["quality"].verdict == "PASS"
    assert results.gates["acceptance"].verdict == "INCONCLUSIVE"  # the embedded server counts no drafts
    assert "speed-up" in results.gates["speed-up"].headline  # two pairs of 8 requests decide by chance


@pytest.mark.slow
def test_replies_without_usage_mark_their_points_and_are_averaged_in_nowhere(throughput):
    run = throughput("--profile=uncounted")

    assert run.code == 1
    assert "throughput-points[uncounted]" in run.cases
    assert not list((run.run_dir / "bench-serve").glob("*"))
    assert "replies came without usage, so their tokens are not known" in run.output
    assert "no block at concurrency 1" in run.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--record-reference"], "hold a throughput run to an earlier one by --baseline"),
        (["-n", "2"], "throughput is measured by one process, which needs the cores to itself: leave -n out"),
        (["-m", "throughput or humaneval"], "throughput is measured alone"),
        (["--profile=reference,reference-degraded"], "throughput is measured of one profile at a time"),
        (["--max-concurrency=many"], "--max-concurrency 'many': give numbers, such as 1,4,16,64"),
    ],
)
def test_what_would_spoil_the_figures_is_refused(refusal, arguments, said):
    assert said in refusal("-m", "throughput", *arguments)


@pytest.mark.slow
def test_an_open_loop_is_measured_with_its_goodput(throughput):
    run = throughput(
        "--profile=paced",
        "--request-rate=40",
        "--burstiness=inf",
        "--goodput=e2el:60000",
        "-v",
        concurrency="2",
    )

    (first, second) = read_throughput(run.run_dir / "throughput.json").blocks
    assert [point.name for point in first.points] == [point.name for point in second.points]
    assert [(point.name, point.concurrency) for point in first.points] == [("40 requests/s", 2)]
    assert all(point.goodput == point.request_throughput > 0 for point in first.points)
    assert "goodput" in run.output
    assert "test_throughput[40requests-per-s-off]" in run.output


@pytest.mark.slow
def test_what_was_measured_before_somebody_ended_it_is_kept(command, suite_environment, tmp_path):
    arguments = ["-m", "throughput", "--profile=reference", "--max-concurrency=1", "--num-prompts=4"]
    with subprocess.Popen(
        command(tmp_path, *arguments), cwd=ROOT, env=suite_environment, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            if "block 2 of 2" in line:
                process.send_signal(signal.SIGINT)

    results = read_throughput(tmp_path / "run" / "throughput.json")
    assert process.returncode == 2
    assert len(results.blocks) == 1
    assert results.gates["points"].headline == "INVALID: not measured to the end: it was ended"


@pytest.mark.slow
def test_benchmarks_can_be_switched_off(throughput):
    run = throughput("--profile=paced", "--benchmark-disable", "-v")

    assert "test_throughput[concurrency2-off] PASSED" in run.output


@pytest.mark.slow
def test_every_gate_has_to_pass_where_one_is_required(throughput):
    run = throughput("--profile=paced-mtp", "--require-gate")

    assert run.code == 1
    assert "throughput-acceptance[paced-mtp]" in run.output


@pytest.mark.slow
def test_a_run_is_compared_with_one_of_the_same_alone(throughput, paced):
    run = throughput("--profile=reference", "--output-len=3", f"--baseline={paced[0].run_dir}")

    assert run.code == 4
    assert "measured something else: profile 'paced' there, 'reference' here" in run.output


def test_a_timer_gives_the_durations_that_it_replays():
    timer = ReplayTimer([0.5, 2.0])

    readings = [timer() for _ in range(4)]

    assert [after - before for before, after in zip(readings[::2], readings[1::2], strict=True)] == [0.5, 2.0]
