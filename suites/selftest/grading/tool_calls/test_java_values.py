"""Values of Java are read as BFCL reads them; what cannot be read stays the text that it is."""

from __future__ import annotations

import pytest
from servecheck.grading.tool_calls.java_values import LONGEST, NoReading, java_value


@pytest.mark.parametrize(
    ("text", "kind", "items", "value"),
    [
        ("-5", "integer", "", -5),
        ("5.0", "integer", "", "5.0"),
        ("5l", "long", "", 5),
        ("5", "long", "", "5"),
        ("1.5e2f", "float", "", 150.0),
        ("1.5", "float", "", "1.5"),
        ("1.5", "double", "", 1.5),
        ("true", "boolean", "", True),
        ("True", "boolean", "", "True"),
        ("'a'", "char", "", "'a'"),
        ('"a"', "String", "", '"a"'),
        ("5", "any", "", "5"),
        ("new ArrayList<Long>(Arrays.asList(1L, 2L))", "ArrayList", "long", [1, 2]),
        ('new ArrayList<>(Arrays.asList("a", "b"))', "ArrayList", "String", ["a", "b"]),
        ("new ArrayList<>() {{ add(1); add(2); }}", "ArrayList", "integer", [1, 2]),
        ("new ArrayList<>()", "ArrayList", "", []),
        ("list", "ArrayList", "", "list"),
        ("new int[]{1, 2}", "Array", "integer", [1, 2]),
        ('new String[]{"a"}', "Array", "String", ['"a"']),  # whose quotes it leaves
        ('new Object[]{1, 2.5, true, "x", 3L, 4f, y}', "Array", "", [1, 2.5, True, "x", 3, 4.0, "y"]),
        ('new HashMap<String, Object>() {{ put("a", 1); put("b", "c"); }}', "HashMap", "", {"a": 1, "b": "c"}),
        ("new HashMap<>()", "HashMap", "", {}),
        ("map", "HashMap", "", "map"),
    ],
)
def test_a_source_text_stands_for_its_value(text, kind, items, value):
    found = java_value(text, kind, items)

    assert (found, type(found)) == (value, type(value))


def test_of_some_types_nothing_is_read():
    with pytest.raises(NoReading):
        java_value("x", "Hashtable")


def test_a_collection_too_long_to_be_one_stays_text():
    text = f"new HashMap<>() {{{' ' * LONGEST}"

    assert java_value(text, "HashMap") == text
