"""What may decide is a whole and valid run, and nothing that only looks like one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.rundir.complete_run import CompleteRun, read_complete_run, read_header

from suites.selftest.report.runs_on_disk import outcomes, sampled, written_run


def read(folder: Path, suite: str = "humaneval") -> CompleteRun:
    return read_complete_run(folder, read_header(folder, "it"), [suite], "it")


def damaged(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> Path:
    path = folder / name
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))
    return folder


def test_a_whole_run_has_what_it_solved_its_name_and_margin(tmp_path):
    found = read(written_run(tmp_path, outcomes(3, 1)))

    assert found.samples == {"humaneval": {"T/0": (1, 1), "T/1": (1, 0), "T/2": (1, 1)}}
    assert (found.name, found.margins) == ("glm47-fp8 of 2026-11-20", {"humaneval": 5.0})


def test_samples_are_counted_problem_by_problem_and_may_be_of_unlike_numbers(tmp_path):
    found = read(written_run(tmp_path, {**sampled(4, 3, T1=1), "T/3": [False, True]}))

    assert found.samples == {"humaneval": {"T/0": (4, 4), "T/1": (4, 1), "T/2": (4, 4), "T/3": (2, 1)}}


def test_a_sample_without_a_verdict_is_missed_though_its_problem_has_others(tmp_path):
    half = {**sampled(4), "T/7": [True, True]}

    with pytest.raises(UsageError, match=r"no verdict of 2 of 160 samples \(T/7, sample 2, is the first\): finish it"):
        read(written_run(tmp_path, half, asked=sampled(4)))


def test_a_run_that_was_to_get_more_samples_and_was_not_scored_since_is_no_whole_one(tmp_path):
    # as it was of one sample, all unsolved; as many are solved of the samples that came since: none
    written_run(tmp_path, outcomes(3, 0, 1, 2))
    damaged(tmp_path, "run.json", lambda facts: facts["samples"].update({f"T/{n}": [0, 1] for n in range(3)}))
    with (tmp_path / "verdicts.jsonl").open("a") as file:
        for task_id in outcomes(3):
            file.write(json.dumps({"suite": "humaneval", "task_id": task_id, "sample": 1, "solved": False}) + "\n")

    with pytest.raises(UsageError, match="counts 0 of 3 solved, and its verdicts 0 of 6"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("keys", "margin"), [({"margin": 7.0}, 7.0), ({"delta": 7.0}, 7.0), ({"margin": None}, 3.0), ({}, 3.0)]
)
def test_the_margin_is_the_profiles_under_either_name_else_that_of_its_gates(tmp_path, keys, margin):
    folder = written_run(tmp_path, outcomes(3, 1), margin=3)
    facts = json.loads((folder / "run.json").read_text())
    del facts["profile"]["margin"]
    facts["profile"].update(keys)
    (folder / "run.json").write_text(json.dumps(facts))

    assert (read(folder).margins, read(folder).assumed) == ({"humaneval": margin}, frozenset())


@pytest.mark.parametrize(("n", "margin"), [(3, 5.0), (1000, 4.0)])
def test_the_margin_is_what_the_problems_can_make_use_of_where_a_run_of_an_earlier_version_says_none(
    tmp_path, n, margin
):
    folder = damaged(written_run(tmp_path, outcomes(n, 1)), "scores.json", lambda facts: facts.pop("margin"))

    assert (read(folder).margins, read(folder).assumed) == ({"humaneval": margin}, {"humaneval"})


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("run.json", lambda facts: facts["identity"].update(problems_sha256="ab" * 32), "two sets of problems"),
        ("run.json", lambda facts: facts["problems"].update(total=41), "replies to 40 of 41 problems"),
        ("run.json", lambda facts: facts["problems"].update(total="40"), "replies to 40 of '40' problems"),
        ("run.json", lambda facts: facts["samples"].update({"T/0": []}), "replies to 39 of 40"),
        ("run.json", lambda facts: facts["samples"].update({"T/0": [0, 1]}), "no verdict of 1 of 41 samples"),
        ("run.json", lambda facts: facts["samples"].update({"T/0": [0, 0]}), "counts a sample twice"),
        ("run.json", lambda facts: facts["samples"].update({"T/0": [0, False]}), "counts a sample twice"),
        ("run.json", lambda facts: facts["samples"].update({"T/0": [[0]]}), "is damaged"),
        ("run.json", lambda facts: facts["samples"].update({"T/0": "0"}), "no verdict of 1 of 40 problems"),
        ("run.json", lambda facts: facts["profile"].update(margin="wide"), "is damaged"),
        ("scores.json", lambda facts: facts["gates"]["published"].update(verdict="GREAT"), "scores.json is damaged"),
        ("scores.json", lambda facts: facts["gates"].clear(), "says nothing of its gates"),
        ("scores.json", lambda facts: facts["scores"]["pass@1"].update(solved=39), "broken off while it was graded"),
        ("scores.json", lambda facts: facts["scores"]["pass@1"].update(samples=41), "broken off while it was graded"),
        ("scores.json", lambda facts: facts["scores"].clear(), "broken off while it was graded"),
        ("scores.json", lambda facts: facts.update(chosen=0), "some chosen problems alone"),
        ("scores.json", lambda facts: facts.update(margin="wide"), "scores.json is damaged"),
    ],
)
def test_a_run_that_does_not_agree_with_itself_is_refused(tmp_path, name, change, words):
    folder = damaged(written_run(tmp_path), name, change)

    with pytest.raises(UsageError, match=re.escape(words)):
        read(folder)


@pytest.mark.parametrize("name", ["run.json", "verdicts.jsonl", "scores.json"])
def test_what_is_nested_without_end_is_damage(tmp_path, name):
    (written_run(tmp_path) / name).write_text("[" * 100_000 + "\n")

    with pytest.raises(UsageError):
        read(tmp_path)


def test_a_verdict_on_what_was_not_planned_counts_for_nothing(tmp_path):
    written_run(tmp_path, outcomes(3, 1))
    with (tmp_path / "verdicts.jsonl").open("a") as file:
        for task_id, sample in (("T/1", 1), ("T/9", 0)):
            row = {"suite": "humaneval", "task_id": task_id, "sample": sample, "solved": True}
            file.write(json.dumps(row) + "\n")

    assert read(tmp_path).samples["humaneval"] == {"T/0": (1, 1), "T/1": (1, 0), "T/2": (1, 1)}


def test_a_suites_name_leads_to_no_file_elsewhere(tmp_path):
    (tmp_path / "x").mkdir()
    folder = written_run(tmp_path / "run", suite="humaneval")
    rows = [{"suite": "../x/a", "task_id": task_id, "sample": 0, "solved": True} for task_id in outcomes()]
    (folder / "verdicts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    with pytest.raises(UsageError, match="no suite's name"):
        read(folder, "../x/a")
