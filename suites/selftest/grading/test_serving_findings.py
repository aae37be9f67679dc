"""A finding about server or harness is told from what the model does by itself, and counted by what it explains."""

from __future__ import annotations

import pytest
from servecheck.evaluation.record import Record
from servecheck.grading.code.lm_eval_findings import Finding
from servecheck.grading.faults import Fault
from servecheck.grading.serving_findings import OF_THE_MODEL, serving_findings

from suites.selftest.records import record as made


def record(*faults: str, findings: tuple[str, ...] = (), solved: bool = False) -> Record:
    return made(solved=solved, faults=faults, findings=findings)


def counts(*records: Record) -> list[tuple[str, int]]:
    return [(found.name, found.count) for found in serving_findings(records)]


def test_the_most_frequent_comes_first() -> None:
    fenced = record(findings=("fence_first", "prose"))

    assert counts(record("truncated"), fenced, fenced) == [("fence_first", 2), ("truncated", 1)]


def test_what_did_not_cost_a_problem_explains_none() -> None:
    assert counts(record("truncated", solved=True), record()) == []


def test_what_two_rules_call_by_one_name_counts_once() -> None:
    assert counts(record("think_leak", findings=("think_leak",))) == [("think_leak", 1)]


def test_what_the_model_does_by_itself_is_none() -> None:
    assert counts(record("repetition_loop", findings=("repetition_loop",)), record(findings=("not_python",))) == []


@pytest.mark.parametrize("name", sorted({*Fault, *Finding} - OF_THE_MODEL))
def test_every_other_one_is_and_says_what_it_means(name: str) -> None:
    one = record(findings=(name,)) if name in set(Finding) else record(name)
    (found,) = serving_findings([one])

    assert str(found).startswith(f"1 unsolved, {name.replace('_', ' ')}: ")
    assert found.words
