"""Reports stand beside every run that has ended, and can be made again from its folder alone."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from servecheck.errors import UsageError
from servecheck.report import write_reports as writing
from servecheck.runs.reports import report_lines, written_again


@pytest.fixture
def run_dir(tmp_path):
    """What a run may have left, as far as finding it goes."""
    folder = tmp_path / "runs" / "20260101T000000.000Z-a"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    return folder


def _report_line(run):
    [line] = [line for line in run.lines if line.startswith("report ")]
    return line


def test_the_summary_ends_with_where_the_report_is(reference_run):
    page = reference_run.run_dir / "report.html"

    assert _report_line(reference_run) == f"report       {page}"
    assert page.stat().st_size
    assert (reference_run.run_dir / "report.md").stat().st_size


def test_report_only_makes_them_again_and_asks_nobody(told, reference_run, tmp_path):
    run_dir = shutil.copytree(reference_run.run_dir, tmp_path / "run")
    before = {path: path.read_bytes() for path in run_dir.glob("*.json*")}
    (run_dir / "report.html").unlink()

    shown = told("--report-only", f"--run-dir={run_dir}", "--base-url=http://localhost:1/v1")

    assert str(run_dir / "report.html") in shown.splitlines()
    assert (run_dir / "report.html").exists()
    assert {path: path.read_bytes() for path in run_dir.glob("*.json*")} == before


def test_where_there_never_was_a_run_it_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError, match=r"--report-only: there is no run below .*runs: name one with --run-dir=DIR"):
        written_again(None)


def test_the_newest_run_is_the_one_begun_last_whatever_its_name(run_dir, monkeypatch):
    monkeypatch.chdir(run_dir.parents[1])
    newer = run_dir.parent / "0-by-hand" / "profile"
    newer.mkdir(parents=True)
    (newer / "run.json").write_text("{}")
    os.utime(run_dir / "run.json", (1, 1))

    assert written_again(None).splitlines()[-1] == str(newer.parent / "report.html")


def test_a_report_that_cannot_be_written_is_said_by_its_reason(run_dir):
    (run_dir / "report.html").mkdir()

    with pytest.raises(UsageError, match=r"a report cannot be written: .*report\.html"):
        written_again(run_dir)
    [line] = report_lines(run_dir)
    assert line.startswith("report       NOT written: ")
    assert line.endswith(f"make it with --report-only --run-dir={run_dir}")


def test_a_report_that_breaks_is_a_line_and_no_error(run_dir, monkeypatch):
    def broken(folder: Path) -> list[Path]:
        raise ZeroDivisionError(f"\x1b[2J of {folder}")

    monkeypatch.setattr(writing, "write_reports", broken)

    [line] = report_lines(run_dir)

    assert line.startswith("report       NOT written: this suite broke: ZeroDivisionError(")
    assert "\x1b" not in line


@pytest.mark.slow
def test_no_verdict_or_exit_code_hangs_on_a_report(suite, reference_run, tmp_path):
    (tmp_path / "report.html").mkdir()
    kept = tmp_path / "run.json"
    kept.write_text((reference_run.run_dir / "run.json").read_text())

    run = suite(f"--run-dir={tmp_path}", "--require-gate")

    assert run.code == 0
    assert "report       NOT written: " in run.output
    assert json.loads((tmp_path / "scores.json").read_text())["gates"]["published"]["verdict"] == "PASS"


@pytest.mark.slow
def test_several_runs_of_a_command_have_one_report(suite):
    run = suite("-m", "humaneval or humaneval_instruct")

    assert _report_line(run) == f"report       {run.run_dir / 'report.html'}"
    assert not (run.run_dir / "reference" / "report.html").exists()
    again = suite("--report-only", f"--run-dir={run.run_dir}")
    assert again.lines[-1] == str(run.run_dir / "report.html")
