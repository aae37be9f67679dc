"""Where tools are called: beside one another, each program in a sandbox that no other thread uses."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from servecheck.errors import GenerationError, SandboxError
from servecheck.evaluation.bench import Bench, no_sandbox
from servecheck.evaluation.conversation import Tool
from servecheck.evaluation.transcript import ToolCall, ToolResult
from servecheck.generation.tool_threads import ToolThreads
from servecheck.profiles.schema import Profile
from servecheck.sandbox.pool import Sandbox

from suites.selftest.time_limits import NEVER_S

BENCH = Bench(Profile(name="p", model="m"), "0" * 64)
CALL = ToolCall("echo", '{"say": "hello"}')


class Echo(Tool):
    name, description = "echo", "Says it."
    parameters: Mapping[str, Any] = {"type": "object"}

    def call(self, arguments: Mapping[str, Any], bench: Bench) -> str:
        return str(arguments["say"])


class Runs(Echo):
    """Runs a program, as far as it knows; ``together`` is passed by so many at once."""

    needs = frozenset({"sandbox"})  # type: ignore[assignment]

    def __init__(self, together: threading.Barrier | None = None) -> None:
        self.together = together
        self.used: list[int] = []

    def call(self, arguments: Mapping[str, Any], bench: Bench) -> str:
        self.used.append(id(bench.sandbox))
        if self.together is not None:
            self.together.wait(NEVER_S)
        return str(arguments["say"])


class Sandboxes:
    """Counts those that were begun, and those that were ended."""

    def __init__(self) -> None:
        self.begun: list[object] = []
        self.ended = 0

    @contextmanager
    def opened(self) -> Iterator[Sandbox]:
        sandbox: Any = object()
        self.begun.append(sandbox)
        yield sandbox
        self.ended += 1


def called(threads: ToolThreads, times: int = 1, call: ToolCall = CALL) -> list[ToolResult]:
    async def all_at_once() -> list[ToolResult]:
        return await asyncio.gather(*[threads.call(call) for _ in range(times)])

    return asyncio.run(all_at_once())


def test_a_tool_that_only_computes_begins_nothing() -> None:
    threads = ToolThreads([Echo()], BENCH, no_sandbox, 2)

    assert called(threads) == [ToolResult("hello")]
    threads.close()


def test_programs_run_beside_one_another_each_in_a_sandbox_of_its_own() -> None:
    sandboxes, tool = Sandboxes(), Runs(threading.Barrier(2))
    threads = ToolThreads([tool], BENCH, sandboxes.opened, 2)

    assert called(threads, times=6) == [ToolResult("hello")] * 6

    threads.close()
    assert len(sandboxes.begun) == sandboxes.ended == 2
    assert set(tool.used) == {id(one) for one in sandboxes.begun}


def test_no_sandbox_is_begun_before_a_program_is_there() -> None:
    sandboxes = Sandboxes()
    threads = ToolThreads([Runs(), Echo()], BENCH, sandboxes.opened, 2)

    threads.close()

    assert sandboxes.begun == []


def test_an_unknown_tool_is_told_to_the_model() -> None:
    threads = ToolThreads([Runs()], BENCH, no_sandbox, 1)

    [result] = called(threads, call=ToolCall("shell", "{}"))

    assert result == ToolResult("error: there is no tool shell; there are: echo", refused=True)
    threads.close()


def test_a_sandbox_that_does_not_start_is_an_error_of_the_run_and_ends_no_thread() -> None:
    threads = ToolThreads([Runs()], BENCH, no_sandbox, 1)

    for _ in range(2):
        with pytest.raises(GenerationError, match=r"the tool echo could not be run: this run has no sandbox") as found:
            called(threads)
        assert isinstance(found.value.__cause__, SandboxError)
    threads.close()


def test_a_tool_that_never_says_anything_is_an_error_of_the_run_that_names_it() -> None:
    released = threading.Event()

    class Silent(Echo):
        def call(self, arguments: Mapping[str, Any], bench: Bench) -> str:
            assert released.wait(NEVER_S)
            return "late"

    threads = ToolThreads([Silent()], BENCH, no_sandbox, 1, longest_s=0.05)

    with pytest.raises(GenerationError, match=r"the tool echo has said nothing for 0\.05 s: mend it"):
        called(threads)
    threads.close()
    released.set()


def test_closing_does_not_wait_for_a_program_that_nobody_waits_for() -> None:
    running, release = threading.Event(), threading.Event()
    sandboxes = Sandboxes()

    class Long(Runs):
        def call(self, arguments: Mapping[str, Any], bench: Bench) -> str:
            assert bench.sandbox
            running.set()
            assert release.wait(NEVER_S)
            return "late"

    threads = ToolThreads([Long()], BENCH, sandboxes.opened, 1)

    async def give_up() -> None:
        task = asyncio.create_task(threads.call(CALL))
        assert await asyncio.to_thread(running.wait, NEVER_S)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(give_up())
    threads.close()  # returns, or this test never ends
    assert sandboxes.ended == 0

    release.set()
    for thread in threading.enumerate():
        if thread.name == "tools 0":
            thread.join(NEVER_S)
    assert sandboxes.ended == 1
