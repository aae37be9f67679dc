"""Which limit passes first, by clocks that are set by hand, and limits that a program cannot raise again."""

import errno
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from servecheck.sandbox.runner import limits
from servecheck.sandbox.runner.clocks import Times


class SetClocks:
    """Clocks that stand where they are set."""

    def __init__(self, **times: float) -> None:
        self.times = Times(**times)

    def now(self) -> Times:
        return self.times


def remaining(limit: float, **used: float) -> tuple[float, str]:
    clocks: Any = SetClocks(cpu=3.0, wall=10.0, whole=20.0)
    watch = limits.Stopwatch(clocks)
    began = clocks.times
    clocks.times = Times(*(getattr(began, name) + used.get(name, 0.0) for name in ("cpu", "wall", "whole")))
    return watch.remaining(limit)


class TestStopwatch:
    def test_cpu_time_is_what_passes_first_where_nothing_has(self) -> None:
        assert remaining(4.0) == (4.0, "CPU")

    def test_wall_time_may_be_three_times_cpu_time(self) -> None:
        assert remaining(4.0, wall=11.0, whole=11.0) == (1.0, "wall")

    def test_waiting_has_a_limit_too(self) -> None:
        assert remaining(4.0, cpu=1.0, wall=3.0, whole=95.0) == (1.0, "whole")

    def test_a_long_limit_does_not_make_it_hours(self) -> None:
        assert remaining(62.0, cpu=1.0, wall=3.0, whole=895.0) == (5.0, "whole")

    def test_restart_begins_anew(self) -> None:
        clocks: Any = SetClocks(cpu=0.0, wall=0.0, whole=0.0)
        watch = limits.Stopwatch(clocks)
        clocks.times = Times(3.0, 3.0, 3.0)

        watch.restart()

        assert watch.remaining(4.0) == (4.0, "CPU")


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ("CPU", "more CPU time than the limit of 4 s for one input allows"),
        ("wall", "more wall time than the limit of 12 s for one input allows"),
        ("whole", "more wall time than 96 s for one input, what it waited for a CPU included"),
    ],
)
def test_a_limit_is_named_by_the_seconds_that_have_passed(clock: Any, words: str) -> None:
    assert limits.expired(clock, 4.0, "one input") == words


def limited(step: str, **limits_to_apply: float) -> Any:
    """What ``step`` leaves in ``out`` in a process of its own, under the limits."""
    code = (
        "import json, os, sys, resource, signal\nfrom servecheck.sandbox.runner import limits\n"
        f"limits.apply(**{limits_to_apply!r})\nout = None\n{step}\nos.write(1, json.dumps(out).encode())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else done.returncode


class TestApply:
    def test_soft_and_hard_limits_are_the_same_so_none_can_be_raised(self) -> None:
        names = "AS DATA STACK CPU FSIZE CORE NPROC NOFILE".split()
        step = f"out = [resource.getrlimit(getattr(resource, 'RLIMIT_' + name)) for name in {names}]"

        pairs = dict(zip(names, limited(step, memory=1 << 30, cpu_s=9.5), strict=True))

        assert all(soft == hard for soft, hard in pairs.values())
        assert pairs["AS"] == pairs["DATA"] == [1 << 30, 1 << 30]
        assert pairs["CPU"] == [11, 11]
        assert pairs["FSIZE"] == pairs["CORE"] == [0, 0]
        assert (pairs["NPROC"][0], pairs["NOFILE"][0]) == (limits.MAX_PROCESSES, limits.MAX_FILES)

    def test_memory_beyond_the_limit_is_a_memory_error(self) -> None:
        step = "try:\n    bytes(1 << 30)\nexcept MemoryError:\n    out = 'refused'"

        assert limited(step, memory=1 << 29, cpu_s=9) == "refused"

    def test_no_byte_can_be_written_to_a_file(self, tmp_path: Path) -> None:
        step = f"""
fd = os.open({str(tmp_path / "file")!r}, os.O_CREAT | os.O_WRONLY)
try:
    os.write(fd, b"x")
except OSError as error:
    out = error.errno
"""

        assert limited(step, memory=1 << 30, cpu_s=9) == errno.EFBIG

    def test_a_lower_hard_limit_stays(self) -> None:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        step = (
            "resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))\nlimits.apply(1 << 30, 9)\n"
            "out = resource.getrlimit(resource.RLIMIT_NOFILE)"
        )

        assert limited(step, memory=1 << 30, cpu_s=9) == [16, 16]
        assert hard > 16
