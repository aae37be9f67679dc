"""Clocks of another process, and limits that a program cannot raise again."""

import errno
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.sandbox.runner import limits


@pytest.fixture
def sleeper() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"], stdout=-1)
    assert process.stdout is not None
    process.stdout.readline()
    yield process.pid
    process.kill()
    process.communicate()


@pytest.fixture
def spinner() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", "print(flush=True)\nwhile True: pass"], stdout=-1)
    assert process.stdout is not None
    process.stdout.readline()
    yield process.pid
    process.kill()
    process.communicate()


class TestStopwatch:
    def test_a_sleeping_process_uses_wall_time_alone(self, sleeper: int) -> None:
        watch = limits.Stopwatch(sleeper)
        time.sleep(0.2)

        left, clock = watch.remaining(0.1)

        assert clock == "wall"
        assert left == pytest.approx(0.3 - 0.2, abs=0.09)

    def test_a_fresh_limit_is_nearest_by_cpu(self, sleeper: int) -> None:
        left, clock = limits.Stopwatch(sleeper).remaining(5.0)

        assert clock == "cpu"
        assert left == pytest.approx(5.0, abs=0.05)

    def test_cpu_time_is_that_of_the_other_process(self, spinner: int) -> None:
        watch = limits.Stopwatch(spinner)
        deadline = time.monotonic() + 30
        while watch.remaining(0.1)[0] > 0:
            assert time.monotonic() < deadline, "a process that spins used no CPU time"
            time.sleep(0.02)

        assert watch.remaining(1000.0)[0] < 999.91

    def test_restart_begins_anew(self, spinner: int) -> None:
        watch = limits.Stopwatch(spinner)
        time.sleep(0.3)
        used_wall = watch.remaining(0.0)[0]

        watch.restart()

        assert used_wall < -0.01
        assert watch.remaining(10.0)[0] == pytest.approx(10.0, abs=0.2)

    def test_wall_time_may_be_three_times_cpu_time(self, sleeper: int, monkeypatch: pytest.MonkeyPatch) -> None:
        now = time.monotonic()
        monkeypatch.setattr(limits.time, "monotonic", lambda: now)
        watch = limits.Stopwatch(sleeper)
        monkeypatch.setattr(limits.time, "monotonic", lambda: now + 11.0)

        assert watch.remaining(4.0) == (pytest.approx(1.0), "wall")


def limited(step: str, **limits_to_apply: float) -> Any:
    """What ``step`` leaves in ``out`` in a process of its own, under the limits."""
    code = (
        "import json, os, sys, resource, signal\nfrom fixtures.sandbox.runner import limits\n"
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
