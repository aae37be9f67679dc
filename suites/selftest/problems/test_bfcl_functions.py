"""Functions are offered as BFCL's own client offers them; that it is so for all is shown beside it (slow)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from servecheck.problems.bfcl_functions import function_of, tool_of
from servecheck.problems.tool_calls import Function, Parameter

from suites.selftest.tool_problems import described

ITEMS = {"type": "array", "items": {"type": "float"}}


def _offered(properties: dict[str, Any], language: Any = "python") -> dict[str, Any]:
    function: dict[str, Any] = tool_of(described(properties), language)["function"]
    return function


@pytest.mark.parametrize(
    ("given", "offered"),
    [
        ("integer", {"type": "integer", "description": "d"}),
        ("float", {"type": "number", "format": "float", "description": "d This is a float type value."}),
        ("dict", {"type": "object", "description": "d"}),
        ("any", {"type": "string", "description": "d"}),
        ("odd", {"type": "string", "description": "d"}),
        (ITEMS, {"type": "array", "items": {"type": "number"}, "description": "d"}),
        (
            {"type": "tuple", "items": {"type": "array", "items": {"type": "tuple"}}},
            {"type": "array", "items": {"type": "array", "items": {"type": "array"}}, "description": "d"},
        ),
        (
            {"type": "dict", "properties": {"a": {"type": "float", "description": "e"}}},
            {
                "type": "object",
                "description": "d",
                "properties": {
                    "a": {"type": "number", "format": "float", "description": "e This is a float type value."}
                },
            },
        ),
    ],
)
def test_types_of_python_become_those_of_json(given, offered):
    assert _offered({"x": given})["parameters"] == {"type": "object", "properties": {"x": offered}, "required": []}


def test_names_lose_their_dots_and_descriptions_tell_the_language():
    assert _offered({})["name"] == "f_g"
    assert _offered({})["description"] == "Does it. Note that the provided function is in Python 3 syntax."
    assert _offered({}, "java")["description"] == "Does it. Note that the provided function is in Java 8 SDK syntax."


@pytest.mark.parametrize(
    ("given", "language", "told"),
    [
        ("long", "java", "d This is Java long type parameter in string representation."),
        ("any", "java", "d This parameter can be of any type of Java object in string representation."),
        (
            {"type": "ArrayList", "items": {"type": "char"}},
            "java",
            "d This is Java ArrayList type parameter in string representation. The list elements are of type char; "
            "they are not in string representation.",
        ),
        (
            {"type": "dict", "properties": {"a": {"type": "integer"}}},
            "javascript",
            "d This is JavaScript dict type parameter in string representation. The dictionary entries have the "
            'following schema; they are not in string representation. {"a": {"type": "integer"}}',
        ),
    ],
)
def test_values_of_other_languages_are_asked_for_as_text(given, language, told):
    assert _offered({"x": given}, language)["parameters"]["properties"]["x"] == {"type": "string", "description": told}


def test_the_checker_reads_the_types_of_the_source():
    given = described({"x": "float", "y": ITEMS}, ["x"])
    before = deepcopy(given)

    assert function_of(given) == Function("f.g", {"x": Parameter("float"), "y": Parameter("array", "float")}, ("x",))
    tool_of(given, "python")
    assert given == before  # whose description nobody else may find altered
