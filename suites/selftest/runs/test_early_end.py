"""A look is due once every case of its problems has a verdict, in whatever order these come."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.errors import UsageError
from servecheck.gates.decision import GateVerdict
from servecheck.gates.lookup import LookUp
from servecheck.gates.sequential import asking_order, planned_looks
from servecheck.runs.early_end import EarlyEnd, is_decided, require_recorded
from servecheck.runs.suite_result import suite_result

from suites.selftest.records import record, suite_named
from suites.selftest.runs.test_suite_result import NOTHING, TASKS, _plan, _recorded, _records

PLAN = replace(_plan(), order=tuple(asking_order(TASKS)))
CASES = list(PLAN.cases())


def early(*suites: str) -> EarlyEnd:
    return EarlyEnd(PLAN, dict.fromkeys(suites or ("mention",), CASES))


def test_a_look_is_due_once_its_last_case_is_judged() -> None:
    watched = early()
    due = [watched.due(record(case.task_id, case.sample, suite="mention")) for case in CASES]

    assert [(number, look.number) for number, looks in enumerate(due, 1) for look in looks] == [
        (11, 1),
        (22, 2),
        (33, 3),
    ]


def test_of_two_suites_both_have_to_have_judged() -> None:
    watched = early("mention", "other")
    first = [watched.due(record(case.task_id, case.sample, suite="mention")) for case in CASES[:11]]
    second = [watched.due(record(case.task_id, case.sample, suite="other")) for case in CASES[:11]]

    assert not any(first)
    assert [len(looks) for looks in second] == [0] * 10 + [1]


def test_what_comes_twice_or_before_its_turn_changes_nothing() -> None:
    watched = early()
    verdicts = [record(case.task_id, case.sample, suite="mention") for case in (*CASES[5:22], *CASES[5:9], *CASES[:5])]

    assert [[look.number for look in watched.due(verdict)] for verdict in verdicts] == [[]] * 25 + [[1, 2]]


@pytest.mark.parametrize(("margin", "decided"), [(10.0, False), (60.0, True)])
def test_at_a_look_the_pairs_decide_over_its_problems_or_not_at_all(margin: float, *, decided: bool) -> None:
    look = planned_looks(len(TASKS))[0]
    cases = early().cases(look, CASES)
    plan = replace(PLAN, profile=PLAN.profile.model_copy(update={"margin": margin}))
    lost = [case.task_id for case in CASES[20:]]  # of the recorded run, which this look is not at

    result = suite_result(
        suite_named("mention"), plan, cases, _records(cases), LookUp((), (), (_recorded(lost),)), look=look
    )

    assert is_decided(result) is decided
    assert result.chosen
    assert "published" not in result.gates or result.gates["published"].verdict is GateVerdict.NOT_GATED
    if decided:
        assert result.gates["paired"].figures["n"] == 11
        assert result.gates["paired"].figures["better"] == []


@pytest.mark.parametrize(
    "fault",
    ["switch_ignored", "no_reasoning", "empty", "reasoning_only", "tool_call", "filtered", "unknown_end", "unjudged"],
)
def test_replies_that_would_make_the_whole_run_invalid_decide_no_look_either(fault: str) -> None:
    look = planned_looks(len(TASKS))[0]
    cases = early().cases(look, CASES)
    plan = replace(PLAN, profile=PLAN.profile.model_copy(update={"margin": 60.0}))
    faulty = _records(cases, faults={case.task_id: [fault] for case in cases})

    result = suite_result(suite_named("mention"), plan, cases, faulty, LookUp((), (), (_recorded(),)), look=look)

    assert not is_decided(result)
    assert {gate.verdict for gate in result.gates.values()} == {GateVerdict.INVALID}


def test_a_recorded_run_that_gates_nothing_ends_no_run() -> None:
    look = planned_looks(len(TASKS))[0]
    cases = early().cases(look, CASES)
    solved_none = LookUp((), (), (_recorded(TASKS),))

    result = suite_result(suite_named("mention"), PLAN, cases, _records(cases), solved_none, look=look)

    assert result.gates["paired"].verdict is GateVerdict.NOT_GATED
    assert not is_decided(result)


def test_what_no_recorded_run_can_end_is_refused() -> None:
    with pytest.raises(UsageError, match="run it once with --record-reference"):
        require_recorded("mention", NOTHING, whole=True)
    with pytest.raises(UsageError, match="choose no cases"):
        require_recorded("mention", LookUp((), (), (_recorded(),)), whole=False)
