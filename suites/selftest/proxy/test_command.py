"""``servecheck proxy``."""

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from servecheck.proxy.command import listening, main

from suites.selftest.time_limits import NEVER_S

ROOT = Path(__file__).parents[3]


@dataclass
class Command:
    """The command while it runs, and what it wrote once it has ended."""

    line: str
    output: str = ""
    errors: str = ""

    @property
    def base_url(self) -> str:
        return self.line.split()[0]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--upstream", "host:8000"], "base URL"),
        (["--upstream", "http://host", "--transforms", "strip_fences"], "did you mean strip_code_fences"),
        (["--upstream", "http://host", "--profile", "no-such-profile"], "unknown profile"),
        (["--upstream", "http://host", "--profile", "no-such-profile", "--transforms", "none"], "unknown profile"),
        (["--upstream", "http://host", "--profile", "x", "--profiles-file", "nowhere.toml"], "nowhere.toml"),
        (["--upstream", "http://host", "--profiles-file", "nowhere.toml"], "--profiles-file without --profile"),
        (["--upstream", "http://host", "--host", "192.0.2.1", "--port", "0"], "cannot listen on 192.0.2.1"),
    ],
)
def test_what_cannot_be_done_is_said(options, told, capsys) -> None:
    assert main(options) == 4
    assert told in capsys.readouterr().err


@contextlib.contextmanager
def command(upstream: Any, *options: str) -> Iterator[Command]:
    line = [sys.executable, "-m", "servecheck", "proxy", "--upstream", f"{upstream.url}/v1", "--port", "0", *options]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            running = Command(process.stdout.readline())
            yield running
        finally:
            process.terminate()
            running.output, running.errors = process.communicate(timeout=NEVER_S)


def test_the_command_serves_on_loopback_and_says_where(upstream) -> None:
    upstream.script = lambda request: request.answer(200, b'{"data": []}')

    with command(upstream, "--transforms", "strip_code_fences,copy_reasoning_to_content") as proxy:
        models = httpx.get(f"{proxy.base_url}/models", trust_env=False)

    assert proxy.line.startswith("http://127.0.0.1:")
    assert proxy.line.endswith(f"-> {upstream.url}/v1 (strip_code_fences, copy_reasoning_to_content)\n")
    assert models.json() == {"data": []}
    assert (proxy.output, proxy.errors) == ("", "")


def test_a_profiles_transforms_are_applied_with_their_parameters(upstream) -> None:
    seen = []

    def script(request: Any) -> None:
        seen.append(request.request_body)
        message = {"content": None, "reasoning_content": "```python\nx = 1\n```"}
        request.answer(200, json.dumps({"choices": [{"index": 0, "message": message}]}).encode())

    upstream.script = script
    with command(upstream, "--profile", "glm47-fp8") as proxy:
        answer = httpx.post(f"{proxy.base_url}/chat/completions", json={"messages": []}, trust_env=False).json()
        health = httpx.get(f"{proxy.base_url.removesuffix('/v1')}/health", trust_env=False).json()

    names = ["inject_chat_template_kwargs", "strip_code_fences", "copy_reasoning_to_content"]
    assert proxy.line.endswith(f"(profile glm47-fp8: {', '.join(names)})\n")
    assert (health["profile"], health["transforms"]) == ("glm47-fp8", names)
    assert json.loads(seen[0]) == {"messages": [], "chat_template_kwargs": {"enable_thinking": False}}
    # The fences stand in the reasoning, which that profile's order copies after fences were searched for.
    assert answer["choices"][0]["message"]["content"] == "```python\nx = 1\n```"


@pytest.mark.slow
@pytest.mark.parametrize(("given", "names"), [("none", []), ("", []), ("split_think_tags", ["split_think_tags"])])
def test_transforms_of_the_command_take_the_place_of_the_profiles(upstream, given, names) -> None:
    upstream.script = lambda request: request.answer(200, b"")

    with command(upstream, "--profile", "glm47-fp8", "--transforms", given) as proxy:
        health = httpx.get(f"{proxy.base_url.removesuffix('/v1')}/health", trust_env=False).json()

    assert (health["profile"], health["transforms"]) == ("glm47-fp8", names)
    assert proxy.line.endswith(f"(profile glm47-fp8: {', '.join(names) or 'no transforms'})\n")


def test_a_profile_of_ones_own_is_found_in_its_file(upstream, tmp_path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[mine]\nextends = "glm47-fp8"\ntransforms = ["split_think_tags"]\n')

    with command(upstream, "--profile", "mine", "--profiles-file", str(own)) as proxy:
        assert proxy.line.endswith("(profile mine: split_think_tags)\n")


class TestBodies:
    """Three requests: one answered, one streamed, and one that the server leaves without an answer."""

    def asked(self, upstream: Any, *options: str) -> Command:
        def script(request: Any) -> None:
            if b"dead" in request.request_body:
                request.die()
            elif b"stream" in request.request_body:
                request.begin_stream()
                request.send(b'data: {"choices": [{"index": 0, "delta": {"content": "said-piece"}}]}\n\n')
                request.die()
            else:
                request.answer(401, b'{"error": "said-whole\x1b[2J: no such key: sk-hidden-key"}')

        upstream.script = script
        with command(upstream, "--transforms", "strip_code_fences", *options) as proxy:
            url = f"{proxy.base_url}/chat/completions?api_key=sk-in-query"
            for prompt in ("asked-whole", "asked-stream", "asked-dead"):
                headers = {"Authorization": "Bearer sk-hidden-key"}
                httpx.post(url, json={"messages": [prompt]}, headers=headers, trust_env=False)
        return proxy

    def test_nothing_of_them_is_written_unless_asked(self, upstream) -> None:
        proxy = self.asked(upstream)

        assert (proxy.output, proxy.errors) == ("", "")

    def test_where_asked_bodies_are_and_keys_are_not(self, upstream) -> None:
        proxy = self.asked(upstream, "--log-bodies")

        lines = proxy.errors.splitlines()
        chat = "/v1/chat/completions"
        assert lines[0] == f'1 request POST {chat}: {{"messages":["asked-whole"]}}'
        assert lines[1] == '1 reply 401: {"error": "said-whole\\x1b[2J: no such key: [key]"}'
        assert lines[2] == f'2 request POST {chat}: {{"messages":["asked-stream"]}}'
        assert lines[3].startswith("2 reply 200: data: {")
        assert "said-piece" in lines[3]
        assert "broke off" in lines[3]
        assert lines[4] == f'3 request POST {chat}: {{"messages":["asked-dead"]}}'
        assert lines[5].startswith('3 reply 502: {"error"')
        assert len(lines) == 6
        assert "sk-" not in proxy.errors


def test_its_connections_do_not_wait_for_acknowledgements() -> None:
    with listening("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP  # by which asyncio knows where to set TCP_NODELAY
