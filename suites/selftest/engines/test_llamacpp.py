"""A real ``llama-server``, asked, failed and ended; it starts in milliseconds with the tiny model.

Where it is in the cache already these tests are quick ones; else it is installed, and they are slow.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import queue
import signal
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servecheck.backends.llamacpp import SPEC
from servecheck.engines.llamacpp_failures import LLAMACPP
from servecheck.engines.llamacpp_server import LlamaCppServer
from servecheck.engines.machine import EngineSettings, Machine
from servecheck.engines.start_failure import find_cause
from servecheck.errors import InfraError, ServerStartFailed, UsageError
from servecheck.gates.acceptance import Acceptance
from servecheck.profiles.schema import Profile, SpeculativeDecoding, Yarn
from servecheck.servers.context_check import check_context
from servecheck.servers.counters import Counters, counted_between, read_counters
from servecheck.servers.external import ExternalServer

from suites.selftest.engines.real_llama_server import is_made, llama_server
from suites.selftest.engines.tiny_gguf import REPLY, THOUGHT, write_tiny_gguf
from suites.selftest.time_limits import NEVER_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")

Make = Callable[..., LlamaCppServer]


def real(test: Callable[..., None]) -> Callable[..., None]:
    """A test that needs a real ``llama-server``."""
    return test if is_made() else pytest.mark.slow(test)


@pytest.fixture(autouse=True)
def polled_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servecheck.engines.launched_engine._POLL_S", 0.02)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


@pytest.fixture
def make(model: Path, log: Path) -> Iterator[Make]:
    """``make(**profile keys)``: a server of the tiny model; a real one where no executable is given."""
    with contextlib.ExitStack() as made:

        def make(
            *,
            say: Callable[[str], None] = lambda _: None,
            on_exit: Callable[[str], None] | None = None,
            machine: Machine | None = None,
            **keys: Any,
        ) -> LlamaCppServer:
            if not keys.keys() & {"executable", "image"} and machine is None:
                keys["executable"] = str(llama_server())
                # Several threads wait for one another busily, for ten times as long as they compute.
                keys["flags"] = {"threads": 1, **keys.get("flags", {})}
            keys = {"weights": str(model), "model": "org/tiny", "health_timeout_s": NEVER_S, **keys}
            profile = Profile(name="under-test", backend="llamacpp", **keys)
            server = LlamaCppServer(SPEC, profile, log, say=say, on_exit=on_exit, machine=machine or Machine())
            made.callback(server.stop)
            return server

        yield make


def port_of(server: LlamaCppServer) -> int:
    return int(server.base_url.rpartition(":")[2].removesuffix("/v1"))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0 and probe.bind(("127.0.0.1", port)) is None


def answered(server: LlamaCppServer, **body: Any) -> dict[str, Any]:
    """The answer to a chat with the tiny model."""
    asked = {"model": server.model, "messages": [{"role": "user", "content": "Add."}], "temperature": 0, **body}
    request = urllib.request.Request(
        f"{server.base_url}/chat/completions", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=NEVER_S) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


@real
def test_it_tells_its_model_context_build_and_how_it_was_started(make: Make, model: Path) -> None:
    with make(flags={"ctx-size": 8192, "-np": 1}) as server:
        description = server.describe()

    assert (server.model, list(server.served_models), server.max_model_len) == ("org/tiny", ["org/tiny"], 8192)
    assert description["engine"] == "llama.cpp"
    assert description["owned_by"] == "llamacpp"
    assert description["version"].startswith("b")
    assert description["command"][1:3] == ["--model", str(model)]
    assert description["command"][-7:] == ["--metrics", "--threads", "1", "--ctx-size", "8192", "-np", "1"]
    assert description["start_s"] > 0


@real
def test_it_answers_with_its_thought_apart(make: Make) -> None:
    with make() as server:
        whole = answered(server)["choices"][0]
        cut = answered(server, max_completion_tokens=5)["choices"][0]

    assert whole["message"]["content"].strip() == REPLY.strip()
    assert whole["message"]["reasoning_content"] == THOUGHT
    assert (whole["finish_reason"], cut["finish_reason"]) == ("stop", "length")


@real
def test_stop_ends_it_and_frees_the_port(make: Make) -> None:
    server = make()
    server.start()
    port, pid = port_of(server), server.pid
    assert pid is not None

    server.stop()

    assert is_free(port)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@real
def test_stop_ends_it_with_a_reply_under_way(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(SPEC), "stop_s", 0.3)
    server = make()
    server.start()
    port = port_of(server)
    endless = {"messages": [{"role": "user", "content": "Add."}], "stream": True, "ignore_eos": True}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=NEVER_S)
    connection.request("POST", "/v1/chat/completions", json.dumps(endless), {"Content-Type": "application/json"})
    assert connection.getresponse().read(1) == b"d"

    server.stop()

    connection.close()
    assert is_free(port)


@real
def test_a_death_in_mid_run_is_told(make: Make) -> None:
    messages: queue.SimpleQueue[str] = queue.SimpleQueue()
    server = make(on_exit=messages.put)
    server.start()
    assert server.pid is not None

    os.kill(server.pid, signal.SIGKILL)

    assert messages.get(timeout=NEVER_S).startswith("llama.cpp ended with signal 9 (Killed); the end of ")


@real
def test_variables_of_its_own_do_not_change_it(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA_ARG_CTX_SIZE", "512")
    monkeypatch.setenv("LLAMA_CACHE", "/nowhere")
    monkeypatch.setenv("GGML_CUDA_DISABLE_GRAPHS", "1")

    with make() as server:
        assert server.max_model_len == 16384
        environment = server.describe()["environment"]

    assert environment == {"LLAMA_CACHE": "/nowhere", "GGML_CUDA_DISABLE_GRAPHS": "1"}


@real
@pytest.mark.parametrize(
    ("flags", "length"),
    [({}, 16384), ({"ctx-size": 4096}, 4096), ({"-c": 2048, "-np": 4}, 512), ({"-c": 4000, "parallel": 2}, 2048)],
    ids=str,
)
def test_the_context_of_one_request_is_what_the_flags_make_of_it(
    make: Make, flags: dict[str, Any], length: int
) -> None:
    with make(flags=flags) as server:
        assert server.max_model_len == length


@real
def test_a_context_longer_than_the_models_is_refused_and_not_cut_in_silence(make: Make) -> None:
    server = make(flags={"ctx-size": 32768})

    with pytest.raises(ServerStartFailed) as caught:
        server.start()

    assert str(caught.value).startswith(
        "llama.cpp serves 16384 tokens a request, and the profile's flags ask for 32768 (the slot context (32768) "
        "exceeds the training context of the model (16384) - capping): lower ctx-size, or set yarn"
    )
    assert server.pid is None


@real
def test_yarn_has_the_length_that_it_is_set_for(make: Make) -> None:
    with make(flags={"ctx-size": 32768}, yarn=Yarn(factor=4.0, native_length=16384)) as server:
        assert server.max_model_len == 32768


@real
def test_a_budget_that_fills_the_context_is_told_before_anything_is_asked(make: Make) -> None:
    with make(flags={"ctx-size": 1024}) as server, pytest.raises(UsageError, match="max_tokens 1024 leaves no room"):
        check_context(server.base_url, server.model, server.max_model_len, {}, 1024)


@real
@pytest.mark.parametrize("thinking", [True, False])
def test_a_prompt_is_counted_as_it_will_be_asked(make: Make, thinking: bool) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Add. " * 50}]
    template = {"enable_thinking": thinking}

    with make(flags={"ctx-size": 1024, "-np": 1}) as server:
        found = check_context(
            server.base_url, server.model, server.max_model_len, {"Starter/0": messages}, 100, template
        )
        usage = answered(server, messages=messages, chat_template_kwargs=template, max_tokens=1)["usage"]
        with pytest.raises(UsageError, match=r"Starter/0 needs \d+ prompt tokens \+ max_tokens 1000"):
            check_context(server.base_url, server.model, 1024, {"Starter/0": messages}, 1000, template)

    assert (found.checked_by, found.longest_prompt_tokens) == ("tokenize", usage["prompt_tokens"])


@real
def test_layers_for_a_gpu_that_it_has_not_are_told(make: Make) -> None:
    said: list[str] = []

    with make(flags={"n-gpu-layers": 99}, environment={"CUDA_VISIBLE_DEVICES": ""}, say=said.append):
        pass

    assert len(said) == 1
    assert said[0].startswith("llama.cpp found no GPU that it can use, and serves from the processor although")


@real
def test_a_build_without_gpus_is_refused_where_the_profile_needs_one(
    make: Make, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servecheck.engines.engine.check_gpus", lambda *_: None)
    server = make(gpus=1)

    with pytest.raises(ServerStartFailed, match=r"needs a GPU, and .* has none that it can use \(--list-devices\)"):
        server.start()

    assert not log.exists()


@real
@pytest.mark.parametrize(
    ("keys", "cause"),
    [
        ({"flags": {"nope": True}}, r"a flag that this llama-server does not have \(error: invalid argument: --nope\)"),
        ({"flags": {"-ctk": "q9_9"}}, r"a flag's value .*Unsupported cache type: q9_9"),
        ({"flags": {"threads": "many"}}, r"a flag's value .*--threads.*stoi"),
        ({"flags": {"ctx-size": True}}, r"a flag's value .*--ctx-size.*expected value"),
        ({"flags": {"device": "CUDA0"}}, r"a device that this llama-server does not have .*invalid device: CUDA0"),
        ({"flags": {"-ctv": "q8_0", "-fa": "off"}}, "a quantised V cache without flash attention"),
        ({"flags": {"chat-template": "{%if%}"}}, "a chat template that llama.cpp cannot read"),
        ({"flags": {"override-kv": "general.architecture=str:foo"}}, r"a model that this build .*architecture: 'foo'"),
        ({"speculation": SpeculativeDecoding()}, "multi-token prediction, of which these weights have no layer"),
    ],
    ids=str,
)
def test_why_it_did_not_start_is_named(make: Make, keys: dict[str, Any], cause: str) -> None:
    server = make(**keys)

    with pytest.raises(ServerStartFailed, match=rf"^llama\.cpp could not start \(exit code 1\) for {cause}"):
        server.start()


@real
@pytest.mark.parametrize("kept", [500, 100_000])
def test_weights_that_are_cut_short_are_named(make: Make, model: Path, tmp_path: Path, kept: int) -> None:
    (tmp_path / "cut.gguf").write_bytes(model.read_bytes()[:kept])

    with pytest.raises(ServerStartFailed, match="for weights that are not whole"):
        make(weights=str(tmp_path / "cut.gguf")).start()


@real
@pytest.mark.parametrize("tokens", [8_000_000, 30_000_000])
def test_too_little_memory_is_named(make: Make, tmp_path: Path, tokens: int) -> None:
    program = tmp_path / "llama-server"
    program.write_text(f'#!/bin/sh\nulimit -v 1500000\nexec {llama_server()} "$@"\n')
    program.chmod(0o755)
    server = make(executable=str(program), flags={"ctx-size": tokens, "-np": 1, "fit": "off"})

    with pytest.raises(ServerStartFailed, match=r"for out of memory \(.*\): lower ctx-size"):
        server.start()


@pytest.mark.parametrize(
    ("logged", "what"),
    [
        # As ggml-cuda.cu, llama-model-loader.cpp and the linker have them.
        ("ggml_backend_cuda_buffer_type_alloc_buffer: allocating 61440.00 MiB on device 0: cudaMalloc failed: out of "
         "memory", "out of memory"),
        ("ggml_aligned_malloc: insufficient memory (attempted to allocate 7324.25 MB)", "out of memory"),
        ("CUDA error: out of memory", "out of memory"),
        ("llama-server: error while loading shared libraries: libllama.so: cannot open shared object file: No such "
         "file or directory", "a library that llama-server needs is not found"),
        ("couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 18082", "its port was taken by another process"),
    ],
)  # fmt: skip
def test_causes_that_this_machine_does_not_have_are_known_by_their_words(logged: str, what: str) -> None:
    finding = find_cause(LLAMACPP, f"0.00.001 I srv  llama_server: initializing ...\n{logged}\n")

    assert finding is not None
    assert finding.cause.what == what


def test_a_fit_that_flags_leave_no_room_for_is_no_cause() -> None:
    assert find_cause(LLAMACPP, "failed to fit params to free device memory: n_gpu_layers already set by user") is None


@real
def test_a_port_that_is_taken_is_replaced(make: Make, tmp_path: Path) -> None:
    # The first start finds its port taken by this script's other server.
    program, first = tmp_path / "llama-server", tmp_path / "first"
    program.write_text(
        f"""#!{sys.executable}
