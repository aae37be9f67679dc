"""Calling a tool: whose fault it is where that cannot be done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from servecheck.errors import GenerationError
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.conversation import Tool, ToolRefused
from servecheck.evaluation.transcript import ToolCall, ToolResult
from servecheck.generation.tool_calls import no_tools, tool_result
from servecheck.profiles.schema import Profile

BENCH = Bench(Profile(name="p", model="m"), "0" * 64)
SUM = ToolCall("add", '{"a": 1, "b": 2}')


class Add(Tool):
    name = "add"
    description = "Adds."
    parameters: Mapping[str, Any] = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    }

    def call(self, arguments: Mapping[str, Any], bench: Bench) -> str:
        if arguments["a"] < 0:
            raise ToolRefused("a is negative")
        return str(arguments["a"] + arguments["b"])


class Broken(Add):
    def call(self, arguments: Mapping[str, Any], bench: Bench) -> str:
        raise KeyError(f"cache of {arguments}")


class Ends(Add):
    def __init__(self, ending: BaseException) -> None:
        self.ending = ending

    def call(self, arguments: Mapping[str, Any], bench: Bench) -> str:
        raise self.ending


def test_a_tool_says_what_it_says() -> None:
    assert tool_result(SUM, {"add": Add()}, BENCH) == ToolResult("3")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (ToolCall("minus", "{}"), "there is no tool minus; there are: add"),
        (ToolCall("add", "{a"), "no JSON"),
        (ToolCall("add", "[1]"), "no JSON object"),
        (ToolCall("add", '{"a": 1}'), "do not fit the tool's schema"),
        (ToolCall("add", '{"a": "1", "b": 1}'), "do not fit the tool's schema"),
        (ToolCall("add", "[" * 100_000), "no JSON"),
        (ToolCall("add", '{"a": "\\ud800", "b": 1}'), "cannot be read"),
        (ToolCall("add", '{"a": ' + "[" * 400 + "]" * 400 + "}"), "error: the arguments"),
        (ToolCall("add", '{"a": -1, "b": 1}'), "a is negative"),
    ],
)
def test_a_call_that_cannot_be_made_is_the_models_to_mend(call: ToolCall, told: str) -> None:
    result = tool_result(call, {"add": Add()}, BENCH)

    assert result.refused
    assert told in result.content
    assert result.content.startswith("error: ")


def test_a_tool_that_says_no_text_is_broken() -> None:
    class Number(Add):
        def call(self, arguments: Mapping[str, Any], bench: Bench) -> Any:
            return arguments["a"]

    with pytest.raises(GenerationError, match=r"the tool add broke: .*int, and a tool says a str"):
        tool_result(SUM, {"add": Number()}, BENCH)


def test_a_tool_that_breaks_says_nothing_about_the_model() -> None:
    with pytest.raises(GenerationError, match=r"the tool add broke: KeyError"):
        tool_result(SUM, {"add": Broken()}, BENCH)


@pytest.mark.parametrize("ending", [SystemExit(0), KeyboardInterrupt(), pytest.skip.Exception("not today")], ids=repr)
def test_a_tool_that_would_end_python_is_broken_too(ending: BaseException) -> None:
    calling = asyncio.to_thread(tool_result, SUM, {"add": Ends(ending)}, BENCH)  # as in every run

    with pytest.raises(GenerationError, match="the tool add broke"):
        asyncio.run(calling)  # type: ignore[arg-type]


def test_a_tool_whose_sandbox_is_broken_says_so() -> None:
    class Runs(Add):
        def call(self, arguments: Mapping[str, Any], bench: Bench) -> str:
            return str(bench.sandbox)

    with pytest.raises(GenerationError, match=r"the tool add could not be run: this run has no sandbox: .* its needs"):
        tool_result(SUM, {"add": Runs()}, BENCH)


def test_a_call_where_there_are_no_tools_is_the_models_to_mend() -> None:
    assert asyncio.run(no_tools(SUM)) == ToolResult("error: there is no tool add", refused=True)
