"""How a prompt differs from the published template's: in words that say what it looks like."""

from __future__ import annotations

import json
from typing import Any

import pytest
from servecheck.chat_templates.rendering import render
from servecheck.delivery.template_difference import (
    DATE,
    ESCAPED,
    NONE,
    PYTHON,
    SORTED,
    SPACED,
    SYSTEM,
    TOOLS,
    template_difference,
)

USER = {"role": "user", "content": "Hi"}
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "save", "description": "Saves.", "parameters": {"type": "object", "properties": {"é": {}}}},
}
CALLED: dict[str, Any] = {"role": "assistant", "content": "", "tool_calls": [{"function": TOOL["function"]}]}


def prompt(*tools: Any) -> str:
    return render([USER], list(tools) or [TOOL])


def line(text: str, **how: Any) -> str:
    """The prompt with the tool written in another way."""
    own = json.dumps(TOOL, ensure_ascii=False)
    return text.replace(own, json.dumps(TOOL, **how))


def test_one_and_the_same_has_none() -> None:
    assert template_difference(prompt(), prompt()) == ""


@pytest.mark.parametrize(
    ("other", "nature"),
    [
        (line(prompt(), ensure_ascii=True), ESCAPED),
        (line(prompt(), ensure_ascii=False, separators=(",", ":")), SPACED),
        (line(prompt(), ensure_ascii=False, sort_keys=True), SORTED),
        (prompt().replace("<|user|>", "<|system|>Today is 30 November 2026.<|user|>"), DATE),
        (prompt().replace("<|user|>Hi", "<|user|>None"), NONE),
        (prompt().replace("<|user|>Hi", "<|user|>[{'type': 'text', 'text': 'Hi'}]"), PYTHON),
        (render([USER]), TOOLS),
        (prompt(), SYSTEM),
    ],
)
def test_what_is_known_of_a_difference_is_said_first(other: str, nature: str) -> None:
    published = render([{"role": "system", "content": "Be brief."}, USER], [TOOL]) if nature == SYSTEM else prompt()

    assert template_difference(other, published).startswith(f"{nature}: ")


def test_what_is_not_known_is_shown_where_it_begins() -> None:
    found = template_difference(prompt().replace("<|user|>Hi", "<|user|>Ho"), prompt())

    assert "<|user|>Ho<|assistant|>" in found
    assert "for" in found
    assert "<|user|>Hi<|assistant|>" in found


def test_what_is_missing_and_what_is_more_are_told_apart() -> None:
    assert template_difference(prompt().rpartition("\n")[0], prompt()).startswith("it ends before ")
    assert template_difference(f"{prompt()}\nGo on.", prompt()).startswith("it goes on with ")


@pytest.mark.parametrize(
    "typed",
    [
        {"function": {**TOOL["function"], "strict": None}, "type": "function"},
        {
            "type": "function",
            "function": {name: TOOL["function"][name] for name in ("description", "name", "parameters")},
            "defer_loading": None,
        },
    ],
)
def test_how_the_objects_around_a_schema_are_spelt_is_left_to_the_engine(typed: Any) -> None:
    assert template_difference(prompt(typed), prompt()) == ""


def test_what_a_tool_says_is_not() -> None:
    other = {"type": "function", "function": {**TOOL["function"], "description": ""}}

    assert template_difference(prompt(other), prompt()) != ""


def test_what_a_server_says_is_made_printable() -> None:
    assert "\x1b" not in template_difference(prompt().replace("Hi", "\x1b[31mHi"), prompt())
