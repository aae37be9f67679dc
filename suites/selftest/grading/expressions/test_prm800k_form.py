"""PRM800K's form: one line of plain characters, without units."""

from __future__ import annotations

import pytest
from servecheck.grading.expressions.prm800k_form import is_integer, prm800k_form, without_thousands


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        (r"\frac{3}{4}", "3/4"),
        (r"2\frac{3}{4}", "2+3/4"),
        (r"3\sqrt{2}", "3sqrt(2)"),
        (r"\frac{\pi}{2}", "pi/2"),
        ("204.", "204"),
        ("1,234", "1234"),
        (r"10,\!080", "10080"),
        ("7 3/4", "7+3/4"),
        (r"50\%", "50"),
        (r"\$5.50", "5.50"),
        ("5 cm^2", "5"),
        (r"90^\circ", "90"),
        ("3 million", "3*10^6"),
        ("2 and 3", "2,3"),
        ("- 5", "-5"),
        ("Sunday", "sun"),
        ("2.9999999999", "3"),
    ],
)
def test_units_and_latex_are_gone(answer, form):
    assert prm800k_form(answer) == form


@pytest.mark.parametrize(
    ("text", "holds"), [("5", True), ("5.0", True), ("1,234", True), ("1,23", False), ("inf", False), ("nan", False),
                        ("1e400", False), ("x", False), ("5.5", False)]
)  # fmt: skip
def test_what_is_an_integer(text, holds):
    assert is_integer(text) is holds


def test_commas_of_numbers_go_and_those_of_tuples_stay():
    assert without_thousands("(1,234,567,8)") == "(1234567,8)"


def test_latex_that_cannot_be_read_goes_on_as_it_is():
    assert prm800k_form("\\" + "{" * 2000)
