"""Calls as JSON objects between tags."""

from __future__ import annotations

import pytest
from servecheck.extraction.tool_calls.hermes import DIALECT as HERMES
from servecheck.extraction.tool_calls.tool_text import FlawKind

from suites.selftest.extraction.tool_calls.saving import save

TEXT = save({"type": "string"})


def test_a_call_is_an_object_with_name_and_arguments() -> None:
    text = HERMES.write("save", {"value": "é"})

    assert text == '<tool_call>\n{"name": "save", "arguments": {"value": "é"}}\n</tool_call>'


@pytest.mark.parametrize("value", ["</tool_call>", "}</tool_call>{", "<tool_call>", '"\\\n'])
def test_tags_in_strings_end_nothing(value: str) -> None:
    text = HERMES.between.join([HERMES.write("save", {"value": value})] * 2)

    read = HERMES.read(text, TEXT)

    assert [call.likeliest() for call in read.likeliest.calls] == [{"value": value}] * 2
    assert read.likeliest.all_flaws == ()


def test_a_parser_that_ends_at_the_first_close_is_told_apart() -> None:
    read = HERMES.read(HERMES.write("save", {"value": "a</tool_call>b"}), TEXT)

    assert read.decided
    assert read.likeliest.is_sound
    assert not read.at_first_close.is_sound


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        ('{"name": "save", "arguments": {"value": "a"', FlawKind.UNTERMINATED),
        ('{"name": "save", "arguments": {"value": "a"}}', FlawKind.UNTERMINATED),
        ('{"name": "save", "arguments": {"value": "a"}}}</tool_call>', FlawKind.STRAY_MARKUP),
        ("{'name': 'save'}</tool_call>", FlawKind.NOT_JSON),
        ('["save"]</tool_call>', FlawKind.NOT_JSON),
        ('{"name": "save", "arguments": [1]}</tool_call>', FlawKind.NOT_JSON),
        ('{"name": "load", "arguments": {}}</tool_call>', FlawKind.UNKNOWN_NAME),
        ('{"name": "save"}</tool_call>', FlawKind.MISSING_KEY),
        ('{"name": "save", "arguments": {"value": 5}}</tool_call>', FlawKind.WRONG_TYPE),
        ('{"name": "save", "arguments": {"value": "a", "x": 1}}</tool_call>', FlawKind.UNDECLARED_KEY),
        ('{"name": "save", "arguments": {"value": "a", "value": "b"}}</tool_call>', FlawKind.REPEATED_KEY),
        ('{"name": "save", "arguments": {"value": "a"}}</tool_call> Done.', FlawKind.TEXT_AFTER_CALL),
    ],
)
def test_each_thing_that_is_wrong_is_named(body: str, flaw: FlawKind) -> None:
    read = HERMES.read(f"<tool_call>{body}", TEXT)

    assert flaw in {one.kind for one in read.likeliest.all_flaws}


def test_arguments_may_be_json_text() -> None:
    read = HERMES.read('<tool_call>{"name": "save", "arguments": "{\\"value\\": \\"a\\"}"}</tool_call>', TEXT)

    assert read.likeliest.calls[0].likeliest() == {"value": "a"}
