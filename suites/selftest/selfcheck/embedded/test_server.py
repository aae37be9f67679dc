"""The embedded server's process: starts, stops, and never outlives its owner."""

import os
import queue
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from servecheck.errors import InfraError
from servecheck.profiles.schema import Profile
from servecheck.selfcheck.embedded.server import EmbeddedServer

from suites.selftest.time_limits import NEVER_S

ROOT = Path(__file__).parents[4]
OWNER = """
import sys
from pathlib import Path
from servecheck.profiles.schema import Profile
from servecheck.selfcheck.embedded.server import EmbeddedServer
profile = Profile(name="p", model="m", backend="embedded", problems="starter")
server = EmbeddedServer(profile, Path(sys.argv[1]))
server.start()
print(server.pid, server.base_url, flush=True)
sys.stdin.read()
"""


def accepts(base_url: str) -> bool:
    port = int(base_url.removesuffix("/v1").rpartition(":")[2])
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_stopped_server_is_gone_and_may_be_started_again(embedded_profile: Profile, tmp_path: Path) -> None:
    server = EmbeddedServer(embedded_profile, tmp_path / "server.log")
    server.start()
    first_pid = server.pid
    assert first_pid is not None
    assert accepts(server.base_url)

    server.stop()
    server.stop()

    assert server.pid is None
    assert not accepts(server.base_url)
    with pytest.raises(ProcessLookupError):
        os.kill(first_pid, 0)
    with server:
        assert accepts(server.base_url)
        assert server.pid != first_pid
    assert (tmp_path / "server.log").read_text().count("Started server process") == 2


def test_it_serves_the_profiles_model(embedded_server: EmbeddedServer) -> None:
    assert embedded_server.served_models == ["canonical"]


def test_a_server_that_ends_early_is_reported_at_once_with_its_log(embedded_profile: Profile, tmp_path: Path) -> None:
    log_path = tmp_path / "server.log"
    log_path.write_text("an earlier run's line\n")
    server = EmbeddedServer(embedded_profile, log_path, problems=["no-such-set"])

    with pytest.raises(InfraError, match="ended with exit code 2 before it answered") as caught:
        server.start()

    assert "unknown problem set 'no-such-set'" in str(caught.value)
    assert "earlier run" not in str(caught.value)
    assert server.pid is None


def test_a_server_that_does_not_answer_in_time_is_stopped(embedded_profile: Profile, tmp_path: Path) -> None:
    server = EmbeddedServer(embedded_profile, tmp_path / "server.log", start_timeout_s=0.01)

    with pytest.raises(InfraError, match=r"did not answer within 0\.01 s"):
        server.start()

    assert server.pid is None
    assert not accepts(server.base_url)


def test_a_server_that_ignores_sigterm_is_killed(
    embedded_profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servecheck.selfcheck.embedded.server._STOP_TIMEOUT_S", 0.1)
    server = EmbeddedServer(embedded_profile, tmp_path / "server.log")
    server.start()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGSTOP)

    server.stop()

    assert not accepts(server.base_url)


def test_a_server_that_dies_later_is_told_with_the_end_of_its_log(embedded_profile: Profile, tmp_path: Path) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    with EmbeddedServer(embedded_profile, tmp_path / "server.log", on_exit=messages.put) as server:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)

        message = messages.get(timeout=NEVER_S)

    assert message.startswith("the embedded server ended with signal 9 (Killed); the end of")
    assert "Started server process" in message
    assert messages.empty()


def test_neither_a_stop_nor_a_failed_start_is_told_as_a_death(embedded_profile: Profile, tmp_path: Path) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    with EmbeddedServer(embedded_profile, tmp_path / "server.log", on_exit=messages.put):
        pass
    failing = EmbeddedServer(embedded_profile, tmp_path / "log", problems=["no-such-set"], on_exit=messages.put)
    with pytest.raises(InfraError):
        failing.start()

    assert messages.empty()


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits on a process that is not its child (Linux)")
@pytest.mark.parametrize("end", ["kill -9", "end of program"])
def test_the_server_ends_when_its_owner_does(tmp_path: Path, end: str) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "server.log")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    pid, base_url = owner.stdout.readline().split()
    server_fd = os.pidfd_open(int(pid))
    assert accepts(base_url)

    if end == "kill -9":
        owner.kill()
    owner.communicate()
    gone, _, _ = select.select([server_fd], [], [], 4)

    os.close(server_fd)
    assert gone
    assert not accepts(base_url)
