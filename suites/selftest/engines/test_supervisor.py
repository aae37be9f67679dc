"""The supervisor, run as the script that it is: what it ends, when, and what it tells.

Its standard output is the whole tree's, so end of file there says that no process is left, the supervisor included.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from servecheck.engines import supervisor

from suites.selftest.time_limits import NEVER_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")

DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    said, saying = os.pipe()
    if os.fork() == 0:
        print("ready", flush=True)
        os.write(saying, b".")
        time.sleep(3600)
    os.read(said, 1)
    os._exit(0)
os.wait()
"""
STAYING = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"


def python(program: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", program]


PLAIN = ["sh", "-c", "echo ready; exec sleep 3600"]
GRANDCHILDREN = ["sh", "-c", "sh -c 'sleep 3600 & echo ready; wait' & wait"]
DETACHED = python(DAEMON + "time.sleep(3600)")
SESSIONS = ["sh", "-c", "setsid sh -c 'sleep 3600 & setsid sleep 3600 & echo ready; wait' & wait"]
STAYING_PLAIN = python(STAYING + "import time; print('ready', flush=True); time.sleep(3600)")
STAYING_DETACHED = python(STAYING + DAEMON + "time.sleep(3600)")


class Supervised:
    """The script under test, with this process as its owner."""

    def __init__(self, *arguments: str | Path, pass_fds: Sequence[int] = ()) -> None:
        owner_fd, self.owner = os.pipe()
        status, status_fd = os.pipe()
        command = [sys.executable, "-I", "-S", supervisor.__file__, str(owner_fd), str(status_fd), *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=(owner_fd, status_fd, *pass_fds),
            start_new_session=True,
        )
        self.status = os.fdopen(status)
        os.close(owner_fd)
        os.close(status_fd)

    def report(self) -> dict[str, int]:
        report: dict[str, int] = json.loads(self.status.readline())
        return report

    def output_line(self) -> str:
        return str(self.process.stdout.readline()).strip()  # type: ignore[union-attr]

    def say(self, text: str) -> None:
        os.write(self.owner, text.encode())

    def owner_is_gone(self) -> None:
        os.close(self.owner)
        self.owner = -1

    def await_end(self, timeout_s: float = NEVER_S) -> str:
        """Until no process is left; returns what went to standard error.

        Raises:
            subprocess.TimeoutExpired: some are.
        """
        return self.process.communicate(timeout=timeout_s)[1]

    def close(self) -> None:
        if self.owner >= 0:
            self.owner_is_gone()
        self.status.close()
        self.await_end()


@pytest.fixture
def supervise() -> Iterator[Any]:
    started = []

    def start(*arguments: str | Path, pass_fds: Sequence[int] = ()) -> Supervised:
        started.append(Supervised(*arguments, pass_fds=pass_fds))
        return started[-1]

    yield start
    for supervised in started:
        supervised.close()


@pytest.mark.parametrize(
    ("command", "report"), [("exit 3", {"exit": 3}), ("exit 0", {"exit": 0}), ("kill -9 $$", {"signal": 9})]
)
def test_it_reports_how_the_command_began_and_ended_and_ends_with_it(
    supervise: Any, command: str, report: dict[str, int]
) -> None:
    supervised = supervise("--", "sh", "-c", f"echo $$; {command}")

    assert supervised.report() == {"pid": int(supervised.output_line())}
    assert supervised.report() == report
    assert supervised.status.read() == ""
    assert supervised.await_end() == ""
    assert supervised.process.returncode == 0


def test_a_command_that_does_not_exist_is_reported_by_its_error_number(supervise: Any) -> None:
    supervised = supervise("--", "/no/such/program")

    assert supervised.report() == {"errno": 2}
    assert supervised.await_end() == ""


@pytest.mark.parametrize("command", [PLAIN, GRANDCHILDREN, DETACHED, SESSIONS])
def test_nothing_of_the_tree_outlives_the_owner(supervise: Any, command: list[str]) -> None:
    supervised = supervise("--", *command)
    assert supervised.output_line() == "ready"

    supervised.owner_is_gone()

    supervised.await_end()


@pytest.mark.slow
@pytest.mark.parametrize("command", [STAYING_PLAIN, STAYING_DETACHED])
def test_what_ignores_sigterm_is_killed_two_seconds_after_the_owners_end(supervise: Any, command: list[str]) -> None:
    supervised = supervise("--", *command)
    assert supervised.output_line() == "ready"

    start = time.monotonic()
    supervised.owner_is_gone()

    supervised.await_end()
    assert time.monotonic() - start >= supervisor.GRACE_S


@pytest.mark.parametrize("command", [STAYING_PLAIN, STAYING_DETACHED])
def test_an_orderly_end_kills_after_the_seconds_that_it_names(supervise: Any, command: list[str]) -> None:
    supervised = supervise("--", *command)
    assert supervised.output_line() == "ready"

    supervised.say("done 0.1\n")

    supervised.await_end()


@pytest.mark.slow
def test_an_owner_that_dies_during_an_orderly_end_shortens_it(supervise: Any) -> None:
    supervised = supervise("--", *STAYING_PLAIN)
    assert supervised.output_line() == "ready"

    supervised.say("done 3600\n")
    supervised.owner_is_gone()

    supervised.await_end()


def test_the_command_may_end_in_order_within_the_grace(supervise: Any) -> None:
    supervised = supervise(
        "--", "sh", "-c", "trap 'echo tidied; exit 5' TERM; echo ready; while :; do sleep 0.01; done"
    )
    assert supervised.output_line() == "ready"

    supervised.say("done 3600\n")

    assert supervised.output_line() == "tidied"
    assert supervised.report()["pid"]
    assert supervised.report() == {"exit": 5}
    supervised.await_end()


def test_what_a_command_leaves_when_it_ends_is_ended(supervise: Any) -> None:
    supervised = supervise("--", *python(DAEMON))

    assert supervised.output_line() == "ready"
    supervised.await_end()


def test_a_signal_to_end_counts_as_the_owners_end(supervise: Any, tmp_path: Path) -> None:
    supervised = supervise("--remove", tmp_path / "folder", "--", *DETACHED)
    (tmp_path / "folder").mkdir()
    assert supervised.output_line() == "ready"

    supervised.process.terminate()

    supervised.await_end()
    assert not (tmp_path / "folder").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_an_interrupt_or_hang_up_is_not_for_it(supervise: Any, number: int) -> None:
    supervised = supervise("--", *DETACHED)
    assert supervised.output_line() == "ready"

    os.kill(supervised.process.pid, number)
    supervised.owner_is_gone()

    # Had the signal ended it, the daemon would stay.
    supervised.await_end()
    assert supervised.process.returncode == 0


def test_the_command_dies_with_a_supervisor_that_is_killed(supervise: Any) -> None:
    supervised = supervise("--", *PLAIN)
    assert supervised.output_line() == "ready"

    supervised.process.kill()

    supervised.await_end()


def test_the_command_has_every_signal_at_its_default_and_none_of_the_supervisors_files(supervise: Any) -> None:
    read_end, write_end = os.pipe()
    supervised = supervise("--", "sh", "-c", "grep SigIgn /proc/self/status; ls /proc/self/fd", pass_fds=[write_end])

    output = supervised.process.stdout.read().split()

    os.close(read_end)
    os.close(write_end)
    listing = 4 if write_end == 3 else 3
    assert output == ["SigIgn:", "0" * 16, *sorted(["0", "1", "2", str(write_end), str(listing)])]


def test_what_is_passed_on_is_closed_when_the_command_has_ended(supervise: Any, tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    supervised = supervise("--remove", tmp_path / "kept", "--", "true", pass_fds=[write_end])
    os.close(write_end)

    ended, _, _ = select.select([read_end], [], [], 2.0)

    os.close(read_end)
    assert ended
    # It stays for the path alone.
    assert supervised.process.poll() is None


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "inner" / "file").touch()
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to("target")
    return [tmp_path / name for name in ("missing", "file", "folder", "link")]


def removal(paths: Sequence[Path]) -> list[str]:
    return [argument for path in paths for argument in ("--remove", str(path))]


@pytest.mark.parametrize("command", [[], ["--", *PLAIN], ["--", "true"], ["--", "/no/such/program"]])
def test_paths_are_removed_when_the_owner_is_gone(
    supervise: Any, paths: list[Path], command: list[str], tmp_path: Path
) -> None:
    supervised = supervise(*removal(paths), *command)

    supervised.owner_is_gone()

    assert supervised.await_end() == ""
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


@pytest.mark.parametrize("command", [[], ["--", *PLAIN], ["--", "true"], ["--", "/no/such/program"]])
def test_paths_are_kept_after_an_orderly_end(
    supervise: Any, paths: list[Path], command: list[str], tmp_path: Path
) -> None:
    supervised = supervise(*removal(paths), *command)

    supervised.say("done 1\n")

    assert supervised.await_end() == ""
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder", "link", "target"}


def test_a_path_that_cannot_be_removed_is_said_and_keeps_no_other(supervise: Any, paths: list[Path]) -> None:
    file, folder = paths[1:3]
    supervised = supervise(*removal([file / "below-a-file", folder]))

    supervised.owner_is_gone()

    assert f"could not remove {file / 'below-a-file'}" in supervised.await_end()
    assert supervised.process.returncode == 1
    assert not folder.exists()


def test_the_tree_is_ended_before_paths_are_removed(supervise: Any, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    program = f"trap 'mkdir {folder}; exit' TERM; echo ready; while :; do sleep 0.01; done"
    supervised = supervise("--remove", folder, "--", "sh", "-c", program)
    assert supervised.output_line() == "ready"

    supervised.owner_is_gone()

    supervised.await_end()
    assert not folder.exists()


def test_without_a_command_it_waits_for_its_owner(supervise: Any) -> None:
    supervised = supervise()

    with pytest.raises(subprocess.TimeoutExpired):
        supervised.await_end(0.1)
