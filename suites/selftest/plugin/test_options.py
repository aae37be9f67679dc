"""The command line: what is wrong with it ends as one line and exit code 4, with nothing run."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
from pytest_benchmark.utils import load_storage
from servecheck.plugin.option_table import OPTIONS
from servecheck.plugin.options import keep_no_benchmarks, sandbox_choice
from servecheck.sandbox.options import SandboxChoice


def _config(memory: str) -> SimpleNamespace:
    option = SimpleNamespace(
        sandbox="docker",
        sandbox_isolation="problem",
        sandbox_memory=memory,
        sandbox_image="own:1",
        sandbox_runtime="runsc",
    )
    return SimpleNamespace(option=option)


@pytest.mark.parametrize(("size", "number"), [("256m", 256 << 20), ("512M", 512 << 20), ("4g", 4 << 30)])
def test_sandbox_options_become_one_choice(size, number):
    assert sandbox_choice(_config(size)) == SandboxChoice("docker", "problem", number, "own:1", "runsc")


@pytest.mark.parametrize("size", ["", "4", "g", "4 g", "-4g", "255m", "4t", "0.5g", "0", "4q", "9" * 5000 + "g"])
def test_a_size_that_is_none_is_a_usage_error(size):
    with pytest.raises(pytest.UsageError, match="is no size: give one of at least 256m, like 512m or 4g"):
        sandbox_choice(_config(size))


def test_a_usage_error_is_one_line_and_exit_code_4(suite, written):
    run = suite(written(['{"task_id": "Starter/0", "solution": ""}', '{"task_id": "Startr/1"}']), "--problems=starter")

    assert run.code == 4
    assert [line for line in run.lines if line] == [
        next(
            line for line in run.lines if line.startswith("ERROR: ") and ", line 2: unknown task_id 'Startr/1'" in line
        )
    ]
    assert not run.run_dir.exists()


@pytest.mark.slow
def test_without_docker_untrusted_replies_end_with_exit_code_4(suite, written, canonical_rows, tmp_path):
    nobody = {"DOCKER_HOST": f"unix://{tmp_path}/nobody.sock"}

    run = suite(written(canonical_rows), "--problems=starter", "--sandbox=auto", environment=nobody)

    assert run.code == 4
    assert run.output.startswith("ERROR: humaneval runs programs: no Docker engine answers")
    assert len(run.output.strip().splitlines()) == 1
    assert not run.run_dir.exists()


@pytest.mark.slow
def test_without_docker_the_default_run_says_that_it_used_processes(suite, tmp_path):
    run = suite("--sandbox=auto", environment={"DOCKER_HOST": f"unix://{tmp_path}/nobody.sock"})

    assert run.code == 0
    assert "no Docker engine answers; the programs are this run's own" in run.output


@pytest.mark.parametrize("kept", ["", "save", "autosave", "compare"])
def test_a_folder_of_benchmarks_is_made_where_some_are_kept_alone(tmp_path, monkeypatch, kept):
    monkeypatch.chdir(tmp_path)
    option = argparse.Namespace(benchmark_storage="file://./.benchmarks")
    if kept:
        setattr(option, f"benchmark_{kept}", "some")

    keep_no_benchmarks(option)
    load_storage(option.benchmark_storage, logger=None, default_machine_id="one", netrc="")

    assert [path.name for path in tmp_path.iterdir()] == ([".benchmarks"] if kept else [])


@pytest.mark.slow
def test_help_shows_the_options(suite_environment):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"], env=suite_environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0
    (group,) = re.findall(r"^servecheck:\n((?:  .*\n)*)", done.stdout, flags=re.MULTILINE)
    assert {name for name in OPTIONS if f"  {name}" in group} == set(OPTIONS)
    assert "--load-" not in done.stdout
