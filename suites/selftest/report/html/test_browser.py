"""A report as its readers have it: in Chromium, light and dark, on phones and desktops, by keyboard, and unscripted."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import pytest
from servecheck.gates.decision import GateVerdict
from servecheck.report.html.problem_pages import LONGEST_TEXT
from servecheck.report.write_reports import write_reports
from servecheck.rundir.throughput_json import write_throughput

from suites.selftest.report.html.conftest import Open, Opened
from suites.selftest.report.html.stored import Case, write_many, write_run
from suites.selftest.report.test_curves import results

pytestmark = pytest.mark.slow

FCP = """new Promise((done) => new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.name === "first-contentful-paint") done(entry.startTime);
}).observe({ type: "paint", buffered: true }))"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two profiles with a flip each way and every verdict, one with several samples, and a throughput run."""
    folder = tmp_path_factory.mktemp("runs")
    prompts = {f"T/{n}": [{"role": "user", "content": f"Write f{n}."}] for n in range(4)}
    profiles = {"first": (True, True, False, False), "second": (True, False, True, False)}
    for number, (name, outcomes) in enumerate(profiles.items()):
        cases = [
            Case(f"T/{n}", right, f"the reply to {n} of {name}", "thinking " * 2_000)
            for n, right in enumerate(outcomes)
        ]
        write_run(folder / name, cases, profile=name, began_at=f"2026-11-2{number}T10:00:00+00:00", prompts=prompts)
    verdicts = (verdict for verdict in GateVerdict if verdict is not GateVerdict.PASS)
    gates = {
        str(verdict): {"verdict": verdict, "headline": f"{verdict}: so it is", "details": ["n: 4"]}
        for verdict in verdicts
    }
    scores = json.loads((folder / "second" / "scores.json").read_text())
    (folder / "second" / "scores.json").write_text(json.dumps({**scores, "gates": gates}))
    several = [Case(f"M/{n}", sample > n, f"sample {sample}", sample=sample) for n in range(3) for sample in range(3)]
    write_run(folder / "several", several, profile="several", suite="mbpp", began_at="2026-11-25T10:00:00+00:00")
    lost = write_run(folder / "lost", several, profile="lost", suite="mbpp", began_at="2026-11-26T10:00:00+00:00")
    (lost / "verdicts.jsonl").write_bytes((lost / "verdicts.jsonl").read_bytes()[:1_500])
    (folder / "speed").mkdir()
    write_throughput(folder / "speed" / "throughput.json", results("timed"))
    return write_reports(folder)[-1]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reports(write_many(tmp_path_factory.mktemp("many")))[-1]


def shown_problem(found: Opened) -> str:
    found.page.wait_for_selector("#problem h1")
    return found.page.inner_text("#problem")


