"""``report.md`` has what was measured, what is published of it, what decides and why, and what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from fixtures.profiles.schema import Sampling
from fixtures.report import markdown_scores
from fixtures.report.markdown_report import markdown_report
from fixtures.report.stored_run import StoredRun, read_stored_run
from fixtures.report.throughput_json import FILE, SpeedUpAt, write_throughput
from fixtures.stats.gates import GateResult, Verdict
from fixtures.stats.paired_gate import gate_paired
from fixtures.stats.references import Reference
from suites.selftest.report.runs_on_disk import PASSED, PROFILE, outcomes, written_run
from suites.selftest.report.test_throughput_json import point, results

FULL = PROFILE.model_copy(update={"name": "glm47", "model": "zai-org/GLM-4.7", "quantisation": "bf16"})
AWQ = PROFILE.model_copy(update={"name": "glm47-awq", "model": "QuantTrio/GLM-4.7-AWQ", "quantisation": "awq"})
HOSTILE = "a|b `c`\n# d \x1b[2J<script>alert(1)</script> [l](http://x) ![i](http://x) @octocat \ud800"


def reference(**changes: Any) -> Reference:
    fields = {
        "model": PROFILE.model,
        "quantisation": "fp8",
        "variant": {"mtp": None, "thinking": None},
        "suite": "humaneval",
        "protocol": "evalplus_chat",
        "problems": "starter",
        "metric": "pass@1",
        "score": "94.1",
        "solved_count": None,
        "solved": None,
        "n": 40,
        "sampling": {"temperature": 0.0},
        "source": "a model card",
        "date": "2026-11",
    }
    return Reference.model_validate({**fields, **changes})


def report(*folders: Path, references: tuple[Reference, ...] = ()) -> str:
    return markdown_report([read_stored_run(folder) for folder in folders], references)


def section(page: str, title: str) -> list[str]:
    """The lines of tables below that title."""
    rest = page[page.index(f"## {title}") :]
    return [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("| ")][1:]


def test_local_results_have_the_quantisation_and_the_difference_from_full_precision(tmp_path):
    awq = written_run(tmp_path / "a", outcomes(40, 1, 2), profile=AWQ)
    full = written_run(tmp_path / "b", outcomes(40, 1), profile=FULL)

    page = report(awq, full)

    assert "| difference from `glm47` |" in page
    assert section(page, "Local results") == [
        "| `QuantTrio/GLM-4.7-AWQ` | `awq` | `glm47-awq` | 38/40 | 95.0 % | 83.1-99.4 | -2.5 points |",
        "| `zai-org/GLM-4.7` | `bf16` | `glm47` | 39/40 | 97.5 % | 86.8-99.9 | reference |",
    ]


def test_without_full_precision_the_first_run_is_the_reference_and_a_run_without_a_score_is_none(tmp_path):
    invalid = {"published": GateResult(Verdict.INVALID, "INVALID: 6 % are empty")}
    broken = written_run(tmp_path / "a", profile=FULL, gates=invalid)
    first = written_run(tmp_path / "b", outcomes(40, 1))
    awq = written_run(tmp_path / "c", outcomes(40, 1, 2), profile=AWQ)

    rows = section(report(broken, first, awq), "Local results")

    assert [row.split(" | ")[-1] for row in rows] == ["`INVALID: 6 % are empty` |", "reference |", "-2.5 points |"]
    assert "100.0 %" not in rows[0]


def test_runs_over_other_problems_are_in_tables_of_their_own(tmp_path):
    one, other = written_run(tmp_path / "a"), written_run(tmp_path / "b", digest="ab" * 32)

    assert report(one, other).count("## Local results") == 2


def test_published_scores_say_what_they_gate_and_why_not(tmp_path):
    run = written_run(tmp_path / "a", outcomes(40, 1))
    published = (
        reference(),
        reference(score="45.0", sampling={"temperature": 0.8}),
        reference(model="openai/gpt", score="99.0", quantisation=None),
        reference(suite="humaneval_instruct", score="1.0"),
    )

    rows = section(report(run, references=published), "Comparison with published scores")

    assert rows == [
        "| `openai/gpt` | `as published` | 99.0 % | `a model card, 2026-11` | another model |",
        "| `zai-org/GLM-4.7-FP8`, `glm47-fp8` | `fp8` | **97.5 %** | this run |  |",
        "| `zai-org/GLM-4.7-FP8` | `fp8` | 94.1 % | `a model card, 2026-11` | gates `glm47-fp8` |",
        "| `zai-org/GLM-4.7-FP8` | `fp8` | 45.0 % | `a model card, 2026-11` | not `glm47-fp8`: "
        "`temperature 0.8, this run 0` |",
    ]


def test_what_a_suite_measures_is_sought_under_the_name_that_it_is_published_under(tmp_path):
    asked = {"protocol": "lm_eval_instruct", "sampling": Sampling(max_tokens=4096)}
    run = written_run(
        tmp_path / "a",
        profile=PROFILE.model_copy(update=asked),
        suite="humaneval_instruct",
        problems="humaneval-plus",
    )
    published = reference(suite="humaneval_instruct", problems="humaneval", protocol="lm_eval_instruct")

    rows = section(report(run, references=(published,)), "Comparison with published scores")

    assert rows[1].endswith("gates `glm47-fp8` |")


def test_references_that_cannot_be_read_are_said_to_be_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(markdown_scores, "REFERENCES", tmp_path / "none.json")

    page = markdown_report([read_stored_run(written_run(tmp_path / "a"))])

    assert "Nothing is published that could be read: `reference scores " in page


def test_a_profile_of_another_version_is_held_to_none_and_said(tmp_path):
    run = written_run(tmp_path / "a")
    facts = json.loads((run / "run.json").read_text())
    facts["profile"]["a key of tomorrow"] = 1
    (run / "run.json").write_text(json.dumps(facts))

    page = report(run, references=(reference(),))

    assert "The profile of `glm47-fp8` cannot be read, so it is held to none." in page
    assert "gates `glm47-fp8`" not in page


def test_gates_flips_causes_and_unsolved_problems(tmp_path):
    before, now = outcomes(40, 3), outcomes(40, 1, 2)
    gates = {**PASSED, "baseline": gate_paired(now, before, against="yesterday", delta=10)}
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


def test_a_run_that_was_broken_off_has_no_result_and_its_gap_is_named(tmp_path):
    run = written_run(tmp_path / "a", is_scored=False)
    (run / "prompts.json").write_text("{")

    page = report(run)

    assert section(page, "Results")[0].endswith("| no result |")
    assert section(page, "Missing or damaged") == ["| `glm47-fp8` | `humaneval was broken off before it was scored` |"]


def test_throughput_has_its_points_and_speed_ups(tmp_path):
    whole = results(100.0, 180.0, 190.0, 95.0)
    marked = whole.blocks[0].model_copy(update={"points": (point(50.0, marks=("others asked too",)),)})
    speed_up = SpeedUpAt(
        concurrency=4, ratio=1.9, low=1.7, high=2.1, pairs=(1.8, 2.0), off_spread_percent=5.0, on_spread_percent=5.0,
        block_error=None, prompt_error=None, prompts=3,
    )  # fmt: skip
    changed = whole.model_copy(update={"blocks": (marked, *whole.blocks[1:]), "speed_ups": (speed_up,)})
    write_throughput(tmp_path / FILE, changed)

    rows = section(report(tmp_path), "Throughput: `glm47-fp8-mtp`")

    assert rows[0] == "| 1 | off | 4 at a time | 50 | 200.0 | 200.0 | 200.0 | - | `no: others asked too` |"
    assert rows[1] == "| 2 | on | 4 at a time | 180 | 200.0 | 200.0 | 200.0 | - | yes |"
    assert rows[-1] == "| 4 | 1.90 x | 1.70 to 2.10 | 2 |  |"


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
    page = markdown_report([hostile_run(tmp_path / "a")], [reference(model=HOSTILE[:-1], source=HOSTILE[:-1])])

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
    records = tuple(record.model_copy(update={"reason": "`|x" * 10_000}) for record in suite.records)
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
