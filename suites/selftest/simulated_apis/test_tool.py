"""The tool of a conversation in a simulated world: pure, whatever thread and command it is called in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.transcript import ToolCall, ToolResult
from servecheck.generation.tool_calls import tool_result
from servecheck.problems.dialogues import ApiCall
from servecheck.profiles.schema import Profile
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend
from servecheck.simulated_apis.simulation import Ended
from servecheck.simulated_apis.tool import SimulatedApis, calls_made, made_in, results_of

from suites.selftest.dialogue_problems import BORROWED, SHELF, calls
from suites.selftest.tool_problems import call, said


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield Bench(Profile(name="p", model="m"), "0" * 64, lambda: sandbox)


def _told(bench: Bench, asked: ToolCall) -> ToolResult:
    return tool_result(asked, {SimulatedApis.name: SimulatedApis()}, bench)


def test_the_newest_calls_are_told_after_all_earlier_ones(bench: Bench) -> None:
    told = _told(bench, made_in(SHELF, calls(BORROWED), calls("list_books()", BORROWED)))

    assert results_of(told) == ('{"Emma": 1}', '{"title": "Emma", "left": 0}')


def test_halves_of_characters_and_numbers_that_json_has_not_come_through(bench: Bench) -> None:
    odd = ApiCall("borrow", {"title": "\ud800", "reader": float("nan")})

    assert results_of(
        _told(bench, made_in(SHELF, (), [odd, ApiCall("borrow", {"title": "\ud800", "reader": "A"})]))
    ) == (
        "Error during execution: name 'nan' is not defined",
        '{"error": "there is no copy of \\ud800"}',
    )


def test_a_call_that_was_ended_is_told_as_that() -> None:
    assert results_of(ToolResult('{"reason": "memory", "call": 3}')) == Ended("memory", 3)


def test_another_answer_is_none_of_this_tool() -> None:
    with pytest.raises(ValueError, match="no answer of simulated_apis"):
        results_of(ToolResult('{"results": 1}'))


def test_all_calls_of_a_reply_are_made_or_none() -> None:
    broken = ToolCall("borrow", '{"title": ')

    assert calls_made(said(call("list_books"), call("f", x=1)).reply) == (
        ApiCall("list_books", {}),
        ApiCall("f", {"x": 1}),
    )
    assert calls_made(said(call("list_books"), broken).reply) == ()
    assert calls_made(said(ToolCall("list_books", "")).reply) == ()
    assert calls_made(said(content="None.").reply) == ()