import os, pathlib, socket, subprocess, sys
command = ["{llama_server()}", *sys.argv[1:]]
first = pathlib.Path("{first}")
if first.exists():
    os.execv(command[0], command)
first.touch()
with socket.create_server(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1]))):
    sys.exit(subprocess.run(command).returncode)
"""
    )
    program.chmod(0o755)
    said: list[str] = []

    with make(executable=str(program), say=said.append) as server:
        assert answered(server, max_tokens=1)["choices"]

    assert len(said) == 1
    assert said[0].startswith("llama.cpp found port ")


@pytest.mark.slow
@real
def test_its_counters_tell_what_was_drafted_and_kept(make: Make) -> None:
    # Past its end the reply repeats itself, so that a draft of what followed before is right.
    with make(speculation=SpeculativeDecoding(method="ngram-simple", tokens=4)) as server:
        before = read_counters(server.base_url)
        timings = answered(server, ignore_eos=True, max_tokens=400)["timings"]
        counted = counted_between(before, read_counters(server.base_url), sent=1, replies=1)

    assert isinstance(before, Counters)
    assert before.engine == "llama.cpp"
    assert isinstance(counted, Acceptance)
    counts = counted.counts
    assert (counts.draft_tokens, counts.accepted_tokens) == (timings["draft_n"], timings["draft_n_accepted"])
    assert counts.accepted_tokens > 0
    assert sum(counts.per_position) == counts.accepted_tokens


@real
def test_without_speculation_nothing_is_counted(make: Make) -> None:
    with make() as server:
        before = read_counters(server.base_url)
        answered(server, max_completion_tokens=5)
        counted = counted_between(before, read_counters(server.base_url), sent=1, replies=1)

    assert isinstance(counted, Acceptance)
    assert (counted.counts.drafts, counted.counts.draft_tokens) == (0, 0)


@real
def test_a_llama_server_of_somebody_else_tells_its_build(make: Make) -> None:
    with make() as server:
        external = ExternalServer(server.base_url)
        external.start()

        assert external.describe()["version"] == server.describe()["version"]


def test_without_an_engine_it_says_how_to_have_one(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servecheck.engines.started_engine.installed_program", lambda _: None)
    server = make(machine=Machine())

    with pytest.raises(UsageError, match=r"no `llama-server` in PATH: install it(?s:.*)\[llamacpp\]"):
        server.start()


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        (None, "does not say which GGUF file is served"),
        ("recipe:tiny-glm", "no recipe that makes a GGUF file"),
        ("org/tiny.gguf", "folder of models, and that is not known: set models in"),
        ("/absent/tiny.gguf", "/absent/tiny.gguf do not exist"),
    ],
)
def test_weights_that_cannot_be_served_are_told_before_anything_starts(
    make: Make, log: Path, weights: str | None, reason: str
) -> None:
    server = make(executable=sys.executable, weights=weights)

    with pytest.raises(UsageError, match=reason):
        server.start()

    assert not log.exists()


@real
def test_weights_stand_below_the_machines_folder_of_models(make: Make, model: Path) -> None:
    machine = Machine({"llamacpp": EngineSettings(executable=str(llama_server()), models=str(model.parent))})

    with make(machine=machine, weights=model.name) as server:
        assert server.describe()["command"][2] == str(model)


def test_a_program_that_is_no_llama_server_is_an_error(make: Make, tmp_path: Path) -> None:
    program = tmp_path / "llama-server"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)

    with pytest.raises(InfraError, match=r"llama\.cpp ended with exit code 0 before it was healthy(?s:.*)hello"):
        make(executable=str(program)).start()
