"""vLLM itself, with random weights: on the CPU where the machine's settings name no other.

It takes half a minute to load, and its processes are an API server, an engine and a worker.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from servecheck.backends.vllm import SPEC as VLLM
from servecheck.engines.cpu_environment import cpu_python
from servecheck.engines.engine import EngineServer
from servecheck.engines.machine import Machine, load_machine
from servecheck.errors import ServerStartFailed, UsageError
from servecheck.profiles.schema import Profile

from suites.selftest.engines.processes import holders, is_free, port_of, start_owner, wait_until
from suites.selftest.kills import KILLS
from suites.selftest.time_limits import NEVER_S

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")]

RECIPE = Path(__file__).with_name("random_weights.py")
ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
ENGINE, WORKER, API_SERVER = "VLLM::EngineCore", "VLLM::Worker", "vllm.entrypoints.openai.api_server"
_CHANCE = random.Random(4)
# What is there, by a word of its command, and at most how many seconds it is let go on; half as many kills as
# elsewhere, since each takes a start of half a minute.
MOMENTS = [
    (there, round(_CHANCE.uniform(0, at_most_s), 1))
    for _ in range(max(1, KILLS // 2))
    for there, at_most_s in ((API_SERVER, 15), (ENGINE, 5), (WORKER, 5), ("serves", 2))
]


@pytest.fixture(scope="module")
def python() -> str:
    return load_machine().of("vllm").python or cpu_python(print)


@pytest.fixture(scope="module")
def weights(python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    subprocess.run([python, "-I", str(RECIPE), str(folder)], check=True, capture_output=True)
    return folder


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


@pytest.fixture
def profile(python: str, weights: Path) -> Profile:
    return Profile(
        name="random-glm",
        model="random-glm",
        backend="vllm",
        python=python,
        weights=str(weights),
        flags={"enforce-eager": True},
        environment=ENVIRONMENT,
    )


def server_of(profile: Profile, log: Path, **keys: Any) -> EngineServer:
    return EngineServer(VLLM, profile, log, **{"say": print, "machine": Machine(), **keys})


def generate(base_url: str, tokens: int) -> int:
    """Tokens that were generated."""
    body = {"model": "random-glm", "prompt": "def f(x):", "max_tokens": tokens, "ignore_eos": True}
    request = urllib.request.Request(
        f"{base_url}/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return int(json.load(answer)["usage"]["completion_tokens"])


def test_it_is_started_asked_and_stopped(profile: Profile, log: Path) -> None:
    with server_of(profile, log) as server:
        port = port_of(server.base_url)
        generated = generate(server.base_url, 5)
        description = server.describe()
        assert len(holders(log)) >= 4  # supervisor, API server, engine and worker

    assert generated == 5
    assert (server.model, server.max_model_len) == ("random-glm", 2048)
    assert description["version"]
    assert holders(log) == []
    assert is_free(port)


@pytest.mark.parametrize(("there", "after_s"), MOMENTS)
def test_an_owner_that_is_killed_leaves_nothing(profile: Profile, log: Path, there: str, after_s: float) -> None:
    with start_owner(profile, log) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "starting\n"
        asking = contextlib.nullcontext()
        if there == "serves":
            base_url = owner.stdout.readline().strip()
            thread = threading.Thread(target=_keep_asking, args=(base_url,))
            thread.start()
            asking = contextlib.closing(_Joined(thread))
        else:
            wait_until(lambda: any(pid in holders(log) for pid in _named(there)))
        with asking:
            with contextlib.suppress(subprocess.TimeoutExpired):
                owner.wait(after_s)
            port = _port_in_command_of(log)
            assert holders(log)
            owner.kill()
            owner.wait()
            with contextlib.suppress(AssertionError):
                wait_until(lambda: holders(log) == [])
            assert [_state(pid) for pid in holders(log)] == []

    assert is_free(port)


@pytest.mark.parametrize("part", [ENGINE, WORKER, API_SERVER])
def test_a_part_that_is_killed_in_mid_run_is_told_within_10_s(profile: Profile, log: Path, part: str) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()

    with server_of(profile, log, on_exit=messages.put):
        (pid,) = (pid for pid in holders(log) if part in _command(pid) and "supervisor.py" not in _command(pid))
        os.kill(pid, signal.SIGKILL)

        assert messages.get(timeout=NEVER_S).startswith("vLLM ended with ")

    assert holders(log) == []


@pytest.mark.parametrize(
    ("flags", "environment", "cause"),
    [
        ({"no-such-flag": True}, {}, r"a flag that this vLLM does not have \(.*--no-such-flag\): correct"),
        ({"kv-cache-dtype": "fp9"}, {}, r"a flag's value that this vLLM does not take \(.*'fp9'"),
        ({"max-model-len": 88000}, {}, r"a context longer than the model's \(.*88000.*2048"),
        ({}, {"VLLM_CPU_KVCACHE_SPACE": "4000"}, r"too little memory for the KV cache \(.*4000\.0 GiB"),
    ],
)
def test_the_cause_of_a_failure_to_start_is_named(
    profile: Profile, log: Path, flags: dict[str, Any], environment: dict[str, str], cause: str
) -> None:
    update = {"flags": profile.flags | flags, "environment": profile.environment | environment}

    with pytest.raises(ServerStartFailed, match=cause):
        server_of(profile.model_copy(update=update), log).start()

    assert holders(log) == []


def test_a_model_that_may_not_be_downloaded_is_told(profile: Profile, log: Path) -> None:
    update = {"weights": "org/no-such-model-anywhere"}

    with pytest.raises(UsageError, match=r"weights that are not on this machine, and may not be downloaded"):
        server_of(profile.model_copy(update=update), log).start()


class _Joined:
    def __init__(self, thread: threading.Thread) -> None:
        self._thread = thread

    def close(self) -> None:
        self._thread.join()


def _keep_asking(base_url: str) -> None:
    with contextlib.suppress(urllib.error.URLError, OSError):
        while True:
            generate(base_url, 500)


def _named(word: str) -> list[int]:
    """Processes with that word in their commands, this test's and others'."""
    pids = [int(process.name) for process in Path("/proc").iterdir() if process.name.isdecimal()]
    return [pid for pid in pids if word in _command(pid)]


def _command(pid: int) -> str:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""  # it ended meanwhile


def _state(pid: int) -> str:
    """What is left and in which state: D and Z are the kernel's work, behind which a busy machine may be late."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return " ".join(Path(f"/proc/{pid}/stat").read_text().split()[:3])
    return f"{pid} ended meanwhile"


def _port_in_command_of(log: Path) -> int:
    """The port that the engine was given, which it may not have bound yet."""
    words = next(words for pid in holders(log) if "--port" in (words := _command(pid).split()))
    return int(words[words.index("--port") + 1])
