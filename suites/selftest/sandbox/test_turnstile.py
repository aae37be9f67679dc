"""A run that must be alone waits for the others, is waited for, and is not starved; locks die with their holder."""

import contextlib
import multiprocessing
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from servecheck.sandbox.turnstile import Turnstile

from suites.selftest.time_limits import NEVER_S

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["pytest", "servecheck.sandbox.turnstile"])
_WHILE_S = 0.3


def _hold(folder: str, mode: str, pipe: Connection) -> None:
    """Asks for the lock, says when it has it, and leaves when told."""
    turnstile = Turnstile(Path(folder))
    pipe.send("asks")
    with turnstile.held(alone=mode == "exclusive"):
        pipe.send("in")
        pipe.recv()
    pipe.send("out")


def _churn(folder: str, pipe: Connection) -> None:
    """Passes through without a pause, as a busy worker does, and counts."""
    turnstile = Turnstile(Path(folder))
    pipe.send("asks")
    while not pipe.poll():
        with turnstile.held(alone=False):
            time.sleep(0.005)


class Peer:
    """Another process at the turnstile."""

    def __init__(self, target: Any, *arguments: str) -> None:
        self.pipe, theirs = _PROCESSES.Pipe()
        self.process = _PROCESSES.Process(target=target, args=(*arguments, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.expect("asks")

    def expect(self, word: str) -> None:
        assert self.pipe.poll(NEVER_S), f"no {word!r} came"
        assert self.pipe.recv() == word

    @property
    def silent(self) -> bool:
        return not self.pipe.poll(_WHILE_S)

    def leave(self) -> None:
        self.pipe.send("leave")

    def kill(self) -> None:
        self.process.kill()  # which knows of one that has just ended
        self.process.join()


@pytest.fixture
def peers(tmp_path: Path) -> Iterator[Any]:
    started: list[Peer] = []

    def start(mode: str) -> Peer:
        arguments = (str(tmp_path),) if mode == "churn" else (str(tmp_path), mode)
        started.append(Peer(_churn if mode == "churn" else _hold, *arguments))
        return started[-1]

    yield start
    for peer in started:
        if peer.process.is_alive():
            peer.kill()


def test_runs_together_do_not_wait_for_each_other(peers: Any) -> None:
    first, second = peers("shared"), peers("shared")

    first.expect("in")
    second.expect("in")


def test_alone_waits_for_every_other_run_and_keeps_out_later_ones(peers: Any) -> None:
    other = peers("shared")
    other.expect("in")

    alone = peers("exclusive")
    assert alone.silent
    other.leave()
    alone.expect("in")

    late = peers("shared")
    assert late.silent
    alone.leave()
    late.expect("in")


def test_two_that_must_be_alone_take_turns(peers: Any) -> None:
    first = peers("exclusive")
    first.expect("in")
    second = peers("exclusive")

    assert second.silent
    first.leave()
    second.expect("in")


def test_a_waiter_is_not_starved_by_short_runs_of_others(peers: Any) -> None:
    for _ in range(2):
        peers("churn")

    alone = peers("exclusive")

    alone.expect("in")


@pytest.mark.parametrize("mode", ["shared", "exclusive"])
def test_the_lock_ends_with_a_holder_that_is_killed(peers: Any, mode: str) -> None:
    holder = peers(mode)
    holder.expect("in")
    alone = peers("exclusive")
    assert alone.silent

    holder.kill()

    alone.expect("in")


def test_a_waiter_that_is_killed_lets_the_others_through(peers: Any) -> None:
    holder = peers("shared")
    holder.expect("in")
    waiter = peers("exclusive")
    assert waiter.silent

    waiter.kill()

    peers("shared").expect("in")


def test_an_error_inside_gives_the_lock_back(tmp_path: Path) -> None:
    turnstile = Turnstile(tmp_path)
    with contextlib.suppress(KeyError), turnstile.held(alone=True):
        raise KeyError
    passed = threading.Event()

    def pass_through() -> None:
        with Turnstile(tmp_path).held(alone=True):
            passed.set()

    threading.Thread(target=pass_through, daemon=True).start()

    assert passed.wait(NEVER_S)
    turnstile.close()


def test_close_gives_the_files_back(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    turnstile = Turnstile(tmp_path)

    turnstile.close()

    assert len(list(Path("/proc/self/fd").iterdir())) == before
