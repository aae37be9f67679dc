"""Every metric stands with its interval, as far as the verdicts bear it out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from servecheck.evaluation.figure import Figure
from servecheck.report.markdown_metrics import figures_table, metrics_table
from servecheck.report.markdown_scores import RunInSuite
from servecheck.rundir.stored_run import read_stored_run

from suites.selftest.report.runs_on_disk import outcomes, sampled, section, written_run


def report(folder: Path) -> str:
    run = read_stored_run(folder)
    return "\n".join(metrics_table([RunInSuite(run.profile, run, suite) for suite in run.suites.values()]))


def test_every_metric_has_its_interval_and_of_several_samples_that_by_problem(tmp_path):
    once, thrice = written_run(tmp_path / "a", outcomes(40, 1, 2)), written_run(tmp_path / "b", sampled(12, T1=6))

    assert section(report(once), "Scores") == ["| `glm47-fp8, humaneval` | `pass@1` | 38/40 | 95.0 % | 83.1-99.4 |"]
    (one, ten) = (row.split(" | ")[1:] for row in section(report(thrice), "Scores"))
    assert one[:3] == ["`pass@1`", "474/480", "98.8 %"]
    assert ten[:3] == ["`pass@10`", "", "100.0 %"]
    assert "-" not in (one[3].removesuffix(" |"), ten[3].removesuffix(" |"))


def test_chosen_problems_have_a_score_that_is_told_and_no_other_s_interval(tmp_path):
    run = written_run(tmp_path / "a", outcomes(3, 1), chosen=True)
    row = {"suite": "humaneval", "task_id": "T/9", "sample": 0, "solved": True}  # of an earlier run of the whole set
    with (run / "verdicts.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")

    assert section(report(run), "Scores") == ["| `glm47-fp8, humaneval` | `pass@1` | 2/3 | 66.7 % | - |"]


def test_a_score_that_the_verdicts_do_not_bear_out_is_not_told(tmp_path):
    run = written_run(tmp_path / "a", outcomes(3, 1))
    facts = json.loads((run / "scores.json").read_text())
    facts["scores"]["pass@1"]["solved"] = 3
    (run / "scores.json").write_text(json.dumps(facts))

    assert report(run) == ""


def test_a_profiles_single_turn_and_multi_turn_runs_have_an_overall_together(tmp_path):
    run = read_stored_run(written_run(tmp_path / "a", outcomes(3, 1)))
    other = replace(run, manifest={**run.manifest, "identity": {**run.identity, "quantisation": "awq"}})
    (suite,) = run.suites.values()
    parts = ("v3 non-live", "v3 live", "v4 non-live", "v4 live", "v4 irrelevance")
    single = replace(suite, figures=tuple(Figure(name, 90.0) for name in parts))
    multi = replace(suite, figures=(Figure("multi-turn", 30.0),))

    together = "\n".join(figures_table([RunInSuite("a", run, single), RunInSuite("b", run, multi)]))
    apart = "\n".join(figures_table([RunInSuite("a", run, single), RunInSuite("b", other, multi)]))

    assert "| `glm47-fp8` | `v3 formula, v4's data` | 70.0 % |" in together
    assert "| `glm47-fp8` | `v4 formula without agentic` | 60.0 % |" in together
    assert "formula" not in apart


def test_figures_are_told_with_what_they_are_of(tmp_path):
    run = read_stored_run(written_run(tmp_path / "a", outcomes(3, 1)))
    figures = (Figure("live", 62.54, "5 of 8"), Figure("all", words="of none|"))
    measured = [RunInSuite(run.profile, run, replace(suite, figures=figures)) for suite in run.suites.values()]

    assert section("\n".join(figures_table(measured)), "Also counted, deciding nothing") == [
        "| `glm47-fp8, humaneval` | `live` | 62.5 % | `5 of 8` |",
        "| `glm47-fp8, humaneval` | `all` | - | `of none¦` |",
    ]
    assert list(figures_table([RunInSuite(run.profile, run, suite) for suite in run.suites.values()])) == []
