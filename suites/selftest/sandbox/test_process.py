"""The process sandbox: what it puts around a program, what it says that it could not, and how it ends."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import SandboxError, SandboxUnavailable
from servecheck.sandbox import process
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend
from servecheck.sandbox.protocol import ProgramRun
from servecheck.sandbox.runner.frames import pack
from servecheck.sandbox.wire import decode

from suites.selftest.time_limits import NEVER_S


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ProcessBackend()) as sandbox:
        yield sandbox


@pytest.fixture
def evaluate(sandbox: Sandbox) -> Callable[[str], Any]:
    def run(expression: str) -> Any:
        code = f"import os, socket, sys\ndef f(): return {expression}"
        outcome = sandbox.execute(ProgramRun(code, "f", "[[]]", 1))
        assert outcome.status == "complete", outcome.detail
        return decode(str(outcome.results[0]))

    return run


class TestIsolation:
    """Each protection is there or named as missing; which of them a machine grants is the kernel's to say."""

    def test_what_is_missing_is_said(self, sandbox: Sandbox) -> None:
        missing = sandbox.hello["missing"]

        assert missing.keys() <= {"namespaces", "files", "processes", "user"}
        assert all(isinstance(reason, str) and reason for reason in missing.values())

    def test_prepare_tells_what_is_missing(self, sandbox: Sandbox) -> None:
        assert ProcessBackend().prepare() == sandbox.hello["missing"]

    def test_hello_names_the_versions_that_verdicts_are_given_by(self, sandbox: Sandbox) -> None:
        import numpy as np

        assert sandbox.hello["python"] == ".".join(map(str, sys.version_info[:3]))
        assert sandbox.hello["numpy"] == np.__version__
        assert sandbox.hello["implementation"] == "CPython"

    def test_no_network(self, sandbox: Sandbox, evaluate: Callable[[str], Any]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            reached = evaluate(f"socket.socket().connect_ex(('127.0.0.1', {server.getsockname()[1]})) == 0")

        assert not reached or "namespaces" in sandbox.hello["missing"]

    def test_no_files_but_the_interpreters(
        self, sandbox: Sandbox, evaluate: Callable[[str], Any], tmp_path: Path
    ) -> None:
        paths = [__file__, str(tmp_path), "/proc/1", "/etc/passwd", "/var"]

        seen = evaluate(f"[path for path in {paths} if os.path.exists(path)]")

        assert seen == [] or sandbox.hello["missing"].keys() & {"namespaces", "files"}

    def test_no_file_can_be_written(self, sandbox: Sandbox, evaluate: Callable[[str], Any]) -> None:
        folders = evaluate("[f for f in ('/', '/dev', os.path.dirname(os.__file__)) if os.access(f, os.W_OK)]")

        assert folders == [] or "files" in sandbox.hello["missing"] or "namespaces" in sandbox.hello["missing"]

    def test_a_pid_namespace_of_its_own(self, sandbox: Sandbox, evaluate: Callable[[str], Any]) -> None:
        assert (evaluate("os.getpid()") == 1) == sandbox.hello["isolation"]["pid_namespace"]

    def test_a_user_of_its_own_without_capabilities(self, sandbox: Sandbox, evaluate: Callable[[str], Any]) -> None:
        users = {evaluate("os.getuid()") for _ in range(2)}

        if sandbox.hello["isolation"]["fresh_uid"]:
            assert len(users) == 2
            assert min(users) >= 0x10000000
        else:
            assert len(users) == 1

    def test_no_descriptor_but_its_own(self, evaluate: Callable[[str], Any]) -> None:
        def is_open(fd: int) -> str:
            return f"os.readv({fd}, []) if False else os.fstat({fd}).st_mode"

        with pytest.raises(AssertionError, match="Bad file descriptor"):
            evaluate(is_open(4))
        assert evaluate(is_open(3))


_OWNER = """
import sys, time
from servecheck.sandbox.process import ProcessBackend
from servecheck.sandbox.runner.frames import pack
from servecheck.sandbox.protocol import ProgramRun
runner = ProcessBackend().start()
if sys.argv[1] == "busy":
    runner.send(pack(ProgramRun("while True: pass", "f", "[[]]", 1).message(1 << 30)))
print(runner._process.pid, flush=True)
time.sleep(3600)
"""


def descendants(pid: int) -> list[int]:
    children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*children, *(pid for child in children for pid in descendants(child))]


def wait_for_descendants(pid: int, count: int) -> list[int]:
    deadline = time.monotonic() + NEVER_S
    while len(found := descendants(pid)) < count:
        assert time.monotonic() < deadline, f"only {len(found)} processes"
        time.sleep(0.02)
    return found


class TestEnd:
    @pytest.mark.parametrize(("state", "processes"), [("idle", 1), ("busy", 2)])
    def test_the_runner_ends_with_its_owner(self, state: str, processes: int) -> None:
        owner = subprocess.Popen([sys.executable, "-c", _OWNER, state], stdout=subprocess.PIPE)
        assert owner.stdout is not None
        runner = int(owner.stdout.readline())
        handles = [os.pidfd_open(pid) for pid in [runner, *wait_for_descendants(runner, processes)]]

        owner.send_signal(signal.SIGKILL)

        for handle in handles:
            ended, _, _ = select.select([handle], [], [], 5.0)
            assert ended, "a process of the sandbox outlives its owner"
            os.close(handle)
        owner.communicate()

    def test_close_ends_it(self) -> None:
        runner = ProcessBackend().start()
        handle = os.pidfd_open(runner._process.pid)

        runner.close()

        assert runner._process.returncode == 0
        assert select.select([handle], [], [], 0)[0]
        os.close(handle)

    def test_a_runner_that_was_killed_is_an_error_with_its_last_words(self) -> None:
        runner = ProcessBackend().start()
        runner._process.kill()
        runner._process.wait()

        with pytest.raises(SandboxError, match="has ended: it left no message"):
            runner.receive(5.0)
        no_reader = select.poll()
        no_reader.register(runner._input, 0)
        assert no_reader.poll(5000)
        with pytest.raises(SandboxError, match="has ended"):
            runner.send(pack({}))
        runner.close()

    def test_a_runner_that_says_nothing_is_an_error_in_time(self) -> None:
        runner = ProcessBackend().start()

        with pytest.raises(SandboxError, match="does not answer"):
            runner.receive(0.05)
        runner.close()

    def test_a_runner_that_cannot_start_is_an_error_with_its_message(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            process, "runner_command", lambda *_: [sys.executable, "-c", "raise SystemExit('no zygote')"]
        )

        with pytest.raises(SandboxError, match="no zygote"):
            ProcessBackend().start()


def test_elsewhere_than_on_linux_it_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.sys, "platform", "darwin")

    with pytest.raises(SandboxUnavailable, match="--sandbox=docker"):
        ProcessBackend().prepare()


def test_user_ids_are_far_from_those_of_people() -> None:
    bases = {process.uid_base() for _ in range(50)}

    assert len(bases) > 40
    assert all(0x10000000 <= base <= 0x20000000 - 4096 and base % 4096 == 0 for base in bases)
