"""The command."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from fixtures.errors import UsageError
from fixtures.proxy.__main__ import listening, main, transform_specs

ROOT = Path(__file__).parents[3]


def test_transforms_are_names_or_a_list_with_parameters() -> None:
    specs = [{"name": "inject_chat_template_kwargs", "enable_thinking": False}, "strip_code_fences"]

    assert transform_specs("a, b,") == ["a", "b"]
    assert transform_specs("") == []
    assert transform_specs(json.dumps(specs)) == specs


@pytest.mark.parametrize("text", ["[1]", "[", '["a"'])
def test_a_list_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--transforms"):
        transform_specs(text)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--upstream", "host:8000"], "base URL"),
        (["--upstream", "http://host", "--transforms", "strip_fences"], "did you mean strip_code_fences"),
        (["--upstream", "http://host", "--profile", "no-such-profile"], "unknown profile"),
        (["--upstream", "http://host", "--host", "192.0.2.1", "--port", "0"], "cannot listen on 192.0.2.1"),
    ],
)
def test_what_cannot_be_done_is_said(options, told, capsys) -> None:
    assert main(options) == 2
    assert told in capsys.readouterr().err


def test_the_command_serves_on_loopback_and_says_where(upstream) -> None:
    upstream.script = lambda request: request.answer(200, b'{"data": []}')
    command = [sys.executable, "-m", "fixtures.proxy", "--upstream", f"{upstream.url}/v1", "--port", "0"]
    command += ["--transforms", "strip_code_fences,copy_reasoning_to_content"]

    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            models = httpx.get(f"{line.split()[0]}/models", trust_env=False)
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=20)

    assert line.startswith("http://127.0.0.1:")
    assert line.endswith(f"-> {upstream.url}/v1 (strip_code_fences, copy_reasoning_to_content)\n")
    assert models.json() == {"data": []}
    assert errors == ""


def test_its_connections_do_not_wait_for_acknowledgements() -> None:
    with listening("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP  # by which asyncio knows where to set TCP_NODELAY
