"""One table says of every profile what came of it, and nothing that a name or a log holds acts in it."""

from __future__ import annotations

import json

import pytest
from markdown_it import MarkdownIt
from servecheck.gates.acceptance import Acceptance, NotCounted, SpecDecode, gate_acceptance
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.paired import gate_paired, paired_p
from servecheck.report.comparison import comparison_json, comparison_lines, results_section
from servecheck.report.result_rows import Result
from servecheck.rundir.scores import Score
from servecheck.stats.holm import holm
from servecheck.stats.intervals import Interval

TASKS = [f"T/{number}" for number in range(32)]
BEFORE = {task_id: task_id != "T/31" for task_id in TASKS}
LOST = {
    "tiny-glm-mtp": 0,
    "tiny-glm-mtp-broken": 1,
    "tiny-glm-lossy": 19,
}
HOSTILE = "a|b `c`\n# d \x1b[2J<img src=x> @octocat"


def score(solved: int) -> Score:
    return Score("pass@1 plus", 1, solved, 32, 32, solved / 32)


def acceptance(accepted: int, floor: float | None = 1.6) -> Decision:
    return gate_acceptance(Acceptance(SpecDecode(1000, 1000, accepted), 32, 0), tokens=1, floor=floor)


PUBLISHED = Decision(
    GateVerdict.INCONCLUSIVE,
    "INCONCLUSIVE: 31 of 32 solved",
    (),
    {"published_percent": 94.1, "estimate_percent": 96.875, "margin_points": 10.0},
)


def results() -> list[Result]:
    runs = {name: {task: BEFORE[task] and i >= lost for i, task in enumerate(TASKS)} for name, lost in LOST.items()}
    adjusted = holm([paired_p(now, BEFORE) for now in runs.values()])
    gates = [
        gate_paired(now, BEFORE, against="tiny-glm", margin=10, adjusted_p=p, comparisons=3)
        for now, p in zip(runs.values(), adjusted, strict=True)
    ]
    return [
        Result("tiny-glm", score(31), {"published": PUBLISHED}, server="vllm 0.32.0, up in 48 s", is_baseline=True),
        Result("tiny-glm-mtp", score(31), {"baseline": gates[0], "acceptance": acceptance(820)}),
        Result("tiny-glm-mtp-broken", score(30), {"baseline": gates[1], "acceptance": acceptance(0)}),
        Result("tiny-glm-lossy", score(12), {"baseline": gates[2]}),
        Result("glm47-nvfp4", failure="vLLM did not start: no GPU; give one\nINFO log\nINFO more"),
    ]


def lines_of(found: list[Result], width: int = 104) -> list[str]:
    return comparison_lines(found, suite="humaneval", width=width)


def test_the_table_of_a_run_has_a_row_a_gate() -> None:
    assert lines_of(results())[:9] == [
        "humaneval, pass@1 plus",
        "profile              n  score      95 % reference        difference  flips      p   Holm verdict",
        "tiny-glm            32 96.9 % 83.8-99.9 94.1 % published       +2.8      -      -      - INCONCLUSIVE",
        "tiny-glm-mtp        32 96.9 % 83.8-99.9 baseline                0.0  -0 +0  .5000  .5000 PASS",
        "                                        MTP 1.82                  -      -      -      - PASS",
        "tiny-glm-mtp-broken 32 93.8 % 79.2-99.2 baseline               -3.1  -1 +0  .2500  .5000 INCONCLUSIVE",
        "                                        MTP 1.00                  -      -      -      - FAIL",
        "tiny-glm-lossy      32 37.5 % 21.1-56.3 baseline              -59.4 -19 +0 <.0001 <.0001 FAIL",
        "glm47-nvfp4          -      -         - -                         -      -      -      - no result",
    ]


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_table_is_no_wider_than_the_terminal_and_says_every_verdict(width: int) -> None:
    long = [*results(), Result("a-profile-with-a-name-as-long-as-fits-in-half-a-line", score(31))]

    lines = lines_of(long, width)
    table = lines[1 : next(number for number, line in enumerate(lines) if line.startswith("baseline: "))]

    assert max(map(len, table)) <= width
    assert sum(line.endswith(("INCONCLUSIVE", "PASS", "FAIL", "no result")) for line in table) == 7


def test_in_a_narrow_window_no_figure_is_cut() -> None:
    assert lines_of(results(), 40) == lines_of(results(), 80)


def test_columns_that_nobody_needs_are_left_out() -> None:
    assert lines_of([Result("a", score(31), is_baseline=True), Result("b", score(30))]) == [
        "humaneval, pass@1 plus",
        "profile   n   score       95 %  reference  difference  verdict",
        "a        32  96.9 %  83.8-99.9  -                   -  baseline",
        "b        32  93.8 %  79.2-99.2  -                   -  -",
    ]


def test_a_proven_loss_stands_in_the_table_whole_or_in_lines_where_that_is_too_wide() -> None:
    now = {task_id: index >= 4 for index, task_id in enumerate(BEFORE)}
    gate = gate_paired(now, dict.fromkeys(BEFORE, True), against="tiny-glm", margin=50)
    found = [Result("tiny-glm", score(31), is_baseline=True), Result("tiny-glm-mtp", score(28), {"baseline": gate})]

    assert lines_of(found)[3].endswith(" PASS, loss proven (12.5 points)")
    assert [line.split("  ")[-1].strip() for line in lines_of(found, 80)[4:6]] == ["loss proven", "(12.5 points)"]
    assert max(map(len, lines_of(found, 80)[1:6])) <= 80


