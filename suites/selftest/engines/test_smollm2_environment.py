"""The public model: made once, served, and gone with whoever wanted it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from servecheck.engines import smollm2_environment
from servecheck.engines.smollm2_environment import smollm2, smollm2_server
from servecheck.errors import UsageError

ROOT = Path(__file__).parents[3]


def served(base_url: str, path: str, body: dict[str, object] | None = None) -> dict[str, object]:
    asked = urllib.request.Request(
        f"{base_url}{path}", json.dumps(body).encode() if body else None, {"Content-Type": "application/json"}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=60) as answer:
        return dict(json.load(answer))


def test_an_environment_without_the_weights_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path))
    venv = [sys.executable, "-m", "venv", "--without-pip"]
    monkeypatch.setattr(smollm2_environment, "_steps", lambda folder: [[*venv, str(folder)]])

    with pytest.raises(UsageError, match=r"holds no SmolLM2-135M-Instruct.Q4_1.gguf: remove that folder"):
        smollm2(lambda _: None)


@pytest.mark.slow
def test_the_model_answers_and_says_its_name():
    with smollm2_server(slots=1) as base_url:
        served_models = served(base_url, "/models")["data"]
        message = [{"role": "user", "content": "Write hello world in Python."}]
        reply = served(base_url, "/chat/completions", {"messages": message, "max_tokens": 24, "temperature": 0})

    assert [model["id"] for model in served_models] == ["SmolLM2-135M-Instruct"]
    assert "Hello World" in reply["choices"][0]["message"]["content"]


@pytest.mark.slow
def test_a_server_ends_with_its_owner_however_that_ends():
    program = (
        "import os\n"
        "from servecheck.engines.smollm2_environment import smollm2_server\n"
        "server = smollm2_server(slots=1)\n"
        "server.__enter__()\n"
        "children = [int(pid) for pid in open(f'/proc/self/task/{os.getpid()}/children').read().split()]\n"
        "print(*children, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )

    owner = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)

    assert owner.returncode == -9, owner.stderr
    (pid,) = map(int, owner.stdout.split())
    waiting = os.pidfd_open(pid) if Path(f"/proc/{pid}").exists() else None
    if waiting is not None:
        import select

        assert select.select([waiting], [], [], 30)[0], "the server outlives its owner"
        os.close(waiting)
