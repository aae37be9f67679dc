"""One table says of every profile what came of it, and nothing that a name or a log holds acts in it."""

from __future__ import annotations

import json

import pytest
from markdown_it import MarkdownIt

from fixtures.report.comparison import Compared, comparison_json, comparison_lines, comparison_markdown
from fixtures.report.scores import Score
from fixtures.stats.acceptance import Acceptance, NotCounted, SpecDecode, gate_acceptance
from fixtures.stats.gates import GateResult, Verdict
from fixtures.stats.holm import holm
from fixtures.stats.paired_gate import gate_paired, paired_p

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


def acceptance(accepted: int, floor: float | None = 1.6) -> GateResult:
    return gate_acceptance(Acceptance(SpecDecode(1000, 1000, accepted), 32, 0), tokens=1, floor=floor)


def rows() -> list[Compared]:
    runs = {name: {task: BEFORE[task] and i >= lost for i, task in enumerate(TASKS)} for name, lost in LOST.items()}
    adjusted = holm([paired_p(now, BEFORE) for now in runs.values()])
    gates = [
        gate_paired(now, BEFORE, against="tiny-glm", delta=10, adjusted_p=p, comparisons=3)
        for now, p in zip(runs.values(), adjusted, strict=True)
    ]
    return [
        Compared("tiny-glm", score(31), server="vllm 0.32.0, up in 48 s", baseline=True),
        Compared("tiny-glm-mtp", score(31), gates[0], acceptance(820)),
        Compared("tiny-glm-mtp-broken", score(30), gates[1], acceptance(0)),
        Compared("tiny-glm-lossy", score(12), gates[2]),
        Compared("glm47-nvfp4", failure="vLLM did not start: no GPU; give one\nINFO log\nINFO more", baseline=False),
    ]


def test_the_table_of_a_run() -> None:
    assert comparison_lines(rows(), against="tiny-glm", width=100)[:6] == [
        "profile              solved   score   flips   mid-p    Holm  MTP        verdict",
        "tiny-glm              31/32  96.9 %       -       -       -  -          baseline",
        "tiny-glm-mtp          31/32  96.9 %   -0 +0   .5000   .5000  1.82       PASS",
        "tiny-glm-mtp-broken   30/32  93.8 %   -1 +0   .2500   .5000  1.00 FAIL  INCONCLUSIVE",
        "tiny-glm-lossy        12/32  37.5 %  -19 +0  <.0001  <.0001  -          FAIL",
        "glm47-nvfp4               -       -       -       -       -  -          no result",
    ]


def test_in_80_columns_they_move_closer() -> None:
    lines = comparison_lines(rows(), against="tiny-glm", width=80)

    assert lines[3] == "tiny-glm-mtp-broken  30/32 93.8 %  -1 +0  .2500  .5000 1.00 FAIL INCONCLUSIVE"


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_table_is_no_wider_than_the_terminal(width: int) -> None:
    long = [*rows(), Compared("a-profile-with-a-name-as-long-as-fits-in-half-a-line", score(31))]

    lines = comparison_lines(long, against="tiny-glm", width=width)
    table = lines[: next(number for number, line in enumerate(lines) if line.startswith("compared with"))]

    assert max(map(len, table)) <= width


def test_where_it_is_too_wide_names_stand_above_their_rows() -> None:
    lines = comparison_lines(rows()[:2], width=40)

    assert lines[:5] == [
        "  solved   score  flips  mid-p   Holm  MTP   verdict",
        "tiny-glm",
        "   31/32  96.9 %      -      -      -  -     baseline",
        "tiny-glm-mtp",
        "   31/32  96.9 %  -0 +0  .5000  .5000  1.82  PASS",
    ]


def test_columns_that_nobody_needs_are_left_out() -> None:
    lines = comparison_lines([Compared("a", score(31), baseline=True), Compared("b", score(30))])

    assert lines == [
        "profile  solved   score  verdict",
        "a         31/32  96.9 %  baseline",
        "b         30/32  93.8 %  -",
    ]


def test_below_the_table_stands_what_the_columns_mean_and_why_a_row_is_empty() -> None:
    lines = comparison_lines(rows(), against="tiny-glm")[6:]

    assert lines[0] == "compared with tiny-glm, problem by problem"
    assert "Holm: mid-p adjusted for 3 comparisons, which decides about FAIL; a PASS is never adjusted" in lines
    assert "server of tiny-glm: vllm 0.32.0, up in 48 s" in lines
    assert "no result of glm47-nvfp4: vLLM did not start: no GPU; give one" in lines  # and not its log
    assert any(line.startswith("MTP of tiny-glm-mtp-broken: FAIL: acceptance length 1.00") for line in lines)


