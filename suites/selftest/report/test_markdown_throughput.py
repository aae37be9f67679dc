"""A throughput run has a row a point, and a point that does not count says why."""

from __future__ import annotations

from servecheck.report.markdown_throughput import throughput_blocks
from servecheck.rundir.stored_run import read_stored_run
from servecheck.rundir.throughput_json import FILE, SpeedUpAt, write_throughput

from suites.selftest.report.runs_on_disk import section, written_run
from suites.selftest.rundir.test_throughput_json import point, results


def test_throughput_has_its_points_and_speed_ups(tmp_path):
    whole = results(100.0, 180.0, 190.0, 95.0)
    marked = whole.blocks[0].model_copy(update={"points": (point(50.0, marks=("others asked too",)),)})
    speed_up = SpeedUpAt(
        concurrency=4, ratio=1.9, low=1.7, high=2.1, pairs=(1.8, 2.0), off_spread_percent=5.0, on_spread_percent=5.0,
        block_error=None, prompt_error=None, prompts=3,
    )  # fmt: skip
    noted = whole.blocks[1].model_copy(update={"points": (point(180.0, notes=("the cache could not be checked",)),)})
    changed = whole.model_copy(update={"blocks": (marked, noted, *whole.blocks[2:]), "speed_ups": (speed_up,)})
    write_throughput(tmp_path / FILE, changed)

    rows = section(
        "\n".join(throughput_blocks("glm47-fp8-mtp", read_stored_run(tmp_path))), "Throughput: `glm47-fp8-mtp`"
    )

    assert rows[0] == "| 1 | off | 4 at a time | 50 | 200.0 | 200.0 | 200.0 | - | `no: others asked too` |"
    assert (
        rows[1] == "| 2 | on | 4 at a time | 180 | 200.0 | 200.0 | 200.0 | - | `yes; the cache could not be checked` |"
    )
    assert rows[-1] == "| 4 | 1.90 x | 1.70 to 2.10 | 2 |  |"


def test_a_run_that_measured_none_has_none(tmp_path):
    assert list(throughput_blocks("a", read_stored_run(written_run(tmp_path / "a")))) == []
