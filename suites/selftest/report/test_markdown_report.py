"""``report.md`` has what was measured, what is published of it, what decides and why, and what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from servecheck.report.markdown_report import markdown_report
from servecheck.report.stored_run import StoredRun, read_stored_run
from servecheck.stats.gates import GateResult, Verdict
from servecheck.stats.paired_gate import gate_paired
from servecheck.stats.references import Reference

from suites.selftest.report.runs_on_disk import PASSED, PROFILE, outcomes, section, written_run
from suites.selftest.report.test_markdown_scores import reference

HOSTILE = "a|b `c`\n# d \x1b[2J<script>alert(1)</script> [l](http://x) ![i](http://x) @octocat \ud800"


def report(*folders: Path, references: tuple[Reference, ...] = ()) -> str:
    return markdown_report([read_stored_run(folder) for folder in folders], references)


def test_gates_flips_causes_and_unsolved_problems(tmp_path):
    before, now = outcomes(40, 3), outcomes(40, 1, 2)
    gates = {**PASSED, "baseline": gate_paired(now, before, against="yesterday", margin=10)}
    run = written_run(tmp_path / "a", now, gates=gates)

    page = report(run)

    assert "**PASS** `humaneval published: glm47-fp8` `said`" in page
    assert "**INCONCLUSIVE** `humaneval baseline: glm47-fp8` `2 newly failing, 1 newly solved" in page
    assert section(page, "Flips: `glm47-fp8`, `baseline` of `humaneval`") == [
        "| `T/1` | newly failing | `wrong answer at base input 0: f() gave 1, expected 2` |",
        "| `T/2` | newly failing | `wrong answer at base input 0: f() gave 1, expected 2` |",
        "| `T/3` | newly solved |  |",
    ]
    assert section(page, "Unsolved, by cause") == ["| `glm47-fp8, humaneval` | 2 |"]
    assert len(section(page, "Unsolved: `glm47-fp8, humaneval`")) == 2


def test_what_was_accepted_and_why_stands_below_the_results(tmp_path):
    accepted = {"accepted": "new tokenizer", "against": "the run of May"}
    gate = GateResult(Verdict.PASS, "PASS: said", (), accepted)
    run = written_run(tmp_path / "a", outcomes(40, 1), gates={"paired": gate})

    assert "- `glm47-fp8: its reference, the run of May, was accepted: new tokenizer`" in report(run)


def test_a_run_that_was_broken_off_has_no_result_and_its_gap_is_named(tmp_path):
    run = written_run(tmp_path / "a", is_scored=False)
    (run / "prompts.json").write_text("{")

    page = report(run)

    assert section(page, "Results")[0].endswith("| no result |")
    assert "- `no result of glm47-fp8: broken off before it was scored`" in page
    assert section(page, "Missing or damaged") == ["| `glm47-fp8` | `humaneval was broken off before it was scored` |"]


def hostile_run(folder: Path) -> StoredRun:
    gates = {HOSTILE: GateResult(Verdict.FAIL, HOSTILE, (HOSTILE,), {"against": HOSTILE, "newly_failing": [HOSTILE]})}
    profile = PROFILE.model_copy(update={"name": HOSTILE, "model": HOSTILE, "quantisation": HOSTILE})
    run = written_run(folder, {HOSTILE: False}, profile=profile, gates=gates, problems=HOSTILE, began_at=HOSTILE)
    row = {"suite": HOSTILE, "task_id": HOSTILE, "sample": 0, "solved": False, "kind": HOSTILE, "reason": HOSTILE}
    with (run / "verdicts.jsonl").open("a") as file:
        file.write(json.dumps({**row, "faults": [HOSTILE]}) + "\n")
    (run / "x-scores.json").write_text("{" + HOSTILE.encode("utf-8", "replace").decode())
    return read_stored_run(run)


def test_nothing_that_a_run_says_acts(tmp_path):
    published = reference(model=HOSTILE[:-1], source=HOSTILE[:-1])

    page = markdown_report([hostile_run(tmp_path / "a")], [published])

    page.encode("utf-8")
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)
    flat = [*tokens, *(child for token in tokens for child in token.children or ())]
    assert not {token.type for token in flat if token.type.startswith(("link", "image"))}
    assert {tag for token in flat if token.type.startswith("html") for tag in token.content.split("\n") if tag} <= {
        "<details><summary>what FAIL rests on</summary>",
        "</details>",
    }
    shown = "".join(token.content for token in flat if token.type == "text")
    assert "octocat" not in shown
    assert "\x1b" not in page


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_is_bounded_and_says_so(tmp_path, count):
    run = read_stored_run(written_run(tmp_path / "a", {f"T/{number}": False for number in range(300)}))
    (suite,) = run.suites.values()
    records = tuple(replace(record, reason="`|x" * 10_000) for record in suite.records)
    gates = {f"g{number}": GateResult(Verdict.PASS, "x", ("y" * 2000,) * 40) for number in range(count)}
    grown = StoredRun(
        run.folder, run.profile, run.manifest, {"s": replace(suite, records=records, gates=gates)}, None, ()
    )

    page = markdown_report([grown], [])

    assert len(page.encode()) <= 512 * 1024
    assert ("too long for this page" in page) == (count == 30)
    assert page.endswith("Made by servecheck from the run directories alone.\n")


def test_no_run_is_said_to_be_none():
    assert "There is no run." in markdown_report([], [])


def test_a_pass_that_the_verdicts_do_not_bear_out_is_no_pass(tmp_path):
    run = written_run(tmp_path / "a", outcomes(40, 1))
    row = {"suite": "humaneval", "task_id": "T/2", "sample": 0, "solved": False}
    with (run / "verdicts.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")

    page = report(run)

    assert "**PASS**" not in page
    assert "**INVALID** `humaneval published: glm47-fp8` `stored as PASS, but humaneval: pass@1 is told as 39" in page
    assert section(page, "Local results")[0].split(" | ")[3:6] == ["-", "-", "-"]
