"""Scores are drawn where they are, with the interval that the counts allow and the band that a gate held them to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from servecheck.evaluation.call_counts import CallCounts
from servecheck.evaluation.figure import Figure
from servecheck.gates.decision import GateVerdict
from servecheck.report.html.columns import columns_of
from servecheck.report.html.outcomes import suites_of
from servecheck.report.html.scores import ScorePlot, score_plots
from servecheck.rundir.stored_run import StoredRun
from servecheck.rundir.stored_schema import StoredGate, StoredScore
from servecheck.rundir.stored_suite import StoredSuite
from servecheck.stats.pass_at_k import pass_at_k_interval

from suites.selftest.records import record

PUBLISHED: dict[str, Any] = {"gate": "published", "published_percent": 90.0, "margin_points": 5.0}


def run(
    name: str,
    outcomes: str,
    scores: dict[str, StoredScore] | None = None,
    figures: dict[str, Any] = PUBLISHED,
    samples: int = 1,
) -> StoredRun:
    """``outcomes``: a letter a problem, ``+`` for solved."""
    records = tuple(
        record(f"T/{place}", sample, letter == "+")
        for place, letter in enumerate(outcomes)
        for sample in range(samples)
    )
    solved = samples * outcomes.count("+")
    told = {"pass@1": StoredScore(solved=solved, samples=len(records), rate=solved / max(len(records), 1))}
    gates = {"published": StoredGate(verdict=GateVerdict.PASS, headline="PASS: it is", figures=figures).result}
    told = told if scores is None else scores
    suite = StoredSuite("humaneval", records, told, gates, metric=next(reversed(told), ""))
    return StoredRun(Path(name), name, {"identity": {"problems_sha256": "a"}}, {"humaneval": suite}, None, ())


def plot(*runs: StoredRun) -> ScorePlot:
    (found,) = score_plots(suites_of(columns_of(runs)))
    return found


def test_a_score_has_its_exact_interval_and_its_reference():
    (row,) = plot(run("a", "+" * 9 + "-")).rows

    assert (row.told, row.percent, row.published, row.margin) == ("9/10", 90.0, 90.0, 5.0)
    assert row.low == pytest.approx(55.498, abs=1e-3)  # Clopper-Pearson of 9 of 10, as R's binom.test has it
    assert row.high == pytest.approx(99.747, abs=1e-3)


def test_flips_are_counted_for_all_but_the_first_run():
    rows = plot(run("a", "++-"), run("b", "-++")).rows

    assert [(row.newly_failing, row.newly_solved) for row in rows] == [(None, None), (1, 1)]


def test_several_samples_of_a_problem_have_their_interval_by_problem():
    (row,) = plot(run("a", "+-", samples=3)).rows
    by_problem = pass_at_k_interval([(3, 3), (3, 0)], 1)

    assert (row.percent, row.low, row.high) == (50.0, 100 * by_problem.low, 100 * by_problem.high)


def test_the_published_score_that_several_samples_were_held_to_is_drawn_too():
    (row,) = plot(run("a", "+-", figures={**PUBLISHED, "gate": "published-samples"}, samples=3)).rows

    assert (row.published, row.margin) == (90.0, 5.0)


@pytest.mark.parametrize(("solved", "samples", "rate"), [(-1, 2, 0.5), (3, 2, 0.5), (0, 0, 0.0), (1, 2, 7.0)])
def test_a_score_that_cannot_be_is_none(solved: int, samples: int, rate: float):
    (row,) = plot(
        run("a", "+-", {"pass@1": StoredScore.model_construct(solved=solved, samples=samples, rate=rate)})
    ).rows

    assert (row.metric, row.percent) == ("", None)


@pytest.mark.parametrize("value", [None, "90", True, -1.0, 101, 10**400, [90]])
def test_a_published_score_that_cannot_be_is_none(value: Any):
    (row,) = plot(run("a", "+-", figures={**PUBLISHED, "published_percent": value})).rows

    assert row.published is None


def test_the_main_metric_is_the_one_that_gates():
    scores = {
        name: StoredScore(solved=solved, samples=2, rate=solved / 2)
        for name, solved in (("pass@1 base", 2), ("pass@1 plus", 1))
    }

    (row,) = plot(run("a", "+-", scores)).rows

    assert (row.metric, row.told, row.others) == ("pass@1 plus", "1/2", ("pass@1 base 2/2, 100.0 %",))


def test_the_plot_begins_below_everything_that_is_drawn_and_ends_at_a_hundred():
    found = plot(run("a", "+" * 160 + "-" * 4))

    assert (found.first, found.last, found.ticks) == (80.0, 100.0, (80.0, 90.0, 100.0))
    assert (found.place(90), found.place(20), found.width(85, 90)) == ("50.00%", "0.00%", "25.00%")


def test_a_suite_without_a_score_has_a_plot_of_nothing():
    found = plot(run("a", "", {}, {}))

    assert (found.first, found.ticks[0], found.rows[0].percent) == (0.0, 0.0, None)


def test_figures_and_the_share_of_calls_that_could_be_made_stand_beside_a_score():
    told = (Figure(name="live", percent=80.0, words="8 of 10"),)
    records = (record("T/0", calls=CallCounts(made=4, invalid_json=1), tokens=120),)
    suite = StoredSuite("humaneval", records, {}, {}, figures=told)

    (row,) = plot(StoredRun(Path("a"), "a", {}, {"humaneval": suite}, None, ())).rows

    assert row.figures == told
    assert [word for word, _ in row.counted] == ["tool calls", "tokens"]
    assert row.counted[0][1].startswith("3 of 4 could be made (75.0 %")
    assert plot(run("a", "+")).rows[0].counted == ()
