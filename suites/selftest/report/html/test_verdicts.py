"""Verdicts are shown as they were decided, and a run that has none is not passed over."""

from __future__ import annotations

from pathlib import Path

from servecheck.gates.decision import Decision, GateVerdict
from servecheck.report.html.columns import columns_of
from servecheck.report.html.verdicts import tally, verdict_rows
from servecheck.rundir.stored_run import StoredRun
from servecheck.rundir.stored_schema import StoredScore
from servecheck.rundir.stored_suite import StoredSuite

from suites.selftest.records import record
from suites.selftest.report.test_curves import results

SOLVED = record()


def run(name: str, *gates: GateVerdict, solved: int = 1) -> StoredRun:
    told = {f"gate {n}": Decision(verdict, f"{verdict}: so it is", ("n: 1",)) for n, verdict in enumerate(gates)}
    scores = {"pass@1": StoredScore(solved=solved, samples=1, rate=float(solved))}
    suite = StoredSuite("humaneval", (SOLVED,), scores, told, metric="pass@1")
    return StoredRun(Path(name), name, {}, {"humaneval": suite}, None, ())


def told(*runs: StoredRun) -> list[tuple[str, str, str]]:
    return [(row.column.label, row.verdict, row.headline) for row in verdict_rows(columns_of(runs))]


def test_a_gate_is_told_once_without_its_verdict_twice():
    assert told(run("a", GateVerdict.PASS, GateVerdict.FAIL)) == [("a", "PASS", "so it is"), ("a", "FAIL", "so it is")]


def test_a_headline_in_lower_case_is_not_told_twice_either():
    gate = Decision(GateVerdict.NOT_GATED, "not gated: 1 of 2 selected")
    suite = StoredSuite("humaneval", (SOLVED,), {}, {"published": gate}, chosen=True)

    assert told(StoredRun(Path("a"), "a", {}, {"humaneval": suite}, None, ())) == [
        ("a", "NOT GATED", "1 of 2 selected")
    ]


def test_a_run_without_gates_has_no_verdict():
    rows = told(run("a"), StoredRun(Path("b"), "b", {}, {}, None, ()))

    assert [(label, verdict) for label, verdict, _ in rows] == [("a", "NO VERDICT"), ("b", "NO VERDICT")]


def test_gates_of_a_throughput_run_are_told():
    timed = StoredRun(Path("a"), "a", {}, {}, results(), ())

    assert [(label, verdict) for label, verdict, _ in told(timed)] == [("a", "PASS")]


def test_a_pass_with_a_proven_loss_is_shown_as_that_and_counted_apart():
    gate = Decision(GateVerdict.PASS, "PASS, loss proven (3.1 points): so it is", (), {"proven_loss_points": 3.125})
    suite = StoredSuite(
        "humaneval",
        (SOLVED,),
        {"pass@1": StoredScore(solved=1, samples=1, rate=1.0)},
        {"paired": gate},
        metric="pass@1",
    )
    rows = verdict_rows(
        columns_of([StoredRun(Path("a"), "a", {}, {"humaneval": suite}, None, ()), run("b", GateVerdict.PASS)])
    )

    assert [(row.shown, row.kind, row.headline) for row in rows] == [
        ("PASS, loss proven (3.1 points)", "loss-proven", "so it is"),
        ("PASS", "pass", "so it is"),
    ]
    assert tally(rows) == (("PASS, loss proven", "loss-proven", 1), ("PASS", "pass", 1))


def test_the_worst_verdict_is_counted_first():
    rows = verdict_rows(
        columns_of(
            [
                run("a", GateVerdict.PASS, GateVerdict.PASS),
                run("b", GateVerdict.INCONCLUSIVE, GateVerdict.FAIL),
                run("c"),
            ]
        )
    )

    assert tally(rows) == (
        ("FAIL", "fail", 1),
        ("NO VERDICT", "no-verdict", 1),
        ("INCONCLUSIVE", "inconclusive", 1),
        ("PASS", "pass", 2),
    )
