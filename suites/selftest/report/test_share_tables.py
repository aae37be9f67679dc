"""Shares that have cells stand in tables, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

from servecheck.evaluation.figure import Figure, ShareCell
from servecheck.gates.lookup import LookUp
from servecheck.report.markdown_metrics import figures_table, share_blocks
from servecheck.report.markdown_scores import RunInSuite
from servecheck.report.share_tables import ShareTable, by_themselves, share_tables
from servecheck.report.terminal import summary_lines
from servecheck.rundir.stored_run import read_stored_run

from suites.selftest.report.runs_on_disk import outcomes, section, written_run

FIGURES = (
    Figure("keys, 4k", 100.0, "2 of 2", ShareCell("by kind", "keys", "4k")),
    Figure("keys, 8k", 50.0, "1 of 2", ShareCell("by kind", "keys", "8k")),
    Figure("count, 8k", None, "none", ShareCell("by kind", "count", "8k")),
    Figure("count, 4k", 25.0, "1 of 4", ShareCell("by kind", "count", "4k")),
    Figure("alone", 75.0, "3 of 4"),
)


def test_a_row_has_every_column_in_the_order_in_which_they_are_told():
    assert share_tables(FIGURES) == (
        ShareTable("by kind", ("4k", "8k"), (("keys", (100.0, 50.0)), ("count", (25.0, None)))),
    )
    assert by_themselves(FIGURES) == FIGURES[-1:]
    assert share_tables(FIGURES[-1:]) == ()


def test_markdown_has_a_table_and_leaves_its_shares_out_of_the_list(tmp_path):
    run = read_stored_run(written_run(tmp_path / "a", outcomes(3, 1)))
    (suite,) = run.suites.values()
    one = RunInSuite("a|b", run, replace(suite, figures=FIGURES))
    page = "\n".join([*share_blocks([one]), *figures_table([one])])

    assert "| `keys` | 100.0 % | 50.0 % |" in page
    assert "| `count` | 25.0 % | - |" in page
    assert len(section(page, "Also counted, deciding nothing")) == 1


def test_a_terminal_has_a_line_a_row():
    lines = list(summary_lines((), (), LookUp((), ()), {}, "", figures=FIGURES))

    assert [line for line in lines if line.startswith("by kind")] == [
        "by kind      keys: 4k 100.0 %, 8k 50.0 %", "by kind      count: 4k 25.0 %",
    ]  # fmt: skip
    assert [line for line in lines if line.startswith("also")] == ["also         alone 75.0 % (3 of 4)"]
