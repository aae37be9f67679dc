"""The summary says all that decides, and nothing in it can move a cursor."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.evaluation.figure import Figure
from servecheck.evaluation.record import Record
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.lookup import LookUp, Query, UngatedReference
from servecheck.gates.references import Reference
from servecheck.profiles.schema import Profile
from servecheck.report.terminal import summary_lines
from servecheck.rundir.scores import scores

from suites.selftest.records import BOTH, record
from suites.selftest.stats.examples import reference

PASSED = Decision(GateVerdict.PASS, "PASS: said", ("margin: 5 points",))
NOTHING = LookUp((), ())


def _reference(**changes: Any) -> Reference:
    plain = {"problems": "starter", "score": "79.3", "n": None, "source": "a leaderboard", "date": "2026-11"}
    return reference(**(plain | changes))


def _record(task_id: str, reason: str = "", *, sample: int = 0, kind: str = "wrong_answer", **more: Any) -> Record:
    solved = not reason
    clocks = {"began_at": 100.0, "ended_at": 101.0, "candidate_cpu_s": 0.1}
    told = {"kind": "solved" if solved else kind, "reason": reason}
    return record(task_id, sample, solved, base=solved, plus=solved, **{**clocks, **told, **more})


def _lines(records: list[Record], found: LookUp = NOTHING, faults: str = "", **gates: Decision) -> list[str]:
    scored = scores(records, BOTH) if records else ()
    return list(summary_lines(records, scored, found, gates or {"published": PASSED}, faults))


def test_scores_come_with_their_interval():
    lines = _lines([_record("a"), _record("b", "wrong")])

    assert lines[:2] == [
        "pass@1 base  1/2  50.0 %  (95 %: 1.3 to 98.7)",
        "pass@1 plus  1/2  50.0 %  (95 %: 1.3 to 98.7)",
    ]


def test_several_samples_a_problem_have_an_interval_by_problem():
    lines = _lines([_record("a"), _record("a", "wrong", sample=1)])

    assert lines[0] == "pass@1 base  1/2  50.0 %  (95 %: 1.3 to 98.8; mean of 2 samples of 1 problems)"
    assert "  a sample 1  wrong" in lines


def test_the_gate_stands_with_its_details():
    lines = _lines([_record("a")])

    at = lines.index("gate         PASS: said")
    assert lines[at + 1] == "             margin: 5 points"


def test_several_gates_stand_one_after_the_other():
    paired = Decision(GateVerdict.FAIL, "FAIL: 9 newly failing", ("newly failing: a, b",))

    lines = _lines([_record("a")], published=PASSED, paired=paired)

    at = lines.index("gate         PASS: said")
    assert lines[at + 1 : at + 4] == [
        "             margin: 5 points",
        "gate         FAIL: 9 newly failing",
        "             newly failing: a, b",
    ]


def test_faults_of_replies_have_a_line_where_there_are_any():
    assert "faults       2 truncated at max_tokens 768" in _lines(
        [_record("a")], faults="2 truncated at max_tokens 768"
    )
    assert not any(line.startswith("faults") for line in _lines([_record("a")]))


def test_requests_that_were_sent_again_are_counted():
    lines = _lines([_record("a", retries=2), _record("b"), _record("c", retries=1)])

    assert "retries      3 requests were sent again after a fault of the connection or the server" in lines
    assert not any(line.startswith("retries") for line in _lines([_record("a")]))


def test_the_reference_that_gates_is_named_with_source_and_date():
    older = _reference(score="70.0", date="2025-01")

    lines = _lines([_record("a")], LookUp((_reference(), older), ()))

    assert [line for line in lines if line.startswith("reference")] == [
        "reference    79.3 % pass@1 plus (a leaderboard, 2026-11)"
    ]


def test_a_recorded_run_that_gates_is_named_too():
    recorded = _reference(
        source="recorded by servecheck", score="50.0", n=2, solved_count=1, solved="8", problems_sha256="0" * 64
    )

    lines = _lines([_record("a")], LookUp((_reference(),), (), (recorded,)))

    assert "reference    50.0 % pass@1 plus (recorded by servecheck, 2026-11)" in lines
    assert "reference    79.3 % pass@1 plus (a leaderboard, 2026-11)" in lines


def test_scores_that_do_not_gate_are_shown_with_the_reason_where_they_are_of_the_same_measure():
    beside = (
        UngatedReference(_reference(score="81.1"), "thinking on, this run off"),
        UngatedReference(_reference(problems="humaneval-plus", score="82.2"), "other problems"),
        UngatedReference(_reference(metric="pass@1 base", score="83.3"), "other metric"),
    )

    profile = Profile(name="p", model="m")
    query = Query.of(profile, suite="humaneval", problems="starter", metric="pass@1 plus")

    text = "\n".join(_lines([_record("a")], LookUp((), beside, query=query)))

    assert "not compared 81.1 % pass@1 plus (a leaderboard): thinking on, this run off" in text
    assert "82.2" not in text
    assert "83.3" not in text


def test_a_score_of_what_the_grader_tells_beside_its_metrics_is_shown_too():
    query = Query.of(Profile(name="p", model="m"), suite="humaneval", problems="starter", metric="pass@1 plus")
    card = UngatedReference(_reference(metric="mean of both", score="29.9"), "its source does not state the protocol")
    mean = Figure("mean of both", 31.2, "of 541")

    lines = list(summary_lines([], (), LookUp((), (card,), query=query), {}, "", figures=[mean]))

    assert "not compared 29.9 % mean of both (a leaderboard): its source does not state the protocol" in lines
    assert "also         mean of both 31.2 % (of 541)" in lines


def test_unsolved_are_counted_by_kind_most_frequent_first():
    records = [
        _record("a", "w"),
        _record("b", "t", kind="timeout"),
        _record("c", "n", kind="no_program"),
        _record("d", "w"),
    ]

    assert "unsolved     4: 2 wrong answer, 1 timeout, 1 no program" in _lines(records)


def test_more_than_forty_are_counted_and_not_listed():
    lines = _lines([_record(f"task{n}", "wrong") for n in range(43)])

    assert sum(line.startswith("  task") for line in lines) == 40
    assert "  and 3 more: all are in verdicts.jsonl" in lines


@pytest.mark.parametrize(
    "reason",
    [
        "one\ntwo",
        "\x1b[2J\x1b[31mgate         PASS",
        "\r\x1b[Kpass@1 plus  44/44",
        "\u202egnp.exe",
        "\u2028\u2029\x85\x0b\x0c",
        "\x9b31m",
        "\ud800",
        "x" * 100_000,
    ],
    ids=["newline", "colour", "redrawn", "right_to_left", "separators", "c1_control", "surrogate", "endless"],
)
def test_a_hostile_reason_is_one_printable_line(reason):
    lines = _lines([_record("a", f"gave {reason}")])

    (line,) = [line for line in lines if line.startswith("  a  gave ")]
    assert line.isprintable()
    assert len(line) <= 320
    assert line.encode("utf-8")


def test_time_is_from_the_first_program_to_the_last_verdict():
    records = [_record("a", began_at=10.0, ended_at=11.0), _record("b", began_at=8.0, ended_at=9.5)]

    assert _lines(records)[-1] == (
        "graded       2 programs in 3.0 s, first program to last verdict; their own CPU 0.0 s"
    )


def test_one_program_is_one():
    assert _lines([_record("a")])[-1].startswith("graded       1 program in ")


def test_how_near_to_the_least_possible_is_said_where_it_tells_something():
    slow = _lines([_record("a", program_cpu_s=6.0, began_at=0.0, ended_at=12.0)])[-1]

    assert " x the least possible on " in slow


def test_without_a_verdict_only_the_gate_is_left():
    lines = _lines([], published=Decision(GateVerdict.INVALID, "INVALID: 2 of 2 missing"))

    assert lines == ["gate         INVALID: 2 of 2 missing"]
