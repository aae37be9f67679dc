"""What starts, watches and ends an engine, shown with a small server that poses as vLLM.

Whether anything of its tree is left is told by its log, which every process of the tree holds open.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import signal
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servecheck.backends.vllm import SPEC as VLLM
from servecheck.engines import launched_engine
from servecheck.engines.engine import EngineServer
from servecheck.engines.machine import EngineSettings, Machine
from servecheck.errors import InfraError, ServerStartFailed, UsageError
from servecheck.profiles.schema import Profile

from suites.selftest.engines.processes import holders, is_free, port_of, start_owner, wait_until
from suites.selftest.time_limits import NEVER_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")

FAKE = Path(__file__).with_name("fake_engine.py")
PORT_TAKEN = "OSError: [Errno 98] Address already in use"

Make = Callable[..., EngineServer]


def asked(server: EngineServer, path: str) -> Any:
    with urllib.request.urlopen(server.base_url.removesuffix("/v1") + path, timeout=5) as answer:
        return json.load(answer)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


@pytest.fixture
def fake_engine(tmp_path: Path) -> Path:
    program = tmp_path / "bin" / "vllm"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable} -IS\n{FAKE.read_text()}")
    program.chmod(0o755)
    return program


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"\0" * 8)
    return folder


@pytest.fixture
def make(fake_engine: Path, weights: Path, log: Path) -> Iterator[Make]:
    """``make(plan, **profile keys)``: a server whose engine does what the plan says."""
    with contextlib.ExitStack() as made:

        def make(
            plan: dict[str, Any] | None = None,
            *,
            say: Callable[[str], None] = lambda _: None,
            on_exit: Callable[[str], None] | None = None,
            machine: Machine | None = None,
            **keys: Any,
        ) -> EngineServer:
            keys = {
                "weights": str(weights),
                "executable": str(fake_engine),
                "environment": {"FAKE_ENGINE": json.dumps(plan or {})},
                **keys,
            }
            profile = Profile(name="under-test", model="org/tiny", backend="vllm", **keys)
            server = EngineServer(VLLM, profile, log, say=say, on_exit=on_exit, machine=machine or Machine())
            made.callback(server.stop)
            return server

        yield make


def test_a_server_that_is_up_tells_its_address_model_length_and_what_it_is(make: Make, weights: Path) -> None:
    with make({"unhealthy": 2}, flags={"max-model-len": 2048}) as server:
        description = server.describe()
        arguments = asked(server, "/arguments")

    assert arguments[:2] == ["serve", str(weights)]
    assert arguments[-2:] == ["--max-model-len", "2048"]
    assert (server.model, list(server.served_models), server.max_model_len) == ("org/tiny", ["org/tiny"], 2048)
    assert (description["version"], description["id"]) == ("0.32.0", "org/tiny")
    assert description["command"][1:] == arguments
    assert description["start_s"] > 0  # for it was asked in vain twice


def test_stop_leaves_no_process_and_frees_the_port(make: Make, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(VLLM), "stop_s", 0.2)
    server = make({"stubborn": True})
    server.start()
    port = port_of(server.base_url)
    assert len(holders(log)) >= 4  # supervisor, server and two children

    server.stop()

    assert holders(log) == []
    assert is_free(port)
    server.stop()


@pytest.mark.slow
@pytest.mark.parametrize(
    "says",
    [
        "INFO 11-22 19:18:50 [api_server.py:1] Starting vLLM server on http://127.0.0.1:7",
        "INFO: Starting vLLM API server 0 on http://127.0.0.1:7",
        "INFO: Uvicorn running on http://127.0.0.1:7 (Press CTRL+C to quit)",
        "main: server is listening on http://127.0.0.1:7 - starting the main loop",
    ],
)
def test_one_that_listens_at_another_port_is_told_so(make: Make, log: Path, says: str) -> None:
    server = make({"says": says, "hangs": True}, health_timeout_s=1.0)

    with pytest.raises(
        InfraError, match=r"not healthy within 1 s: it listens at http://127\.0\.0\.1:7, and port \d+ is"
    ):
        server.start()

    assert holders(log) == []


@pytest.mark.slow
@pytest.mark.parametrize("code", [0, 1])
def test_an_early_end_is_an_error_whatever_the_exit_code(make: Make, log: Path, code: int) -> None:
    server = make({"says": "something new", "exits": code, "stubborn": True})

    with pytest.raises(
        InfraError, match=rf"vLLM ended with exit code {code} before it was healthy(?s:.*)something new"
    ):
        server.start()

    assert holders(log) == []


def test_a_known_cause_is_named_with_its_line_the_remedy_and_the_end_of_the_log(make: Make, log: Path) -> None:
    log.write_text("CUDA out of memory, of an earlier run\n")
    server = make({"says": "api_server.py: error: unrecognized arguments: --no-such-flag", "exits": 2})

    with pytest.raises(ServerStartFailed) as caught:
        server.start()

    message = str(caught.value)
    assert message.startswith("vLLM could not start (exit code 2) for a flag that this vLLM does not have (api_server")
    assert "correct the profile's flags" in message
    assert f"; the end of {log}:\napi_server.py: error: unrecognized" in message
    assert "memory" not in message


def test_a_cause_far_above_the_end_of_the_log_is_found(make: Make) -> None:
    says = "ValueError: No available memory for the cache blocks. Try this.\n" + "  File x.py, line 1\n" * 500
    server = make({"says": says + "RuntimeError: Engine core initialization failed.", "exits": 1})

    with pytest.raises(ServerStartFailed, match="too little memory beside the weights"):
        server.start()


def test_a_server_that_is_not_healthy_in_time_is_ended(make: Make, log: Path) -> None:
    server = make({"hangs": True, "says": "loading"}, health_timeout_s=0.5)

    with pytest.raises(
        InfraError, match=r"not healthy within 0.5 s: raise the profile's health_timeout_s(?s:.*)loading"
    ):
        server.start()

    assert holders(log) == []


def test_a_port_taken_meanwhile_is_replaced_by_another(make: Make, tmp_path: Path) -> None:
    said: list[str] = []
    plan = {"says": PORT_TAKEN, "exits": 1, "fails_first": 2, "counter": str(tmp_path / "starts")}

    with make(plan, say=said.append) as server:
        assert asked(server, "/health") == {}

    assert (tmp_path / "starts").read_text() == "xxx"
    assert [line.rpartition(" taken; ")[2] for line in said] == ["it is started again with another"] * 2


def test_ports_are_tried_five_times(make: Make, tmp_path: Path, log: Path) -> None:
    server = make({"says": PORT_TAKEN, "exits": 1, "counter": str(tmp_path / "starts")})

    with pytest.raises(InfraError, match="found its port taken 5 times in a row"):
        server.start()

    assert (tmp_path / "starts").read_text() == "xxxxx"
    assert holders(log) == []


def test_a_death_in_mid_run_is_told_with_the_end_of_the_log(make: Make) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    server = make({"says": "the last words"}, on_exit=messages.put)
    server.start()
    assert server.pid is not None

    os.kill(server.pid, signal.SIGKILL)

    message = messages.get(timeout=NEVER_S)
    assert message.startswith("vLLM ended with signal 9 (Killed); the end of ")
    assert message.endswith("the last words")


def test_a_stop_is_no_death(make: Make) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()

    with make(on_exit=messages.put):
        pass

    assert messages.empty()


def test_an_interruption_while_it_loads_leaves_nothing(make: Make, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def interrupt(line: str) -> None:
        said.append(line)
        raise KeyboardInterrupt

    monkeypatch.setattr(launched_engine, "_SAY_EVERY_S", 0.0)
    server = make({"hangs": True, "stubborn": True}, say=interrupt)
    monkeypatch.setattr(type(VLLM), "stop_s", 0.2)

    with pytest.raises(KeyboardInterrupt):
        server.start()

    (line,) = said
    assert re.fullmatch(rf"vLLM loads org/tiny, \d s so far; log: {log}", line)
    assert holders(log) == []


def test_it_can_be_started_again(make: Make) -> None:
    server = make()

    for _ in range(2):
        with server:
            assert asked(server, "/health") == {}


def test_a_server_of_another_name_is_refused(make: Make, log: Path) -> None:
    server = make({"served": ["other"]})

    with pytest.raises(UsageError, match="does not serve 'org/tiny'; it serves: other"):
        server.start()

    assert holders(log) == []


def test_the_owners_own_variables_do_not_reach_the_engine(
    make: Make, fake_engine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {"HTTPS_PROXY": "http://proxy:3128", "HF_TOKEN": "hf_secret", "VLLM_LOGGING_LEVEL": "DEBUG"}
    removed = {
        "PYTHONPATH": "/x",
        "VIRTUAL_ENV": "/y",
        "OPENAI_API_KEY": "k",
        "VLLM_API_KEY": "k",
        "UV_CACHE_DIR": "/z",
    }
    for name, value in (kept | removed).items():
        monkeypatch.setenv(name, value)
    machine = Machine(
        {"vllm": EngineSettings(environment={"HF_HOME": "/m", "OMP_NUM_THREADS": "9", "X_TOKEN": "secret"})}
    )
    own = {"OMP_NUM_THREADS": "1", "FAKE_ENGINE": "{}"}

    with make(machine=machine, environment=own) as server:
        environment = asked(server, "/environment")
        description = server.describe()

    assert removed.keys().isdisjoint(environment)
    assert environment.items() >= kept.items()
    assert (environment["HF_HOME"], environment["OMP_NUM_THREADS"]) == ("/m", "1")
    folders = environment["PATH"].split(os.pathsep)
    assert folders[0] == str(fake_engine.parent)
    assert str(Path(sys.prefix, "bin")) not in folders
    assert description["environment"] == own | {
        "HF_HOME": "/m",
        "X_TOKEN": "(not recorded)",
        "VLLM_LOGGING_LEVEL": "DEBUG",
    }


def test_weights_that_are_not_there_are_told_before_anything_starts(make: Make, tmp_path: Path, log: Path) -> None:
    server = make(weights=str(tmp_path / "absent"))

    with pytest.raises(UsageError, match="absent does not exist"):
        server.start()

    assert not log.exists()


def test_gpus_that_are_not_there_are_told_before_anything_starts(
    make: Make, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    server = make(gpus=4)

    with pytest.raises(UsageError, match="needs 4 GPUs, and this machine has 0"):
        server.start()

    assert not log.exists()


def test_without_an_engine_it_says_how_to_have_one(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servecheck.engines.started_engine.installed_program", lambda _: None)
    server = make(executable=None)

    with pytest.raises(UsageError, match=r"uv sync --extra vllm(?s:.*)executable, python or image"):
        server.start()


def test_only_a_profile_that_says_so_falls_back_on_the_cpu(
    make: Make, fake_engine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servecheck.engines.started_engine.installed_program", lambda _: None)
    monkeypatch.setattr("servecheck.engines.cpu_environment.cpu_python", lambda _: str(fake_engine))

    with make(executable=None, cpu_fallback=True) as server:
        assert server.describe()["command"][:3] == [str(fake_engine), "-m", "vllm.entrypoints.openai.api_server"]


@pytest.mark.parametrize(("recipe", "variant"), [("tiny-glm", "plain"), ("tiny-glm/lossy", "lossy")])
def test_weights_of_a_recipe_are_made_by_the_engines_python(
    make: Make, weights: Path, monkeypatch: pytest.MonkeyPatch, recipe: str, variant: str
) -> None:
    asked_for: list[tuple[str, str]] = []

    def made(variant: str, python: str, _: Callable[[str], None]) -> Path:
        asked_for.append((variant, python))
        return weights

    monkeypatch.setattr("servecheck.engines.tiny_glm_weights.weights", made)

    with make(weights=f"recipe:{recipe}") as server:
        assert str(weights) in server.describe()["command"]
    assert asked_for == [(variant, sys.executable)]


def test_an_unknown_recipe_is_refused(make: Make) -> None:
    with pytest.raises(UsageError, match="no recipe 'huge-glm' for weights, only tiny-glm"):
        make(weights="recipe:huge-glm/plain").start()


@pytest.mark.slow
@pytest.mark.parametrize("while_it", ["loads", "serves"])
def test_an_owner_that_is_killed_takes_the_engine_with_it(
    make: Make, log: Path, while_it: str, fake_engine: Path, weights: Path
) -> None:
    plan = {"stubborn": True, "hangs": while_it == "loads", "says": "here"}
    profile = Profile(
        name="p",
        model="org/tiny",
        backend="vllm",
        executable=str(fake_engine),
        weights=str(weights),
        environment={"FAKE_ENGINE": json.dumps(plan)},
    )
    owner = start_owner(profile, log)
    with owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "starting\n"
        if while_it == "serves":
            assert owner.stdout.readline().startswith("http://127.0.0.1:")
        else:
            wait_until(lambda: log.exists() and "here" in log.read_text())
        owner.kill()

    wait_until(lambda: holders(log) == [])
