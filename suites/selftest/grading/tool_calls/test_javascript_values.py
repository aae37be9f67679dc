"""Values of JavaScript are read as BFCL reads them; what cannot be read stays the text that it is."""

from __future__ import annotations

import pytest
from servecheck.grading.tool_calls.java_values import LONGEST, NoReading
from servecheck.grading.tool_calls.javascript_values import javascript_value


@pytest.mark.parametrize(
    ("text", "kind", "items", "value"),
    [
        ("'a'", "String", "", "a"),
        ("a", "String", "", "a"),
        ("5", "integer", "", 5),
        ("5n", "Bigint", "", 5),
        ("1.5", "float", "", 1.5),
        ("1e5", "float", "", "1e5"),
        ("false", "Boolean", "", False),
        ("x", "any", "", "x"),
        ("[1, 2]", "array", "integer", [1, 2]),
        ("[1.5, 'a']", "array", "float", [1.5, "'a'"]),
        ("new Array(1, 'a')", "array", "", [1, "a"]),
        ("[]", "array", "", []),
        ("[[1, 2], [3, 4]]", "array", "float", [[1, 2], [3, 4]]),
        ("list", "array", "", "list"),
        ("{}", "dict", "", {}),
        ("{'a': 1, b: 'c', d: true}", "dict", "", {"a": 1, "b": "c", "d": True}),
        ("{a: [1]}", "dict", "", {"a": [1]}),
        ("table", "dict", "", "table"),
    ],
)
def test_a_source_text_stands_for_its_value(text, kind, items, value):
    found = javascript_value(text, kind, items)

    assert (found, type(found)) == (value, type(value))


def test_of_unknown_types_nothing_is_read():
    with pytest.raises(NoReading):
        javascript_value("x", "Map")


def test_a_collection_too_long_to_be_one_stays_text():
    text = f"[{'[' * LONGEST}"

    assert javascript_value(text, "array") == text
