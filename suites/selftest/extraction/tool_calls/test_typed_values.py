"""What a raw value is, by the schema of the argument."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.extraction.tool_calls.argument_schema import ArgumentSchema
from servecheck.extraction.tool_calls.tool_text import FlawKind
from servecheck.extraction.tool_calls.typed_values import checked, restored

from suites.selftest.extraction.tool_calls.saving import save

POINT = {"type": "object", "properties": {"x": {"type": "integer"}}}
RECURSIVE = {"$ref": "#/$defs/Tree"}
DEFS = {
    "Point": POINT,
    "Name": {"type": "string"},
    "Again": {"$ref": "#/$defs/Name"},
    "Tree": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Tree"}]},
    "a/b~c d": {"type": "boolean"},
}


def readings(raw: str, schema: Any) -> list[Any]:
    argument, _ = restored("value", raw, save(schema, **{"$defs": DEFS})["save"])
    return list(argument.readings)


@pytest.mark.parametrize(
    ("schema", "raw", "value"),
    [
        ({"type": "string"}, "5", "5"),
        ({"type": "string"}, '"q"', '"q"'),
        ({"type": "string"}, "null", "null"),
        ({"type": "string"}, '{"a": 1}', '{"a": 1}'),
        ({"type": "integer"}, "5", 5),
        ({"type": "integer"}, " 5\n", 5),
        ({"type": "integer"}, "9007199254740993", 9007199254740993),
        ({"type": "number"}, "1e5", 1e5),
        ({"type": "number"}, "5", 5),
        ({"type": "boolean"}, "true", True),
        ({"type": "null"}, "null", None),
        ({"type": "array"}, "[1, [2]]", [1, [2]]),
        ({"type": "object"}, "{}", {}),
        ({"$ref": "#/$defs/Point"}, '{"x": 1}', {"x": 1}),
        ({"$ref": "#/$defs/Again"}, "5", "5"),
        ({"$ref": "#/$defs/a~1b~0c%20d"}, "true", True),
        ({"allOf": [{"$ref": "#/$defs/Point"}], "description": "."}, '{"x": 1}', {"x": 1}),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "null", None),
        ({"oneOf": [{"type": "integer"}, {"type": "boolean"}]}, "true", True),
        ({"const": 5}, "5", 5),
        ({"const": "5"}, "5", "5"),
        ({"enum": [1, 2]}, "2", 2),
        ({"enum": ["1", "2"]}, "2", "2"),
        ({"type": ["string", "integer"], "enum": ["a", 5]}, "5", 5),
        ({"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "integer"}]}, "5", 5),
        ({"anyOf": [{"type": "string", "maxLength": 1}, {"$ref": "#/$defs/Point"}]}, '{"x": 1}', {"x": 1}),
        (RECURSIVE, "null", None),
    ],
)
def test_the_schema_tells_the_one_value(schema: Any, raw: str, value: Any) -> None:
    (found,) = readings(raw, schema) if schema is not RECURSIVE else readings(raw, schema)[:1]

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("schema", "raw", "values"),
    [
        ({"type": ["string", "integer"]}, "7", [7, "7"]),
        ({"type": ["string", "integer"]}, "007", ["007"]),
        ({"type": ["string", "null"]}, "null", [None, "null"]),
        ({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Point"}]}, '{"x": 1}', [{"x": 1}, '{"x": 1}']),
        ({}, "true", [True, "true"]),
        (True, "[]", [[], "[]"]),
        ({}, '"q"', ['"q"']),
        ({"enum": ["5", 5]}, "5", [5, "5"]),
        ({"$ref": "#/$defs/Nowhere"}, "5", [5, "5"]),
        ({"$ref": "https://example.invalid/point.json"}, "5", [5, "5"]),
        ({"type": "any"}, "5", [5, "5"]),
    ],
)
def test_where_the_schema_allows_both_the_wire_is_ambiguous(schema: Any, raw: str, values: list[Any]) -> None:
    assert readings(raw, schema) == values


@pytest.mark.parametrize(
    ("schema", "raw", "values"),
    [
        ({"type": "integer"}, "five", ["five"]),
        ({"type": "integer"}, "1.5", [1.5, "1.5"]),
        ({"type": "integer"}, '"5"', ["5", '"5"']),
        ({"type": "number"}, "NaN", ["NaN"]),
        ({"type": "boolean"}, "True", ["True"]),
        ({"type": "object"}, '{"a": 1', ['{"a": 1']),
        ({"type": "object"}, "[" * 200 + "]" * 200, ["[" * 200 + "]" * 200]),
    ],
)
def test_a_value_of_no_type_that_is_taken_is_the_models_fault(schema: Any, raw: str, values: list[Any]) -> None:
    argument, flaws = restored("value", raw, save(schema)["save"])

    assert list(argument.readings) == values
    assert [flaw.kind for flaw in flaws] == [FlawKind.WRONG_TYPE]


def test_a_value_that_only_a_pattern_refuses_keeps_its_type() -> None:
    assert readings("abc", {"type": "string", "pattern": "^x"}) == ["abc"]


NESTED: dict[str, Any] = {
    "allOf": [{"$ref": "#/$defs/Base"}],
    "anyOf": [{"required": ["a"]}, {"properties": {"choice": {"type": "integer"}}}],
    "properties": {"own": {"type": "boolean"}},
    "patternProperties": {"^n_": {"type": "number"}},
    "$defs": {"Base": {"properties": {"base": {"type": "array"}}, "required": ["base"]}},
}


@pytest.mark.parametrize(
    ("key", "types"),
    [
        ("own", {"boolean"}),
        ("base", {"array"}),
        ("choice", {"integer"}),
        ("n_1", {"number", "integer"}),
    ],
)
def test_an_argument_is_found_wherever_the_schema_declares_it(key: str, types: set[str]) -> None:
    schema = ArgumentSchema(NESTED)

    assert schema.types(key) == types
    assert not schema.forbids(key)
    assert schema.required == {"base"}


def test_additional_properties_have_their_schema() -> None:
    schema = ArgumentSchema({"properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "integer"}})

    assert (schema.types("a"), schema.types("b")) == ({"string"}, {"integer"})
    assert ArgumentSchema({"properties": {}, "additionalProperties": False}).forbids("b")
    assert not ArgumentSchema({"properties": {}}).forbids("b")


def test_a_schema_that_refers_to_itself_is_read() -> None:
    assert readings('{"x": 1}', RECURSIVE)


@pytest.mark.parametrize("value", [5, True, None])
def test_a_wire_with_types_has_one_reading(value: Any) -> None:
    argument, flaws = checked("value", value, "", save({"type": "string"})["save"])

    assert argument.readings == (value,)
    assert [flaw.kind for flaw in flaws] == [FlawKind.WRONG_TYPE]
