"""Curves stand alone, can be read by everybody on any page, and show nothing that does not count."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

import pytest
from servecheck.gates.speed_up import gate_speed_up
from servecheck.report.curves import COLOURS, INK, Curve, draw_curves
from servecheck.rundir.throughput_json import Block, GateEntry, SpeedUpAt, Throughput, speed_blocks
from servecheck.rundir.throughput_point import Latency, PointEntry, PointMetrics, ServerCounts
from servecheck.stats.speed import Arm, speed_up

ABBA: tuple[Arm, ...] = ("off", "on", "on", "off")
LEVELS = (1, 16)
SVG = "{http://www.w3.org/2000/svg}"


def latency(median: float) -> Latency:
    return Latency(count=9.0, mean=median, std=1.0, p50=median, p90=2 * median, p95=3 * median, p99=4 * median)


def point(arm: Arm, level: int, rate: float, *marks: str) -> PointEntry:
    facts: dict[str, Any] = dict.fromkeys(("input_tokens", "cached_tokens", "goodput", "itl", "itl_basis", "chunk_gap"))
    facts |= dict.fromkeys(("ttfo", "tokens_per_chunk", "client_queue", "client"))
    facts |= {
        "arrivals": "",
        "requests": 9,
        "complete": 9,
        "duration_s": 1.0,
        "output_tokens": 90,
        "slos": {},
        "faults": {},
    }
    facts |= {"request_throughput": 9.0, "output_throughput": rate, "marks": marks}
    facts |= {"ttft": latency(50.0 * level), "tpot": latency(20.0), "e2el": latency(4000.0)}
    server = ServerCounts(drafts=100, draft_tokens=200, accepted_tokens=130, accepted_per_position=(80, 50))
    return PointEntry.of(
        PointMetrics(**facts), concurrency=level, started_at=0.0, server=server if arm == "on" else None
    )


def results(profile: str = "glm47-fp8-mtp", *last_marks: str, levels: tuple[int, ...] = LEVELS) -> Throughput:
    """Twice as fast with MTP as without; ``last_marks`` are of the last point, which has another figure: 7,777."""
    blocks = []
    for number, arm in enumerate(ABBA):
        rates = [100.0 * level * (2 if arm == "on" else 1) + number for level in levels]
        points = [point(arm, level, rate) for level, rate in zip(levels, rates, strict=True)]
        if number == 3 and last_marks:
            points[-1] = point(arm, levels[-1], 7777.0, *last_marks)
        blocks.append(Block(arm=arm, points=tuple(points)))
    found = {level: speed_up(speed_blocks(tuple(blocks), level, {})) for level in levels}
    return Throughput(
        profile=profile,
        manifest={},
        workload={},
        blocks=tuple(blocks),
        speed_ups=tuple(SpeedUpAt.of(level, of) for level, of in found.items()),
        gates={"speed-up": GateEntry.of(gate_speed_up(found, {levels[0]: 1.2}))},
    )


def drawn(results: Throughput) -> dict[str, Curve]:
    return {curve.name: curve for curve in draw_curves(results)}


@pytest.fixture(scope="module")
def curves() -> dict[str, Curve]:
    return drawn(results())


def texts(curve: Curve) -> list[str]:
    return ["".join(element.itertext()) for element in ElementTree.fromstring(curve.svg).iter(f"{SVG}text")]


def test_there_are_four(curves: dict[str, Curve]) -> None:
    assert list(curves) == ["throughput-latency", "speed-up", "latency-bands", "acceptance"]


def test_what_is_drawn_is_said_in_words_and_figures(curves: dict[str, Curve]) -> None:
    assert "MTP on at 16: 3201 tokens/s, 4.00 s" in curves["throughput-latency"].description
    assert re.search(r"at 16: 2\.00 \(1\.99 to 2\.0\d\)", curves["speed-up"].description)
    assert "TTFT MTP off at 16: median 800.0 ms, 90 % 1600.0, 99 % 3200.0" in curves["latency-bands"].description
    assert "at 1: 80.0 %, 50.0 %; acceptance length 2.30" in curves["acceptance"].description


def test_title_and_description_are_the_images_name(curves: dict[str, Curve]) -> None:
    for curve in curves.values():
        root = ElementTree.fromstring(curve.svg)
        named = {element.get("id"): element.text for element in root}

        assert root.get("role") == "img"
        assert [named[part] for part in str(root.get("aria-labelledby")).split()] == [curve.title, curve.description]


def test_the_line_of_no_difference_and_the_floor_are_there(curves: dict[str, Curve]) -> None:
    shown = texts(curves["speed-up"])

    assert {"1.0, no difference", "floor", "pairs of blocks", "speed-up, 95 % interval"} <= set(shown)


def test_arms_differ_by_marker_and_line_and_not_by_colour_alone(curves: dict[str, Curve]) -> None:
    svg = curves["throughput-latency"].svg
    lines = re.findall(r'style="fill: none; (stroke-dasharray: [^;]+; [^"]*)?stroke: (#\w+)', svg)

    assert {colour: bool(dashes) for dashes, colour in lines if colour in COLOURS} == {
        COLOURS[0]: True,
        COLOURS[1]: False,
    }


def test_nothing_is_fetched_or_run_and_no_style_leaks_into_the_page(curves: dict[str, Curve]) -> None:
    for curve in curves.values():
        root = ElementTree.fromstring(curve.svg)
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        references = [v for e in root.iter() for k, v in e.attrib.items() if k.endswith(("href", "src"))]

        assert tags <= {
            "svg",
            "title",
            "desc",
            "defs",
            "g",
            "path",
            "use",
            "text",
            "tspan",
            "clipPath",
            "rect",
            "pattern",
        }
        assert all(reference.startswith("#") for reference in references)
        assert set(re.findall(r"url\((.)", curve.svg)) <= {"#"}
        assert "<!DOCTYPE" not in curve.svg
        assert re.findall(r"https?://[^\"]+", curve.svg) == [
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        ]


def test_several_fit_on_one_page_without_sharing_an_identifier(curves: dict[str, Curve]) -> None:
    identifiers = [found for curve in curves.values() for found in re.findall(r' id="([^"]+)"', curve.svg)]

    assert len(identifiers) == len(set(identifiers))
    for curve in curves.values():
        assert set(re.findall(r"url\(#([^)]+)\)", curve.svg)) <= set(identifiers)
        assert set(re.findall(r'href="#([^"]+)"', curve.svg)) <= set(identifiers)


@pytest.mark.parametrize("background", ["#ffffff", "#0d1117"], ids=["light", "dark"])
@pytest.mark.parametrize(("colour", "least"), [(INK, 4.0), *((colour, 3.0) for colour in COLOURS)])
def test_colours_stand_out_from_light_and_dark_pages(colour: str, least: float, background: str) -> None:
    light, dark = sorted((luminance(colour), luminance(background)), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= least  # WCAG 2.2, criteria 1.4.3 and 1.4.11


def luminance(colour: str) -> float:
    """WCAG's relative luminance."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_background_is_the_pages_own(curves: dict[str, Curve]) -> None:
    for curve in curves.values():
        colours = set(re.findall(r"#[0-9a-f]{6}\b", curve.svg))

        assert colours <= {INK, *COLOURS}, curve.name


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["$\\frac{1}{ <script>alert(1)</script> a&b\"' x\x00\x1b[31m\x85 \u202eright to left", "_" * 500],
    ids=["hostile", "long"],
)
def test_a_profiles_name_is_text_and_nothing_else(name: str) -> None:
    for curve in drawn(results(name)).values():
        heading = next(text for text in texts(curve) if text[:4] == curve.title[:4])

        assert not {element.tag for element in ElementTree.fromstring(curve.svg).iter()} & {f"{SVG}script", "script"}
        assert heading.split()[0] == curve.title.split()[0]
        assert len(curve.title) <= 120
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", curve.svg)


