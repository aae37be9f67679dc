"""A gate of one's own is one file, and so is a kind of report: every place that shows such things shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servecheck.report.history import histories, history_json
from servecheck.rundir.stored_run import read_stored_run

from suites.selftest.plugin.test_multiple_choice import CAPITALS

pytestmark = pytest.mark.slow

GATE = '''"""The gate on how many capitals are known at least."""

from collections.abc import Iterator

from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.gate import Gate
from servecheck.gates.measured import Asked, Measured

ENOUGH = 9


class Enough(Gate):
    """Does the model know enough of them?"""

    name = "enough"

    def announce(self, asked: Asked) -> Iterator[str]:
        yield f"of {len(asked.task_ids)}: PASS from {ENOUGH}"

    def decide(self, measured: Measured) -> Decision | None:
        if measured.samples is None:
            return None
        solved, n = sum(solved for _, solved in measured.samples.values()), len(measured.samples)
        verdict = GateVerdict.PASS if solved >= ENOUGH else GateVerdict.FAIL
        figures = {"gate": "enough", "against": "a pupil", "n": n, "estimate_points": 100 * (solved - ENOUGH) / n}
        return Decision(verdict, f"{verdict}: {solved} capitals, {ENOUGH} are enough", ("hypothesis: all",), figures)


GATES = (Enough(),)
'''
REPORT = '''"""How many verdicts there are, in a file."""

from collections.abc import Sequence
from pathlib import Path

from servecheck.report.formats import ReportFormat
from servecheck.rundir.stored_run import StoredRun


def write(runs: Sequence[StoredRun], path: Path) -> None:
    path.write_text(str(sum(len(suite.records) for run in runs for suite in run.suites.values())))


FORMAT = ReportFormat("count.txt", write)
'''
SAID = "FAIL: 8 capitals, 9 are enough"


@pytest.fixture(scope="module")
def run(suite: Callable[..., Any], project_with: Callable[..., Path]) -> Any:
    root = project_with(suites={"capitals": CAPITALS})
    (root / "fixtures" / "gates" / "enough.py").write_text(GATE)
    (root / "fixtures" / "report" / "formats" / "count.py").write_text(REPORT)
    return suite("-m", "capitals", root=root)


def test_a_gate_is_announced_before_the_first_request(run: Any) -> None:
    announced = run.output.index("servecheck: gate capitals: of 8: PASS from 9")

    assert announced < run.output.index("test_capitals")


def test_it_decides_in_terminal_junit_and_exit_code(run: Any) -> None:
    failure = run.cases["capitals-enough[reference]"].find("failure")

    assert run.code == 1
    assert f"gate         {SAID}" in run.lines
    assert "             hypothesis: all" in run.lines
    assert failure.attrib["message"] == SAID
    (cells,) = (line.split() for line in run.lines if line.strip().startswith("a pupil"))
    assert cells == ["a", "pupil", "-12.5", "FAIL"]


def test_it_is_stored_and_in_every_report(run: Any) -> None:
    stored = read_stored_run(run.run_dir)
    (history,) = history_json(histories([stored]))

    assert run.json("capitals-scores.json")["gates"]["enough"]["headline"] == SAID
    assert history["lines"][0]["points"][0]["gates"]["enough"]["verdict"] == "FAIL"
    assert (
        f"**FAIL** `capitals enough: reference` `{SAID.removeprefix('FAIL: ')}`"
        in (run.run_dir / "report.md").read_text()
    )
    assert "| `a pupil` | -12.5 | **FAIL** |" in (run.run_dir / "report.md").read_text()
    assert SAID.removeprefix("FAIL: ") in (run.run_dir / "report.html").read_text()


def test_a_kind_of_report_is_written_beside_the_others(run: Any) -> None:
    assert (run.run_dir / "count.txt").read_text() == "8"
