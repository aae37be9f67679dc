"""Whatever is killed, whenever: nothing is left behind, and the same command again finishes what was begun.

The seed of a moment is in its test's id.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from servecheck.rundir.transcripts import FOLDER, UNFINISHED
from servecheck.sandbox.leftovers import LABEL, owner_is_dead

from suites.selftest.kills import KILLS
from suites.selftest.time_limits import NEVER_S

ROOT = Path(__file__).parents[3]
LASTS_S = 6.0
PROFILE = """
[killed]
extends = "reference-degraded"
concurrency = 4
embedded = { latency_s = 0.2 }
"""
SOLVED = 40
SERVER = "servecheck.selfcheck.embedded.app"
_PR_SET_CHILD_SUBREAPER = 36

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Process:
    """A process as ``/proc`` tells it."""

    pid: int
    parent: int
    command: str
    state: str


def _processes() -> dict[int, Process]:
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has ended meanwhile
        pid = int(path.name)
        found[pid] = Process(pid, int(fields[1]), command, fields[0])
    return found


def _descendants(pid: int) -> list[Process]:
    everything = _processes()
    found: list[Process] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        children = [one for one in everything.values() if one.parent == parent]
        found += children
        waiting += [one.pid for one in children]
    return found


@pytest.fixture
def orphans() -> Iterator[Callable[[], list[str]]]:
    """What this test's processes have left: orphans come to this process, which is their subreaper meanwhile."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    before = {one.pid for one in _descendants(os.getpid())}

    def left() -> list[str]:
        for one in _descendants(os.getpid()):
            if one.state == "Z" and one.parent == os.getpid() and one.pid not in before:
                os.waitpid(one.pid, os.WNOHANG)
        return [one.command for one in _descendants(os.getpid()) if one.pid not in before and one.state != "Z"]

    yield left
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Begin the run in ``tmp_path / "run"``, or resume it."""
    (tmp_path / "profiles.toml").write_text(PROFILE)
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]

    def begin(*options: str, log: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", "pytest", "-q", "-m", "humaneval", "-p", "no:cacheprovider"]
        line += [f"--profiles-file={tmp_path / 'profiles.toml'}", "--profile=killed", f"--run-dir={tmp_path / 'run'}"]
        with (tmp_path / log).open("wb") as output:
            return subprocess.Popen(
                [*line, *options], cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
            )

    return begin


def _owner(owner: int) -> list[int]:
    return [owner]


def _worker(owner: int) -> list[int]:
    return [one.pid for one in _descendants(owner) if "sys.stdin.readline" in one.command]


def _server(owner: int) -> list[int]:
    named = [one for one in _descendants(owner) if SERVER in one.command]
    return [one.pid for one in named if "supervisor" not in one.command]


def _container(owner: int) -> list[int]:
    """The first process of each container that a process of this run has started."""
    own = {owner, *(one.pid for one in _descendants(owner))}
    return [pid for label, pid in _containers() if int(label.rpartition("/")[2].partition(":")[0]) in own]


def _containers() -> list[tuple[str, int]]:
    """Every running container's label and first process."""
    import docker
    from docker.errors import NotFound

    client = docker.from_env()
    found = []
    try:
        for container in client.containers.list(filters={"label": LABEL}, ignore_removed=True):
            try:
                container.reload()
            except NotFound:
                continue  # it has ended meanwhile
            found.append((container.labels[LABEL], container.attrs["State"]["Pid"]))
    finally:
        client.close()
    return [(label, pid) for label, pid in found if pid]


TARGETS: Mapping[str, Callable[[int], list[int]]] = {
    "owner": _owner,
    "worker": _worker,
    "server": _server,
    "container": _container,
}


def _kill_at(moment: float, process: subprocess.Popen[bytes], target: str, choice: random.Random) -> bool:
    """Kill at that moment, or as soon as there is something to kill; False where the run ended before."""
    descriptor = os.pidfd_open(process.pid)
    try:
        ready, _, _ = select.select([descriptor], [], [], moment)
        while not ready:
            if pids := TARGETS[target](process.pid):
                try:
                    os.kill(choice.choice(pids), signal.SIGKILL)
                except ProcessLookupError:
                    continue  # it has ended meanwhile; another may be there
                return True
            ready, _, _ = select.select([descriptor], [], [], 0.02)
        return False
    finally:
        os.close(descriptor)


def _left(folder: Path, orphans: Callable[[], list[str]]) -> list[str]:
    """What is left of a run that has ended."""
    files = [str(path) for path in (folder / "run" / UNFINISHED).glob("*")]
    kept = ("pytest-of-", "servecheck-image-")  # pytest's own, and the lock that whoever makes an image next takes
    files += [str(path) for path in (folder / "tmp").iterdir() if not path.name.startswith(kept)]
    containers = [label for label, _ in _containers() if owner_is_dead(label)]
    return [*orphans(), *containers, *files]


def _await_nothing_left(folder: Path, orphans: Callable[[], list[str]]) -> list[str]:
    deadline = time.monotonic() + NEVER_S
    while (left := _left(folder, orphans)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _replies(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in (folder / "run" / FOLDER).glob("*.json")
    }


@pytest.mark.docker
@pytest.mark.parametrize("seed", range(KILLS))
@pytest.mark.parametrize("target", TARGETS)
def test_killed_at_a_random_moment_it_leaves_nothing_and_can_be_resumed(command, orphans, tmp_path, target, seed):
    choice = random.Random(f"{target} {seed}")
    options = ("-n", "2") if target == "worker" else ("-n", choice.choice("02"))

    reach = LASTS_S
    process = command(*options, log="first.log")
    while not _kill_at(choice.uniform(0, reach), process, target, choice):
        process.wait(NEVER_S)  # it had ended by then: a new one, and an earlier moment
        shutil.rmtree(tmp_path / "run")
        reach /= 2
        assert reach > LASTS_S / 100, f"no {target} was there to kill, even at once"
        process = command(*options, log="first.log")
    process.wait(NEVER_S)
    left = _await_nothing_left(tmp_path, orphans)
    finished = _replies(tmp_path)
    resumed = command(*options, log="second.log").wait(NEVER_S)
    said = (tmp_path / "first.log").read_text() + (tmp_path / "second.log").read_text()
    scores = json.loads((tmp_path / "run" / "scores.json").read_text())

    assert left == [], said
    assert {name: stamp for name, stamp in _replies(tmp_path).items() if name in finished} == finished, said
    assert scores["scores"]["pass@1 plus"]["solved"] == SOLVED, said
    assert scores["gates"]["published"]["verdict"] == "FAIL", said
    assert resumed == 1
    assert len(_replies(tmp_path)) == 44
    assert _await_nothing_left(tmp_path, orphans) == []
