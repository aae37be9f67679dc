"""The embedded server, started once for the tests that only ask it something."""

from collections.abc import Iterator

import pytest

from fixtures.problems import load_problem_set
from fixtures.problems.schema import ProblemSet
from fixtures.profiles.schema import Profile
from fixtures.servers.embedded import EmbeddedServer


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
