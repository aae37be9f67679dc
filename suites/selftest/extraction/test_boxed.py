r"""The last ``\boxed{}`` of a reply is its answer, and nothing else is."""

from __future__ import annotations

import pytest
from servecheck.extraction.boxed import last_boxed, why_no_box


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"So $x = \boxed{5}$.", "5"),
        (r"First \boxed{1}, no: \boxed{2}.", "2"),
        (r"\boxed{\frac{1}{\sqrt{2}}} is it", r"\frac{1}{\sqrt{2}}"),
        (r"\boxed{ 7 }", " 7 "),
        (r"\boxed{}", ""),
        (r"\boxed{\boxed{3}}", "3"),
    ],
)
def test_the_last_box_up_to_its_own_brace_is_the_answer(text, answer):
    assert last_boxed(text) == answer


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("The answer is 5.", r"no \boxed{}"),
        ("", r"no \boxed{}"),
        (r"\fbox{5}", r"an \fbox, which GLM's harness does not read"),
        (r"\boxed {5}", r"the last \boxed has no braces"),
        (r"\boxed5", r"the last \boxed has no braces"),
        (r"\boxed{1}, or rather \boxed{2", r"the last \boxed{} is not closed"),
        (r"\boxed{a\{b}", r"the last \boxed{} is not closed"),
    ],
)
def test_an_earlier_box_is_no_answer_where_the_last_one_cannot_be_read(text, why):
    assert last_boxed(text) is None
    assert why_no_box(text) == why


def test_a_long_reply_is_read_in_linear_time():
    assert last_boxed(r"\boxed{" + "{" * 1_000_000) is None
