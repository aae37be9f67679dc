"""JSON, strictly read, and compared by value."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.extraction.tool_calls.json_text import DEEPEST, NotJson, decoded_at, json_value, same_json


@pytest.mark.parametrize("text", ["", "NaN", "-Infinity", "007", "{'a': 1}", "1 2", "True", "[" * 100_000, "1" * 5_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(NotJson):
        json_value(text)


def test_no_value_is_deeper_than_a_recursive_walk_goes() -> None:
    assert json_value("[" * DEEPEST + "]" * DEEPEST)
    with pytest.raises(NotJson):
        json_value("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))


def test_a_value_ends_where_json_says() -> None:
    found = decoded_at('x {"a": "}", "a": {"b": 1, "b": 2}} y', 2)

    assert (found.value, found.end, set(found.repeated)) == ({"a": {"b": 2}}, 35, {"a", "b"})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (None, False, False),
        ("1", 1, False),
        (2**53 + 1, float(2**53), False),
        ([1, [True]], [1.0, [True]], True),
        ([True], [1], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ([], {}, False),
    ],
)
def test_values_are_compared_as_json(one: Any, other: Any, same: bool) -> None:
    assert same_json(one, other) is same
    assert same_json(other, one) is same
