"""BFCL's own rules, oddities included; ``test_bfcl_parity`` holds them to its own checker."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.extraction.tool_calls.decoded import all_decoded
from servecheck.grading.tool_calls.their_rules import refused_by_them

from suites.selftest.tool_problems import call, problem

LIST = {"type": "array", "items": {"type": "float"}}
TABLES = {"type": "array", "items": {"type": "dict"}}


def _refused(given: Any, kind: Any, accepted: list[Any], task_id: str = "simple_python_0") -> str:
    calls = all_decoded([call(x=given)])
    assert isinstance(calls, tuple)
    return refused_by_them(calls, problem({"x": kind}, {"x": accepted}, task_id=task_id))


@pytest.mark.parametrize(
    ("given", "kind", "accepted"),
    [
        ("New-York, NY.", "string", ["new york ny"]),
        ("1.5", "string", ["15"]),
        ("it's", "string", ['it"s']),
        (5, "float", [5.0]),
        (5, "integer", [4, 5]),
        (["a", "B"], {"type": "array", "items": {"type": "string"}}, [["A", "b"]]),
        ("the_list", LIST, ["the_list"]),  # a text where the accepted value is one is taken for a variable
        ([], LIST, ["", [1.0]]),  # "" for what may be left out is a list of no characters
        ({"a": True}, "dict", [{"a": [1]}]),
        ({"a": 1}, "dict", [{"a": [1], "b": ["", 2]}]),
        ([{"a": 1}, {"a": 2}], TABLES, [[{"a": [1]}, {"a": [2]}]]),
    ],
)
def test_what_it_lets_pass(given, kind, accepted):
    assert _refused(given, kind, accepted) == ""


@pytest.mark.parametrize(
    ("given", "kind", "accepted"),
    [
        ("a\nb", "string", ["a b"]),
        ("5", "integer", [5]),
        (5.0, "integer", [5]),
        (True, "integer", [1]),
        ([5], LIST, [[5.0]]),  # an integer will do for a float, but not within a list
        ([2.0, 1.0], LIST, [[1.0, 2.0]]),
        (None, "string", ["a", ""]),
        ({"a": 1, "b": 2}, "dict", [{"a": [1]}]),
        ({}, "dict", [{"a": [1]}]),
        ([{"a": 2}, {"a": 1}], TABLES, [[{"a": [1]}, {"a": [2]}]]),
        ("const x", "string", ["x"]),
    ],
)
def test_what_it_refuses(given, kind, accepted):
    assert _refused(given, kind, accepted).startswith("f_g: x is ")


def test_a_reason_says_what_was_given_and_what_is_accepted():
    assert _refused("red", "string", ["blue", ""]) == "f_g: x is 'red', expected 'blue'"
    assert _refused("5", "integer", [5]) == "f_g: x is '5', no integer"


@pytest.mark.parametrize(
    ("task_id", "kind", "given", "accepted"),
    [
        ("simple_java_0", "long", "5L", [5]),
        ("simple_java_0", "HashMap", 'new HashMap<>() {{ put("a", 1); }}', [{"a": [1]}]),
        ("simple_java_0", "integer", "size", ["size"]),
        ("simple_javascript_0", "Boolean", "true", [True]),
    ],
)
def test_values_of_other_languages_come_as_text(task_id, kind, given, accepted):
    assert _refused(given, kind, accepted, task_id) == ""


def test_a_number_of_another_language_that_is_no_text_is_refused():
    assert _refused(5, "integer", [5], "simple_java_0") == "f_g: x takes the text of a integer, not int"


@pytest.mark.parametrize(
    ("calls", "why"),
    [
        ([call("f.g", x=1)], "'f.g' is called, expected f_g".replace("'", "")),
        ([call()], "f_g is called without x, which is required"),
        ([call(x=1, y=1)], "f_g is called with y, which is not expected"),
        ([call(x=1), call(x=1)], "2 calls, expected 1"),
    ],
)
def test_names_and_parameters_have_to_be_those_that_are_offered(calls, why):
    found = all_decoded(calls)
    assert isinstance(found, tuple)
    assert refused_by_them(found, problem({"x": "integer"}, {"x": [1]}, required=["x"])) == why


def test_what_may_be_left_out_says_so():
    kind = {"x": "integer", "y": "integer"}
    found = all_decoded([call(x=1)])
    assert isinstance(found, tuple)

    assert refused_by_them(found, problem(kind, {"x": [1], "y": ["", 2]})) == ""
    assert refused_by_them(found, problem(kind, {"x": [1], "y": [2]})) == (
        "f_g is called without y, whose default is not what is asked for"
    )


def test_of_parallel_calls_each_accepted_one_takes_the_first_that_fits():
    asked = problem({"x": "integer"}, {"x": [1, 2]}, {"x": [1]}, task_id="parallel_0")
    in_order, greedy = all_decoded([call(x=2), call(x=1)]), all_decoded([call(x=1), call(x=2)])
    assert isinstance(in_order, tuple)
    assert isinstance(greedy, tuple)

    assert refused_by_them(in_order, asked) == ""
    assert refused_by_them(greedy, asked) == "f_g: x is 2, expected 1"


@pytest.mark.parametrize(
    ("given", "kind", "accepted"),
    [(10**400, "float", [1.0]), ([1.0], LIST, [[1.0], 5]), ({"a": 1}, "dict", [{"a": 1}])],
)
def test_what_ends_theirs_in_an_error_is_refused(given, kind, accepted):
    assert "cannot be held to an accepted one" in _refused(given, kind, accepted)
