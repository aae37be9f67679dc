"""A call that no parser took out of the text is found, in whatever format; a text about calls is none."""

from __future__ import annotations

import pytest
from servecheck.extraction.tool_calls.left_in_text import has_call


@pytest.mark.parametrize(
    "text",
    [
        "I look.\n<tool_call>f<arg_key>x</arg_key><arg_value>1</arg_value></tool_call>",
        '[TOOL_CALLS] [{"name": "f", "arguments": {}}]',
        "<|python_tag|>f(x=1)",
        "<function=f>{}</function>",
        "<|tool_calls_section_begin|>",
        "<\uff5ctool\u2581calls\u2581begin\uff5c>",
        ' {"name": "f", "parameters": {"x": 1}}\n',
    ],
)
def test_a_call_is_found(text: str) -> None:
    assert has_call(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot call a tool for that.",
        '{"name": "Ada", "age": 36}',
        '{"name": "f", "arguments": "x"}',
        '{"a": ' * 5_000 + "1" + "}" * 5_000,
        "{" + "x" * 200_000 + "}",
    ],
)
def test_a_text_is_none(text: str) -> None:
    assert not has_call(text)
