"""A real ``llama-server`` served by a compose file, in a container made of what the tests' own server is made of."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from servecheck.backends.llamacpp import SPEC as LLAMACPP
from servecheck.engines.compose import ComposeProject
from servecheck.engines.llamacpp_server import LlamaCppServer
from servecheck.engines.machine import Machine
from servecheck.errors import InfraError, ServerStartFailed, UsageError
from servecheck.profiles.schema import Profile

from suites.selftest.engines.real_llama_server import llama_server
from suites.selftest.engines.tiny_gguf import write_tiny_gguf
from suites.selftest.time_limits import NEVER_S

ROOT = Path(__file__).parents[3]
HAS_COMPOSE = (
    shutil.which("docker") is not None
    and subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
)
needs_compose = pytest.mark.skipif(not HAS_COMPOSE, reason="needs docker compose")

SERVICE = """\
services:
  llama:
    image: {image}
    entrypoint: {entrypoint}
    command: --host 0.0.0.0 --port 8080 --model /models/${{MODEL}} --alias ${{NAME}} -c ${{CTX_SIZE}} ${{EXTRA_ARGS}}
    environment: ["GGML_BACKEND_PATH={libraries}/ggml/backends0/libggml-cpu-x64.so"]
    volumes: ["{models}:/models:ro"]
    ports: ["127.0.0.1:{port}:8080"]
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    archive, name = tmp_path_factory.mktemp("image") / "image.tar", f"servecheck-test-llama:{os.getpid()}"
    with tarfile.open(archive, "w") as tar:
        tar.add(llama_server().parent, "/llama")
    subprocess.run(["docker", "import", str(archive), name], check=True, capture_output=True)
    yield name
    subprocess.run(["docker", "rmi", "-f", name], check=True, capture_output=True)


def compose_file(folder: Path, image: str, port: str = "${PORT:-8080}") -> Path:
    write_tiny_gguf(folder / "tiny.gguf")
    libraries = "/llama/usr/lib/x86_64-linux-gnu"
    entrypoint = [
        f"{libraries}/ld-linux-x86-64.so.2",
        "--library-path",
        f"{libraries}:{libraries}/llama",
        "/llama/usr/bin/llama-server",
    ]
    path = folder / "docker-compose.yml"
    path.write_text(SERVICE.format(image=image, entrypoint=entrypoint, libraries=libraries, models=folder, port=port))
    return path


def profile_of(file: Path, **keys: object) -> Profile:
    flags = {"ctx-size": 2048, "jinja": True, "-np": 1} | keys
    return Profile(name="p", model="tiny", backend="llamacpp", weights="tiny.gguf", compose_file=str(file), flags=flags)


def containers(image: str, *arguments: str) -> list[str]:
    """Those of the image that run, a line each."""
    listing = ["docker", "ps", "--filter", f"ancestor={image}", "--format", "{{.ID}}", *arguments]
    return subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split()


@needs_compose
@pytest.mark.slow
def test_it_serves_and_leaves_no_container(tmp_path: Path, image: str) -> None:
    profile = profile_of(compose_file(tmp_path, image))

    with LlamaCppServer(LLAMACPP, profile, tmp_path / "log", say=lambda _: None, machine=Machine()) as server:
        description = server.describe()
        with urllib.request.urlopen(f"{server.base_url}/models", timeout=10) as answer:
            assert answer.status == 200
        assert len(containers(image)) == 1

    assert (description["id"], description["max_model_len"], description["engine"]) == ("tiny", 2048, "llama.cpp")
    assert description["version"].startswith("b")
    assert description["command"][:2] == ["docker", "compose"]
    assert containers(image, "-a") == []


@needs_compose
@pytest.mark.slow
def test_a_start_that_fails_is_told_and_leaves_no_container(tmp_path: Path, image: str) -> None:
    profile = profile_of(compose_file(tmp_path, image), nope=True)
    server = LlamaCppServer(LLAMACPP, profile, tmp_path / "log", say=lambda _: None, machine=Machine())

    with pytest.raises(ServerStartFailed, match="a flag that this llama-server does not have"):
        server.start()

    assert containers(image, "-a") == []


OWNER = """
import sys
from pathlib import Path
from servecheck.profiles.schema import Profile
from servecheck.backends.llamacpp import SPEC as LLAMACPP
from servecheck.engines.llamacpp_server import LlamaCppServer
from servecheck.engines.machine import Machine

profile = Profile.model_validate_json(sys.argv[1])
server = LlamaCppServer(LLAMACPP, profile, Path(sys.argv[2]), say=lambda line: None, machine=Machine())
server.start()
print(server.base_url, flush=True)
sys.stdin.read()
"""


@needs_compose
@pytest.mark.slow
def test_an_owner_that_is_killed_takes_the_container_with_it(tmp_path: Path, image: str) -> None:
    profile = profile_of(compose_file(tmp_path, image))
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, profile.model_dump_json(), str(tmp_path / "log")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        assert owner.stdout.readline().startswith("http://")
        assert len(containers(image)) == 1
        owner.kill()

    until = time.monotonic() + NEVER_S
    while containers(image):
        assert time.monotonic() < until, "the container runs on"
        time.sleep(0.1)
    for project in containers(image, "-a", "--format", '{{.Label "com.docker.compose.project"}}'):
        subprocess.run(["docker", "compose", "-p", project, "down"], cwd="/", check=True, capture_output=True)


@needs_compose
def test_a_port_that_the_file_fixes_is_found_and_refused_where_somebody_answers_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        profile = profile_of(compose_file(tmp_path, "absent", str(port)))
        server = LlamaCppServer(LLAMACPP, profile, tmp_path / "log", say=lambda _: None, machine=Machine())

        with pytest.raises(UsageError, match=f"publishes port {port}, at which another program answers already"):
            server.start()


@needs_compose
def test_a_file_without_a_port_or_with_a_fault_is_told(tmp_path: Path) -> None:
    file = tmp_path / "compose.yml"
    for text, reason in (("services: {a: {image: x}}\n", "publishes no port"), ("services: [\n", "cannot be used")):
        file.write_text(text)

        with pytest.raises(UsageError, match=reason):
            ComposeProject(str(file)).published_port(os.environ)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.yml does not exist: correct the profile's compose_file"):
        ComposeProject(str(tmp_path / "absent.yml"))


def test_without_compose_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "compose.yml").touch()
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(UsageError, match="needs `docker compose`, which is not installed here"):
        ComposeProject(str(tmp_path / "compose.yml"))


@needs_compose
def test_containers_that_cannot_be_removed_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "compose.yml").touch()
    project = ComposeProject(str(tmp_path / "compose.yml"))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")

    with pytest.raises(InfraError, match=r"down failed .*remove its containers"):
        project.down()
