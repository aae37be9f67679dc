"""What a run was made with is recorded as far as it can be known, and a difference is told."""

from __future__ import annotations

import json
import platform
import subprocess
from pathlib import Path
from typing import Any

import pytest
from servecheck.rundir import environment as module
from servecheck.rundir.environment import changes, environment


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def _program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.usefixtures("programs")
def test_facts_that_this_machine_does_not_have_are_left_out():
    found = environment()

    assert {"gpu", "git revision"}.isdisjoint(found)
    assert found["python"] == platform.python_version()
    assert found["pytest"] == pytest.__version__
    assert all(isinstance(fact, str) and fact for fact in found.values())
    assert json.loads(json.dumps(found)) == found


def test_every_gpu_is_named(programs):
    _program(programs, "nvidia-smi", "echo 'H200, 143771 MiB, 580.95'; echo; echo 'H200, 143771 MiB, 580.95'")

    assert environment()["gpu"] == "H200, 143771 MiB, 580.95; H200, 143771 MiB, 580.95"


def test_a_driver_that_does_not_answer_is_no_gpu(programs):
    _program(programs, "nvidia-smi", "echo 'cannot talk to the driver'; exit 9")

    assert "gpu" not in environment()


def test_a_program_that_hangs_leaves_its_fact_out(programs, monkeypatch):
    _program(programs, "nvidia-smi", "echo H200")

    def hang(command: Any, **options: Any) -> None:
        raise subprocess.TimeoutExpired(command, options["timeout"])

    monkeypatch.setattr(module.subprocess, "run", hang)

    assert "gpu" not in environment()


@pytest.mark.parametrize(("changed", "revision"), [("", "0a1b"), ("echo ' M a.py'", "0a1b+changes")])
def test_the_commit_says_whether_tracked_files_differ_from_it(programs, changed, revision):
    _program(programs, "git", f'case "$3" in rev-parse) echo 0a1b;; status) {changed or ":"};; esac')

    assert environment()["git revision"] == revision


def test_outside_a_clone_there_is_no_revision(programs):
    _program(programs, "git", "echo 'not a git repository' >&2; exit 128")

    assert "git revision" not in environment()


def test_a_package_that_is_not_installed_is_left_out(monkeypatch):
    monkeypatch.setattr(module, "_PACKAGES", ("pytest", "servecheck-no-such-package"))

    found = environment()

    assert "pytest" in found
    assert "servecheck-no-such-package" not in found


def test_changes_name_what_differs_with_both_facts():
    before = {"python": "3.11.9", "numpy": "2.2", "gpu": "H100"}
    now = {"python": "3.11.9", "numpy": "2.3", "host": "b"}

    assert changes(before, now) == [
        "numpy 2.2 then, 2.3 now",
        "gpu H100 then, not there now",
        "host not there then, b now",
    ]


def test_an_environment_does_not_differ_from_itself():
    found = environment()

    assert changes(found, found) == []
