"""The embedded server, started once for the tests that only ask it something."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from servecheck.evaluation.problem import ProblemSet
from servecheck.problems import load_problem_set
from servecheck.profiles.schema import Embedded, Profile
from servecheck.selfcheck.embedded.app import EmbeddedApp, inherited, server_config
from servecheck.selfcheck.embedded.canonical_replies import CanonicalReplies
from servecheck.selfcheck.embedded.server import EmbeddedServer

Serve = Callable[[Embedded], contextlib.AbstractContextManager[str]]


@pytest.fixture(scope="session")
def starter() -> ProblemSet:
    return load_problem_set("starter")


@pytest.fixture(scope="session")
def embedded_profile() -> Profile:
    return Profile(name="embedded-under-test", model="canonical", backend="embedded", problems="starter")


@pytest.fixture(scope="session")
def embedded_server(embedded_profile: Profile, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(embedded_profile, tmp_path_factory.mktemp("server") / "server.log") as server:
        yield server


@pytest.fixture(scope="session")
def serve(starter: ProblemSet) -> Serve:
    """``with serve(behaviour) as base_url``: the embedded application on the starter problems, over real HTTP."""

    @contextlib.contextmanager
    def served(behaviour: Embedded) -> Iterator[str]:
        replies = CanonicalReplies([starter], behaviour.wrong_share, behaviour.wrong_count)
        server = uvicorn.Server(server_config(EmbeddedApp(replies, "canonical", behaviour)))
        # Requests wait in the socket's queue until the server is up.
        listener = inherited(socket.create_server(("127.0.0.1", 0)).detach())
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()

    return served
