"""A throughput run's curves stand in the page without styles of their own, and every point is in a table."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from servecheck.report.html.columns import columns_of
from servecheck.report.html.speed import HEADS, SpeedSection, speeds
from servecheck.rundir.stored_run import StoredRun
from servecheck.rundir.throughput_json import Throughput

from suites.selftest.report.test_curves import results


def measured(*found: Throughput) -> tuple[SpeedSection, ...]:
    return speeds(columns_of([StoredRun(Path(str(n)), one.profile, {}, {}, one, ()) for n, one in enumerate(found)]))


@pytest.fixture(scope="module")
def two_alike() -> tuple[SpeedSection, ...]:
    return measured(results(), results())


def test_curves_have_no_style_that_the_policy_forbids_and_look_as_before(two_alike):
    speed = two_alike[0]
    curve = ElementTree.fromstring(speed.curves[0][1])
    attributes = {name for element in curve.iter() for name in element.attrib}

    assert [title.split()[0] for title, _ in speed.curves] == ["Throughput", "What", "Latency", "Drafts"]
    assert not {"style", "onload", "onclick"} & attributes
    assert {"stroke", "stroke-dasharray", "fill", "font-size", "text-anchor"} <= attributes
    assert curve.get("role") == "img"


def test_two_runs_on_one_page_share_no_identifier_and_every_reference_leads_somewhere(two_alike):
    roots = [ElementTree.fromstring(svg) for speed in two_alike for _, svg in speed.curves]
    identifiers = [element.attrib["id"] for root in roots for element in root.iter() if "id" in element.attrib]
    values = [(name, value) for root in roots for element in root.iter() for name, value in element.attrib.items()]
    leading = [value.removeprefix("#") for name, value in values if name == "href"]
    leading += [value[5:-1] for _, value in values if value.startswith("url(#")]
    leading += [one for name, value in values if name == "aria-labelledby" for one in value.split()]

    assert len(set(identifiers)) == len(identifiers)
    assert leading
    assert set(leading) <= set(identifiers)


def test_a_profiles_name_is_text_in_its_curves():
    (speed,) = measured(results("</title></svg><script>alert(1)</script>"))

    assert all("<script" not in svg for _, svg in speed.curves)
    assert "&lt;script&gt;" in speed.curves[0][1]


def test_every_point_is_a_row_with_the_reason_why_it_does_not_count():
    (speed,) = measured(results("x", "3 of 9 requests stalled"))

    assert {len(row) for row in speed.points} == {len(HEADS)}
    assert speed.points[0] == (
        "1",
        "MTP off",
        "1",
        "9 of 9",
        "100",
        "50.0 / 200.0",
        "20.0 / 80.0",
        "4,000.0 / 16,000.0",
        "",
        "",
    )
    assert speed.points[-1][-2] == "3 of 9 requests stalled"


@pytest.mark.parametrize("rate", [1e300, 1e-300])
def test_figures_that_no_axis_can_hold_are_told_and_the_table_stays(rate: float):
    whole = results()
    point = whole.blocks[0].points[0].model_copy(update={"output_throughput": rate})
    block = whole.blocks[0].model_copy(update={"points": (point,)})

    (speed,) = measured(whole.model_copy(update={"blocks": (block,), "speed_ups": ()}))

    assert len(speed.points) == 1
    assert bool(speed.curves) != bool(speed.gap)


def test_runs_that_measured_no_throughput_have_none():
    assert speeds(columns_of([StoredRun(Path("a"), "a", {}, {}, None, ())])) == ()
