"""What is told of how replies were read: what transforms did, what lost a reply, the score beside."""

from typing import Any

from servecheck.evaluation.call_counts import CallCounts
from servecheck.evaluation.record import Record
from servecheck.evaluation.verdict import OtherRules
from servecheck.grading.code.lm_eval_findings import EXPLANATIONS, Finding
from servecheck.report.reading import OtherRulesScore, ReadingSummary, reading

from suites.selftest.records import record


def _record(applied: Any = (), findings: Any = (), base: str | None = None, plus: str = "fail") -> Record:
    beside = None if base is None else OtherRules("EvalPlus", {"base": base, "plus": plus})
    return record(solved=not findings, applied=applied, findings=findings, beside=beside)


def test_a_suite_without_any_of_it_has_nothing_to_tell():
    assert reading([_record(), _record()]) == ReadingSummary()
    assert ReadingSummary().lines() == []


def test_what_each_transform_did_is_summed():
    records = [_record([("a", "cut", 2), ("b", "copied", 10)]), _record([("a", "cut", 1)]), _record()]

    found = reading(records)

    assert found.transforms == (("a", "cut", 3, 2), ("b", "copied", 10, 1))
    assert found.lines()[0] == "transforms   a: cut, 3 in 2 of the replies"


def test_an_unsolved_reply_counts_for_its_first_cause_which_is_explained():
    records = [
        _record(findings=("fence_first", "stopped_early")),
        _record(findings=("prose",)),
        _record(findings=("fence_first",)),
    ]

    found = reading(records)

    assert found.findings == {Finding.FENCE_FIRST: 2, Finding.PROSE: 1}
    assert found.lines() == [
        f"finding      2 unsolved, fence first: {EXPLANATIONS[Finding.FENCE_FIRST]}",
        f"finding      1 unsolved, prose: {EXPLANATIONS[Finding.PROSE]}",
    ]


def test_the_score_beside_counts_plus_where_base_passes_too():
    found = reading([_record(base="pass", plus="pass"), _record(base="pass"), _record(base="fail", plus="pass")])

    assert found.beside == OtherRulesScore("EvalPlus", {"base": 2, "plus": 1}, 3)
    assert found.lines() == ["EvalPlus     the same replies under its rules: base 2/3 66.7 %, plus 1/3 33.3 %"]


def test_what_a_stored_run_says_beyond_what_is_known_is_left_out():
    of_another_version = record(solved=False, findings=("of tomorrow",), beside=OtherRules("EvalPlus", {}))

    assert reading([of_another_version]) == ReadingSummary(beside=OtherRulesScore("EvalPlus", {}, 1))


def test_it_is_json():
    found = reading([_record([("a", "cut", 2)], ("prose",), "pass", "pass")])

    assert found.to_json() == {
        "transforms": [{"transform": "a", "what": "cut", "count": 2, "replies": 1}],
        "findings": {"prose": 1},
        "evalplus": {"base": 1, "plus": 1, "samples": 1},
    }


def test_calls_of_tools_are_summed_with_what_is_wrong_with_them():
    counts = [
        CallCounts(made=6, invalid_json=1, unfit=1, refused=2),
        CallCounts(misshapen=1, made=1),
        CallCounts(made=2, unknown_name=1),
    ]

    found = reading([record(calls=one) for one in counts])

    assert found.lines() == [
        "tool calls   5 of 9 could be made (55.6 %, 95 %: 21.2 to 86.3): "
        "1 in a shape that no client of the protocol reads, "
        "1 with arguments that are no JSON object, 1 of a tool that was not offered, 1 that do not fit the tool's "
        "schema; 2 that fit were refused by the tool itself"
    ]
    assert found.to_json()["tool_calls"]["fitting"] == 5
    assert reading([record(calls=CallCounts())]).lines() == ["tool calls   none was made"]
    assert reading([record()]).lines() == []


def test_what_became_of_answers_is_told_each_by_itself_with_what_they_cost():
    records = [
        record("T/0", tokens=100),
        record("T/1", solved=False, kind="wrong", tokens=300),
        record("T/2", solved=False, kind="unread", tokens=100),
    ]

    found = reading(records)

    assert found.lines() == [
        "answers      1 solved, 1 wrong, 1 unread, 0 truncated, 0 empty",
        "tokens       500 in 3 replies, 167 each, 500 for each that is solved",
    ]
    assert found.to_json()["answers"] == {
        "solved": 1,
        "wrong": 1,
        "unread": 1,
        "truncated": 0,
        "empty": 0,
        "spoilt": 0,
    }
    assert found.to_json()["tokens"] == {"tokens": 500, "replies": 3, "solved": 1}


def test_of_two_judges_of_one_run_the_last_ones_replies_are_counted():
    def judged(by: str, told: str) -> Record:
        return record(solved=True, beside=OtherRules("a judge", {f"as {by} reads it": told}))

    found = reading([judged("one", "pass"), judged("other", "pass"), judged("other", "unread")])

    assert found.beside == OtherRulesScore("a judge", {"as other reads it": 1}, 2)