def test_below_the_table_stands_what_the_columns_mean_and_why_a_row_is_empty() -> None:
    lines = lines_of(results())

    assert "baseline: tiny-glm" in lines
    assert "difference: points more or fewer than the reference, held against a margin of 10" in lines
    assert "Holm: p adjusted for 3 comparisons, which tells whether a loss is proven; a PASS is never adjusted" in lines
    assert "server of tiny-glm: vllm 0.32.0, up in 48 s" in lines
    assert "no result of glm47-nvfp4: vLLM did not start: no GPU; give one" in lines  # and not its log
    assert any(line.startswith("MTP of tiny-glm-mtp-broken: FAIL: acceptance length 1.00") for line in lines)


def test_a_run_without_a_score_says_why_in_its_place() -> None:
    invalid = Decision(GateVerdict.INVALID, "INVALID: 2 of 32 missing")

    lines = lines_of([Result("a", score(20), {"published": invalid})])

    assert lines[2].endswith("INVALID")
    assert lines[3] == "a: INVALID: 2 of 32 missing"


def test_a_length_that_is_not_known_is_no_pass_and_says_why_below() -> None:
    unknown = gate_acceptance(NotCounted("no /metrics"), tokens=1, floor=None)

    lines = lines_of([Result("a", score(31), {"acceptance": unknown})])

    assert lines[2].split()[-3:] == ["MTP", "-", "INCONCLUSIVE"]
    assert "MTP of a: INCONCLUSIVE: acceptance length unknown: no /metrics" in lines


def test_a_baseline_that_did_not_start_has_no_result() -> None:
    assert lines_of([Result("a", failure="x", is_baseline=True)])[2].endswith("no result")


def test_several_samples_a_problem_are_counted_and_have_their_interval_by_problem() -> None:
    several = Score("pass@1 plus", 1, 96, 160, 32, 0.6, Interval(0.4, 0.75))

    assert lines_of([Result("a", several)])[2].split() == ["a", "32", "x", "5", "60.0", "%", "40.0-75.0", "-", "-", "-"]


def test_no_results_make_no_table() -> None:
    assert comparison_lines([], suite="humaneval") == []
    assert results_section("# x", []) == ""


def hostile() -> list[Result]:
    gate = Decision(GateVerdict.PASS, HOSTILE, (HOSTILE,), {"against": HOSTILE, "newly_failing": [HOSTILE]})
    names = {"paired": gate, "baseline": gate}
    return [Result(HOSTILE, score(31), names, server=HOSTILE), Result("b", failure=HOSTILE)]


def test_every_line_is_printable() -> None:
    lines = comparison_lines(hostile(), suite=HOSTILE)

    assert all(line.isprintable() for line in lines)


def test_markdown_has_the_same_rows() -> None:
    page = results_section("### servecheck: `humaneval`, 5 profiles", results())

    assert page.startswith("### servecheck: `humaneval`, 5 profiles\n\n| profile | n | score |")
    assert (
        "| `tiny-glm-lossy` | 32 | 37.5 % | 21.1-56.3 | `baseline` | -59.4 | -19 +0 | <.0001 | <.0001 | **FAIL** |"
        in page
    )
    assert "|  |  |  |  | `MTP 1.00` | - | - | - | - | **FAIL** |" in page
    assert "- `no result of glm47-nvfp4: vLLM did not start: no GPU; give one`" in page
    assert page.endswith("\n")


def test_nothing_acts_in_markdown() -> None:
    page = results_section("# x", [*hostile(), *results()])
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)

    kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
    assert not {kind for kind in kinds if kind.startswith(("html", "link", "image"))}
    assert len([token for token in tokens if token.type == "tr_open"]) == 11
    assert len([token for token in tokens if token.type == "td_open"]) == 10 * 10
    shown = "".join(child.content for token in tokens for child in token.children or () if child.type == "text")
    assert "octocat" not in shown


def test_programs_read_the_same_as_json() -> None:
    invalid = Result("broken", score(3), {"published": Decision(GateVerdict.INVALID, "INVALID: x")})
    told = comparison_json([*results(), invalid], suite="humaneval", against="tiny-glm", gate="baseline")

    found = json.loads(json.dumps(told))

    assert (found["suite"], found["against"]) == ("humaneval", "tiny-glm")
    profiles = {row["profile"]: row for row in found["profiles"]}
    assert profiles["tiny-glm"]["baseline"] is True
    assert profiles["tiny-glm"]["gate"] is None
    assert profiles["tiny-glm-lossy"]["gate"]["verdict"] == "FAIL"
    assert len(profiles["tiny-glm-lossy"]["gate"]["figures"]["newly_failing"]) == 19
    assert profiles["tiny-glm-mtp"]["gates"]["acceptance"]["figures"]["acceptance_length"] == 1.82
    assert profiles["broken"]["gate"]["verdict"] == "INVALID"
    assert profiles["glm47-nvfp4"]["failure"] == "vLLM did not start: no GPU; give one"
    assert profiles["glm47-nvfp4"]["score"] is None
    assert profiles["tiny-glm"]["score"] == {
        "metric": "pass@1 plus",
        "solved": 31,
        "samples": 32,
        "problems": 32,
        "rate": 31 / 32,
    }
