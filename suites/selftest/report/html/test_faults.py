"""What was wrong with replies is counted by run and suite."""

from __future__ import annotations

from pathlib import Path

from servecheck.evaluation.record import Record
from servecheck.report.html.columns import columns_of
from servecheck.report.html.faults import FaultRow, fault_rows
from servecheck.rundir.stored_run import StoredRun
from servecheck.rundir.stored_suite import StoredSuite

from suites.selftest.records import record as made


def row(*records: Record) -> FaultRow:
    suite = StoredSuite("humaneval", records, {}, {})
    (found,) = fault_rows(columns_of([StoredRun(Path("a"), "a", {}, {"humaneval": suite}, None, ())]))
    return found


def record(number: int, kind: str, *faults: str, solved: bool = False) -> Record:
    spoilt = kind == "think_leak"
    return made(f"T/{number}", 0, solved, kind=kind, faults=faults, findings=("fenced",), spoilt=spoilt, retries=2)


def test_the_most_frequent_comes_first():
    found = row(
        record(0, "timeout"), record(1, "wrong_answer"), record(2, "wrong_answer", "truncated"),
        record(3, "think_leak", "think_leak", "truncated"), record(4, "solved", solved=True),
    )  # fmt: skip

    assert found.unsolved == (("wrong answer", 2), ("timeout", 1), ("think leak", 1))
    assert found.faults == (("truncated", 2), ("think leak", 1))
    assert (found.findings, found.spoilt, found.retries) == ((("fenced", 5),), 1, 10)


def test_kinds_without_end_are_counted_together():
    found = row(*(record(number, f"kind {number}") for number in range(30)))

    assert len(found.unsolved) == 13
    assert found.unsolved[-1] == ("others", 18)