def test_a_run_without_pairs_says_why_in_its_place() -> None:
    invalid = GateResult(Verdict.INVALID, "INVALID: 2 of 32 missing")

    lines = comparison_lines([Compared("a", score(20), invalid)])

    assert lines[1].endswith("INVALID")
    assert lines[2] == "a: INVALID: 2 of 32 missing"


def test_a_length_that_is_not_known_is_a_question_and_says_why_below() -> None:
    unknown = gate_acceptance(NotCounted("no /metrics"), tokens=1, floor=None)
    few = gate_acceptance(Acceptance(SpecDecode(10, 10, 5), 1, 0), tokens=1, floor=None)

    lines = comparison_lines([Compared("a", score(31), None, unknown), Compared("b", score(31), None, few)])

    assert [line.split()[4:-1] for line in lines[1:3]] == [["?"], ["1.50", "?"]]
    assert "MTP of a: INCONCLUSIVE: acceptance length unknown: no /metrics" in lines


def test_a_baseline_that_did_not_start_has_no_result() -> None:
    (line,) = [line for line in comparison_lines([Compared("a", failure="x", baseline=True)]) if line.startswith("a ")]

    assert line.endswith("no result")


def test_no_rows_make_no_table() -> None:
    assert comparison_lines([]) == []
    assert comparison_markdown([], suite="humaneval") == ""


def test_every_line_is_printable() -> None:
    hostile = [Compared(HOSTILE, score(31), None, None, HOSTILE, HOSTILE), Compared("b", score(30))]

    lines = comparison_lines(hostile, against=HOSTILE)

    assert all(line.isprintable() for line in lines)


def test_markdown_has_the_same_rows() -> None:
    page = comparison_markdown(rows(), suite="humaneval", against="tiny-glm")

    assert page.startswith("### servecheck: `humaneval`, 5 profiles\n\n| profile | solved | score |")
    assert "| `tiny-glm-mtp-broken` | 30/32 | 93.8 % | -1 +0 | .2500 | .5000 | 1.00 FAIL | INCONCLUSIVE |" in page
    assert "| `tiny-glm-lossy` | 12/32 | 37.5 % | -19 +0 | <.0001 | <.0001 | - | **FAIL** |" in page
    assert "- `no result of glm47-nvfp4: vLLM did not start: no GPU; give one`" in page
    assert page.endswith("\n")


def test_nothing_acts_in_markdown() -> None:
    hostile = [Compared(HOSTILE, score(31), None, None, HOSTILE, HOSTILE), *rows()]

    page = comparison_markdown(hostile, suite=HOSTILE, against=HOSTILE)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)

    kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
    assert not {kind for kind in kinds if kind.startswith(("html", "link", "image"))}
    assert len([token for token in tokens if token.type == "tr_open"]) == 7
    assert len([token for token in tokens if token.type == "td_open"]) == 6 * 8
    shown = "".join(child.content for token in tokens for child in token.children or () if child.type == "text")
    assert "octocat" not in shown


def test_programs_read_the_same_as_json() -> None:
    found = json.loads(json.dumps(comparison_json(rows(), suite="humaneval", against="tiny-glm")))

    assert (found["suite"], found["against"]) == ("humaneval", "tiny-glm")
    profiles = {row["profile"]: row for row in found["profiles"]}
    assert profiles["tiny-glm"]["baseline"] is True
    assert profiles["tiny-glm"]["gate"] is None
    assert profiles["tiny-glm-lossy"]["gate"]["verdict"] == "FAIL"
    assert len(profiles["tiny-glm-lossy"]["gate"]["figures"]["newly_failing"]) == 19
    assert profiles["tiny-glm-mtp"]["acceptance"]["figures"]["acceptance_length"] == 1.82
    assert profiles["glm47-nvfp4"]["failure"] == "vLLM did not start: no GPU; give one"
    assert profiles["glm47-nvfp4"]["score"] is None
    assert profiles["tiny-glm"]["score"] == {"metric": "pass@1 plus", "solved": 31, "samples": 32, "rate": 31 / 32}
