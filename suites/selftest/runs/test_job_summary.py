"""The page of a GitHub job shows what was decided, whatever became of the run's folder."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.lookup import LookUp
from servecheck.gates.references import Reference, ReferenceSampling, Variant
from servecheck.report.markdown_report import markdown_report
from servecheck.rundir.manifest import read_manifest
from servecheck.rundir.run_files import RunFiles
from servecheck.rundir.scores import scores
from servecheck.rundir.stored_run import read_stored_run
from servecheck.runs.declared import declared
from servecheck.runs.job_summary import job_summary
from servecheck.runs.suite_result import SuiteResult

from suites.selftest.records import BOTH, record
from suites.selftest.report.runs_on_disk import PROFILE, SHA, outcomes, section, written_run

REFERENCE = Reference(
    model=PROFILE.model,
    quantisation="fp8",
    variant=Variant(mtp=False, thinking="off"),
    suite="humaneval",
    protocol=PROFILE.protocol,
    problems="starter",
    metric="pass@1 plus",
    score="90.0",
    solved_count=None,
    solved=None,
    n=None,
    sampling=ReferenceSampling(temperature=0),
    source="a table",
    date="2026-05",
)
FAILED = {"published": Decision(GateVerdict.FAIL, "FAIL: 1 of 3 solved", ("margin: 5 points",), {"n": 3})}


def judged(folder: Path, gates: dict[str, Decision], *, solved: dict[str, bool], failure: str = "") -> Any:
    """A run of HumanEval as it is in memory in the end."""
    records = [record(task_id, 0, one, base=one, plus=one) for task_id, one in solved.items()]
    result = SuiteResult(
        "humaneval", records, scores(records, BOTH) if records else (), "", LookUp((), (), ()), gates, True
    )
    return SimpleNamespace(
        name="glm47-fp8",
        failure=failure,
        plan=SimpleNamespace(judge=None, wording="", run_dir=folder, profile=PROFILE, planned=3),
        resolved=SimpleNamespace(
            identity=lambda profile: {"model": profile.model, "problems": "starter", "problems_sha256": SHA}
        ),
        selection={"humaneval": [None] * 3},
        results={"humaneval": result},
    )


def test_it_is_the_page_of_report_md(tmp_path):
    run = judged(tmp_path, FAILED, solved=outcomes(3, 1))
    result = run.results["humaneval"]
    written_run(tmp_path, outcomes(3, 1))
    files = RunFiles(tmp_path)
    files.begin(read_manifest(tmp_path), [("humaneval", one.task_id, 0) for one in result.records])
    for one in result.records:
        files.add_verdict(one)
    files.finish(declared("humaneval"), result.records, result.scores, result.gates, margin=5, grader="evalplus 1")
    files.close()

    other, same = (REFERENCE.model_copy(update={"grader": name}) for name in ("lm_eval", "evalplus"))
    page = job_summary([run], [other, same])

    assert page == markdown_report([read_stored_run(tmp_path)], [other, same])
    held = [row.rsplit(" | ", 1)[1] for row in section(page, "Comparison with published scores") if "a table" in row]
    assert sorted(held) == [
        "gates `glm47-fp8` |",
        "not `glm47-fp8`: `reader 'lm_eval', this run 'evalplus'` |",
    ]


def test_what_the_folder_has_not_is_shown_as_it_was_decided(tmp_path):
    invalid = {"published": Decision(GateVerdict.INVALID, "INVALID: the run directory cannot be written (disk full)")}
    written_run(tmp_path, outcomes(3, 1), is_scored=False)

    page = job_summary([judged(tmp_path, invalid, solved=outcomes(3, 1))], [])

    assert "**INVALID** `humaneval published: glm47-fp8` `the run directory cannot be written (disk full)`" in page
    assert section(page, "Results")[0].endswith("| **INVALID** |")


def test_a_run_that_never_began_is_there_with_the_reason(tmp_path):
    invalid = {"published": Decision(GateVerdict.INVALID, "INVALID: 3 of 3 missing (T/0, ...); port 8000 is taken")}
    run = judged(tmp_path / "none", invalid, solved={}, failure="port 8000 is taken; the end of its log:\nbind: in use")

    page = job_summary([run], [])

    assert page.startswith("# servecheck\n\nSelf-check, not HumanEval")
    assert section(page, "Results")[0].endswith("| **INVALID** |")
    assert "**INVALID** `humaneval published: glm47-fp8` `3 of 3 missing" in page
    assert section(page, "Missing or damaged") == ["| `glm47-fp8` | `port 8000 is taken` |"]
    assert section(page, "Local results")[0].endswith("| `INVALID: 3 of 3 missing (T/0, ...); port 8000 is taken` |")
