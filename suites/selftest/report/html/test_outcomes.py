"""What changed against the first run, problem by problem, and only where problems are the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.report.html.columns import columns_of
from servecheck.report.html.outcomes import State, SuiteRows, suites_of
from servecheck.rundir.manifest import ASKED
from servecheck.rundir.stored_run import StoredRun
from servecheck.rundir.stored_suite import StoredSuite

from suites.selftest.records import record

S, U, P, F, W, N = (
    State.SOLVED, State.UNSOLVED, State.PARTLY, State.NEWLY_FAILING, State.NEWLY_SOLVED, State.NO_VERDICT,
)  # fmt: skip


def run(name: str, outcomes: dict[str, str], digest: str | None = "a", suite: str = "humaneval") -> StoredRun:
    """``outcomes``: by task id a letter a sample, ``+`` for solved."""
    records = tuple(
        record(task_id, sample, letter == "+", suite=suite)
        for task_id, letters in outcomes.items()
        for sample, letter in enumerate(letters)
    )
    manifest = {} if digest is None else {"identity": {"problems_sha256": digest}}
    return StoredRun(Path(name), name, manifest, {suite: StoredSuite(suite, records, {}, {})}, None, ())


def with_gate(of: StoredRun, gate: Decision) -> StoredRun:
    return replace(of, suites={name: replace(suite, gates={"paired": gate}) for name, suite in of.suites.items()})


def suite_of(*runs: StoredRun) -> SuiteRows:
    (found,) = suites_of(columns_of(runs))
    return found


def states(found: SuiteRows) -> dict[str, list[State]]:
    return {row.task_id: [cell.state for cell in row.cells] for row in found.rows}


def test_flips_are_told_against_the_first_run():
    found = suite_of(
        run("a", {"1": "+", "2": "-", "3": "+", "4": "-"}), run("b", {"1": "+", "2": "-", "3": "-", "4": "+"})
    )

    assert states(found) == {"1": [S, S], "2": [U, U], "3": [S, F], "4": [U, W]}
    assert [row.is_flipped for row in found.rows] == [False, False, True, True]
    assert found.flips(found.columns[1], F) == ("3",)


@pytest.mark.parametrize(("failing", "solved"), [("newly_failing", "newly_solved"), ("worse", "better")])
def test_a_run_alone_has_the_flips_that_its_gate_found(failing: str, solved: str):
    figures = {"against": "the run of May", failing: ["2", "3"], solved: ["1", "4"]}
    gate = Decision(GateVerdict.FAIL, "FAIL: 1 newly failing", (), figures)
    alone = with_gate(run("a", {"1": "+", "2": "-", "3": "+", "4": "-", "5": "-"}), gate)

    found = suite_of(alone)

    assert found.held_to == "the run of May"
    # that 3 fails and 4 is solved its own verdicts contradict
    assert states(found) == {"1": [W], "2": [F], "3": [S], "4": [U], "5": [U]}
    assert suite_of(alone, run("b", {"1": "+"})).held_to == ""


@pytest.mark.parametrize(
    ("before", "now", "state"),
    [("++", "+-", F), ("+-", "++", W), ("+-", "-+", P), ("+-", "+--", F), ("+---", "+-", W), ("--", "--", U)],
)
def test_of_several_samples_the_share_that_is_solved_counts(before: str, now: str, state: State):
    found = suite_of(run("a", {"1": before}), run("b", {"1": now}))

    assert states(found)["1"][1] is state


@pytest.mark.parametrize(("asked", "grader"), [("0b" * 32, "g 1"), ("0a" * 32, "g 2")], ids=["prompts", "grader"])
def test_where_the_suite_was_edited_in_between_there_are_no_flips(asked: str, grader: str):
    def measured(name: str, outcome: str, asked: str, grader: str) -> StoredRun:
        of = run(name, {"1": outcome})
        suites = {suite: replace(one, grader=grader) for suite, one in of.suites.items()}
        return replace(of, manifest={**of.manifest, ASKED: asked}, suites=suites)

    first, same = measured("a", "+", "0a" * 32, "g 1"), measured("b", "-", "0a" * 32, "g 1")

    found = suite_of(first, same, measured("c", "-", asked, grader))

    assert states(found) == {"1": [S, F, U]}
    assert [column.label for column in found.incomparable] == ["c"]


def test_several_samples_are_counted_in_words():
    (row,) = suite_of(run("a", {"1": "+-"})).rows

    assert row.cells[0].words == "partly solved, 1 of 2 samples"


@pytest.mark.parametrize("digests", [("a", "b"), ("a", None), (None, None)])
def test_other_problems_and_unknown_ones_make_no_flips(digests: tuple[str | None, str | None]):
    found = suite_of(run("a", {"1": "+"}, digests[0]), run("b", {"1": "-"}, digests[1]))

    assert states(found) == {"1": [S, U]}
    assert [column.label for column in found.incomparable] == ["b"]


def test_a_problem_without_a_verdict_is_neither_solved_nor_flipped():
    found = suite_of(run("a", {"1": "+", "2": "+"}), run("b", {"1": "+", "3": "+"}))

    assert states(found) == {"1": [S, S], "2": [S, N], "3": [N, S]}


def test_the_baseline_is_the_first_run_with_verdicts_and_comes_first():
    found = suite_of(run("empty", {}), run("a", {"1": "+"}), run("b", {"1": "-"}))

    assert [column.label for column in found.columns] == ["a", "empty", "b"]
    assert states(found) == {"1": [S, N, F]}


def test_problems_are_numbered_over_all_suites():
    runs = [run("a", {"1": "+", "2": "+"}), run("b", {"1": "+"}, suite="mbpp")]

    assert [[row.number for row in suite.rows] for suite in suites_of(columns_of(runs))] == [[0, 1], [2]]


def test_more_problems_than_anybody_can_look_through_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("servecheck.report.html.outcomes._MOST_CELLS", 6)
    runs = [run("a", dict.fromkeys("12345", "+")), run("b", dict.fromkeys("12", "+"), suite="mbpp")]

    found = suites_of(columns_of(runs))

    assert [(len(suite.rows), suite.left_out) for suite in found] == [(3, 2), (0, 2)]
