"""``servecheck serve``: the embedded server at an address that is printed, until it is ended."""

from __future__ import annotations

import contextlib
import shlex
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from servecheck.runs.serve_command import main

from suites.bfcl.suite import SUITE
from suites.selftest.time_limits import NEVER_S


@contextlib.contextmanager
def served(*options: str) -> Iterator[tuple[str, str, list[str]]]:
    """Its address, what it says beside, and the command that it gives."""
    line = [sys.executable, "-m", "servecheck", "serve", "--port", "0", *options]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            base_url, *said = process.stdout.readline().split()
            yield base_url, " ".join(said), shlex.split(process.stdout.readline())
        finally:
            process.terminate()
            process.communicate(timeout=NEVER_S)


def test_it_serves_where_it_says():
    with served() as (base_url, said, command):
        models = httpx.get(f"{base_url}/models", trust_env=False).json()

    assert said == "answers starter as profile reference; ask it:"
    asks = ["-m", "humaneval", "--base-url", base_url, "--problems", "starter"]
    assert command == [sys.executable, "-m", "pytest", *asks]
    assert len(models["data"]) == 1


def test_it_calls_tools_where_a_suite_of_these_is_to_ask_it():
    assert SUITE.starter is not None
    problem = SUITE.starter[SUITE.starter.task_ids[0]]
    with served("-m", "bfcl") as (base_url, said, command):
        (model,) = httpx.get(f"{base_url}/models", trust_env=False).json()["data"]
        asked = {"model": model["id"], "messages": list(problem.messages), "tools": list(problem.tools)}
        reply = httpx.post(f"{base_url}/chat/completions", json=asked, trust_env=False).json()

    assert said == "answers bfcl-starter as profile reference; ask it:"
    assert command[-6:] == ["-m", "bfcl", "--base-url", base_url, "--problems", "bfcl-starter"]
    (call,) = reply["choices"][0]["message"]["tool_calls"]
    assert call["function"]["name"] == problem.right_calls[0].name


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--profile", "referense"], "did you mean reference"),
        (["--profile", "glm47-fp8"], "profile glm47-fp8 is served by vllm, and this is the embedded server"),
        (["--problems", "humaneval"], "unknown problem set 'humaneval'"),
        (["-m", "bfcI"], "unknown suite 'bfcI': did you mean bfcl"),
        (["--port", "99999"], "choose another by --port"),
    ],
)
def test_what_cannot_be_done_is_said(options, told, capsys):
    assert main(options) == 4
    assert told in capsys.readouterr().err
