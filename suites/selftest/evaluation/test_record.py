"""A record crosses from worker to owner as JSON, and is read from the files of earlier versions too."""

from __future__ import annotations

import json

import pytest
from servecheck.evaluation.call_counts import CallCounts
from servecheck.evaluation.record import Record, of_now
from servecheck.evaluation.verdict import OtherRules, PartVerdict

FULL = Record(
    score=0.0,
    kind="wrong_answer",
    reason="wrong answer at plus input 1",
    answer="def f(): ...\ud800",
    source="a fence",
    dropped=("a second definition",),
    parts={"base": PartVerdict("solved"), "plus": PartVerdict("wrong_answer", "wrong", 1, ended_by_itself=False)},
    faults=("truncated",),
    findings=("prose",),
    applied=(("t", "cut", 3),),
    beside=OtherRules("EvalPlus", {"base": "pass", "plus": "fail"}),
    suite="humaneval",
    task_id="Starter/0",
    sample=2,
    tokens=11,
    seconds=1.23456,
    retries=1,
    remarks=("says so",),
    calls=CallCounts(made=3, unfit=1),
)


def test_it_survives_the_way_to_the_owner():
    assert Record.from_json(json.loads(json.dumps(FULL.to_json()))) == FULL


def test_a_line_says_whether_the_case_is_solved_and_how_each_part_is_called_by_evalplus():
    line = FULL.to_json()

    assert (line["solved"], line["score"]) == (False, 0.0)
    assert {name: part["status"] for name, part in line["parts"].items()} == {"base": "pass", "plus": "timeout"}


def test_a_line_of_before_the_score_had_parts_and_program_as_fields_of_their_own():
    line = FULL.to_json()
    before = {name: value for name, value in line.items() if name not in ("score", "parts", "answer")}

    assert Record.from_json({**before, **line["parts"], "program": line["answer"]}) == FULL
    assert Record.from_json({**before, "base": None, "plus": None, "program": ""}).parts == {}


def test_where_a_line_contradicts_itself_what_it_says_of_solved_counts():
    assert Record.from_json({**FULL.to_json(), "solved": True}).score == 1.0


@pytest.mark.parametrize(("changes", "error"), [({"solved": 1}, TypeError), ({"solved": "true"}, TypeError)])
def test_a_line_that_does_not_say_whether_the_case_is_solved_is_none(changes, error):
    with pytest.raises(error):
        of_now({**FULL.to_json(), **changes})
    with pytest.raises(KeyError):
        of_now({"task_id": "a"})


def test_what_stands_beside_in_an_earlier_line_is_evalpluss():
    line = {**FULL.to_json(), "beside": {"base": "pass", "plus": "fail"}}

    assert Record.from_json(line) == FULL


def test_junit_shows_verdict_parts_tokens_seconds_and_what_other_rules_say():
    assert FULL.properties() == [
        ("verdict", "wrong_answer"),
        ("base", "pass"),
        ("plus", "timeout"),
        ("evalplus base", "pass"),
        ("evalplus plus", "fail"),
        ("tokens", 11),
        ("seconds", 1.235),
        ("retries", 1),
        ("faults", "truncated"),
        ("findings", "prose"),
    ]
