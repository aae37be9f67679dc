"""What the kernel says of real processes: a child's threads, its children, CPU and waiting seconds."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servecheck.sandbox.runner.processes import Processes, cpu_clock

Start = Callable[[str], int]
_SPIN = "def spin(s):\n    end = time.thread_time() + s\n    while time.thread_time() < end: pass\n"


@pytest.fixture
def processes() -> Iterator[Processes]:
    folder = os.open("/proc", os.O_RDONLY)
    yield Processes(folder)
    os.close(folder)


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a program, waits until it has said that it is ready, and ends it after the test."""
    running: list[subprocess.Popen[bytes]] = []

    def start(code: str) -> int:
        code = f"import os, sys, threading, time\n{_SPIN}ready = lambda: print(flush=True)\n{code}"
        process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        running.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        return process.pid

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_threads_of_a_process_are_seen_each(processes: Processes, start: Start) -> None:
    wait = "threading.Thread(target=sys.stdin.read, daemon=True).start()\n"
    pid = start(f"{wait}ready()\nwhile True: pass")

    threads = processes.look([pid]).threads

    assert len(threads) == 2
    assert pid in threads
    assert all(thread.turns > 0 for thread in threads.values())


def test_a_process_that_sleeps_is_not_runnable(processes: Processes, start: Start) -> None:
    pid = start("ready()\nsys.stdin.read()")
    while (seen := processes.look([pid]).threads[pid]).runnable:
        pass

    assert seen.cpu_ns > 0


def test_what_a_child_starts_is_seen_too(processes: Processes, start: Start) -> None:
    pid = start("if os.fork(): os.wait()\nelse:\n    ready()\n    sys.stdin.read()")

    [child] = processes.children(pid)

    assert processes.look([pid]).threads.keys() == {pid, child}


def test_cpu_time_of_ended_threads_and_of_children_is_kept(processes: Processes, start: Start) -> None:
    thread = "t = threading.Thread(target=spin, args=(0.1,))\nt.start()\nt.join()\n"
    child = "if os.fork() == 0:\n    spin(0.1)\n    os._exit(0)\nos.wait()\n"
    pid = start(f"{thread}{child}ready()\nsys.stdin.read()")

    assert processes.look([pid]).cpu_s >= 0.2


def test_waiting_grows_where_two_share_a_cpu(processes: Processes, start: Start) -> None:
    cpu = max(os.sched_getaffinity(0))
    one, other = (start(f"os.sched_setaffinity(0, {{{cpu}}})\nready()\nwhile True: pass") for _ in range(2))
    while (least := min(processes.look([one, other]).threads.values(), key=lambda it: it.cpu_ns)).cpu_ns < 1e8:
        pass

    assert least.waited_ns > 3e7


def test_a_process_that_has_ended_is_left_out(processes: Processes) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()

    seen = processes.look([child.pid])

    assert (seen.threads, seen.cpu_s) == ({}, 0.0)


def test_the_name_of_a_process_does_not_shift_what_is_read(processes: Processes, start: Start) -> None:
    pid = start("open('/proc/self/comm', 'w').write('x) R 1 (y')\nready()\nsys.stdin.read()")
    while Path(f"/proc/{pid}/wchan").read_text() == "0":
        pass

    assert not processes.look([pid]).threads[pid].runnable


def test_without_proc_nothing_is_seen() -> None:
    blind = Processes(None)

    assert blind.children(os.getpid()) == []
    assert blind.look([os.getpid()]).threads == {}
    assert blind.waited() == 0.0


def test_a_cpu_clock_is_that_of_the_other_process(start: Start) -> None:
    import time

    pid = start("spin(0.2)\nready()\nsys.stdin.read()")

    assert time.clock_gettime(cpu_clock(pid)) >= 0.2
