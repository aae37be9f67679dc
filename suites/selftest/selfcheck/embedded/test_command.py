"""``servecheck serve``: the embedded server at an address that is printed, until it is ended."""

from __future__ import annotations

import shlex
import subprocess
import sys

import httpx
import pytest
from servecheck.selfcheck.embedded.command import main


def test_it_serves_where_it_says(tmp_path):
    line = [sys.executable, "-m", "servecheck", "serve", "--port", "0"]
    with subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            base_url, *said = process.stdout.readline().split()
            command = shlex.split(process.stdout.readline())
            models = httpx.get(f"{base_url}/models", trust_env=False).json()
        finally:
            process.terminate()
            process.communicate(timeout=20)

    assert " ".join(said) == "answers starter as profile reference; ask it:"
    asks = ["-m", "humaneval", "--base-url", base_url, "--problems", "starter"]
    assert command == [sys.executable, "-m", "pytest", *asks]
    assert len(models["data"]) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--profile", "referense"], "did you mean reference"),
        (["--profile", "glm47-fp8"], "profile glm47-fp8 is served by vllm, and this is the embedded server"),
        (["--problems", "humaneval"], "unknown problem set 'humaneval'"),
        (["--port", "99999"], "choose another by --port"),
    ],
)
def test_what_cannot_be_done_is_said(options, told, capsys):
    assert main(options) == 4
    assert told in capsys.readouterr().err
