"""An engine in a container, shown with the real Docker engine and an image in which a small server poses as vLLM."""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import signal
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servecheck.backends.vllm import SPEC as VLLM
from servecheck.engines.engine import EngineServer
from servecheck.engines.engine_container import EngineContainer, place_of, told_arguments
from servecheck.engines.machine import EngineSettings, Machine
from servecheck.errors import InfraError, ServerStartFailed, UsageError
from servecheck.profiles.schema import Profile
from servecheck.sandbox import image, interpreter
from servecheck.sandbox.engine_connection import connect

from suites.selftest.engines.processes import holders, is_free, port_of, start_owner, wait_until
from suites.selftest.time_limits import NEVER_S

pytestmark = [pytest.mark.docker, pytest.mark.slow]

FAKE = Path(__file__).with_name("fake_engine.py")
TAG = f"servecheck-fake-engine:selftest-{os.getpid()}"


@pytest.fixture(scope="module")
def engine_image() -> Iterator[str]:
    """The sandbox's image, which has a Python, with a shell and the server."""
    client = connect()
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w", dereference=True) as tar:
        tar.add("/bin/sh", "sh")
        tar.add(FAKE, "fake_engine.py")
        steps = (
            f"FROM {image.ensure_image(client)}\nCOPY sh /bin/sh\nCOPY fake_engine.py /fake_engine.py\n"
            f"ENTRYPOINT {json.dumps([str(interpreter.executable()), '-IS', '/fake_engine.py'])}\n"
        ).encode()
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(steps)
        tar.addfile(entry, io.BytesIO(steps))
    context.seek(0)
    client.images.build(fileobj=context, custom_context=True, tag=TAG, rm=True)
    yield TAG
    client.images.remove(TAG)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


def containers(log: Path) -> list[str]:
    """Those that this test's profiles have started; they carry its log's path."""
    with contextlib.closing(connect()) as client:
        return [
            container.name
            for container in client.containers.list(all=True, ignore_removed=True)
            if f"LOG={log}" in container.attrs["Config"]["Env"]
        ]


def profile(engine_image: str, log: Path, plan: dict[str, Any] | None = None, **keys: Any) -> Profile:
    environment = {"FAKE_ENGINE": json.dumps(plan or {}), "LOG": str(log)}
    weights = log.parent / "weights"
    weights.mkdir(exist_ok=True)
    (weights / "config.json").write_text("{}")
    (weights / "model.safetensors").write_bytes(b"\0")
    keys = {"image": engine_image, "gpus": 0, "environment": environment, "weights": str(weights), **keys}
    return Profile(name="under-test", model="org/tiny", backend="vllm", **keys)


def server_of(wanted: Profile, log: Path, **keys: Any) -> EngineServer:
    return EngineServer(VLLM, wanted, log, **{"say": lambda _: None, "machine": Machine(), **keys})


def test_it_serves_and_leaves_nothing(engine_image: str, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_OF_THE_OWNER", "1")
    settings = EngineSettings(docker_arguments=["-e", "EXTRA=1"], environment={"SECRET_KEY": "s3cret"})
    wanted = profile(engine_image, log)

    with server_of(wanted, log, machine=Machine({"vllm": settings})) as server:
        port = port_of(server.base_url)
        described = server.describe()
        command = described["command"]
        (name,) = containers(log)
        with contextlib.closing(connect()) as client:
            started = client.containers.get(name)

    assert command[:2] == ["docker", "run"]
    assert "SECRET_KEY=(not recorded)" in command
    assert described["docker_arguments"] == ["-e", "EXTRA=(not recorded)"]
    assert "VLLM_OF_THE_OWNER" not in described["environment"]
    assert {"EXTRA=1", "SECRET_KEY=s3cret"} <= set(started.attrs["Config"]["Env"])
    assert [mount["Source"] for mount in started.attrs["Mounts"]] == [wanted.weights]
    assert containers(log) == []
    assert holders(log) == []
    assert is_free(port)


@pytest.mark.parametrize("plan", [{"hangs": True}, {"hangs": True, "stubborn": True}, {}], ids=json.dumps)
def test_it_ends_when_its_owner_is_killed(engine_image: str, log: Path, plan: dict[str, Any]) -> None:
    with start_owner(profile(engine_image, log, {"says": "here", **plan}), log) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "starting\n"
        if "hangs" in plan:
            wait_until(lambda: log.exists() and "here" in log.read_text())
        else:
            assert owner.stdout.readline().startswith("http://127.0.0.1:")
        assert len(containers(log)) == 1
        owner.kill()

    wait_until(lambda: containers(log) == [])
    assert holders(log) == []


def test_the_death_of_what_is_in_it_is_told(engine_image: str, log: Path) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()

    with server_of(profile(engine_image, log), log, on_exit=messages.put):
        with contextlib.closing(connect()) as client:
            client.containers.get(containers(log)[0]).kill()

        assert messages.get(timeout=NEVER_S).startswith("vLLM ended with exit code 137; the end of")


def test_it_ends_with_dockers_client(engine_image: str, log: Path) -> None:
    with server_of(profile(engine_image, log), log) as server:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)

        wait_until(lambda: containers(log) == [])


