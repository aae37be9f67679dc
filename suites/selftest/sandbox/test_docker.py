"""The Docker sandbox: how containers are made, and that none outlives its owner."""

import platform
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import docker.errors
import pytest
from servecheck.errors import SandboxError, SandboxUnavailable
from servecheck.sandbox import image, image_pruning, interpreter
from servecheck.sandbox.docker import DockerBackend, DockerRunner
from servecheck.sandbox.leftovers import LABEL, labels, sweep
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.protocol import ProgramRun

from suites.selftest.time_limits import NEVER_S

_MEMORY = 1 << 30
_EVEN = ProgramRun("def f(x): return x % 2 == 0", "f", "[[1], [2]]", 2)


def backend_of(**changed: Any) -> DockerBackend:
    return DockerBackend(**{"image_name": None, "runtime": None, "memory_bytes": _MEMORY, **changed})


@pytest.fixture(scope="module")
def backend() -> DockerBackend:
    backend = backend_of()
    backend.prepare()
    return backend


@pytest.fixture(scope="module")
def sandbox(backend: DockerBackend) -> Iterator[Sandbox]:
    with Sandbox(backend, memory_bytes=_MEMORY) as sandbox:
        yield sandbox


@pytest.fixture
def runner(backend: DockerBackend) -> Iterator[DockerRunner]:
    runner = backend.start()
    yield runner
    runner.close()


@pytest.mark.docker
class TestContainer:
    @pytest.fixture(scope="class")
    @classmethod
    def inspected(cls, backend: DockerBackend) -> Iterator[dict[str, Any]]:
        runner = backend.start()
        yield backend.client.api.inspect_container(runner._container)
        runner.close()

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("NetworkMode", "none"),
            ("ReadonlyRootfs", True),
            ("IpcMode", "none"),
            ("LogConfig", {"Type": "none", "Config": {}}),
            ("CapDrop", ["ALL"]),
            ("SecurityOpt", ["no-new-privileges"]),
            ("PidsLimit", 64),
            ("Memory", 2 << 30),
            ("MemorySwap", 2 << 30),
            ("AutoRemove", True),
            ("Init", True),
            ("Privileged", False),
        ],
    )
    def test_it_is_confined(self, inspected: dict[str, Any], key: str, value: object) -> None:
        assert inspected["HostConfig"][key] == value

    def test_it_keeps_only_the_capabilities_to_give_up_others(self, inspected: dict[str, Any]) -> None:
        kept = {name.removeprefix("CAP_") for name in inspected["HostConfig"]["CapAdd"]}

        assert kept == {"SETUID", "SETGID", "KILL"}

    def test_nothing_of_the_host_is_in_it(self, inspected: dict[str, Any]) -> None:
        host = inspected["HostConfig"]

        assert not inspected["Mounts"]
        assert not any(
            host.get(key) for key in ("Binds", "Devices", "DeviceRequests", "VolumesFrom", "PidMode", "UsernsMode")
        )

    def test_it_ends_with_standard_input(self, inspected: dict[str, Any]) -> None:
        assert inspected["Config"]["OpenStdin"]
        assert inspected["Config"]["StdinOnce"]

    def test_it_carries_its_owners_label(self, inspected: dict[str, Any]) -> None:
        assert labels().items() <= inspected["Config"]["Labels"].items()


