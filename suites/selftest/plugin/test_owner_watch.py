"""A worker ends at its owner's end, whatever it is doing, and not sooner."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from servecheck.generation.announcements import ReadinessServer

from suites.selftest.time_limits import NEVER_S

BEGUN = """
import sys, threading
from pathlib import Path
from servecheck.plugin.owner_watch import OwnerWatch
watch = OwnerWatch(Path(sys.argv[1]))
watch.pytest_sessionstart()
[thread] = [thread for thread in threading.enumerate() if thread.name == "owner watch"]
print("watching", flush=True)
"""
WAITS = "sys.stdin.read()\n"
COMPUTES = "while True: pass\n"
SLEEPS = "import time; time.sleep(3600)\n"
CATCHES = """
while True:
    try:
        sys.stdin.read()
    except BaseException:
        pass
"""
ENDS = """
watch.pytest_sessionfinish()
print("ending", flush=True)
thread.join()
print("the owner has ended, and this goes on", flush=True)
"""
OWNS = """
import sys
from servecheck.generation.announcements import ReadinessServer
print(ReadinessServer().path, flush=True)
sys.stdin.read()
"""

Python = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def python() -> Iterator[Python]:
    """Begin a program in a process of its own, which ends with the test at the latest."""
    with ExitStack() as stack:

        def begin(program: str, *arguments: object) -> subprocess.Popen[str]:
            command = [sys.executable, "-c", program, *map(str, arguments)]
            child = stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            stack.callback(child.kill)
            return child

        yield begin


def _said(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


@pytest.mark.parametrize("doing", [WAITS, COMPUTES, SLEEPS], ids=["waits", "computes", "sleeps"])
def test_it_ends_when_the_readiness_server_does(python, doing):
    with ReadinessServer() as readiness:
        worker = python(BEGUN + doing, readiness.path)
        assert _said(worker) == "watching"

    assert worker.wait(NEVER_S) == 1


def test_it_ends_when_its_owner_is_killed(python):
    owner = python(OWNS)
    readiness_socket = Path(_said(owner))
    try:
        worker = python(BEGUN + WAITS, readiness_socket)
        assert _said(worker) == "watching"

        owner.kill()

        assert worker.wait(NEVER_S) == 1
    finally:
        shutil.rmtree(readiness_socket.parent)


def test_no_handler_of_a_test_keeps_it(python):
    with ReadinessServer() as readiness:
        worker = python(BEGUN + CATCHES, readiness.path)
        assert _said(worker) == "watching"

    assert worker.wait(NEVER_S) == 1


def test_it_goes_on_while_the_owner_lives_however_much_is_announced(python):
    with tempfile.TemporaryDirectory(prefix="servecheck-") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/readiness")
        listener.listen()
        worker = python(BEGUN + WAITS, f"{folder}/readiness")
        connection, _ = listener.accept()
        with connection:
            connection.sendall(bytes(1 << 22))  # more than fits into the socket: all but its end has been read then
            worker.communicate(timeout=NEVER_S)

            assert worker.returncode == 0


def test_a_worker_that_is_ending_by_itself_is_left_to_it(python):
    with ReadinessServer() as readiness:
        worker = python(BEGUN + ENDS, readiness.path)
        assert (_said(worker), _said(worker)) == ("watching", "ending")

    assert _said(worker) == "the owner has ended, and this goes on"
    assert worker.wait(NEVER_S) == 0
