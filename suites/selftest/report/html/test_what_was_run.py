"""In what the runs differ stands apart from what they share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from servecheck.report.html.columns import columns_of
from servecheck.report.html.what_was_run import Facts, facts_of, run_facts
from servecheck.rundir.stored_run import StoredRun

from suites.selftest.report.html.stored import Case, write_run
from suites.selftest.report.test_curves import results


def run(name: str, identity: dict[str, Any], **environment: Any) -> StoredRun:
    segments = [{"began_at": "", "environment": {"python": "1"}}, {"environment": environment}]
    return StoredRun(Path(name), name, {"identity": identity, "segments": segments}, {}, None, ())


def facts(*runs: StoredRun) -> Facts:
    (found,) = facts_of(columns_of(runs))
    return found


def test_keys_differ_down_to_the_entries_of_a_table():
    found = facts(
        run("a", {"model": "m", "flags": {"k": 1, "x": 2}}, gpu="H100"),
        run("b", {"model": "m", "flags": {"k": 3, "x": 2}}, gpu="H200"),
    )

    assert found.differing == (("flags.k", ("1", "3")), ("environment.gpu", ("H100", "H200")))
    assert found.same == (("model", "m"), ("flags.x", "2"), ("samples", "1"), ("harness", "native"))


def test_what_one_run_alone_records_differs():
    found = facts(run("a", {"model": "m", "thinking": None}), run("b", {"model": "m"}))

    assert found.differing == (("thinking", ("null", "not recorded")),)


def test_throughput_runs_are_held_against_one_another_alone():
    timed = StoredRun(Path("t"), "t", {}, {}, results(), ())

    found = facts_of(columns_of([timed, run("a", {"model": "m"})]))

    assert [[column.label for column in kind.columns] for kind in found] == [["a"], ["t"]]


@pytest.mark.parametrize(
    "value", [json.loads("[" * 900 + "]" * 900), "x" * 10_000, {"a": {"a": {"a": {"a": {"a": {}}}}}}]
)
def test_no_value_is_too_deep_or_too_long(value: Any):
    (_, told), *_ = facts(run("a", {"key": value})).same

    assert len(told) <= 200


def test_a_run_has_its_beginning_in_utc_and_links_to_its_files(tmp_path: Path):
    from servecheck.rundir.stored_run import read_stored_run

    folder = write_run(tmp_path / "a b", [Case("T/0", True)], began_at="2026-11-27T10:00:00+02:00")

    (found,) = run_facts(columns_of([read_stored_run(folder)]), tmp_path / "report.html")

    assert (found.began_at, found.commands) == ("2026-11-27 08:00 UTC", 1)
    assert found.files == tuple((name, f"./a%20b/{name}") for name in ("run.json", "verdicts.jsonl", "scores.json"))
