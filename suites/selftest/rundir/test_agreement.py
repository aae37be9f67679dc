"""A stored score that its verdicts do not bear out is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from servecheck.evaluation.record import Record
from servecheck.evaluation.verdict import NOT_ASKED
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.rundir.agreement import disagreements
from servecheck.rundir.stored_schema import StoredScore
from servecheck.rundir.stored_suite import StoredSuite
from servecheck.rundir.tallies import decided_by_tallies

from suites.selftest.records import record as made


def passed(n: int) -> dict[str, Decision]:
    return {"published": Decision(GateVerdict.PASS, "PASS: it is", figures={"n": n})}


def record(number: int, solved: bool = True, base: bool = True) -> Record:
    return made(f"T/{number}", 0, solved, base=base, plus=solved)


def suite(*records: Record, chosen: bool = False, gates=None, **told: tuple[int, int]) -> StoredSuite:
    scores = {
        f"pass@1 {name}": StoredScore(solved=solved, samples=n, rate=solved / n, part="base" if name == "base" else "")
        for name, (solved, n) in told.items()
    }
    gates = passed(len({one.task_id for one in records})) if gates is None else gates
    return StoredSuite("humaneval", records, scores, gates, chosen, next(reversed(scores), ""))


def test_scores_that_follow_from_the_verdicts_agree():
    whole = suite(record(0), record(1, solved=False), base=(2, 2), plus=(1, 2))

    assert disagreements(whole) == ()


@pytest.mark.parametrize(
    ("records", "line"),
    [
        ([record(0)], "pass@1 plus is told as 1 of 2 solved, and the verdicts that are there say 1 of 1"),
        ([record(0), record(1)], "pass@1 plus is told as 1 of 2 solved, and the verdicts that are there say 2 of 2"),
        ([], "there are scores and no verdicts that they could rest on"),
    ],
)
def test_a_verdict_lost_or_changed_is_found(records, line):
    assert disagreements(suite(*records, plus=(1, 2))) == (f"humaneval: {line}",)


def test_a_rate_that_is_not_that_of_the_counts_is_found():
    scores = {"pass@1 plus": StoredScore(solved=1, samples=1, rate=0.5)}
    told = StoredSuite("humaneval", (record(0),), scores, passed(1), metric="pass@1 plus")

    assert disagreements(told) == ("humaneval: pass@1 plus is told as 0.5, and the verdicts say 1",)


def test_a_metric_that_cannot_be_taken_from_the_verdicts_is_found():
    scores = {"pass@1 other": StoredScore(solved=1, samples=1, rate=1.0, part="other")}
    told = StoredSuite("humaneval", (record(0),), scores, passed(1), metric="pass@1 other")

    assert disagreements(told) == ("humaneval: pass@1 other cannot be taken from the verdicts that are there",)


DECIDED = {"published": Decision(GateVerdict.PASS, "PASS: 1 of 1", figures={"n": 1})}


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (suite(record(0), gates=DECIDED, chosen=True, plus=(1, 1)), "some chosen problems alone were scored"),
        (suite(record(0), gates=DECIDED), "there are gates and no score that they could rest on"),
        (suite(gates=DECIDED), "there are scores and no verdicts"),
        (
            suite(record(0), record(1), gates=DECIDED, plus=(2, 2)),
            "told to rest on 1 problems, and there are verdicts on 2",
        ),
    ],
)
def test_a_gate_that_rests_on_nothing_or_on_other_problems_is_found(told, line):
    (found,) = disagreements(told)

    assert line in found


@pytest.mark.parametrize(("n", "agrees"), [(1, True), (2, False)])
def test_a_gate_that_ended_a_run_early_rests_on_no_more_problems_than_have_verdicts(n, agrees):
    ended = {"paired": Decision(GateVerdict.PASS, "PASS: it is", (), {"n": n, "look": 2})}

    assert (not disagreements(suite(record(0), chosen=True, gates=ended, plus=(1, 1)))) == agrees


@pytest.mark.parametrize("name", ["published", "paired", "origin", "baseline"])
@pytest.mark.parametrize("chosen", [False, True])
def test_a_gate_on_outcomes_that_does_not_say_of_how_many_problems_is_found(name, chosen):
    told = suite(record(0), chosen=chosen, gates={name: Decision(GateVerdict.PASS, "PASS: it is")}, plus=(1, 1))

    (found,) = disagreements(told)

    assert ("some chosen problems alone" if chosen else f"the gate {name} does not say on how many") in found


def test_a_gate_that_rests_on_no_problems_needs_none():
    gates = {**passed(1), "acceptance": Decision(GateVerdict.PASS, "PASS: acceptance length 1.80")}

    assert disagreements(suite(record(0), gates=gates, plus=(1, 1))) == ()


NOT_GATED = {"published": Decision(GateVerdict.NOT_GATED, "not gated: some chosen problems alone")}


@pytest.mark.parametrize("more", [{"chosen": True, "gates": NOT_GATED}, {"gates": {}}])
def test_what_decides_nothing_is_not_checked(more):
    assert disagreements(suite(record(0), plus=(0, 2), **more)) == ()


def delivery(verdict: GateVerdict, *records: Record) -> StoredSuite:
    gates = {"delivery": Decision(verdict, f"{verdict}: it is", figures={"n": len(records)})}
    solved, samples = sum(one.solved for one in records), sum(one.kind != NOT_ASKED for one in records)
    scores = {"delivered": StoredScore(solved=solved, samples=samples, rate=solved / samples)}
    return StoredSuite("tool_contract", records, scores, gates, metric="delivered")


BROKEN = made("echo/ref", 0, False, kind="parser_fault", tally={"asked": 6, "faults": 6, "requests": 12})


def test_a_gate_that_goes_by_tallies_is_decided_anew():
    assert disagreements(delivery(GateVerdict.FAIL, BROKEN)) == ()
    assert disagreements(delivery(GateVerdict.PASS, BROKEN)) == (
        "tool_contract: the gate delivery is stored as PASS, and the verdicts that are there make it FAIL: the server "
        "is at fault in 1 of 1 cases (1 parser fault)",
    )


def test_a_tally_that_was_edited_bears_no_pass_out():
    edited = made("echo/ref", 0, False, kind="parser_fault", tally={"asked": 1, "faults": 0, "requests": 2})

    (found,) = disagreements(delivery(GateVerdict.PASS, edited))

    assert "make it INVALID: 1 of 1 cases are not delivered, and their tallies do not say why (echo/ref)" in found


def test_cases_of_an_api_that_a_server_lacks_are_no_damage():
    sound = made("echo/plain", 0, True, tally={"asked": 1, "faults": 0, "requests": 2})
    lacking = made("messages/echo-plain", 0, False, kind=NOT_ASKED, tally={"asked": 1, "open": 1, "no_api": 1})
    stored = delivery(GateVerdict.PASS, sound, lacking)

    decision = decided_by_tallies(stored)["delivery"]

    assert decision.verdict is GateVerdict.PASS
    assert disagreements(replace(stored, gates={"delivery": decision})) == ()
