"""What is kept of a problem's prompt has the tools that it offers."""

from __future__ import annotations

import json
from typing import Any

from servecheck.protocols.function_calling import FunctionCalling
from servecheck.runs.prompts import chat_tools, prompts_of, with_tools

from suites.selftest.tool_problems import problem

ASKED = problem({"x": "string"}, {"x": ["Aa"]})
PROBLEMS: Any = {"T/0": ASKED}


def test_messages_are_the_protocols_and_tools_those_that_are_offered() -> None:
    assert prompts_of(FunctionCalling(), PROBLEMS, ["T/0"]) == {"T/0": [{"role": "user", "content": "Do it."}]}
    assert chat_tools(FunctionCalling(), PROBLEMS, ["T/0"]) == {"T/0": [dict(tool) for tool in ASKED.tools]}


def test_tools_are_kept_as_one_more_item() -> None:
    kept = with_tools(FunctionCalling(), PROBLEMS, {"T/0": [{"role": "user", "content": "Do it."}]})

    assert [one["role"] for one in kept["T/0"]] == ["user", "tools"]
    assert json.loads(kept["T/0"][1]["content"]) == [dict(tool) for tool in ASKED.tools]
