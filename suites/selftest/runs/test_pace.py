"""How fast a profile was is read from runs that asked the same, and from no other."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from servecheck.rundir.manifest import FORMAT
from servecheck.runs.pace import Pace, Wanted, earlier_paces, run_dirs_below

IDENTITY = {"model": "m", "sampling.max_tokens": 768, "replies": "asked", "harness": "native"}
WANTED = Wanted.of(IDENTITY, 16)


def _row(number: int, seconds: float, tokens: int | None = 100) -> dict[str, Any]:
    return {"suite": "s", "task_id": f"t/{number}", "sample": 0, "seconds": seconds, "tokens": tokens}


def _run(folder: Path, rows: list[dict[str, Any]], *, concurrency: int = 16, **identity: Any) -> Path:
    folder.mkdir(parents=True)
    manifest = {
        "format": FORMAT,
        "identity": {**IDENTITY, **identity},
        "profile": {"concurrency": concurrency},
        "segments": [
            {"began_at": "2026-01-01T00:00:00.000+00:00", "server": {"start_s": 48.5}},
            {"began_at": "2026-01-02T00:00:00.000+00:00", "server": {"base_url": ""}},
        ],
    }
    (folder / "run.json").write_text(json.dumps(manifest))
    (folder / "verdicts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_on_the_number_of_samples_no_pace_depends(tmp_path):
    folder = _run(tmp_path / "a", [_row(0, 2.0)], samples=8)

    assert earlier_paces([Wanted.of({**IDENTITY, "samples": 1}, 16)], [folder]) != [None]


def test_the_mean_time_and_tokens_of_a_reply_are_those_of_the_verdicts(tmp_path):
    folder = _run(tmp_path / "a", [_row(0, 2.0, 50), _row(1, 4.0, 100)])

    assert earlier_paces([WANTED], [folder]) == [Pace(3.0, 75.0, 48.5, "2026-01-02")]


def test_a_reply_that_two_suites_judged_counts_once(tmp_path):
    folder = _run(tmp_path / "a", [_row(0, 2.0), {**_row(0, 2.0), "suite": "other"}, _row(1, 4.0)])

    (found,) = earlier_paces([WANTED], [folder])

    assert found is not None
    assert found.seconds == 3.0


def test_tokens_that_a_server_did_not_count_are_not_known(tmp_path):
    (found,) = earlier_paces([WANTED], [_run(tmp_path / "a", [_row(0, 2.0, None)])])

    assert found is not None
    assert found.tokens is None


@pytest.mark.parametrize(
    "other",
    [{"concurrency": 4}, {"model": "another"}, {"sampling.max_tokens": 4096}],
    ids=["concurrency", "model", "sampling"],
)
def test_a_run_that_asked_otherwise_says_nothing(tmp_path, other):
    assert earlier_paces([WANTED], [_run(tmp_path / "a", [_row(0, 2.0)], **other)]) == [None]


@pytest.mark.parametrize("name", ["run.json", "verdicts.jsonl"])
@pytest.mark.parametrize("text", [b"{", b"[1]", b"\xff\n", b'{"suite": "s"}\n', b""])
def test_a_damaged_run_says_nothing(tmp_path, name, text):
    folder = _run(tmp_path / "a", [_row(0, 2.0)])
    (folder / name).write_bytes(text)

    assert earlier_paces([WANTED], [folder, tmp_path / "nowhere"]) == [None]


def test_the_first_run_that_measured_it_counts(tmp_path):
    broken_off = _run(tmp_path / "a", [])
    other = _run(tmp_path / "b", [_row(0, 9.0)], concurrency=4)
    folders = [broken_off, other, _run(tmp_path / "c", [_row(0, 2.0)]), _run(tmp_path / "d", [_row(0, 5.0)])]

    found = earlier_paces([WANTED, Wanted.of(IDENTITY, 4), Wanted.of(IDENTITY, 1)], folders)

    assert [pace and pace.seconds for pace in found] == [2.0, 9.0, None]


def test_the_runs_below_a_folder_come_with_the_last_used_first(tmp_path):
    folders = [_run(tmp_path / name, []) for name in ("new", "several/old", "several/new")]
    for age, folder in zip((1, 3, 2), folders, strict=True):
        os.utime(folder / "run.json", (1000 - age, 1000 - age))

    assert run_dirs_below(tmp_path) == [folders[0], folders[2], folders[1]]
    assert run_dirs_below(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("requests", "concurrency", "seconds"), [(0, 16, 0.0), (1, 16, 3.0), (16, 16, 3.0), (160, 16, 30.0), (10, 1, 30.0)]
)
def test_requests_in_flight_share_the_time(requests, concurrency, seconds):
    assert Pace(3.0, None).seconds_of(requests, concurrency) == seconds