def test_mathematical_notation_stays_as_it_was_written() -> None:
    assert "Throughput and latency of $x_1$" in texts(drawn(results("$x_1$"))["throughput-latency"])


def test_points_that_do_not_count_are_crosses_and_in_no_figure(curves: dict[str, Curve]) -> None:
    found = drawn(results("x", "3 of 9 requests stalled"))

    assert "does not count" in texts(found["throughput-latency"])
    assert "MTP off at 16: 1600 tokens/s" in found["throughput-latency"].description
    assert "at 16" not in found["speed-up"].description
    assert "does not count" not in texts(curves["throughput-latency"])


def test_what_was_not_measured_is_not_drawn() -> None:
    off = results()
    alone = off.model_copy(update={"blocks": (off.blocks[0],), "speed_ups": ()})

    assert list(drawn(alone)) == ["throughput-latency", "latency-bands"]


def test_where_every_point_is_marked_it_is_said() -> None:
    marked = Block(arm="on", points=(point("on", 1, 5.0, "stalled"),))
    found = drawn(results().model_copy(update={"blocks": (marked,), "speed_ups": ()}))

    assert list(found) == ["throughput-latency"]
    assert "Nothing that counts was measured" in found["throughput-latency"].description


@pytest.mark.slow
def test_the_same_results_give_the_same_bytes_whatever_the_process_and_its_settings(curves: dict[str, Curve]) -> None:
    import matplotlib

    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "path", "text.color": "red", "svg.hashsalt": "other"}):
        again = drawn(results())

        assert matplotlib.rcParams["font.size"] == 30
    assert again == curves


def test_matplotlib_is_imported_where_something_is_drawn_alone() -> None:
    program = "import sys, servecheck.report.curves; print('matplotlib' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
