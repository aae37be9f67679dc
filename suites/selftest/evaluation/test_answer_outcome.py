"""Wrong, unread, truncated and empty are four things, and none is counted as another."""

from __future__ import annotations

import pytest
from servecheck.evaluation.answer_outcome import AnswerOutcome, answer_outcomes, outcome_of

from suites.selftest.records import record


@pytest.mark.parametrize(
    ("kind", "faults", "outcome"),
    [
        ("wrong", (), AnswerOutcome.WRONG),
        ("wrong", ("truncated",), AnswerOutcome.WRONG),  # an answer was read all the same
        ("wrong_answer", (), AnswerOutcome.WRONG),
        ("not_followed", (), AnswerOutcome.WRONG),
        ("unread", (), AnswerOutcome.UNREAD),
        ("truncated", ("truncated",), AnswerOutcome.TRUNCATED),
        ("empty", ("empty",), AnswerOutcome.EMPTY),
        ("think_leak", ("think_leak",), AnswerOutcome.SPOILT),
        ("repetition_loop", ("repetition_loop",), AnswerOutcome.TRUNCATED),
        ("no_answer", (), AnswerOutcome.UNREAD),
        ("no_answer", ("no_usage",), AnswerOutcome.UNREAD),
        ("no_answer", ("truncated",), AnswerOutcome.TRUNCATED),
        ("no_answer", ("reasoning_budget",), AnswerOutcome.TRUNCATED),
        ("no_answer", ("aborted",), AnswerOutcome.TRUNCATED),
        ("no_answer", ("no_usage", "empty"), AnswerOutcome.EMPTY),
        ("no_answer", ("reasoning_only",), AnswerOutcome.EMPTY),
    ],
)
def test_an_unsolved_reply_is_what_its_grader_says_or_else_what_its_faults_say(
    kind: str, faults: tuple[str, ...], outcome: AnswerOutcome
) -> None:
    assert outcome_of(record(solved=False, kind=kind, faults=faults)) is outcome


def test_all_are_counted_those_that_never_came_too() -> None:
    found = answer_outcomes([record(), record(), record(solved=False, kind="empty")])

    assert dict(found) == {
        AnswerOutcome.SOLVED: 2,
        AnswerOutcome.WRONG: 0,
        AnswerOutcome.UNREAD: 0,
        AnswerOutcome.TRUNCATED: 0,
        AnswerOutcome.EMPTY: 1,
        AnswerOutcome.SPOILT: 0,
    }


@pytest.mark.parametrize("kinds", [("wrong_answer", "timeout"), ("not_asked",), ()])
def test_of_a_grader_that_reads_no_answers_nothing_is_told(kinds: tuple[str, ...]) -> None:
    assert answer_outcomes([record(), *(record(solved=False, kind=kind) for kind in kinds)]) == {}
