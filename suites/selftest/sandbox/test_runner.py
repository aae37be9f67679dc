"""One program in a real sandbox: what it sees, what its end is called, what comes back."""

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import SandboxError
from servecheck.sandbox import process
from servecheck.sandbox.docker import DockerBackend
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend
from servecheck.sandbox.protocol import Outcome, ProgramRun
from servecheck.sandbox.runner import candidate, inputs
from servecheck.sandbox.wire import Large, decode

_MEMORY = 1 << 30
Execute = Callable[..., Outcome]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ProcessBackend(), memory_bytes=_MEMORY) as sandbox:
        yield sandbox


def run_of(code: str, inputs: str = "[[0]]", count: int = 1, **more: Any) -> ProgramRun:
    return ProgramRun(code=textwrap.dedent(code), entry_point="f", inputs=inputs, count=count, **more)


@pytest.fixture
def execute(sandbox: Sandbox) -> Execute:
    return lambda code, *arguments, **more: sandbox.execute(run_of(code, *arguments, **more))


@pytest.fixture
def value_of(execute: Execute) -> Callable[[str], Any]:
    """What ``f`` returns, where ``code`` is its body."""

    def run(code: str) -> Any:
        outcome = execute("def f(x):\n" + textwrap.indent(textwrap.dedent(code), "    "))
        assert outcome.status == "complete", outcome.detail
        result = outcome.results[0]
        assert isinstance(result, str)
        return decode(result)

    return run


class TestInputs:
    def test_tags_stand_for_what_json_has_not(self, execute: Execute) -> None:
        text = inputs.write([[(1, [2]), {3}, {4: (5,)}, complex(6, -0.0)]])

        outcome = execute("def f(*x): return repr(x)", text, tagged=True)

        assert decode(outcome.results[0]) == "((1, [2]), {3}, {4: (5,)}, (6-0j))"

    def test_without_tags_a_dictionary_is_one(self, execute: Execute) -> None:
        outcome = execute("def f(x): return repr(x)", '[[{"tuple": [1]}]]')

        assert outcome.results == ["\"{'tuple': [1]}\""]


class TestResultsWithoutText:
    @pytest.mark.parametrize(
        ("textless", "results"), [("set", ['{"set":[1,2]}', "[3,3]"]), ("true", ["true", "[3,3]"])]
    )
    def test_what_stands_for_them_where_it_may(self, execute: Execute, textless: Any, results: list[str]) -> None:
        code = "def f(x): return [3, 3] if x else (n for n in (2, 1, 2))"

        outcome = execute(code, "[[0], [1]]", 2, textless=textless)

        assert (outcome.status, outcome.results) == ("complete", results)

    @pytest.mark.parametrize(
        ("value", "status", "detail"),
        [
            ("object()", "exception", "TypeError: 'object' object is not iterable"),
            ("iter([[]])", "exception", "TypeError: unhashable type: 'list'"),
            ("iter([object])", "unserialisable", "a value of type type"),
        ],
    )
    def test_what_has_no_set_ends_the_run(self, execute: Execute, value: str, status: str, detail: str) -> None:
        outcome = execute(f"def f(x): return {value}", textless="set")

        assert (outcome.status, outcome.detail) == (status, detail)

    def test_a_generator_without_end_runs_out_of_time(self, execute: Execute) -> None:
        code = "import itertools\ndef f(x): return (n for n in itertools.repeat(1))"

        assert execute(code, textless="set", limits_s={0: 0.2}).status == "timeout"


