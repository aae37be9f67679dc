"""A run of no model, or of problems that are no benchmark, is one in every view, and a benchmark in none."""

from __future__ import annotations

import pytest
from servecheck.rundir.self_check import SelfCheck, self_check
from servecheck.rundir.stored_run import read_stored_run

from suites.selftest.report.runs_on_disk import PROFILE, written_run


@pytest.mark.parametrize(
    ("problems", "backend", "harness", "found"),
    [
        ("starter", "external", "native", SelfCheck.OWN_PROBLEMS),
        ("starter-32", "embedded", "native", SelfCheck.OWN_PROBLEMS),
        ("capitals", "embedded", "native", SelfCheck.NO_MODEL),
        ("humaneval-plus", "embedded", "native", SelfCheck.NO_MODEL),
        ("humaneval-plus", "embedded", "replay", SelfCheck.NO_MODEL),
        ("humaneval-plus", "embedded", "given", None),
        ("humaneval-plus", "external", "native", None),
    ],
)
def test_what_a_run_is(problems: str, backend: str, harness: str, found: SelfCheck | None):
    assert self_check(problems=problems, backend=backend, harness=harness) is found


def test_a_stored_run_says_it_of_itself(tmp_path):
    embedded = PROFILE.model_copy(update={"backend": "embedded"})
    served = read_stored_run(written_run(tmp_path / "a", profile=embedded, problems="capitals"))
    own = read_stored_run(written_run(tmp_path / "b"))
    measured = read_stored_run(written_run(tmp_path / "c", problems="capitals"))

    assert [run.self_check for run in (served, own, measured)] == [SelfCheck.NO_MODEL, SelfCheck.OWN_PROBLEMS, None]