@pytest.mark.docker
class TestRunner:
    def test_it_runs_this_python_and_numpy(self, sandbox: Sandbox) -> None:
        import numpy as np

        assert sandbox.execute(_EVEN).results == ["false", "true"]
        assert sandbox.hello["python"] == platform.python_version()
        assert sandbox.hello["numpy"] == np.__version__

    def test_a_candidate_has_a_user_of_its_own(self, sandbox: Sandbox) -> None:
        assert sandbox.hello["isolation"]["fresh_uid"]
        assert sandbox.hello["isolation"]["capabilities_dropped"]
        assert sandbox.hello["missing"] == {}

    def test_a_program_that_dies_of_a_real_time_signal_has_died(self, sandbox: Sandbox) -> None:
        """Such signals have no name of their own."""
        outcome = sandbox.execute(ProgramRun("import signal\nsignal.raise_signal(40)", "f", "[[]]", 1))

        assert outcome.status == "died"
        assert "signal 40" in outcome.detail

    def test_a_container_that_was_killed_is_replaced(self, backend: DockerBackend, sandbox: Sandbox) -> None:
        sandbox.execute(_EVEN)
        runner: Any = sandbox._runner
        backend.client.api.kill(runner._container)

        assert sandbox.execute(_EVEN).status == "complete"
        assert sandbox._runner is not runner

    def test_close_removes_the_container(self, backend: DockerBackend) -> None:
        runner = backend.start()

        runner.close()

        wait_until_removed(backend, runner._container)
        with pytest.raises(docker.errors.NotFound):
            backend.client.api.inspect_container(runner._container)

    def test_a_silent_runner_is_an_error_in_time(self, runner: DockerRunner) -> None:
        with pytest.raises(SandboxError, match="does not answer"):
            runner.receive(0.05)


def wait_until_removed(backend: DockerBackend, container: str) -> None:
    """Blocks in the engine until it has removed the container."""
    try:
        backend.client.api.wait(container, timeout=NEVER_S, condition="removed")
    except docker.errors.NotFound:
        return


_OWNER = """
import sys, time
from servecheck.sandbox.protocol import ProgramRun
from servecheck.sandbox.docker import DockerBackend
from servecheck.sandbox.runner.frames import pack
runner = DockerBackend(image_name=None, runtime=None, memory_bytes=1 << 30).start()
if sys.argv[1] == "busy":
    runner.send(pack(ProgramRun("while True: pass", "f", "[[]]", 1).message(1 << 30)))
print(runner._container, flush=True)
time.sleep(3600)
"""


@pytest.mark.docker
class TestOwner:
    @pytest.mark.parametrize("state", ["busy", pytest.param("idle", marks=pytest.mark.slow)])
    def test_a_killed_owners_container_is_gone(self, backend: DockerBackend, state: str) -> None:
        owner = subprocess.Popen([sys.executable, "-c", _OWNER, state], stdout=subprocess.PIPE, text=True)
        assert owner.stdout is not None
        container = owner.stdout.readline().strip()
        assert backend.client.api.inspect_container(container)["State"]["Running"]

        owner.send_signal(signal.SIGKILL)
        owner.communicate()

        wait_until_removed(backend, container)
        with pytest.raises(docker.errors.NotFound):
            backend.client.api.inspect_container(container)

    def test_a_sweep_removes_containers_of_dead_owners_only(self, backend: DockerBackend, runner: DockerRunner) -> None:
        code = "from servecheck.sandbox.leftovers import LABEL, labels; print(labels()[LABEL])"
        dead = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        tag = image.ensure_image(backend.client)
        created = {
            owner: backend.client.api.create_container(tag, ["x"], labels={LABEL: owner}, name=f"sweep-{uuid.uuid4()}")[
                "Id"
            ]
            for owner in (dead, labels()[LABEL], "another-boot:pid-[1]/1:1")
        }
        try:
            removed = sweep(backend.client)

            assert created.pop(dead) in removed
            assert not {*created.values(), runner._container} & set(removed)
        finally:
            for container in created.values():
                backend.client.api.remove_container(container, force=True)


