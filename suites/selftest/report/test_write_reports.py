"""Reports are written beside the runs that they are made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from servecheck.errors import UsageError
from servecheck.report.write_reports import write_reports
from servecheck.rundir.stored_run import stored_runs

from suites.selftest.report.html.stored import Case, write_run


def test_a_run_has_its_report_in_its_folder(tmp_path: Path):
    write_run(tmp_path / "run", [Case("T/0", True)])

    assert write_reports(tmp_path / "run") == [tmp_path / "run" / "report.md", tmp_path / "run" / "report.html"]
    assert (tmp_path / "run" / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert (tmp_path / "run" / "report.md").read_text(encoding="utf-8").startswith("# servecheck")


def test_several_runs_have_one_report_above_them(tmp_path: Path):
    for name in ("a", "b"):
        write_run(tmp_path / name, [Case("T/0", True)], profile=name)

    assert write_reports(tmp_path) == [tmp_path / "report.md", tmp_path / "report.html"]
    assert "Report on 2 runs" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_report_is_no_run_and_can_be_written_again(tmp_path: Path):
    write_run(tmp_path, [Case("T/0", True)])
    write_reports(tmp_path)

    assert write_reports(tmp_path) == [tmp_path / "report.md", tmp_path / "report.html"]
    assert len(stored_runs(tmp_path)) == 1


def test_a_folder_without_a_run_is_the_commands_mistake(tmp_path: Path):
    with pytest.raises(UsageError, match="there is no run in"):
        write_reports(tmp_path)
