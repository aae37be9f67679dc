"""A server's process tree in the hands of its owner: this process, or a real one that is killed.

Whether anything of a tree is left is told by a pipe that all of it inherits: end of file when the last one is gone.
"""

import contextlib
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servecheck.engines import server_process
from servecheck.engines.server_process import Guardian, ServerProcess
from servecheck.errors import InfraError

from suites.selftest.time_limits import NEVER_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")

ROOT = Path(__file__).parents[3]
# A signal that comes just before `time.sleep` begins is handled when the sleep ends; the pipe's byte ends this wait.
WAIT_FOR_SIGNALS = """
wake_fd, signalled_fd = os.pipe()
os.set_blocking(signalled_fd, False)
signal.set_wakeup_fd(signalled_fd)
while True:
    os.read(wake_fd, 1)
"""
# Each says on the marker when it is as it shall be; ``fd`` is the marker's.
SERVERS = {
    "plain": "os.write(fd, b'r')" + WAIT_FOR_SIGNALS,
    "grandchildren": "os.fork() or os.fork() or os.write(fd, b'r'); time.sleep(3600)",
    "daemon": """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(fd, b"r")
        time.sleep(3600)
    os._exit(0)
os.wait()
"""
    + WAIT_FOR_SIGNALS,
}
SERVERS |= {
    f"{name} that ignores SIGTERM": "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + program
    for name, program in SERVERS.items()
}


class Marker:
    """A pipe that the whole tree holds: bytes that it writes, and its end."""

    def __init__(self) -> None:
        self.read_fd, self.write_fd = os.pipe()

    def command(self, program: str) -> list[str]:
        return [sys.executable, "-I", "-S", "-c", f"import os, signal, time; fd = {self.write_fd}\n{program}"]

    def passed_on(self) -> None:
        if self.write_fd >= 0:
            os.close(self.write_fd)
            self.write_fd = -1

    def await_ready(self) -> None:
        self.await_byte(b"r")

    def await_byte(self, byte: bytes) -> None:
        assert self._read(10.0) == byte

    def gone(self, timeout_s: float = 5.0) -> bool:
        """Whether no process holds it any more."""
        self.passed_on()
        try:
            while self._read(timeout_s):
                pass
        except TimeoutError:
            return False
        return True

    def _read(self, timeout_s: float) -> bytes:
        if not select.select([self.read_fd], [], [], timeout_s)[0]:
            raise TimeoutError
        return os.read(self.read_fd, 1)


@pytest.fixture
def marker() -> Iterator[Marker]:
    marker = Marker()
    yield marker
    marker.passed_on()
    os.close(marker.read_fd)


@pytest.fixture
def start(marker: Marker, tmp_path: Path) -> Iterator[Callable[[str], ServerProcess]]:
    with contextlib.ExitStack() as started:

        def start(program: str) -> ServerProcess:
            command = marker.command(program)
            server = ServerProcess("the server", command, tmp_path / "log", pass_fds=[marker.write_fd])
            started.callback(server.stop)
            server.start()
            marker.passed_on()
            return server

        yield start


def open_files() -> set[str]:
    return {fd.name for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()}


@pytest.mark.parametrize("name", SERVERS)
def test_stop_returns_when_every_process_of_the_tree_is_gone(
    start: Callable[[str], ServerProcess], marker: Marker, name: str
) -> None:
    server = start(SERVERS[name])
    marker.await_ready()

    server.stop(0.1)

    assert marker.gone(0.0)
    assert server.pid is None
    server.stop()


def test_a_server_may_end_in_order_when_it_is_stopped(start: Callable[[str], ServerProcess], marker: Marker) -> None:
    ending = "signal.signal(signal.SIGTERM, lambda *_: (os.write(fd, b'd'), os._exit(0)))\n"
    server = start(ending + SERVERS["plain"])
    marker.await_ready()

    server.stop(30)

    marker.await_byte(b"d")
    assert server.wait_exit(0) == "exit code 0"


def test_server_and_supervisor_have_sessions_of_their_own(start: Callable[[str], ServerProcess]) -> None:
    server = start(SERVERS["plain"])

    assert server.pid is not None
    assert os.getsid(server.pid) == server.pid
    supervisor = int(Path(f"/proc/{server.pid}/stat").read_text().split()[3])
    assert os.getsid(supervisor) == supervisor
    assert Path(f"/proc/{server.pid}/cmdline").read_bytes().startswith(sys.executable.encode())


