"""After Ctrl-C, once or twice, the last line is the command that goes on, and no traceback is shown."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from servecheck.plugin.interrupt import resuming_command

from suites.selftest.time_limits import NEVER_S

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "given",
    [
        ["-m", "humaneval or mbpp", "--run-dir=before", "-k", "a b"],
        ["-m", "humaneval or mbpp", "--run-dir", "before", "-k", "a b"],
        ["-m", "humaneval or mbpp", "-k", "a b"],
    ],
)
def test_the_command_is_the_one_that_was_given_with_the_runs_own_folder(monkeypatch, given):
    monkeypatch.setattr(sys, "argv", ["/opt/venv/bin/pytest"])
    monkeypatch.delenv("UV_RUN_RECURSION_DEPTH", raising=False)

    command = resuming_command(given, Path("/runs/it is here"))

    expected = ["/opt/venv/bin/pytest", "-m", "humaneval or mbpp", "-k", "a b", "--run-dir=/runs/it is here"]
    assert shlex.split(command) == expected


def test_without_a_folder_none_is_named(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/opt/venv/lib/python/site-packages/pytest/__main__.py"])

    command = resuming_command(["-m", "throughput", "--run-dir=before"], None)

    assert shlex.split(command) == [sys.executable, "-m", "pytest", "-m", "throughput"]


def test_under_uv_it_is_uv_that_runs_it(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/opt/venv/bin/pytest"])
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")

    assert resuming_command([], Path("r")) == "uv run pytest --run-dir=r"


def _interrupted(arguments, environment, log: Path, verdicts: Path, *, twice: bool) -> list[str]:
    """What the command has written in the end, as lines; it is interrupted after six verdicts."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            arguments, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    while not verdicts.exists() or verdicts.read_text().count("\n") < 6:
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    while twice and process.poll() is None and "Ctrl-C again ends at once" not in log.read_text():
        time.sleep(0.005)
    if twice and process.poll() is None:
        os.kill(process.pid, signal.SIGINT)
    process.wait(NEVER_S)
    return log.read_text().splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_last_line_resumes_the_run(suite_environment, command, slow_server, tmp_path, workers, twice):
    arguments = command(
        tmp_path, f"--base-url={slow_server(2 * NEVER_S, at_once=6)}", "--problems=starter", "-n", workers
    )

    lines = _interrupted(
        arguments, suite_environment, tmp_path / "log", tmp_path / "run" / "verdicts.jsonl", twice=twice
    )

    run_dir = f"--run-dir={tmp_path / 'run'}"
    assert lines[-1].startswith("go on with: ")
    resuming = shlex.split(lines[-1].removeprefix("go on with: "))
    assert resuming == [*[part for part in arguments if part != run_dir], run_dir]
    assert not [line for line in lines if "Traceback" in line or "INTERNALERROR" in line]