@pytest.mark.parametrize("size", ["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("fragment", ["", "#problem-1-2", "#problem-5-3"])
def test_nothing_serious_stands_in_anybodys_way(report: Path, opened: Open, fragment: str, scheme: str, size: str):
    from axe_playwright_python.sync_playwright import Axe

    with opened(report, fragment, scheme=scheme, size=size) as found:
        if fragment:
            shown_problem(found)
        found.page.eval_on_selector_all("details", "all => all.forEach((one) => { one.open = true; })")
        checked = Axe().run(found.page).response
        bad = [
            (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
            for one in checked["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
        width = found.page.evaluate("document.documentElement.scrollWidth")

    assert bad == []
    assert len(checked["passes"]) > 20
    assert width == {"phone": 390, "desktop": 1280}[size]


@pytest.mark.parametrize("fragment", ["", "#problem-1-2"])
def test_nothing_is_fetched_and_nothing_complained_about(report: Path, opened: Open, fragment: str):
    with opened(report, fragment) as found:
        if fragment:
            shown_problem(found)

        assert [request.partition("#")[0] for request in found.requests] == [report.as_uri()]
        assert found.said == []


def test_the_policy_refuses_what_a_mistake_would_let_through(report: Path, opened: Open, tmp_path: Path):
    """The page of this test has an element of each kind that the report must never have."""
    text = report.read_text(encoding="utf-8")
    evil = (
        "<script>window.__pwned = 1</script><img src='http://127.0.0.1:9/x' onerror='window.__pwned = 2'>"
        "<style>body { display: none }</style><p style='display: none'></p>"
    )
    (tmp_path / "evil.html").write_text(text.replace("<main id=", f"{evil}<main id=", 1), encoding="utf-8")

    with opened(tmp_path / "evil.html") as found:
        assert found.page.evaluate("window.__pwned") is None
        assert found.page.is_visible("h1")
        assert len([line for line in found.said if "Content Security Policy" in line]) >= 3


def test_a_cell_of_the_map_leads_to_both_replies_by_keyboard_and_back(report: Path, opened: Open):
    with opened(report) as found:
        page = found.page
        page.focus(".heat td a[tabindex='0']")
        assert page.evaluate("document.activeElement.ariaLabel") == "T/1, first: solved"
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.ariaLabel") == "T/1, second: newly failing"
        page.keyboard.press("Enter")
        text = shown_problem(found)
        focused = page.evaluate("document.activeElement.textContent")
        page.go_back()
        page.wait_for_selector("#content", state="visible")

        assert focused == "secondnewly failing"
        assert "the reply to 1 of first" in text
        assert "the reply to 1 of second" in text
        assert "Write f1." in text
        assert "wrong answer at base input 0: f() gave 1, expected 2" in text
        assert "characters are left out here" in text
        assert page.evaluate("document.activeElement.ariaLabel") == "T/1, second: newly failing"


def test_one_tab_goes_past_a_map_and_its_arrows_stay_in_it(report: Path, opened: Open):
    with opened(report) as found:
        page = found.page
        stops = page.locator(".heat").first.locator("td a[tabindex='0']").count()
        page.focus(".heat td a[tabindex='0']")
        for key in ("ArrowUp", "ArrowLeft"):
            page.keyboard.press(key)
        first = page.evaluate("document.activeElement.ariaLabel")
        page.keyboard.press("Control+End")

        assert stops == 1
        assert first == "T/1, first: solved"
        assert page.evaluate("document.activeElement.ariaLabel") == "T/2, second: newly solved"


def test_problems_without_flips_come_with_a_switch(report: Path, opened: Open):
    with opened(report) as found:
        rows = found.page.locator(".heat").first.locator("tbody tr:visible")
        before = rows.count()
        found.page.uncheck(".only")

        assert (before, rows.count()) == (2, 4)


def test_focus_can_be_seen(report: Path, opened: Open):
    with opened(report) as found:
        found.page.keyboard.press("Tab")
        found.page.keyboard.press("Tab")

        style = "(one => [one.outlineStyle, one.outlineWidth])(getComputedStyle(document.activeElement))"
        assert found.page.evaluate(style) == ["solid", "3px"]


def test_an_address_of_no_problem_is_told(report: Path, opened: Open):
    with opened(report, "#problem-999999999") as found:
        assert "There is no such problem in this report." in shown_problem(found)


def test_without_script_verdicts_scores_and_reasons_are_there(report: Path, opened: Open):
    with opened(report, script=False) as found:
        text = found.page.inner_text("body")
        assert "damaged: stored as PASS" in text
        here = found.page.evaluate("scrollY")
        found.page.click("a[href='#problem-1-2']")

        assert "second: newly failing; wrong answer at base input 0" in text
        assert "2/4" in text
        assert "PASS" in text
        assert found.page.locator("#problem-1-2").is_visible()
        assert found.page.evaluate("scrollY") > here


@pytest.mark.serial
@pytest.mark.parametrize("fragment", ["", "#problem-3-7"])
def test_many_profiles_are_painted_within_a_second(many: Path, opened: Open, fragment: str):
    times = []
    for _ in range(7):
        with opened(many, fragment) as found:
            times.append(found.page.evaluate(FCP))

    assert median(times) < 1_000, times


def test_many_profiles_fit_into_five_megabytes_with_their_texts(many: Path, opened: Open):
    size = many.stat().st_size
    with opened(many) as found:
        found.page.click(".heat .newly_failing >> nth=0")
        shown_problem(found)
        texts = found.page.locator(".entry.chosen pre").all_inner_texts()
        left_out = found.page.locator(".entry.chosen .cut").inner_text()

    assert size < 5_000_000
    assert "To keep this report small" not in many.read_text(encoding="utf-8")
    assert [len(text) > 600 for text in texts] == [True, True, True]
    assert f"{20_000 - LONGEST_TEXT:,} characters are left out" in left_out