def test_environment_and_folder_are_the_ones_given(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    program = "import os; print(os.getcwd(), os.environ['A'], 'HOME' in os.environ)"
    command = [sys.executable, "-I", "-S", "-c", program]
    server = ServerProcess("the server", command, tmp_path / "log", env={"A": "é"}, cwd=tmp_path / "folder")

    server.start()
    server.wait_exit(10)
    server.stop()

    assert server.tail() == f"{tmp_path / 'folder'} é False"


def test_a_server_that_dies_is_told_once_with_its_code_and_the_end_of_its_log(
    start: Callable[[str], ServerProcess], marker: Marker, tmp_path: Path
) -> None:
    (tmp_path / "log").write_text("an earlier start\n")
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    dying = "signal.signal(signal.SIGUSR1, lambda *_: (print('out of memory', flush=True), os._exit(3)))\n"
    server = start(dying + SERVERS["plain"])
    server.call_on_exit(messages.put)
    marker.await_ready()
    assert server.pid is not None

    os.kill(server.pid, signal.SIGUSR1)

    assert (
        messages.get(timeout=NEVER_S)
        == f"the server ended with exit code 3; the end of {tmp_path / 'log'}:\nout of memory"
    )
    server.stop()
    assert messages.empty()
    assert server.wait_exit(0) == "exit code 3"


def test_a_server_that_is_killed_is_told_by_the_signal(start: Callable[[str], ServerProcess], tmp_path: Path) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    server = start(SERVERS["plain"])
    server.call_on_exit(messages.put)
    assert server.pid is not None

    os.kill(server.pid, signal.SIGKILL)

    assert messages.get(timeout=NEVER_S).startswith("the server ended with signal 9 (Killed); the end of")


def test_a_death_before_anyone_asked_is_told_too(start: Callable[[str], ServerProcess]) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    server = start("os._exit(3)")
    assert server.wait_exit(10) == "exit code 3"

    server.call_on_exit(messages.put)

    assert "exit code 3" in messages.get(timeout=NEVER_S)


def test_a_stopped_server_is_not_told_to_have_died(start: Callable[[str], ServerProcess], marker: Marker) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    server = start(SERVERS["plain"])
    server.call_on_exit(messages.put)

    server.stop()
    server.call_on_exit(messages.put)

    assert server.wait_exit(0) == "signal 15 (Terminated)"
    assert messages.empty()


def test_what_is_told_of_a_death_may_stop_the_server(start: Callable[[str], ServerProcess], marker: Marker) -> None:
    stopped = threading.Event()
    server = start(SERVERS["daemon"])
    marker.await_ready()

    server.call_on_exit(lambda _: (server.stop(0.1), stopped.set()))  # type: ignore[func-returns-value]
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)

    assert stopped.wait(NEVER_S)
    assert marker.gone(0.0)


def test_a_server_whose_supervisor_is_killed_is_told_and_ended_with_its_group(
    start: Callable[[str], ServerProcess], marker: Marker
) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    server = start(SERVERS["grandchildren"])
    marker.await_ready()
    server.call_on_exit(messages.put)
    assert server.pid is not None
    supervisor = int(Path(f"/proc/{server.pid}/stat").read_text().split()[3])

    os.kill(supervisor, signal.SIGKILL)

    assert "ended with its supervisor, which was killed" in messages.get(timeout=NEVER_S)
    assert marker.gone()
    server.stop()


def test_the_tail_is_the_end_of_the_log_with_control_characters_shown(
    start: Callable[[str], ServerProcess], tmp_path: Path
) -> None:
    server = start(r"print('x' * 5000 + 'é\n\x1b[31mred\x07\tand more')")
    server.wait_exit(10)

    assert server.tail() == "x" * (2000 - 22) + "é\n\\x1b[31mred\\x07\\tand more"


def test_nothing_logged_is_said(start: Callable[[str], ServerProcess]) -> None:
    server = start("pass")
    server.wait_exit(10)

    assert server.tail() == "(nothing was logged)"


@pytest.mark.parametrize(
    ("command", "cwd", "error"),
    [
        ("/no/such/engine", "/", r"the server cannot be started: .*No such file or directory: '/no/such/engine'"),
        ("/", "/", r"the server cannot be started: .*Permission denied: '/'"),
        ("true", "/no/such/folder", r"the server cannot be started: .*No such file or directory: '/no/such/folder'"),
    ],
)
def test_a_server_that_cannot_be_started_is_an_error_and_leaves_nothing(
    tmp_path: Path, command: str, cwd: str, error: str
) -> None:
    before, threads = open_files(), threading.active_count()
    server = ServerProcess("the server", [command], tmp_path / "log", cwd=Path(cwd))

    with pytest.raises(InfraError, match=error):
        server.start()

    assert server.pid is None
    watchers = [thread for thread in threading.enumerate() if thread.name == "watch the server"]
    for thread in watchers:
        thread.join(NEVER_S)
    assert threading.active_count() == threads
    assert open_files() == before


def test_an_interrupt_at_any_moment_of_the_start_leaves_nothing(tmp_path: Path) -> None:
    interrupted = 0
    for after_ms in range(1, 30, 2):
        marker = Marker()
        command = marker.command(SERVERS["plain"])
        server = ServerProcess("the server", command, tmp_path / "log", pass_fds=[marker.write_fd])
        before = signal.signal(signal.SIGALRM, signal.default_int_handler)
        try:
            signal.setitimer(signal.ITIMER_REAL, after_ms / 1000)
            server.start()
            while True:
                signal.pause()
        except KeyboardInterrupt:
            interrupted += 1
        finally:
            signal.signal(signal.SIGALRM, before)
        server.stop(0.0)
        assert marker.gone()
        os.close(marker.read_fd)

    assert interrupted == 15


