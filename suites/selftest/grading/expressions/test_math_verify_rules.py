r"""Math-Verify's verdict: what it is kinder in, and what it gets wrong, as of the pinned facts.

These are the kinds of pairs on which the two graders differ; a release that judges one otherwise is to be noticed.
"""

from __future__ import annotations

import pytest
from servecheck.grading.expressions.math_verify_rules import same_by_math_verify


@pytest.mark.parametrize(
    ("answer", "right", "same"),
    [
        (r"\frac{6}{8}", r"\frac{3}{4}", True),
        ("204.", "204", False),
        ("2,3", "3,2", True),
        ("864", r"864 \mbox{ inches}^2", True),
        ("1/2006!", "1/2004!", True),
        ("5", "6", False),
        ("", "5", False),
    ],
)
def test_where_it_differs_and_where_not(answer, right, same):
    assert same_by_math_verify(answer, right) is same


def test_it_runs_no_program(tmp_path):
    mark = tmp_path / "mark"

    assert not same_by_math_verify(f"open('{mark}','w')", "5")
    assert not mark.exists()
