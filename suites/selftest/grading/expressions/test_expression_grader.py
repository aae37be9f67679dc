"""PRM800K's rules decide, Math-Verify's stand beside, and what they disagree over is told by kind."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.conditions import grader_identity
from servecheck.evaluation.record import Record
from servecheck.evaluation.transcript import Reply, Timings, Transcript, Usage
from servecheck.grading.expressions import expression_grader
from servecheck.grading.expressions.expression_grader import Expression
from servecheck.problems.answers import AnswerProblem
from servecheck.profiles.schema import Profile


class Said:
    """A comparer that says what it is told to."""

    def __init__(self, official: bool | None, beside: bool | None) -> None:
        self._said = {"prm800k": official, "math_verify": beside}

    def same(self, rules: str, answer: str, right: str) -> bool | None:
        return self._said[rules]


def compared(monkeypatch, official, beside, answer="6/8", right=r"\frac{3}{4}"):
    monkeypatch.setattr(expression_grader, "comparer", lambda: Said(official, beside))
    return Expression().compared(answer, right)


@pytest.mark.parametrize(
    ("official", "beside", "kind", "part"),
    [
        (True, True, "solved", ("solved", "")),
        (True, False, "solved", ("not_equal", "how a fraction is written")),
        (False, True, "wrong", ("solved", "how a fraction is written")),
        (False, False, "wrong", ("not_equal", "")),
        (False, None, "wrong", ("unread", "")),
        (True, None, "solved", ("unread", "")),
        (None, True, "unread", ("solved", "how a fraction is written")),
        (None, False, "unread", ("not_equal", "")),
        (None, None, "unread", ("unread", "")),
    ],
)
def test_the_first_decides_and_the_other_is_kept(monkeypatch, official, beside, kind, part):
    found = compared(monkeypatch, official, beside)

    assert found.kind == kind
    assert (found.parts["math_verify"].kind, found.parts["math_verify"].reason) == part


def test_what_the_other_calls_right_stands_in_the_reason(monkeypatch):
    assert compared(monkeypatch, official=False, beside=True).reason == (
        r"wrong answer: 6/8, expected \frac{3}{4} [Math-Verify calls it right: how a fraction is written]"
    )


def test_the_right_answer_to_the_letter_is_compared_by_nobody(monkeypatch):
    found = compared(monkeypatch, None, None, answer=r" \frac{3}{4}", right=r"\frac{3}{4}")

    assert (found.kind, found.parts["math_verify"].kind) == ("solved", "solved")


def test_disagreements_of_a_run_are_counted_by_kind(monkeypatch):
    def record(task_id, **said):
        found = compared(monkeypatch, **said)
        score = float(found.kind == "solved")
        return Record(suite="s", task_id=task_id, sample=0, score=score, kind=found.kind, parts=found.parts)

    figures = Expression().figures([
        record("a", official=True, beside=True),
        record("b", official=False, beside=True, answer="2,3", right="3,2"),
        record("c", official=False, beside=True),
        record("d", official=True, beside=False, answer="204.", right="204"),
        record("too costly for one", official=True, beside=None),
        Record(suite="s", task_id="e", sample=0, score=0.0, kind="unread"),
    ])  # fmt: skip

    assert [(one.name, one.percent, one.words) for one in figures] == [
        ("called right by PRM800K alone", 25.0, "1 of 4 answers; 1 how a number is written; d"),
        (
            "called right by Math-Verify alone",
            50.0,
            "2 of 4 answers; 1 the order of several; 1 how a fraction is written; b, c",
        ),
    ]


@pytest.mark.parametrize("content", ["I cannot tell.", r"\boxed{ }", ""])
def test_a_reply_without_an_answer_has_every_part_and_is_no_answer_that_they_disagree_over(content):
    """A stored run of which one verdict lacked a part was called damaged."""
    reply = Reply(content, None, "stop", "m", Usage(9, 9), Timings(1.0, None, 0.5), "00")
    problem, bench = AnswerProblem("e/1", "How many?", "42"), Bench(Profile(name="p", model="m"), "0" * 64)

    verdict = Expression().grade(problem, Transcript.of(reply), bench)
    record = Record(suite="s", task_id="e/1", sample=0, score=0.0, kind=verdict.kind, parts=verdict.parts)

    assert {metric.part for metric in Expression.metrics if metric.part} == verdict.parts.keys()
    assert Expression().figures([record]) == ()


def test_a_run_without_an_answer_has_no_figures():
    assert Expression().figures([Record(suite="s", task_id="e", sample=0, score=0.0, kind="unread")]) == ()


def test_verdicts_given_with_another_computer_algebra_system_are_anothers():
    assert f"sympy {version('sympy')}, " in grader_identity(Expression())
