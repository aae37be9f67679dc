"""The readiness server and its clients, over real sockets and from real processes."""

import socket
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from servecheck.errors import GenerationError, NotAsked, OwnerGone
from servecheck.generation.announcements import ReadinessClient, ReadinessServer

from suites.selftest.time_limits import NEVER_S

ROOT = Path(__file__).parents[3]
WORKER = """
import sys
from pathlib import Path
from servecheck.errors import ServecheckError
from servecheck.generation.announcements import ReadinessClient
client = ReadinessClient(Path(sys.argv[1]))
print("connected", flush=True)
for key in sys.argv[2:]:
    try:
        client.wait(key)
        print(key, "ready", flush=True)
    except ServecheckError as error:
        print(key, type(error).__name__, error, flush=True)
"""
OWNER = """
import sys
from servecheck.generation.announcements import ReadinessServer
readiness = ReadinessServer()
readiness.ready("a")
print(readiness.path, flush=True)
sys.stdin.read()
"""


def worker(socket_path: Path, *keys: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(socket_path), *keys], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "connected\n"
    return process


def rest_of(process: subprocess.Popen[str]) -> str:
    # Not communicate(): it would miss what readline() has buffered.
    assert process.stdout is not None
    with process:
        return process.stdout.read()


def test_who_waits_for_what_nobody_needs_any_more_is_told_so_in_its_own_words() -> None:
    with ReadinessServer() as readiness:
        waiting = worker(readiness.path, "a")
        readiness.unneeded("a", "it is decided")

        assert rest_of(waiting) == "a NotAsked it is decided\n"
        with ReadinessClient(readiness.path) as client, pytest.raises(NotAsked, match="it is decided"):
            client.wait("a")


def test_what_was_announced_before_connecting_is_ready_at_once() -> None:
    with ReadinessServer() as readiness:
        readiness.ready("a")
        readiness.ready("b")

        with ReadinessClient(readiness.path) as client:
            client.wait("b", timeout=NEVER_S)
            client.wait("a", timeout=NEVER_S)
            client.wait("a", timeout=NEVER_S)


def test_a_wait_ends_when_the_reply_is_announced_not_before() -> None:
    ready = threading.Event()
    with ReadinessServer() as readiness, ReadinessClient(readiness.path) as client:
        waiting = threading.Thread(target=lambda: (client.wait("a", timeout=NEVER_S), ready.set()))
        waiting.start()
        readiness.ready("b")
        assert not ready.wait(0.1)

        readiness.ready("a")

        assert ready.wait(NEVER_S)
        waiting.join()


def test_a_failed_reply_raises_its_message_every_time() -> None:
    message = 'HTTP 500: "out of\nmemory" é'
    with ReadinessServer() as readiness, ReadinessClient(readiness.path) as client:
        readiness.failed("a", message)

        for _ in range(2):
            with pytest.raises(GenerationError) as caught:
                client.wait("a", timeout=NEVER_S)
            assert str(caught.value) == f"no reply for a: {message}"


def test_a_wait_may_be_limited_and_taken_up_again() -> None:
    with ReadinessServer() as readiness, ReadinessClient(readiness.path) as client:
        with pytest.raises(GenerationError, match="no reply for a in time"):
            client.wait("a", timeout=0.1)

        readiness.ready("a")

        client.wait("a")


def test_closing_sends_the_last_lines_and_then_ends_the_wait() -> None:
    readiness = ReadinessServer()
    with ReadinessClient(readiness.path) as client:
        readiness.ready("a")

        readiness.close()
        readiness.close()

        client.wait("a", timeout=NEVER_S)
        with pytest.raises(OwnerGone, match="before the reply for b came"):
            client.wait("b", timeout=NEVER_S)


def test_several_worker_processes_hear_of_every_reply() -> None:
    with ReadinessServer() as readiness:
        readiness.ready("a")
        workers = [worker(readiness.path, "a", "b", "c") for _ in range(3)]

        readiness.failed("c", "HTTP 500")
        readiness.ready("b")
        outputs = [rest_of(process) for process in workers]

    assert outputs == ["a ready\nb ready\nc GenerationError no reply for c: HTTP 500\n"] * 3


def test_waiting_workers_notice_at_once_that_the_owner_was_killed() -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    path = Path(owner.stdout.readline().rstrip())
    waiting = worker(path, "a", "b")
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == "a ready\n"

    owner.kill()
    owner.communicate()
    output = rest_of(waiting)

    assert output.startswith("b OwnerGone ")
    with pytest.raises(OwnerGone, match="start the run again"):
        ReadinessClient(path)
    path.unlink()
    path.parent.rmdir()


def test_a_client_that_does_not_read_holds_up_nobody_and_loses_nothing() -> None:
    count = 20_000
    with ReadinessServer() as readiness:
        stuck = ReadinessClient(readiness.path)
        for number in range(count):
            readiness.ready(f"{'x' * 100}{number}")

        with ReadinessClient(readiness.path) as client:
            client.wait(f"{'x' * 100}{count - 1}", timeout=NEVER_S)

        for number in (0, count // 2, count - 1):
            stuck.wait(f"{'x' * 100}{number}", timeout=NEVER_S)
        stuck.close()


def test_closing_does_not_wait_for_a_client_that_does_not_read() -> None:
    readiness = ReadinessServer()
    stuck = socket.socket(socket.AF_UNIX)
    stuck.connect(str(readiness.path))
    for number in range(20_000):
        readiness.ready(f"{'x' * 100}{number}")

    readiness.close()

    stuck.close()


def test_a_client_that_left_holds_up_nobody() -> None:
    with ReadinessServer() as readiness:
        ReadinessClient(readiness.path).close()
        readiness.ready("a")
        readiness.ready("b")

        with ReadinessClient(readiness.path) as client:
            client.wait("b", timeout=NEVER_S)


def test_the_socket_is_this_users_alone_and_gone_after_closing() -> None:
    with ReadinessServer() as readiness:
        assert stat.S_IMODE(readiness.path.parent.stat().st_mode) == 0o700

    assert not readiness.path.parent.exists()


def test_a_long_temporary_folder_does_not_break_the_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long_folder = tmp_path / ("x" * 100)
    long_folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long_folder))

    with ReadinessServer() as readiness, ReadinessClient(readiness.path) as client:
        readiness.ready("a")
        client.wait("a", timeout=NEVER_S)

    assert list(long_folder.iterdir()) == []
