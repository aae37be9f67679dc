"""A text is compared line by line and numbers by their value; a function's value with ``==``."""

from __future__ import annotations

import pytest
from servecheck.grading.contests.comparison import expected_value, is_expected_value, text_differs_at


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("6\n3", "6\n3\n"),
        (" 6 \n\t3  \n\n", "6\n3"),
        ("1.0 2", "1 2.000"),
        ("1e3", "1000"),
        ("1  2", "1 2"),
        ("", "\n"),
        ("50000000000000001", "50000000000000001.0"),
        ("nan", "nan"),
    ],
)
def test_white_space_around_lines_and_how_a_number_is_written_make_no_difference(answer: str, expected: str) -> None:
    assert text_differs_at(answer, expected) is None


@pytest.mark.parametrize(
    ("answer", "expected", "line"),
    [
        ("6\n4", "6\n3", 1),
        ("6", "6\n3", 1),
        ("6\n3\n2", "6\n3", 2),
        ("0.1", "0.10000000000000001", 0),
        ("50000000000000000", "50000000000000001", 0),
        ("yes 1.0", "yes 1", 0),
        ("a  b", "a b", 0),
        ("NaN", "nan", 0),
        ("sNaN", "1", 0),
        ("1 2", "1 2 3", 0),
        ("1\n\n2", "1\n2", 1),
        ("YES", "Yes", 0),
    ],
)
def test_the_first_line_that_differs_is_told(answer: str, expected: str, line: int) -> None:
    assert text_differs_at(answer, expected) == line


@pytest.mark.parametrize(
    ("answer", "expected"), [([1], "[1]"), ((1, 2), "[1, 2]"), (1.0, "1"), (True, "1"), (None, "null"), ("a", '"a"')]
)
def test_values_are_equal_as_python_has_it_and_a_tuple_is_a_list(answer: object, expected: str) -> None:
    assert is_expected_value(answer, expected_value(expected))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [([(1, 2)], "[[1, 2]]"), (0.1 + 0.2, "0.3"), ("1", "1"), (float("nan"), "NaN"), ({1: 2}, '{"1": 2}'), (None, "0")],
)
def test_there_is_no_tolerance_and_no_tuple_within(answer: object, expected: str) -> None:
    assert not is_expected_value(answer, expected_value(expected))


def test_an_array_that_is_neither_true_nor_false_is_wrong() -> None:
    import numpy as np

    assert is_expected_value(np.array([5]), 5)
    assert not is_expected_value(np.array([1, 2]), [1, 2])
