"""The verdict beside BFCL's own: to the letter, and with the best choice of which call is which."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.extraction.tool_calls.decoded import all_decoded
from servecheck.grading.tool_calls.exact_rules import not_exact
from servecheck.problems.tool_calls import ToolProblem

from suites.selftest.tool_problems import call, problem


def _why(asked: ToolProblem, *given: Any) -> str:
    calls = all_decoded([call(**one) for one in given])
    assert isinstance(calls, tuple)
    return not_exact(calls, asked)


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ("New York", ["NYC", "New York"]),
        (5, [5.0]),
        (5.0, [5]),
        ([1, [2.0]], [[1, [2]]]),
        ({"a": "x"}, [{"a": ["x", "y"], "b": [""]}]),
        ([{"a": 1}], [[{"a": [1]}]]),
        ({"a": {"b": "c"}}, [{"a": [{"b": "c"}]}]),
        (None, [None]),
    ],
)
def test_an_accepted_value_is_right(given, accepted):
    assert _why(problem({"x": "any"}, {"x": accepted}), {"x": given}) == ""


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ("new york", ["New York"]),
        ("New York.", ["New York"]),
        ("5", [5]),
        (True, [1]),
        (1, [True]),
        ([1, 2], [[2, 1]]),
        ([1], [[1, 1]]),
        ({"a": "z"}, [{"a": ["x", "y"]}]),
        ({"a": "x", "c": 1}, [{"a": ["x"]}]),
        ({}, [{"a": ["x"]}]),
        ("", ["x"]),
        ({}, ["x"]),
    ],
)
def test_any_other_is_not(given, accepted):
    assert "is no accepted value to the letter" in _why(problem({"x": "any"}, {"x": accepted}), {"x": given})


def test_parameters_are_those_that_are_accepted():
    asked = problem({"x": "any", "y": "any", "z": "any"}, {"x": [1], "y": ["", 2]})

    assert _why(asked, {"x": 1}) == ""
    assert _why(asked, {"y": 2}) == "f_g is called without x"
    assert _why(asked, {"x": 1, "z": 1}) == "f_g is called with z, which is not expected"


def test_parallel_calls_are_matched_in_whatever_way_they_can_be():
    asked = problem({"x": "any"}, {"x": [1, 2]}, {"x": [1]}, {"x": [3, 2]}, task_id="parallel_0")

    assert _why(asked, {"x": 1}, {"x": 2}, {"x": 3}) == ""
    assert _why(asked, {"x": 2}, {"x": 2}, {"x": 3}) == "no call is left that is the accepted f.g"
    assert _why(asked, {"x": 1}, {"x": 1}) == "2 calls, expected 3"


def test_source_text_is_read_first():
    asked = problem({"x": "long"}, {"x": [5]}, task_id="simple_java_0")

    assert _why(asked, {"x": "5L"}) == ""
    assert "is no accepted value" in _why(asked, {"x": "5"})
    assert _why(asked, {"x": 5}) == "f_g: x cannot be read as a long (takes the text of a long, not int)"


@pytest.mark.parametrize(
    ("task_id", "kind"),
    [
        ("simple_java_0", {"type": "ArrayList", "items": {"type": "String"}}),
        ("simple_java_0", {"type": "HashMap"}),
        ("simple_javascript_0", {"type": "array", "items": {"type": "String"}}),
        ("simple_javascript_0", {"type": "dict"}),
    ],
)
@pytest.mark.parametrize(
    "text",
    ["", "new ArrayList<>(" * 5_000, "[" * 5_000, "{" * 5_000, "\x1b[31m" * 100],
    ids=["nothing", "lists", "brackets", "braces", "escapes"],
)
def test_a_hostile_text_is_a_value_that_is_not_accepted(task_id, kind, text):
    why = _why(problem({"x": kind}, {"x": [["a"]]}, task_id=task_id), {"x": text})

    assert why
    assert "\x1b" not in why
    assert len(why) < 2_000
