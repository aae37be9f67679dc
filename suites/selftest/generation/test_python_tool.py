"""What a program of the model's prints is told to it, and what it does has no other way out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.transcript import ToolCall
from servecheck.generation.python_tool import MOST_CHARACTERS, PythonTool
from servecheck.generation.tool_calls import tool_result
from servecheck.profiles.schema import Profile
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        yield Bench(Profile(name="p", model="m"), "0" * 64, lambda: sandbox)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("print(6 * 7)", "42\n"),
        ("import math\nfor n in range(3):\n    print(math.factorial(n), end=' ')", "1 1 2 "),
        ("import sys\nprint('careful', file=sys.stderr)", "careful\n"),
        ("", ""),
        ("if __name__ == '__main__':\n    print('run')", "run\n"),
        ("class A:\n    pass\ndef f():\n    return A.__name__\nprint(f())", "A\n"),
        ("print('\\ud800')", "\\ud800\n"),
    ],
)
def test_it_says_what_was_printed(bench: Bench, code: str, told: str) -> None:
    assert PythonTool().call({"code": code}, bench) == told


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("print(1)\n1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError: invalid syntax"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("'\ud800'", "UnicodeEncodeError"),
    ],
)
def test_an_error_is_told_with_the_line_that_raised_it(bench: Bench, code: str, error: str) -> None:
    said = PythonTool().call({"code": code}, bench)

    assert said.startswith("1\n" if code.startswith("print") else "")
    assert error in said
    assert "in printed" not in said


def test_nothing_is_kept_from_one_call_to_the_next(bench: Bench) -> None:
    tool = PythonTool()
    tool.call({"code": "import builtins\nx = builtins.x = 1"}, bench)

    assert "NameError: name 'x' is not defined" in tool.call({"code": "print(x)"}, bench)


def test_of_a_long_output_the_beginning_is_told(bench: Bench) -> None:
    said = PythonTool().call({"code": f"print('a' * {MOST_CHARACTERS + 9}, end='')"}, bench)

    assert said == "a" * MOST_CHARACTERS + "\n(9 more characters are left out)"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("while True:\n    pass", "error: the program was ended: it may take 0.5 s of CPU time"),
        ("import os\nos._exit(0)", "error: the program was ended: "),
        ("x = bytearray(8 << 30)", "MemoryError"),
        ("import sys\nsys.stdout.getvalue = lambda: 7", "error: the program was ended: TypeError"),
        ("import sys\nclass Long(str):\n    __len__ = lambda self: 0\n"
         "sys.stdout.getvalue = lambda: Long('a' * (1 << 20))", "error: the program was ended: "),
        ("open('/etc/shadow').read()", "Error"),
    ],
)  # fmt: skip
def test_a_program_that_goes_too_far_is_told_so(bench: Bench, code: str, told: str) -> None:
    said = PythonTool(cpu_s=0.5).call({"code": code}, bench)

    assert told in said
    assert len(said) <= 2 * MOST_CHARACTERS


def test_a_call_without_a_program_is_the_models_to_mend(bench: Bench) -> None:
    tool = PythonTool()

    assert tool_result(ToolCall("python", '{"source": "1"}'), {"python": tool}, bench).refused
