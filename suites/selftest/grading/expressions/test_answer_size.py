r"""An answer that is larger than any right one is read by nobody: neither its length nor its depth costs anything."""

from __future__ import annotations

import pytest
from servecheck.grading.expressions import expression_grader
from servecheck.grading.expressions.answer_size import DEEPEST, LONGEST, why_too_large
from servecheck.grading.expressions.expression_grader import Expression


@pytest.mark.parametrize(
    "answer",
    [r"\frac{" * 3_000, r"\sqrt{" * 2_000 + "2" + "}" * 2_000, "x" * 10_000_000, "(" * 9 + "1" + ")" * 9, "{[(" * 3],
    ids=["fractions", "roots", "megabytes", "brackets", "left open"],
)
def test_what_is_too_large_is_unread_by_both_rules_and_compared_by_neither(monkeypatch, answer):
    monkeypatch.setattr(expression_grader, "comparer", None)

    found = Expression().compared(answer, r"\frac{3}{4}")

    assert (found.kind, found.parts["math_verify"].kind) == ("unread", "unread")
    assert found.reason.endswith("are compared")
    assert len(found.reason) < 200


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "x" * LONGEST,
        "(" * DEEPEST + "1" + ")" * DEEPEST,
        "()" * 90,
        ")" * 150 + "(",
        r"\left\{\left(\frac{\sqrt{1+\sqrt{2}}}{2},\frac{\pi}{4}\right)\right\}",
        r"\begin{pmatrix} 16/49 \\ 48/49 \\ 24/49 \end{pmatrix}",
    ],
)
def test_what_people_write_is_not(answer):
    assert why_too_large(answer, "5") == ""


def test_a_right_answer_that_is_large_sets_wider_bounds():
    long, deep = "+".join("x" * 200), r"\sqrt{" * 9 + "x" + "}" * 9

    assert why_too_large(f"{long} + 0", long) == ""
    assert why_too_large(f"({deep})", deep) == ""
    assert why_too_large(long * 3, long) == "it has 1,197 characters, and at most 798 are compared"
    assert why_too_large("(" * 20, deep) == "it has 20 brackets within one another, and at most 18 are compared"
