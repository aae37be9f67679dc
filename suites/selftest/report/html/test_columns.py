"""Every run of a report has a name of its own."""

from __future__ import annotations

from pathlib import Path

from servecheck.report.html.columns import columns_of
from servecheck.rundir.stored_run import StoredRun


def run(profile: str, folder: str) -> StoredRun:
    return StoredRun(Path(folder), profile, {}, {}, None, ())


def labels(*runs: StoredRun) -> list[str]:
    return [column.label for column in columns_of(runs)]


def test_a_profile_is_a_name():
    assert labels(run("a", "x/1"), run("b", "x/2")) == ["a", "b"]


def test_runs_of_one_profile_have_their_folder_with_it():
    assert labels(run("a", "x/1"), run("a", "x/2"), run("b", "x/3")) == ["a (1)", "a (2)", "b"]


def test_where_folders_have_one_name_too_the_place_tells():
    assert labels(run("a", "x/1"), run("a", "y/1")) == ["a (1) #1", "a (1) #2"]


def test_long_names_are_cut_and_still_differ():
    assert labels(run("n" * 99 + "1", "x/1"), run("n" * 99 + "2", "x/2")) == [
        "n" * 59 + "… (1)",
        "n" * 59 + "… (2)",
    ]
