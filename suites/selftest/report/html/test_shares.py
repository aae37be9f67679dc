"""A table of shares is drawn as lines over its columns, with the table below."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from servecheck.evaluation.figure import Figure, ShareCell
from servecheck.report.html.columns import columns_of
from servecheck.report.html.page import html_report
from servecheck.report.html.shares import share_sections
from servecheck.rundir.stored_run import StoredRun, read_stored_run

from suites.selftest.report.runs_on_disk import outcomes, written_run


def run_with(tmp_path, shares: dict[tuple[str, str], float | None], table: str = "by kind") -> StoredRun:
    run = read_stored_run(written_run(tmp_path / "a", outcomes(3, 1)))
    figures = tuple(
        Figure(f"{row}, {column}", share, "", ShareCell(table, row, column)) for (row, column), share in shares.items()
    )
    return replace(run, suites={name: replace(one, figures=figures) for name, one in run.suites.items()})


def test_a_line_goes_through_the_shares_and_breaks_where_there_is_none(tmp_path):
    shares = {("keys", name): share for name, share in zip("abcde", (100.0, 50.0, None, 0.0, 0.0), strict=True)}
    (section,) = share_sections(columns_of([run_with(tmp_path, shares)]))
    (curve,) = section.curves

    assert [x for _, x in section.ticks] == [44, 184, 324, 464, 604]
    assert curve.points == ((44, 12), (184, 92), (464, 172), (604, 172))
    assert curve.lines == ("44.0,12.0 184.0,92.0", "464.0,172.0 604.0,172.0")


def test_one_column_is_a_point_alone(tmp_path):
    (section,) = share_sections(columns_of([run_with(tmp_path, {("keys", "4k"): 100.0})]))

    assert (section.curves[0].points, section.curves[0].lines) == (((324, 12),), ())


def test_names_from_a_folder_are_text_on_the_page(tmp_path):
    hostile = "<script>alert(1)</script>"
    html_report([run_with(tmp_path, {(hostile, hostile): 50.0}, hostile)], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()

    assert "alert(1)</script>" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 3
    drawn = page[page.index('<svg class="curves"') :].partition("</svg>")[0] + "</svg>"
    assert ElementTree.fromstring(drawn).get("role") == "img"
