"""A disagreement of two graders is called by what the answers differ in."""

from __future__ import annotations

import pytest
from servecheck.grading.expressions.disagreement import disagreement


@pytest.mark.parametrize(
    ("answer", "right", "kind"),
    [
        ("6/8", r"\frac{3}{4}", "how a fraction is written"),
        ("204.", "204", "how a number is written"),
        ("2,3", "3,2", "the order of several"),
        ("864", r"864 \mbox{ inches}^2", "a unit or words"),
        ("90", r"90^\circ", "a unit or words"),
        (r"35.0\%", "35", "a unit or words"),
        (r"\$5.0", "5", "a unit or words"),
        ("1/2006!", "1/2004!", "a factorial"),
        ("y = 2x", "2x", "an equation"),
        ("90", r"90^{ \circ }", "a unit or words"),
        (r"1,\!000x", "1000x", "another form"),
        ("2^" + " " * 1_000_000 + "x", "2^x", "another form"),
    ],
    ids=lambda text: text[:20],
)
def test_the_kinds(answer, right, kind):
    assert disagreement(answer, right) == kind
