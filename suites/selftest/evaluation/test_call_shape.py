"""Calls in the one shape that clients of the protocol read, and in those that servers are known to send instead."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.evaluation import call_shape
from servecheck.evaluation.call_shape import misshapen
from servecheck.evaluation.transcript import tool_calls

FUNCTION = {"name": "f", "arguments": "{}"}
RIGHT = {"id": "c", "type": "function", "function": FUNCTION}


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ({}, ()),
        ({"tool_calls": None}, ()),
        ({"tool_calls": [RIGHT, RIGHT]}, ("", "")),
        ({"tool_calls": RIGHT}, (call_shape.NOT_LISTED,)),
        ({"tool_calls": "f()"}, (call_shape.NOT_LISTED,)),
        ({"tool_calls": [RIGHT, "f()"]}, ("", call_shape.NO_OBJECT)),
        ({"tool_calls": [{"id": "c", **FUNCTION}]}, (call_shape.NO_FUNCTION,)),
        ({"tool_calls": [{**RIGHT, "function": {"arguments": "{}"}}]}, (call_shape.NO_NAME,)),
        ({"tool_calls": [{**RIGHT, "function": {"name": "f", "arguments": {"a": 1}}}]}, (call_shape.NOT_TEXT,)),
        ({"tool_calls": [{**RIGHT, "function": {"name": "f"}}]}, (call_shape.NOT_TEXT,)),
        ({"tool_calls": [RIGHT], "function_call": FUNCTION}, ("", call_shape.OLDER)),
    ],
)
def test_what_is_wrong_with_each_call(message: dict[str, Any], wrong: tuple[str, ...]) -> None:
    assert misshapen(message) == wrong
    assert len(tool_calls(message)) == len(wrong)  # each is read all the same