class TestStatus:
    def test_complete(self, execute: Execute) -> None:
        outcome = execute("def f(x, y): return x + y", "[[1, 2], [3, 4]]", 2)

        assert (outcome.status, outcome.results) == ("complete", ["3", "7"])
        assert 0 <= (outcome.program_cpu_s or 0) <= outcome.cpu_s < outcome.wall_s + 1
        assert outcome.timings is None

    def test_timings_where_asked_for(self, execute: Execute) -> None:
        outcome = execute("def f(x):\n  for _ in range(x): pass", "[[0], [2000000]]", 2, timings=True)

        assert outcome.timings is not None
        assert outcome.timings[0] < 0.01 < outcome.timings[1] < 2

    def test_exception_after_the_results_before_it(self, execute: Execute) -> None:
        outcome = execute("def f(x): return 6 // x", "[[1], [2], [0], [3]]", 4)

        assert (outcome.status, outcome.results) == ("exception", ["6", "3"])
        assert outcome.detail == "ZeroDivisionError: integer division or modulo by zero"

    @pytest.mark.parametrize(
        ("code", "detail"),
        [
            ("def f(x", "SyntaxError"),
            ("def f(x): pass\n\0", "null bytes"),
            ("raise KeyError(3)", "KeyError: 3"),
            ("def g(x): pass", "KeyError: 'f'"),
            ("import sys\ndef f(x): sys.exit(0)", "SystemExit: 0"),
            ("def f(x): raise BaseException", "BaseException"),
            ("def f(x): return f(x)", "RecursionError"),
            ("class E(Exception):\n  def __str__(self): raise E\ndef f(x): raise E", "cannot be shown"),
            ("f = '\ud800'", "UnicodeEncodeError"),
        ],
    )
    def test_exception_of_any_kind(self, execute: Execute, code: str, detail: str) -> None:
        outcome = execute(code)

        assert outcome.status == "exception"
        assert detail in outcome.detail

    def test_cpu_timeout_of_one_input(self, execute: Execute) -> None:
        outcome = execute("def f(x):\n  while x: pass", "[[0], [1]]", 2, limits_s={1: 0.2})

        assert (outcome.status, outcome.results) == ("timeout", ["null"])
        assert outcome.detail == "more CPU time than the limit of 0.2 s for one input allows"

    def test_wall_timeout_of_one_that_sleeps(self, execute: Execute) -> None:
        outcome = execute("import time\ndef f(x): time.sleep(3600)", limits_s={0: 0.1})

        assert outcome.status == "timeout"
        assert outcome.detail == "more wall time than the limit of 0.3 s for one input allows"
        assert outcome.cpu_s < 0.5

    def test_a_deadlock_is_a_wall_timeout(self, execute: Execute) -> None:
        code = "import threading\ndef f(x):\n  lock = threading.Lock()\n  lock.acquire()\n  lock.acquire()"

        assert "more wall time" in execute(code, limits_s={0: 0.1}).detail

    def test_cpu_time_of_children_counts(self, execute: Execute) -> None:
        code = """
            import posix, time
            def f(x):
                for _ in range(3):
                    if posix.fork() == 0:
                        while True: pass
                time.sleep(3600)
        """
        outcome = execute(code, limits_s={0: 0.3})

        assert outcome.detail == "more CPU time than the limit of 0.3 s for one input allows"

    def test_timeout_of_all_inputs_together(self, execute: Execute) -> None:
        spin = "import time\ndef f(x):\n  end = time.process_time() + 0.15\n  while time.process_time() < end: pass"

        outcome = execute(spin, "[[0],[0],[0],[0],[0]]", 5, total_limit_s=0.4)

        assert outcome.status == "total_timeout"
        assert "0.4 s for all inputs" in outcome.detail
        assert 1 <= len(outcome.results) <= 3

    @pytest.mark.slow
    @pytest.mark.parametrize("shield", ["except BaseException", "except Exception"])
    def test_a_timeout_cannot_be_caught(self, execute: Execute, shield: str) -> None:
        code = f"""
            def f(x):
                while True:
                    try:
                        while True: pass
                    {shield}:
                        pass
        """

        assert execute(code, limits_s={0: 0.1}).status == "timeout"

    def test_memory(self, execute: Execute) -> None:
        assert execute("def f(x): return len(bytearray(4 << 30))").status == "memory"

    def test_output_limit_over_several_results(self, execute: Execute) -> None:
        outcome = execute("def f(x): return 'x' * 60000", "[[0],[0],[0]]", 3, output_bytes=100_000)

        assert outcome.status == "output_limit"
        assert len(outcome.results) == 1  # what is whole within the limit, however the pipe was emptied

    def test_output_limit_in_one_result(self, execute: Execute) -> None:
        assert execute("def f(x): return 'x' * 3_000_000", output_bytes=100_000).status == "output_limit"

    def test_unserialisable(self, execute: Execute) -> None:
        outcome = execute("def f(x): return (n for n in [x])")

        assert (outcome.status, outcome.detail) == ("unserialisable", "a value of type generator")

    @pytest.mark.parametrize("code", ["import os\nos._exit(0)", "import os\ndef f(x): os._exit(0)"])
    def test_died(self, execute: Execute, code: str) -> None:
        outcome = execute(code)

        assert (outcome.status, outcome.detail) == ("died", "it ended the process with code 0")

    def test_died_of_a_signal(self, execute: Execute) -> None:
        outcome = execute("import ctypes\ndef f(x): ctypes.string_at(8)")

        assert outcome.status == "died"
        assert "Segmentation fault" in outcome.detail

    @pytest.mark.parametrize(
        "record",
        [
            pytest.param("(b'X', b'')", id="unknown kind"),
            pytest.param("(b'D', b'[0, null]')", id="done too early", marks=pytest.mark.slow),
            pytest.param("(b'V', b'1'), (b'V', b'2'), (b'V', b'3')", id="a result too many"),
            pytest.param(
                "(b'V', b'1'), (b'V', b'2'), (b'D', b'[0, null]'), (b'V', b'3')",
                id="a result after the end",
                marks=pytest.mark.slow,
            ),
            pytest.param(
                "(b'V', b'1'), (b'V', b'2'), (b'D', b'no json')", id="an end that is no JSON", marks=pytest.mark.slow
            ),
            pytest.param(
                "(b'V', b'1'), (b'V', b'2'), (b'D', b'[NaN, null]')",
                id="a time that is no number",
                marks=pytest.mark.slow,
            ),
            pytest.param(
                "(b'V', b'1'), (b'V', b'2'), (b'D', b'[-1, null]')", id="a negative time", marks=pytest.mark.slow
            ),
            pytest.param("(b'V', b'1'), (b'V', b'2'), (b'D', b'[1' + b'0' * 400 + b', null]')", id="an endless time"),
            pytest.param("(b'V', b'#' + b'0' * 64 + b':1:0:x'),", id="a digest as a result"),
            pytest.param("(b'V', b'#'),", id="a broken digest as a result", marks=pytest.mark.slow),
            pytest.param("(b'V', b'\\xff' * 999),", id="a long result that is no UTF-8"),
            pytest.param("(b'S', b''),", id="a second start", marks=pytest.mark.slow),
        ],
    )
    def test_malformed(self, execute: Execute, record: str) -> None:
        code = f"""
            import os, struct
            def f(x):
                records = [kind + struct.pack(">I", len(payload)) + payload for kind, payload in [{record}]]
                os.write(3, b"".join(records))
                os._exit(0)
        """

        assert execute(code, "[[0],[0]]", 2).status == "malformed"

    def test_the_next_program_is_served_after_any_of_these(self, execute: Execute) -> None:
        execute("import os\nos._exit(9)")

        assert execute("def f(x): return x + 1").results == ["1"]