def test_a_cause_is_found_in_its_log(engine_image: str, log: Path) -> None:
    plan = {"says": "api_server.py: error: unrecognized arguments: --x", "exits": 2}

    with pytest.raises(ServerStartFailed, match=r"exit code 2\) for a flag that this vLLM does not have"):
        server_of(profile(engine_image, log, plan), log).start()

    assert containers(log) == []


def test_one_that_does_not_get_healthy_is_ended(engine_image: str, log: Path) -> None:
    wanted = profile(engine_image, log, {"hangs": True}, health_timeout_s=2.0)

    with pytest.raises(InfraError, match="not healthy within 2 s"):
        server_of(wanted, log).start()

    assert containers(log) == []


def test_an_image_that_cannot_be_had(log: Path) -> None:
    wanted = profile("localhost:1/no/such-image:x", log)

    with pytest.raises(UsageError, match="not on this machine and cannot be pulled: correct its name"):
        server_of(wanted, log).start()


def test_without_dockers_client_it_says_what_to_do(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UsageError, match="needs Docker's client, which is not in PATH: install it"):
        EngineContainer("vllm", [], log, print)


def test_weights_behind_links_are_mounted_too(engine_image: str, tmp_path: Path) -> None:
    snapshot, blobs = tmp_path / "snapshots" / "a", tmp_path / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    (blobs / "0").touch()
    (snapshot / "model.safetensors").symlink_to(blobs / "0")

    container = EngineContainer(engine_image, [], tmp_path / "log", print).needs(str(snapshot))

    assert container.mounts == (snapshot, blobs)


def test_what_drafts_is_mounted_beside_the_weights(engine_image: str, tmp_path: Path) -> None:
    weights, draft = tmp_path / "weights", tmp_path / "draft"
    weights.mkdir()
    draft.mkdir()
    container = EngineContainer(engine_image, [], tmp_path / "log", print)

    assert container.needs(str(weights), {}, str(draft)).mounts == (weights, draft)
    fetched = container.needs(str(weights), {"HF_HOME": str(tmp_path / "hf")}, "org/draft")
    assert (fetched.mounts, fetched.huggingface_cache) == ((weights,), tmp_path / "hf")


def test_a_link_to_a_snapshot_is_followed_and_a_files_own_is_not(tmp_path: Path) -> None:
    snapshot, blobs, link = tmp_path / "models--x" / "snapshots" / "a", tmp_path / "models--x" / "blobs", tmp_path / "x"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    (blobs / "0").touch()
    (snapshot / "x.gguf").symlink_to("../../blobs/0")
    link.symlink_to(snapshot)

    assert place_of(str(link)) == str(snapshot)
    assert place_of(str(link / "x.gguf")) == str(snapshot / "x.gguf")
    assert place_of("zai-org/GLM-4.7-FP8") == "zai-org/GLM-4.7-FP8"


def test_the_values_of_variables_are_not_told() -> None:
    given = ["--ipc", "host", "-e", "A=s3cret", "--env", "B=s3\ncret", "--env=C=s3cret", "-eD=s3cret", "-e", "E"]

    told = told_arguments(given)

    assert "cret" not in " ".join(told)
    assert told[:4] == ["--ipc", "host", "-e", "A=(not recorded)"]
    assert told[-2:] == ["-e", "E"]


def test_downloads_are_kept_in_the_users_cache(
    engine_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))

    container = EngineContainer(engine_image, [], tmp_path / "log", print).needs("zai-org/GLM-4.7-FP8")

    assert (container.huggingface_cache, container.mounts) == (tmp_path / "hf", ())


def test_what_profile_or_machine_say_goes_before_the_users_environment(
    engine_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "users"))
    variables = {"HF_HOME": str(tmp_path / "machines"), "CUDA_VISIBLE_DEVICES": "2,3"}

    container = EngineContainer(engine_image, [], tmp_path / "log", print).needs("zai-org/GLM-4.7-FP8", variables)

    assert container.huggingface_cache == tmp_path / "machines"
    assert container.gpus == '"device=2,3"'
    assert set(container.settled) == set(variables)


def test_a_token_is_handed_over_and_stands_in_no_command(
    engine_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")

    command = EngineContainer(engine_image, [], tmp_path / "log", print).command(["docker", "run", engine_image, "-x"])

    assert "hf_secret" not in " ".join(command)
    assert command[command.index("HF_TOKEN") - 1] == "-e"
    assert command[0] == sys.executable
    assert command[-1] == "-x"
