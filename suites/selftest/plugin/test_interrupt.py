"""After Ctrl-C, once or twice, and SIGTERM, the last line is the command that goes on, and no traceback is shown."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from servecheck.plugin.interrupt import Interrupt, resuming_command

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


@pytest.fixture
def sigterm() -> Iterator[None]:
    """As a command has it that nobody changed it for."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def interrupt(sigterm: None) -> Iterator[tuple[Interrupt, list[str]]]:
    """Of a run that has begun, with what it says; a Ctrl-C is as it was afterwards."""
    said: list[str] = []
    manager = SimpleNamespace(get_plugin={}.get)
    before = signal.getsignal(signal.SIGINT)
    yield Interrupt(cast(Any, SimpleNamespace(pluginmanager=manager)), said.append, lambda: "pytest"), said
    signal.signal(signal.SIGINT, before)


def test_sigterm_is_a_ctrl_c_and_a_second_one_hastens_nothing(interrupt):
    plugin, said = interrupt
    plugin.pytest_sessionstart()

    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    plugin.pytest_keyboard_interrupt()
    signal.raise_signal(signal.SIGTERM)

    assert said == ["SIGTERM: ending; what is finished is kept. Ctrl-C ends at once"]
    plugin.pytest_unconfigure()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_sigterm_after_a_ctrl_c_ends_at_once(interrupt, monkeypatch):
    plugin, said = interrupt
    ended: list[int] = []

    def exit_at_once(code: int) -> None:
        ended.append(code)
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", exit_at_once)
    plugin.pytest_sessionstart()
    plugin.pytest_keyboard_interrupt()

    with pytest.raises(SystemExit):
        signal.raise_signal(signal.SIGTERM)
    assert (said, ended) == (["ending; what is finished is kept. Ctrl-C again ends at once"], [130])


def test_a_sigterm_that_is_ignored_stays_so(interrupt):
    plugin, _ = interrupt
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

    plugin.pytest_sessionstart()

    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def _interrupted(
    arguments, environment, log: Path, verdicts: Path, *, by: signal.Signals, twice: bool = False
) -> tuple[list[str], int]:
    """What the command has written in the end, as lines, and its exit code; it is interrupted after six verdicts."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            arguments, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    while not verdicts.exists() or verdicts.read_text().count("\n") < 6:
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    os.killpg(process.pid, by)
    while twice and process.poll() is None and "Ctrl-C again ends at once" not in log.read_text():
        time.sleep(0.005)
    if twice and process.poll() is None:
        os.kill(process.pid, signal.SIGINT)
    code = process.wait(NEVER_S)
    return log.read_text().splitlines(), code


@pytest.mark.slow
@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_last_line_resumes_the_run(suite_environment, command, slow_server, tmp_path, workers, twice):
    arguments = command(
        tmp_path, f"--base-url={slow_server(2 * NEVER_S, at_once=6)}", "--problems=starter", "-n", workers
    )

    lines, _ = _interrupted(
        arguments,
        suite_environment,
        tmp_path / "log",
        tmp_path / "run" / "verdicts.jsonl",
        by=signal.SIGINT,
        twice=twice,
    )

    _assert_can_be_resumed(lines, arguments, tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_after_sigterm_too(suite_environment, command, slow_server, tmp_path, workers):
    arguments = command(
        tmp_path, f"--base-url={slow_server(2 * NEVER_S, at_once=6)}", "--problems=starter", "-n", workers
    )

    lines, code = _interrupted(
        arguments, suite_environment, tmp_path / "log", tmp_path / "run" / "verdicts.jsonl", by=signal.SIGTERM
    )

    assert code == pytest.ExitCode.INTERRUPTED
    assert "servecheck: SIGTERM: ending; what is finished is kept. Ctrl-C ends at once" in lines
    assert not [line for line in lines if "crashed" in line]
    assert (tmp_path / "run" / "scores.json").exists()
    _assert_can_be_resumed(lines, arguments, tmp_path / "run")


def _assert_can_be_resumed(lines: list[str], arguments: list[str], run_dir: Path) -> None:
    option = f"--run-dir={run_dir}"
    assert lines[-1].startswith("go on with: ")
    resuming = shlex.split(lines[-1].removeprefix("go on with: "))
    assert resuming == [*[part for part in arguments if part != option], option]
    assert not [line for line in lines if "Traceback" in line or "INTERNALERROR" in line]