@pytest.fixture
def crowded_cpu() -> Iterator[int]:
    """A CPU that ten others keep busy, each in a session of its own, for the kernel shares CPUs out by session."""
    cpu = max(os.sched_getaffinity(0))
    # The limit ends them where this process is killed before it can.
    spin = (
        f"import os, resource\nresource.setrlimit(resource.RLIMIT_CPU, (30, 30))\nos.sched_setaffinity(0, {{{cpu}}})\n"
        "print(flush=True)\nwhile True: pass"
    )
    others = [
        subprocess.Popen([sys.executable, "-I", "-S", "-c", spin], stdout=subprocess.PIPE, start_new_session=True)
        for _ in range(10)
    ]
    for other in others:
        assert other.stdout is not None
        other.stdout.readline()
    yield cpu
    for other in others:
        other.kill()
    for other in others:
        other.communicate()


_STAY = "import os, threading, time\nos.sched_setaffinity(0, {%d})\n"
_SPIN = "def spin(s):\n  end = time.thread_time() + s\n  while time.thread_time() < end: pass\n"


class TestBusyMachine:
    """A program may take 0.6 s of wall time here, in which it gets 0.06 s of a CPU."""

    @pytest.mark.parametrize(
        "call",
        [
            pytest.param("def f(x): spin(0.1)", id="one thread"),
            pytest.param(
                "def f(x):\n  for _ in range(5): spin(0.02) or time.sleep(0.01)",
                id="one that also sleeps",
                marks=pytest.mark.slow,
            ),
            pytest.param(
                "def f(x):\n  for _ in range(5):\n    t = threading.Thread(target=spin, args=(0.02,))\n"
                "    t.start() or t.join()",
                id="one thread after another",
                marks=pytest.mark.slow,
            ),
            pytest.param(
                "def f(x):\n  if os.fork() == 0:\n    spin(0.1)\n    os._exit(0)\n  os.wait()".replace(
                    "os.fork", "__import__('posix').fork"
                ),
                id="a child",
                marks=pytest.mark.slow,
            ),
        ],
    )
    def test_waiting_for_a_cpu_uses_no_wall_time(self, sandbox: Sandbox, crowded_cpu: int, call: str) -> None:
        run = run_of(_STAY % crowded_cpu + _SPIN + call, limits_s={0: 0.2})

        outcome = sandbox._run_once(run, alone=False)  # the first of the two runs that a time-out takes

        assert outcome.status == "complete", outcome.detail
        assert outcome.waited_s > 0.3

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("call", "clock"),
        [
            ("def f(x): time.sleep(3600)", "wall"),
            ("def f(x):\n  while True: pass", "CPU"),
            ("def f(x):\n  while True: time.sleep(0.001)", "time"),
        ],
    )
    @pytest.mark.parametrize("paced", [False, True])
    def test_what_never_ends_is_ended(
        self, sandbox: Sandbox, crowded_cpu: int, call: str, clock: str, paced: bool
    ) -> None:
        run = run_of(_STAY % crowded_cpu + call, limits_s={0: 0.1}, paced=paced)

        outcome = sandbox._run_once(run, alone=True)

        assert outcome.status == "timeout"
        assert clock in outcome.detail