@pytest.mark.docker
class TestLostInARun:
    """What other runs and clean-ups take away under a running command is made again."""

    @pytest.mark.slow
    def test_an_image_that_has_gone_is_made_again(
        self, backend: DockerBackend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        digest = f"selftest-{uuid.uuid4()}"  # others on this engine use the real one
        monkeypatch.setattr(image, "_digest", lambda: digest)
        tag = image.ensure_image(backend.client)
        self._remove(backend, tag)
        try:
            backend_of(image_name=tag).start().close()

            assert tag in backend.client.images.get(tag).attrs["RepoTags"]
        finally:
            self._remove(backend, tag)

    def _remove(self, backend: DockerBackend, tag: str) -> None:
        for name in backend.client.images.get(tag).attrs["RepoTags"]:
            backend.client.api.remove_image(name, force=True)

    def test_one_that_cannot_be_made_again_is_an_error_in_words(self) -> None:
        with pytest.raises(SandboxError, match=r"has changed since the run began: run again"):
            backend_of(image_name=f"{image_pruning.REPOSITORY}:of-other-sources").start()

    def test_an_image_of_the_users_own_is_named(self) -> None:
        with pytest.raises(SandboxError, match="image 'gone:1' has gone from the Docker engine: pull or import it"):
            backend_of(image_name="gone:1").start()

    @pytest.mark.parametrize("ending", ["kill", "remove_container"])
    def test_a_container_that_is_ended_while_it_starts_is_started_again(
        self, backend: DockerBackend, ending: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        api, ended = backend.client.api, []
        start = api.start

        def start_one(container: str) -> None:
            first = not ended
            ended.extend([container] if first else [])
            if first and ending == "remove_container":
                api.remove_container(container)
            start(container)
            if first:
                api.kill(container)

        monkeypatch.setattr(api, "start", start_one)
        runner = backend.start()
        try:
            assert runner.hello["isolation"]["fresh_uid"]
            assert runner._container not in ended
            assert len(ended) == 1
        finally:
            runner.close()

    def test_one_that_never_comes_up_is_an_error_with_its_last_words(
        self, backend: DockerBackend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(DockerBackend, "_command", lambda _: [str(interpreter.executable()), "-c", "1/0"])

        with pytest.raises(SandboxError, match="ZeroDivisionError"):
            backend.start()


@pytest.mark.docker
class TestPrepare:
    def test_the_image_is_built_once(self, backend: DockerBackend, monkeypatch: pytest.MonkeyPatch) -> None:
        facts = backend.prepare()
        monkeypatch.setattr(image, "_write_tar", None)

        assert backend_of().prepare() == facts
        assert facts["image"].startswith(f"{image_pruning.REPOSITORY}:")
        assert facts["image_id"].startswith("sha256:")

    def test_an_image_that_the_engine_does_not_have_is_unavailable(self) -> None:
        with pytest.raises(SandboxUnavailable, match="has no image 'servecheck-no-such-image'"):
            backend_of(image_name="servecheck-no-such-image").prepare()

    @pytest.mark.parametrize("name", ["Bad Image!", "", "-x", "../x", "x:y:z", "é" * 300])
    def test_what_is_no_name_of_an_image_is_refused(self, name: str) -> None:
        with pytest.raises(SandboxUnavailable, match="is no name of an image: give one like"):
            backend_of(image_name=name).prepare()

    def test_more_memory_than_the_machine_has_is_refused(self) -> None:
        with pytest.raises(SandboxUnavailable, match=r"--sandbox-memory asks for 999,999 GiB .* has [\d.]+: ask for"):
            backend_of(memory_bytes=999_999 << 30).prepare()

    def test_what_the_engine_refuses_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(_client: object) -> str:
            raise docker.errors.APIError("no space left on device")

        monkeypatch.setattr(image, "ensure_image", full)

        with pytest.raises(SandboxUnavailable, match="refused to prepare a sandbox: no space left on device"):
            backend_of().prepare()

    def test_a_runtime_that_the_engine_does_not_have_is_unavailable(self) -> None:
        with pytest.raises(SandboxUnavailable, match=r"no runtime 'no-such-runtime', only .*runc"):
            backend_of(runtime="no-such-runtime").prepare()
