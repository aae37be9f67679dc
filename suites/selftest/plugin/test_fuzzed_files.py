"""Whatever is in a file that a user can name: it is read, or refused in a line."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servecheck.engines.machine import VARIABLE, load_machine
from servecheck.errors import UsageError
from servecheck.gates.reference_file import load_references
from servecheck.generation.given_replies import read_replies
from servecheck.profiles.load import load_profile, profile_names
from servecheck.profiles.schema import Profile
from servecheck.rundir.manifest import read_manifest
from servecheck.rundir.stored_run import read_stored_run
from servecheck.rundir.throughput_json import read_throughput
from servecheck.runs.replay import read_run
from servecheck.throughput.workload import WorkloadShape, file_workload

KEYS = (
    "task_id solution completion reply sample doc resps filtered_resps prompt messages format identity segments "
    "profile scores gates verdict figures model variant entries notes blocks points manifest workload vllm"
).split()
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["HumanEval/0", "m"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=12,
)
LINES = (
    st.sampled_from(
        ["[mine]", "[*]", "[a/b]", "MODEL=m.gguf", "model = m.gguf", "version = 1", "NAME=", "jinja = true"]
    )
    | st.sampled_from(["EXTRA_ARGS=--temp 1e999", "EXTRA_ARGS=-np 99999999999999999999", "=", "  x", "\0", "[", "c=2"])
    | st.sampled_from(['[mine]\nbackend = "vllm"', "flags.x = [1, [2]]", "extra_body = {a = nan}", "mtp = {}", "'"])
    | st.text(max_size=12)
)
MANIFESTS = st.fixed_dictionaries(
    {"format": st.just(3), "identity": VALUES, "segments": st.lists(VALUES, min_size=1, max_size=2)},
    optional={"samples": VALUES, "profile": VALUES},
)
PACKAGED = frozenset(profile_names())


def _of(path: Path) -> None:
    for name in profile_names(extra=path):
        if name not in PACKAGED:
            load_profile(name, extra=path)


def _is_read_or_refused(read: Callable[[], Any]) -> None:
    with contextlib.suppress(UsageError):
        read()


def _fuzz(folder: Path, monkeypatch: pytest.MonkeyPatch, examples: int) -> None:
    run = folder / "run"
    run.mkdir()
    monkeypatch.setenv(VARIABLE, str(folder / "machine.toml"))
    quiet = settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))

    @quiet
    @given(st.lists(LINES, max_size=9))
    def of_lines(lines: list[str]) -> None:
        data = "\n".join(lines).encode("utf-8", "surrogatepass")
        for name in ("own.toml", "own.conf"):
            (folder / name).write_bytes(data)
            _is_read_or_refused(lambda name=name: _of(folder / name))  # type: ignore[misc]
        (folder / "machine.toml").write_bytes(data)
        _is_read_or_refused(load_machine)

    @quiet
    @given(st.lists(VALUES, max_size=3), st.binary(max_size=30) | st.none(), VALUES | MANIFESTS)
    def of_json(rows: list[Any], raw: bytes | None, document: Any) -> None:
        rows_data = raw if raw is not None else "\n".join(map(json.dumps, rows)).encode()
        data = raw if raw is not None else json.dumps(document).encode()
        (folder / "rows.jsonl").write_bytes(rows_data)
        (folder / "file.json").write_bytes(data)
        for name in ("run.json", "scores.json", "throughput.json", "prompts.json"):
            (run / name).write_bytes(data)
        (run / "verdicts.jsonl").write_bytes(rows_data)
        _is_read_or_refused(lambda: read_replies(folder / "rows.jsonl", ["HumanEval/0"]))
        _is_read_or_refused(
            lambda: file_workload(Profile(name="p", model="m"), folder / "rows.jsonl", WorkloadShape(requests=1))
        )
        _is_read_or_refused(lambda: load_references(folder / "file.json"))
        _is_read_or_refused(lambda: read_manifest(run))
        _is_read_or_refused(lambda: read_stored_run(run))
        _is_read_or_refused(lambda: read_throughput(run / "throughput.json"))
        _is_read_or_refused(lambda: read_run(run))

    of_lines()
    of_json()


def test_any_file_is_read_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fuzz(tmp_path, monkeypatch, 20)


@pytest.mark.slow
def test_2000_files_of_each_kind_are_read_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fuzz(tmp_path, monkeypatch, 2000)
