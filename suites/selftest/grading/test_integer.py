"""What is in the box is read as one integer, and no sum is done for the model."""

from __future__ import annotations

import pytest
from servecheck.grading.integer import Integer, integer_in, is_another_number


@pytest.mark.parametrize(
    ("text", "integer"),
    [
        ("73", 73),
        ("073", 73),
        ("000", 0),
        (" $73$. ", 73),
        ("73.0", 73),
        (r"336^\circ", 336),
        (r"336^{\circ}", 336),
        ("1,024", 1024),
        (r"1,\!024", 1024),
        ("1{,}024", 1024),
        (r"73\,", 73),
        (r"73\text{ degrees}", 73),
        (r"73\%", 73),
        ("n = 73", 73),
        (r"\text{73}", 73),
        (r"\mathbf{073}", 73),
        ("{73}", 73),
        ("-5", -5),
        ("73 cm", 73),
        (r"\left(73\right)", 73),
        (r"1\,024", 1024),
        ("1,024 cm", 1024),
        ("073 cm", 73),
        ("73.0 cm", 73),
    ],
)
def test_what_is_no_part_of_the_number_is_left_out(text, integer):
    assert integer_in(text) == integer


@pytest.mark.parametrize(
    "text",
    ["", "73.5", "1,2", "2024,2025", r"\frac{146}{2}", "70+3", "m+n=73", "73 or 74", r"73\text{ or }74", "seventy",
     "1" * 40, r"7\,3", r"7\ 3", "1000_{2}", "1_0", r"73\pi", "73x", "5 hours 30 minutes", "73 square feet",
     r"73 \mbox{ inches}^2", r"73\pmod{100}", r"73 \pmod{1000}", r"73\unknown{5}", r"7.5\pmod{100}"],
)  # fmt: skip
def test_anything_else_is_no_integer(text):
    assert integer_in(text) is None


@pytest.mark.parametrize(
    ("text", "holds"),
    [("7.5", True), (".5", True), ("7.5 cm", True), (r"\frac{3}{4}", True), (r"\dfrac{840}{13}", True), ("3/4", True),
     (r"33.3\%", True), ("7.0", False), (r"\frac{146}{2}", False), ("146/2", False), ("7.5.1", False), ("x", False),
     (r"7.5\pmod{100}", False),
     ("", False)],
)  # fmt: skip
def test_another_number_is_known_without_a_sum(text, holds):
    assert is_another_number(text) is holds


def test_a_number_that_is_no_integer_is_wrong_and_a_sum_unread():
    wrong = Integer().compared("7.5", "73")

    assert (wrong.kind, wrong.reason) == ("wrong", "wrong answer: 7.5, expected 73")
    assert Integer().compared(r"\frac{146}{2}", "73").kind == "unread"


def test_the_golds_way_of_writing_does_not_matter_either():
    assert Integer().compared("336", r"336^\circ").kind == "solved"
    assert Integer().compared("045", "45").kind == "solved"


def test_a_box_with_something_else_is_unread_and_shown_in_one_printable_line():
    found = Integer().compared("\x1b[31mred\n" + "x" * 500, "73")

    assert found.kind == "unread"
    assert found.reason.startswith(r"no answer: the last \boxed{} has no integer in it: \x1b[31mred\nxxx")
    assert len(found.reason) < 120


@pytest.mark.parametrize("layer", ["{", r"\text{", "^ ", r"\frac{1}{", "1,"])
def test_a_box_too_long_for_an_integer_is_read_at_no_cost(layer):
    box = layer * 1_000_000 + "}" * layer.count("{") * 1_000_000

    assert integer_in(box) is None
    assert not is_another_number(box)
