"""Calls that solve a problem are made of what it accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from servecheck.problems.right_calls import any_call

from suites.selftest.tool_problems import problem


def _arguments(kind: Any, accepted: list[Any], task_id: str = "simple_python_0", required: Any = None) -> Any:
    (call,) = problem({"x": kind}, {"x": accepted}, task_id=task_id, required=required).right_calls
    assert call.name == "f_g"
    return json.loads(call.arguments)


@pytest.mark.parametrize(
    ("accepted", "arguments"),
    [
        (["a", "b"], {"x": "a"}),
        (["", "b"], {}),
        ([{"a": ["b", "c"], "d": ["", 1]}], {"x": {"a": "b"}}),
        ([[{"a": [1]}]], {"x": [{"a": 1}]}),
        ([{"a": [{"b": 1.0}]}], {"x": {"a": {"b": 1.0}}}),
    ],
)
def test_the_first_accepted_value_is_given_and_what_may_be_left_out_is(accepted, arguments):
    assert _arguments("any", accepted) == arguments


def test_what_is_required_is_given_even_where_it_may_be_left_out():
    assert _arguments("any", ["", "b"], required=["x"]) == {"x": "b"}


@pytest.mark.parametrize(
    ("kind", "accepted", "text"),
    [
        ("long", [5], "5L"),
        ("boolean", [True], "true"),
        ("String", ["a"], "a"),
        ({"type": "Array", "items": {"type": "String"}}, [["a", "b"]], "new Object[]{a, b}"),
        ({"type": "ArrayList", "items": {"type": "long"}}, [[1, 2]], "new ArrayList<>(Arrays.asList(1L, 2L))"),
        ("HashMap", [{"a": [1]}], 'new HashMap<String, Object>() {{ put("a", 1); }}'),
    ],
)
def test_values_of_java_are_written_as_its_source(kind, accepted, text):
    assert _arguments(kind, accepted, "simple_java_0") == {"x": text}


def test_values_of_javascript_are_written_as_its_source():
    assert _arguments({"type": "array", "items": {"type": "float"}}, [[1.5, 2]], "simple_javascript_0") == {
        "x": "[1.5, 2]"
    }


def test_any_call_fits_the_schema_of_its_tool():
    required = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "c": {"enum": ["red"]}},
        "required": ["n", "c"],
    }
    schema = {"type": "object", "properties": {"o": required, "p": {"type": "string"}}, "required": ["o"]}

    call = any_call([{"type": "function", "function": {"name": "f", "parameters": schema}}])

    assert (call.name, json.loads(call.arguments)) == ("f", {"o": {"n": 1, "c": "red"}})


def test_a_problem_that_no_tool_can_do_is_solved_by_words_and_missed_by_a_call():
    asked = problem({"x": "integer"}, task_id="irrelevance_0", required=["x"])

    assert asked.right_calls == ()
    assert asked.right_reply
    assert [json.loads(one.arguments) for one in asked.wrong_calls] == [{"x": 1}]
