"""Options of any value end in a run or in one line with exit code 4, never in a traceback."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servecheck.errors import UsageError
from servecheck.profiles.schema import Profile
from servecheck.runs.resolve import resolve_runs
from servecheck.runs.throughput.options import plan_of
from servecheck.sandbox.options import SandboxChoice

PROCESS = SandboxChoice("process", "worker", 4 << 30, None, None)
TEXT = (
    st.none()
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "reference",
            "*",
            "a,b",
            "[[[[",
            "none",
            "http://h/v1",
            "http://[::1",
            "~nobody/x",
            "/dev/null/x",
            "a" * 300,
            "\0",
        ]
    )
)
PATH = TEXT.map(lambda text: None if text is None else Path(text))
COUNT = st.none() | st.integers() | st.sampled_from([0, 99999999999, -1])
NUMBER = st.none() | st.floats()
OPTIONS = st.fixed_dictionaries(
    {
        **dict.fromkeys(("profile", "base_url", "model", "problems", "transforms", "replies_field", "baseline"), TEXT),
        **dict.fromkeys(("profiles_file", "replies", "run_dir"), PATH),
        **dict.fromkeys(("samples", "concurrency"), COUNT),
        **dict.fromkeys(("temperature", "margin"), NUMBER),
        "collectonly": st.just(True),
        **dict.fromkeys(("record_reference", "end_early"), st.booleans()),
        "accept": TEXT,
    }
)
LOAD = st.fixed_dictionaries(
    {
        **dict.fromkeys(("max_concurrency", "request_rate"), TEXT | st.sampled_from(["1,4", "2.5"])),
        **dict.fromkeys(("burstiness", "ramp_up_start_rps", "ramp_up_seconds"), NUMBER),
        **dict.fromkeys(("num_prompts", "random_input_len", "random_output_len", "output_len"), COUNT),
        "dataset_path": PATH,
        "goodput": st.none() | st.lists(st.text(max_size=20) | st.just("ttft:500")),
    }
)
SOME = st.sets(st.sampled_from(["profile", "base_url", "model", "run_dir", "samples", "replies", "profiles_file"]))


def _fuzz(folder: Path, monkeypatch: pytest.MonkeyPatch, examples: int) -> None:
    monkeypatch.chdir(folder)
    quiet = settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))

    @quiet
    @given(OPTIONS, LOAD, SOME)
    def any_options(options: dict[str, Any], load: dict[str, Any], kept: set[str]) -> None:
        few = {
            name: value if name in kept | {"collectonly", "record_reference"} else None
            for name, value in options.items()
        }
        for found in (options, few):
            with contextlib.suppress(UsageError):
                resolve_runs(argparse.Namespace(**found), PROCESS)
        with contextlib.suppress(UsageError):
            plan_of(argparse.Namespace(**load), Profile(name="p", model="m"))

    any_options()


def test_any_options_are_settled_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fuzz(tmp_path, monkeypatch, 50)


@pytest.mark.slow
def test_2000_sets_of_options_are_settled_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fuzz(tmp_path, monkeypatch, 2000)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--samples", "99999999999"], "ask for at most 10,000 replies a problem"),
        (["--samples", "9" * 5000], "argument --samples: invalid int value"),
        ([f"--run-dir={'a' * 300}"], "cannot be used (File name too long): name another folder"),
        (["--run-dir=/proc/x/y"], "the run could not begin"),
        (["--report-only", f"--run-dir={'a' * 300}"], "the run cannot be read (File name too long)"),
        (["--references=/dev/full"], "has more than 64 MiB: name the right file"),
        (["--profiles-file=/dev/full", "--profile", "x"], "has more than 64 MiB: name the right file"),
    ],
)
def test_a_command_that_cannot_be_run_says_so_in_a_line(suite: Any, arguments: list[str], message: str) -> None:
    run = suite("-m", "humaneval", "--problems", "starter", *arguments)

    assert run.code == 4
    assert message in run.output.replace("\n", " ")
    assert "Traceback" not in run.output
    assert "INTERNALERROR" not in run.output
