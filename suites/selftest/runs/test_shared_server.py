"""A profile's server is started by whoever needs it first, and never twice."""

from __future__ import annotations

import os
import signal
import socket
import threading
from pathlib import Path
from unittest.mock import Mock

import pytest
from servecheck.engines.backend import ServerWanted
from servecheck.engines.started_engine import planned_launch
from servecheck.errors import InfraError, ServerUnreachable
from servecheck.evaluation.known_reply import KnownReply
from servecheck.profiles.load import external_profile, load_profile, profile_names
from servecheck.profiles.schema import Profile
from servecheck.runs import shared_server
from servecheck.runs.declared import declared
from servecheck.runs.shared_server import SharedServer
from servecheck.selfcheck.embedded.server import EmbeddedServer

from suites.selftest.time_limits import NEVER_S


class Run:
    """One that wants a server, and is told once of its end."""

    def __init__(self, folder: Path, profile: Profile | None = None) -> None:
        self.said: list[str] = []
        self.told: list[str] = []
        self.ended = threading.Event()
        asked = profile or load_profile("reference")
        self.wanted = ServerWanted(asked, ("starter",), folder / "server.log", True, self.said.append, self._tell)

    def _tell(self, message: str) -> None:
        self.told.append(message)
        self.ended.set()


@pytest.fixture
def shared():
    server = SharedServer()
    yield server
    server.stop()


def test_two_ways_of_asking_the_same_problems_are_both_known(shared, tmp_path, monkeypatch):
    given: list[ServerWanted] = []
    monkeypatch.setattr(shared_server, "model_server", lambda wanted: given.append(wanted) or Mock())
    plain, exact = KnownReply("a/0", "Which?", "A"), KnownReply("a/0", "Which, exactly?", "A")

    shared.is_to_be_asked("a", [plain])
    shared.is_to_be_asked("a", [exact, plain])
    shared.start(Run(tmp_path).wanted)

    assert given[0].known == {"a": (plain, exact)}


def test_the_second_run_has_the_server_of_the_first(shared, tmp_path):
    first, second = Run(tmp_path), Run(tmp_path)

    assert shared.start(first.wanted) is shared.start(second.wanted)


def test_every_run_is_told_of_its_end_and_none_gets_another(shared, tmp_path):
    first, second, late = Run(tmp_path), Run(tmp_path), Run(tmp_path)
    shared.start(first.wanted)
    server = shared.start(second.wanted)
    assert isinstance(server, EmbeddedServer)
    assert server.pid is not None

    os.kill(server.pid, signal.SIGKILL)

    assert first.ended.wait(NEVER_S)
    assert second.ended.wait(NEVER_S)
    with pytest.raises(InfraError) as raised:
        shared.start(late.wanted)
    assert first.told == second.told == [str(raised.value)]
    assert "the embedded server" in first.told[0]


def test_one_that_was_stopped_in_order_tells_nobody(shared, tmp_path):
    run = Run(tmp_path)
    shared.start(run.wanted)

    shared.stop()
    shared.stop()

    assert run.told == []


def test_one_that_does_not_start_is_not_tried_again(shared, tmp_path):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        profile = external_profile(f"http://127.0.0.1:{bound.getsockname()[1]}/v1", "m")
        with pytest.raises(ServerUnreachable) as first:
            shared.start(Run(tmp_path, profile).wanted)
    with pytest.raises(ServerUnreachable) as second:
        shared.start(Run(tmp_path, profile).wanted)

    assert second.value is first.value


def test_before_the_start_there_is_nothing_to_stop(shared):
    shared.stop()


@pytest.mark.parametrize("name", [name for name in profile_names() if load_profile(name).backend != "embedded"])
def test_no_engine_is_started_otherwise_for_one_suite_than_for_another(name):
    profile = load_profile(name)
    launches = [planned_launch(declared(suite).asked(profile)) for suite in ("humaneval", "humaneval_instruct")]

    assert launches[0] == launches[1]
