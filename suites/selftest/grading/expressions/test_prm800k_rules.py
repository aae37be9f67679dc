"""PRM800K's rules are strict on purpose: forms first, then a computer algebra system, element by element."""

from __future__ import annotations

import pytest
from servecheck.grading.expressions.formula import is_zero
from servecheck.grading.expressions.prm800k_rules import same_by_prm800k


@pytest.mark.parametrize(
    ("answer", "right", "same"),
    [
        (r"\dfrac{3}{4}", r"\frac{3}{4}", True),
        ("0.75", r"\frac{3}{4}", True),
        ("6/8", r"\frac{3}{4}", False),
        ("204.", "204", True),
        ("2+2", "4", False),
        ("2,3", "3,2", False),
        ("(2, 3)", "(2,3)", True),
        ("[2,3)", "(2,3)", False),
        ("(2,3,4)", "(2,3)", False),
        ("(1, 2x-x)", "(1,x)", True),
        (r"(1,\sqrt{4})", "(1,2)", False),
        (r"(x+1)(x-1)", "x^2-1", True),
        ("2(x+y)", "2x+2y", True),
        ("2(x+y+z)", "2x+2y+2z", False),
        (r"864 \mbox{ inches}^2", "864", False),
        ("864", r"864 \mbox{ inches}^2", False),
        ("1/2006!", "1/2004!", False),
        ("", "5", False),
        ("5", "", False),
    ],
)
def test_what_counts_as_the_right_answer(answer, right, same):
    assert same_by_prm800k(answer, right, is_zero) is same


@pytest.mark.parametrize("answer", ["x^{99}", "2^(3)+x", "2^99+x", "2^3^4+x", "abc+x"])
def test_nothing_long_and_no_words_go_to_the_computer_algebra_system(answer):
    def never(formula: str) -> bool:
        raise AssertionError(formula)

    assert not same_by_prm800k(answer, "x", never)