@pytest.fixture
def untold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox whose runner gets no ``/proc``, as in a container that hides parts of its own."""
    folder = tmp_path / "runner"
    shutil.copytree(Path(process.__file__).parent / "runner", folder)
    with (folder / "privileges.py").open("a") as file:
        file.write("\n\ndef open_processes() -> int:\n    raise OSError\n")
    monkeypatch.setattr(process, "__file__", str(tmp_path / "process.py"))
    with Sandbox(ProcessBackend(), memory_bytes=_MEMORY) as sandbox:
        yield sandbox


class TestWhereTheKernelTellsNothing:
    def test_it_says_so(self, untold: Sandbox) -> None:
        outcome = untold._run_once(run_of("def f(x):\n  while True: pass", limits_s={0: 0.1}), alone=False)

        assert (outcome.status, outcome.waits_told) == ("timeout", False)

    @pytest.mark.parametrize("call", ["time.sleep(3600)", pytest.param("spin(3600)", marks=pytest.mark.slow)])
    def test_what_never_ends_is_ended(self, untold: Sandbox, call: str) -> None:
        outcome = untold.execute(run_of(f"import time\n{_SPIN}def f(x): {call}", limits_s={0: 0.1}))

        assert outcome.status == "timeout"

    @pytest.mark.slow
    @pytest.mark.serial
    def test_a_calibration_loop_tells_how_long_a_program_waits(self, untold: Sandbox) -> None:
        cpus = len(os.sched_getaffinity(0))
        spin = "print(flush=True)\nwhile True: pass"
        others = [
            subprocess.Popen([sys.executable, "-c", spin], stdout=subprocess.PIPE, start_new_session=True)
            for _ in range(10 * cpus)
        ]
        try:
            for other in others:
                assert other.stdout is not None
                other.stdout.readline()
            run = run_of("import time\n" + _SPIN + "def f(x): spin(0.1)", limits_s={0: 0.2})

            outcome = untold.execute(run)
        finally:
            for other in others:
                other.kill()
            for other in others:
                other.communicate()

        assert outcome.status == "complete", outcome.detail


class TestSemantics:
    def test_state_carries_over_between_inputs(self, execute: Execute) -> None:
        code = "seen = []\ndef f(x):\n  seen.append(x)\n  return len(seen)"

        assert execute(code, "[[5],[5],[5]]", 3).results == ["1", "2", "3"]

    def test_nothing_carries_over_between_programs(self, execute: Execute) -> None:
        execute("import builtins, json\nbuiltins.mark = json.mark = 1\ndef f(x): return 0")

        outcome = execute("import builtins, json\ndef f(x): return [hasattr(m, 'mark') for m in (builtins, json)]")

        assert outcome.results == ["[false,false]"]

    def test_inputs_are_not_copied(self, execute: Execute) -> None:
        code = "kept = []\ndef f(x):\n  kept.append(x)\n  x.append(0)\n  return kept"

        outcome = execute(code, "[[[1]],[[2]]]", 2)

        assert outcome.results == ["[[1,0]]", "[[1,0],[2,0]]"]

    def test_the_program_runs_once_as_no_main_program(self, execute: Execute) -> None:
        code = "loads = [1]\nname = __name__\nif __name__ == '__main__': raise OSError\ndef f(x): return [name, loads]"

        assert execute(code, "[[0],[0]]", 2).results == ['["builtins",[1]]'] * 2

    def test_inputs_keep_what_json_can_say(self, execute: Execute) -> None:
        inputs = '[[[1, 1.0, true, null, "\\ud800", 1e400, -0.0, 123456789012345678901234567890, {"a": []}]]]'

        assert execute("def f(x): return [type(v).__name__ for v in x]", inputs).results == [
            '["int","float","bool","NoneType","str","float","float","int","dict"]'
        ]

    def test_names_that_evalplus_removes_are_none(self, value_of: Callable[[str], Any]) -> None:
        body = """
            import builtins, os, shutil, subprocess, sys
            owners = [builtins] * 4 + [os] * 8 + [shutil] * 3 + [subprocess]
            names = "exit quit open help kill system remove rmdir fork rename getcwd chdir rmtree move chown Popen"
            names = names.split()
            return [n for o, n in zip(owners, names) if getattr(o, n) is not None]
        """

        assert value_of(body) == []

    @pytest.mark.parametrize(
        "module", "ipdb joblib resource psutil tkinter openai httpx pytest docker fixtures".split()
    )
    def test_modules_that_cannot_be_imported(self, execute: Execute, module: str) -> None:
        outcome = execute(f"import {module}\ndef f(x): return 0")

        assert outcome.status == "exception"
        assert outcome.detail.startswith(("ModuleNotFoundError", "ImportError"))

    @pytest.mark.parametrize(
        "module", "numpy numpy.linalg lzma sqlite3 unittest asyncio zoneinfo xml.etree.ElementTree".split()
    )
    def test_modules_that_can_be_imported(self, execute: Execute, module: str) -> None:
        outcome = execute(f"import {module}\ndef f(x): return 0")

        assert outcome.status == "complete", outcome.detail

    @pytest.mark.parametrize("read", ["input()", "sys.stdin.read()", "sys.stdin.readline()", "next(sys.stdin)"])
    def test_reading_standard_input_raises(self, execute: Execute, read: str) -> None:
        outcome = execute(f"import sys\ndef f(x): return {read}")

        assert outcome.status == "exception"

    def test_printing_goes_nowhere_however_much(self, value_of: Callable[[str], Any]) -> None:
        body = """
            import os, sys
            print("loud"); print("loud", file=sys.stderr); os.write(1, b"loud"); os.write(2, b"loud")
            for _ in range(300): sys.stdout.write("x" * 1_000_000)
            return sys.stdout.tell() < 3_000_000
        """

        assert value_of(body) is True

    def test_each_call_has_fresh_streams(self, execute: Execute) -> None:
        code = "import sys\ndef f(x):\n  print('x')\n  return sys.stdout.getvalue()"

        assert execute(code, "[[0],[0]]", 2).results == ['"x\\n"'] * 2

    @pytest.mark.parametrize(
        ("code", "frames"),
        [
            ("def f(x): return down({})", 970),
            ("down({})\ndef f(x): return 0", 969),
        ],
        ids=["beneath the entry point", "at the top"],
    )
    def test_recursion_goes_as_deep_as_in_evalplus(self, execute: Execute, code: str, frames: int) -> None:
        """Depths as the evalplus.evaluate command of 0.3.1 lets them pass and fail on Python 3.11."""
        down = "def down(k): return 0 if k <= 1 else down(k - 1)\n"

        assert execute(down + code.format(frames)).status == "complete"
        assert execute(down + code.format(frames + 1)).detail.startswith("RecursionError")

    def test_a_program_may_raise_the_recursion_limit(self, execute: Execute) -> None:
        code = "import sys\nsys.setrecursionlimit(10**6)\ndef f(x): return 0 if x == 0 else f(x - 1)"

        assert execute(code, "[[20000]]").results == ["0"]

    def test_hashes_are_the_same_in_every_process(self, sandbox: Sandbox) -> None:
        program = run_of("def f(x): return [hash('a'), list({'one', 'two', 'three', 'four'})]")
        first = sandbox.execute(program).results
        sandbox.close()

        assert sandbox.execute(program).results == first

    def test_the_environment_holds_nothing_of_the_callers(self, value_of: Callable[[str], Any]) -> None:
        names = value_of("import os\nreturn list(os.environ)")

        assert set(names) <= {
            "PYTHONPATH", "PYTHONHASHSEED", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "LC_ALL", "LC_CTYPE", "PATH"
        }  # fmt: skip


class TestLongResults:
    @pytest.mark.parametrize(("length", "long"), [(254, False), (255, True)])
    def test_texts_of_more_than_256_bytes_come_as_digests(self, execute: Execute, length: int, long: bool) -> None:
        result = execute(f"def f(x): return 'x' * {length}").results[0]

        assert isinstance(result, Large) == long

    def test_a_digest_tells_size_kind_and_beginning(self, execute: Execute) -> None:
        result = execute("def f(x): return 'é' * 100").results[0]

        assert isinstance(result, Large)
        assert (result.size, result.nan, result.is_string) == (602, False, True)
        assert result.head == ('"' + "\\u00e9" * 100)[:120]

    @pytest.mark.parametrize(
        ("value", "nan"),
        [
            ("[float('nan')] + [0.5] * 99", True),
            ("(*range(300), float('nan'))", True),
            ("['NaN'] * 99", False),
            ("[0.5] * 99", False),
            ("b'NaN' * 99", False),
        ],
    )
    def test_a_digest_tells_whether_a_nan_is_inside(self, execute: Execute, value: str, nan: bool) -> None:
        result = execute(f"def f(x): return {value}").results[0]

        assert isinstance(result, Large)
        assert result.nan == nan

    def test_the_text_can_be_fetched(self, sandbox: Sandbox, execute: Execute) -> None:
        outcome = execute("def f(x): return list(range(x, x + 200))", "[[0],[1000]]", 2)

        assert isinstance(outcome.results[1], Large)
        assert decode(sandbox.fetch(1, outcome.results[1])) == list(range(1000, 1200))

    def test_results_before_an_exception_can_be_fetched(self, sandbox: Sandbox, execute: Execute) -> None:
        outcome = execute("def f(x): return [9 // x] * 300", "[[1],[0]]", 2)

        assert outcome.status == "exception"
        assert isinstance(outcome.results[0], Large)
        assert decode(sandbox.fetch(0, outcome.results[0])) == [9] * 300

    def test_a_text_is_not_taken_for_another_digest(self, sandbox: Sandbox, execute: Execute) -> None:
        one, other = execute("def f(x): return [x] * 300", "[[1],[2]]", 2).results

        assert isinstance(other, Large)
        with pytest.raises(SandboxError, match="does not match its digest"):
            sandbox.fetch(0, other)
        assert one != other


@pytest.mark.docker
def test_both_backends_return_the_same_texts(sandbox: Sandbox) -> None:
    code = """
        import collections, decimal, fractions, numpy, platform
        values = [1, 1.5, "é", None, (1,), {3, 1, 2}, {"b": 1, "a": 2}, collections.Counter("aab"), 2**600, 1j,
                  decimal.Decimal("1.50"), fractions.Fraction(1, 3), numpy.arange(3), numpy.float64(0.1),
                  [0.1 * n for n in range(100)], list(range(200)), hash("a"), platform.python_version(),
                  numpy.__version__, [str(n) for n in {"one", "two", "three", "four"}]]
        def f(x): return values[x]
    """
    program = run_of(code, str([[n] for n in range(20)]), 20)
    with Sandbox(DockerBackend(image_name=None, runtime=None, memory_bytes=_MEMORY), memory_bytes=_MEMORY) as docker:
        in_container = docker.execute(program)
    in_process = sandbox.execute(program)

    assert in_container.status == in_process.status == "complete", (in_container.detail, in_process.detail)
    assert in_container.results == in_process.results


class TestRecords:
    def test_results_are_not_held_back_while_a_program_sleeps_or_computes_in_threads(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = 100.0
        monkeypatch.setattr(candidate, "monotonic", lambda: now)
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        records = candidate._Records(write_end)

        records.add(b"V", "1")
        records.flush_if_due()
        with pytest.raises(BlockingIOError):
            os.read(read_end, 100)
        now += 0.03
        records.flush_if_due()

        assert os.read(read_end, 100) == b"V\0\0\0\x011"
        os.close(read_end)
        os.close(write_end)
