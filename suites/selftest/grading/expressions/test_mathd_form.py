"""MATH's own normal form: the same text for answers that differ in spelling alone."""

from __future__ import annotations

import pytest
from servecheck.grading.expressions.mathd_form import mathd_form


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        (r" \text{even} ", "even"),
        (r"\dfrac{1}{2}", r"\frac{1}{2}"),
        (r"\tfrac12", r"\frac{1}{2}"),
        (r"\frac1{72}", r"\frac{1}{72}"),
        ("3/4", r"\frac{3}{4}"),
        ("3/x", "3/x"),
        ("03/4", "03/4"),
        ("0.5", r"\frac{1}{2}"),
        (".5", r"\frac{1}{2}"),
        (r"\sqrt3", r"\sqrt{3}"),
        ("k = 5", "5"),
        ("abc = 5", "abc=5"),
        ("a = b = c", "a=b=c"),
        (r"90^\circ", "90"),
        (r"15\%", "15"),
        (r"\$18", "18"),
        (r"864 \text{ inches}", "864"),
        (r"\left( 1,\ 2 \right)", r"(1,\2)"),
        (r"10,\!080", "10,080"),
        ("", ""),
    ],
)
def test_spelling_is_evened_out(answer, form):
    assert mathd_form(answer) == form


@pytest.mark.parametrize("answer", [r"1\text{ a}\text{ b}", r"2 \sqrt", r"2 \frac"])
def test_what_cannot_be_taken_apart_stays_as_it_is(answer):
    assert mathd_form(answer) == answer


def test_a_fraction_that_is_too_short_leaves_all_fractions_as_they_are():
    assert mathd_form(r"\frac12 + \frac3") == r"\frac12+\frac3"
