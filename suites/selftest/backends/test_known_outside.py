"""Servers that run already and are known: what tells them, and what is said of what they lack."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from servecheck.problems import load_problem_set
from servecheck.profiles.engine_spec import EngineSpec, as_recognised, spec_named
from servecheck.profiles.schema import Profile, Sampling
from servecheck.protocols.request_body import request_body
from servecheck.report.dry_run import dry_run
from servecheck.report.terminal import server_line
from servecheck.selfcheck.embedded.server import EmbeddedServer
from servecheck.servers.external import ExternalServer

from suites.selftest.plugin.conftest import Suite, command, session_folder, suite, suite_environment, warm_python
from suites.selftest.servers.conftest import embedded_profile, embedded_server, starter
from suites.selftest.servers.test_external import Listing, listing

__all__ = [
    "command",
    "embedded_profile",
    "embedded_server",
    "listing",
    "session_folder",
    "starter",
    "suite",
    "suite_environment",
    "warm_python",
]

pytestmark = pytest.mark.usefixtures("direct")
LM_STUDIO = {"data": [{"id": "glm", "state": "loaded", "compatibility_type": "gguf", "quantization": "Q4_K_M"}]}
TGI = {"model_id": "org/glm", "max_input_tokens": 4095, "max_total_tokens": 4096, "version": "3.3.4"}
UNEXPECTED = {"error": "Unexpected endpoint or method. (GET /version)"}  # LM Studio's answer to any, with 200


def described(listing: Listing, card: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    listing.models({"id": "glm", **(card or {})})
    paths = {f"/{path.replace('_', '/')}": answer for path, answer in others.items()}
    listing.others = {path: (200, json.dumps(answer).encode()) for path, answer in paths.items()}
    with ExternalServer(listing.base_url) as server:
        return {**server.describe(), "length": server.max_model_len}


def test_ollama_is_known_by_the_version_of_its_api(listing: Listing) -> None:
    found = described(listing, {"owned_by": "library"}, api_version={"version": "0.12.3"})

    assert (found["engine"], found["version"], found["length"]) == ("Ollama", "0.12.3", None)


def test_lm_studio_is_known_by_what_it_says_of_its_models(listing: Listing) -> None:
    found = described(listing, {"owned_by": "organization_owner"}, version=UNEXPECTED, api_v0_models=LM_STUDIO)

    assert found["engine"] == "LM Studio"
    assert "version" not in found


def test_tgi_is_known_by_its_limits_which_are_its_length(listing: Listing) -> None:
    found = described(listing, {"owned_by": "org/glm"}, info=TGI)

    assert (found["engine"], found["version"], found["length"]) == ("TGI", "3.3.4", 4096)


@pytest.mark.parametrize(
    "others",
    [{}, {"info": {"name": "x"}}, {"api_version": {"name": "x", "version": "1"}}, {"api_v0_models": {"data": [3]}}],
)
def test_another_is_taken_for_none_of_them(listing: Listing, others: dict[str, Any]) -> None:
    assert "engine" not in described(listing, **others)


@pytest.mark.parametrize("card", [{"owned_by": "vllm"}, {"owned_by": "sglang"}, {"owned_by": "llamacpp"}])
def test_an_engine_that_says_itself_what_it_is_is_not_asked_for_more(listing: Listing, card: dict[str, str]) -> None:
    described(listing, card)

    assert not {"/api/version", "/api/v0/models", "/info"} & {*listing.asked}


@pytest.mark.parametrize("name", ["ollama", "lmstudio", "tgi"])
def test_fields_that_it_passes_over_are_named_first(name: str) -> None:
    spec = spec_named(name)

    first, *rest = spec.shortcomings({"model": "m", "min_p": 0.1, "chat_template_kwargs": {}})

    assert first == "it passes over min_p, chat_template_kwargs of the requests"
    assert tuple(rest) == spec.lacks == tuple(spec.shortcomings({"model": "m", "temperature": 0}))


def test_nothing_is_said_of_one_whose_fields_are_not_known() -> None:
    assert EngineSpec().shortcomings({"min_p": 1}) == []


@pytest.mark.parametrize(("engine", "backend"), [("TGI", "tgi"), ("vLLM", "external"), (None, "external")])
def test_a_profile_becomes_one_of_the_engine_that_was_found_where_that_was_not_started(
    engine: str | None, backend: str
) -> None:
    assert as_recognised(Profile(name="p", model="m"), {"engine": engine}).backend == backend


@pytest.mark.parametrize("protocol", ["evalplus_chat", "lm_eval_instruct"])
@pytest.mark.parametrize("name", ["ollama", "lmstudio", "tgi"])
def test_a_replys_limit_goes_by_the_name_that_it_knows(name: str, protocol: str) -> None:
    body = request_body(Profile(name="p", model="m", backend=name, protocol=protocol), [])

    assert body["max_tokens"] == 768
    assert "max_completion_tokens" not in body


def test_so_does_the_limit_of_one_request_alone() -> None:
    body = request_body(Profile(name="p", model="m", backend="ollama"), [], fields={"max_completion_tokens": 24})

    assert body["max_tokens"] == 24
    assert "max_completion_tokens" not in body


def test_lm_studio_has_the_penalty_under_llama_cpps_name() -> None:
    sampling, fields = spec_named("lmstudio").sampled(Sampling(repetition_penalty=1.05))

    assert (sampling.repetition_penalty, fields) == (None, {"repeat_penalty": 1.05})


def test_a_profile_that_names_it_has_it_said_before_anything_is_asked() -> None:
    profile = Profile(
        name="p", model="glm", backend="ollama", base_url="http://h:11434/v1", thinking_switch="enable_thinking"
    )
    problems = load_problem_set("starter")

    lines = dry_run(profile, problems, {problems.task_ids[0]: (0,)}).splitlines()

    assert lines[1] == "  server: runs already, at http://h:11434/v1; none is started"
    assert lines[2] == "  Ollama: it passes over chat_template_kwargs of the requests"
    assert lines[3] == "  Ollama: it gives one reply a request, whatever n says"


def test_the_report_has_what_is_missing_and_nothing_of_a_server_that_is_not_known() -> None:
    assert server_line({"engine": "TGI", "version": "3.3.4", "lacks": ["a", "b"]}) == ["server       TGI 3.3.4: a; b"]
    assert server_line({"engine": "TGI", "lacks": "damaged"}) == []
    assert server_line({"version": "1"}) == []


@pytest.fixture
def ollama(embedded_server: EmbeddedServer) -> Iterator[str]:
    """The embedded server behind an address that answers as Ollama does beside it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == "/api/version"
            self._answer(b'{"version": "0.12.3"}' if known else self._embedded(None))

        def do_POST(self) -> None:
            self._answer(self._embedded(self.rfile.read(int(self.headers["Content-Length"]))))

        def _embedded(self, body: bytes | None) -> bytes | None:
            if not self.path.startswith("/v1/"):
                return None
            request = urllib.request.Request(
                embedded_server.base_url + self.path.removeprefix("/v1"), body, {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request) as answer:
                self.kind = answer.headers["Content-Type"]
                return bytes(answer.read())

        def _answer(self, body: bytes | None) -> None:
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", getattr(self, "kind", "application/json"))
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01)).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


@pytest.mark.slow
def test_a_run_says_it_before_it_asks_and_keeps_it(suite: Suite, ollama: str) -> None:
    run = suite(f"--base-url={ollama}", "--problems=starter", "-k", "Starter/0] or Starter/1]")

    assert all(run.solved.values()), run.output
    said = [line for line in run.lines if "it gives one reply a request, whatever n says" in line]
    assert [line.partition(": it gives")[0] for line in said[:2]] == [
        "servecheck: Ollama",
        "server       Ollama 0.12.3",
    ]
    assert run.json("run.json")["profile"]["backend"] == "ollama"
    server = run.json("run.json")["segments"][-1]["server"]
    assert (server["engine"], server["version"]) == ("Ollama", "0.12.3")
    assert server["lacks"] == list(spec_named("ollama").lacks)
