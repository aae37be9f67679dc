r"""Math-Verify's verdict: what it is kinder in, and what it gets wrong, as of the pinned facts.

These are the kinds of pairs on which the two graders differ; a release that judges one otherwise is to be noticed.
"""

from __future__ import annotations

import pytest
from servecheck.grading.expressions.comparer import comparer


@pytest.mark.parametrize(
    ("answer", "right", "official", "beside"),
    [
        (r"\frac{6}{8}", r"\frac{3}{4}", False, True),
        ("204.", "204", True, False),
        ("2,3", "3,2", False, True),
        ("864", r"864 \mbox{ inches}^2", False, True),
        ("1/2006!", "1/2004!", False, True),
        ("5", "6", False, False),
        ("", "5", False, False),
    ],
)
def test_where_it_differs_and_where_not(answer, right, official, beside):
    assert comparer().same("prm800k", answer, right) is official
    assert comparer().same("math_verify", answer, right) is beside


def test_it_runs_no_program(tmp_path):
    mark = tmp_path / "mark"

    assert comparer().same("math_verify", f"open('{mark}','w')", "5") is False
    assert not mark.exists()
