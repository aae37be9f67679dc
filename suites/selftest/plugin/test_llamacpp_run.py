"""A run with a real ``llama-server``: started for the profile, asked, counted, stopped."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from servecheck.problems import load_problem_set

from suites.selftest.engines.real_llama_server import llama_server
from suites.selftest.engines.tiny_gguf import write_tiny_gguf

pytestmark = pytest.mark.slow

PROFILES = """
[tiny-llamacpp]
model = "tiny"
weights = "tiny.gguf"
backend = "llamacpp"
problems = "starter"
thinking = "off"
thinking_switch = "enable_thinking"
concurrency = 2
flags = { ctx-size = 4096, jinja = true, -np = 2 }
sampling = { max_tokens = 1024 }

[tiny-llamacpp-thinking]
extends = "tiny-llamacpp"
thinking = "on"

[tiny-llamacpp-drafts]
extends = "tiny-llamacpp"
weights = "loop.gguf"
mtp = { method = "ngram-simple", tokens = 48 }
extra_body = { ignore_eos = true }
sampling = { max_tokens = 400 }

[tiny-llamacpp-too-long]
extends = "tiny-llamacpp"
flags = { ctx-size = 65536 }
"""
FIRST_TWO = ("-k", "Starter/0 or Starter/1]")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with profiles, the machine's settings, and a model that knows the answer to one problem."""
    folder = tmp_path_factory.mktemp("llamacpp")
    problem = load_problem_set("starter")["Starter/0"]
    reply = f"```python\n{problem.prompt}{problem.canonical_solution}\n```\n"
    write_tiny_gguf(folder / "tiny.gguf", reply=reply)
    write_tiny_gguf(folder / "loop.gguf")
    (folder / "profiles.toml").write_text(PROFILES)
    (folder / "machine.toml").write_text(f'[llamacpp]\nexecutable = "{llama_server()}"\nmodels = "{folder}"\n')
    return folder


@pytest.fixture(scope="module")
def served(suite, files):
    """Run one of the profiles."""

    def run(profile, *arguments, **environment):
        return suite(
            f"--profile={profile}",
            f"--profiles-file={files / 'profiles.toml'}",
            *arguments,
            environment={"SERVECHECK_MACHINE": str(files / "machine.toml"), **environment},
        )

    return run


@pytest.fixture(scope="module")
def run(served):
    return served("tiny-llamacpp", *FIRST_TWO)


def generations(run):
    return [json.loads(path.read_text()) for path in sorted((run.run_dir / "generations").rglob("*.json"))]


def test_its_replies_are_graded(run):
    assert run.solved == {"Starter/0": True, "Starter/1": False}
    assert all("return" in reply["content"] for reply in generations(run))


def test_the_terminal_and_the_manifest_tell_what_served(run):
    server = run.json("run.json")["segments"][0]["server"]

    assert any("llama.cpp b" in line and ", up in " in line for line in run.lines)
    assert (server["engine"], server["owned_by"], server["id"], server["max_model_len"]) == (
        "llama.cpp",
        "llamacpp",
        "tiny",
        2048,
    )
    assert server["command"][-6:] == ["--metrics", "--ctx-size", "4096", "--jinja", "-np", "2"]


def test_what_the_engine_measured_is_kept_with_each_reply(run):
    for reply in generations(run):
        timings = reply["engine_timings"]
        assert timings["generated_tokens"] == reply["usage"]["completion_tokens"]
        assert 0 < timings["generation_s"] <= reply["timings"]["end_s"]


def test_nothing_of_the_server_is_left(run):
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    model = run.json("run.json")["segments"][0]["server"]["command"][2]

    assert not [pid for pid in pids if model in _command_line(pid)]


def test_reasoning_is_kept_apart(served):
    run = served("tiny-llamacpp-thinking", *FIRST_TWO)

    assert run.solved["Starter/0"]
    assert all(reply["reasoning"] for reply in generations(run))


def test_drafts_are_counted(served):
    """Past its end the reply repeats itself, and drafts are what followed before."""
    run = served("tiny-llamacpp-drafts", "-k", "Starter/1")

    assert run.gates["acceptance"]["verdict"] == "PASS"
    assert sum(reply["engine_timings"]["accepted_tokens"] for reply in generations(run)) > 0


def test_a_context_that_is_not_served_is_told_and_nothing_is_asked(served):
    run = served("tiny-llamacpp-too-long", *FIRST_TWO)

    assert run.code != 0
    assert "llama.cpp serves 16384 tokens a request, and the profile's flags ask for 32768" in run.output


def test_a_server_that_cannot_start_is_told_with_its_cause(served, files, tmp_path):
    extended = PROFILES + '\n[tiny-llamacpp-wrong]\nextends = "tiny-llamacpp"\nflags = { nope = true }\n'
    (tmp_path / "profiles.toml").write_text(extended)

    run = served("tiny-llamacpp-wrong", f"--profiles-file={tmp_path / 'profiles.toml'}", *FIRST_TWO)

    assert run.code != 0
    assert "a flag that this llama-server does not have (error: invalid argument: --nope)" in run.output


def _command_line(pid):
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