@pytest.mark.slow
def test_an_interrupt_of_stop_ends_the_tree_all_the_same(start: Callable[[str], ServerProcess], marker: Marker) -> None:
    server = start(SERVERS["daemon that ignores SIGTERM"])
    marker.await_ready()
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)

    with pytest.raises(KeyboardInterrupt):
        server.stop(60)

    signal.signal(signal.SIGALRM, before)
    assert marker.gone(4.0)


def test_a_tree_that_does_not_end_is_an_error_that_says_where_it_is(
    start: Callable[[str], ServerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_process, "_KILLED_S", -0.1)
    server = start(SERVERS["plain"])

    with pytest.raises(InfraError, match=r"processes of the server do not end, though killed; .* process \d+"):
        server.stop(0.1)


OWNER = """
import signal, subprocess, sys
from pathlib import Path
from servecheck.engines.server_process import Guardian, ServerProcess
{before}
log_path, *command, fd, listen_fd = sys.argv[1:]
server = ServerProcess("the server", command, Path(log_path), pass_fds=[int(fd), int(listen_fd)])
server.start()
{after}
print(server.pid, flush=True)
sys.stdin.read()
"""


class Owner:
    """A process that owns a server, which holds the marker and listens on a port."""

    def __init__(self, marker: Marker, log_path: Path, program: str, before: str = "", after: str = "") -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            fds = [marker.write_fd, listener.fileno()]
            owner = OWNER.format(before=before, after=after)
            self.process = subprocess.Popen(
                [sys.executable, "-c", owner, str(log_path), *marker.command(program), *map(str, fds)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=fds,
                start_new_session=True,
            )
        marker.passed_on()
        assert self.process.stdout is not None
        self.server_pid = int(self.process.stdout.readline())
        marker.await_ready()

    def port_is_free(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0


SLOWLY = [pytest.param(name, marks=[pytest.mark.slow] if "SIGTERM" in name else []) for name in SERVERS]


@pytest.mark.parametrize("name", SLOWLY)
def test_no_process_is_left_when_the_owner_is_killed(marker: Marker, tmp_path: Path, name: str) -> None:
    owner = Owner(marker, tmp_path / "log", SERVERS[name])
    assert not owner.port_is_free()

    owner.process.kill()
    owner.process.communicate()

    assert marker.gone(4.0)
    assert owner.port_is_free()


def test_another_child_of_the_owner_does_not_keep_the_server(marker: Marker, tmp_path: Path) -> None:
    # Started with every file that may be inherited, and it lives on until its input ends.
    child = "subprocess.Popen(['cat'], close_fds=False, stdout=subprocess.DEVNULL)"
    close = f"__import__('os').close({marker.write_fd})"
    owner = Owner(marker, tmp_path / "log", SERVERS["plain"], after=f"{close}; {child}")

    owner.process.kill()

    assert marker.gone(4.0)
    owner.process.communicate()


def test_an_owner_that_just_ends_leaves_no_process(marker: Marker, tmp_path: Path) -> None:
    owner = Owner(marker, tmp_path / "log", SERVERS["daemon"])

    owner.process.communicate()

    assert owner.process.returncode == 0
    assert marker.gone(4.0)


def test_a_ctrl_c_in_the_terminal_reaches_neither_server_nor_supervisor(marker: Marker, tmp_path: Path) -> None:
    ignoring = "signal.signal(signal.SIGINT, signal.SIG_IGN)"
    answering = "signal.signal(signal.SIGUSR1, lambda *_: os.write(fd, b'a'))\n"
    owner = Owner(marker, tmp_path / "log", answering + SERVERS["daemon"], before=ignoring)

    os.killpg(owner.process.pid, signal.SIGINT)

    os.kill(owner.server_pid, signal.SIGUSR1)
    marker.await_byte(b"a")
    owner.process.kill()
    owner.process.communicate()
    assert marker.gone(4.0)


GUARDED = """
import sys
from pathlib import Path
from servecheck.engines.server_process import Guardian
guardian = Guardian([Path(name) for name in sys.argv[1:]])
{then}
"""


@pytest.mark.parametrize(
    ("then", "left"),
    [
        ("import os; os.kill(os.getpid(), 9)", set()),
        ("sys.exit('it forgot to close')", set()),
        ("guardian.close(); guardian.close()", {"file", "folder"}),
        ("guardian.__enter__().__exit__(None, None, None)", {"file", "folder"}),
    ],
)
def test_a_guardian_removes_what_a_dead_process_left_and_nothing_else(
    tmp_path: Path, then: str, left: set[str]
) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "file").touch()
    names = [str(tmp_path / name) for name in ("file", "folder", "missing")]

    # The guardian has its standard error, so this returns when the guardian is gone too.
    subprocess.run(
        [sys.executable, "-c", GUARDED.format(then=then), *names],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        timeout=NEVER_S,
        check=False,
    )

    assert {path.name for path in tmp_path.iterdir()} == left


def test_a_guardian_that_was_killed_can_be_closed(tmp_path: Path) -> None:
    guardian = Guardian([tmp_path])
    newest = max(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))
    os.kill(newest, signal.SIGKILL)

    guardian.close()

    assert tmp_path.exists()
