"""A part of a run is graded again by the grader of the whole alone; all of it, by any."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.conditions import grader_identity
from servecheck.rundir.graded_before import require_same_grader

from suites.selftest.records import Yes, suite_named
from suites.selftest.report.runs_on_disk import written_run


class EvenMore(Yes):
    """Of the same name."""


OTHER = replace(suite_named("mention"), grader=EvenMore())


def test_by_the_same_grader(tmp_path):
    require_same_grader(written_run(tmp_path, suite="mention"), suite_named("mention"))


def test_by_another_one_it_is_refused_with_both_named(tmp_path):
    before, now = grader_identity(Yes()), grader_identity(EvenMore())

    with pytest.raises(UsageError, match=f"as a whole by {before}, and .* a part of it by {now}, so .* grade all of"):
        require_same_grader(written_run(tmp_path, suite="mention"), OTHER)


def test_a_whole_of_which_nobody_knows_who_graded_it_is_refused_too(tmp_path):
    path = written_run(tmp_path, suite="mention") / "mention-scores.json"
    facts = json.loads(path.read_text())
    del facts["grader"]
    path.write_text(json.dumps(facts))

    with pytest.raises(UsageError, match="was graded as a whole by a grader that it does not name"):
        require_same_grader(tmp_path, suite_named("mention"))


def test_there_is_no_whole(tmp_path):
    require_same_grader(tmp_path / "new", OTHER)
    require_same_grader(written_run(tmp_path / "chosen", suite="mention", chosen=True), OTHER)
    require_same_grader(written_run(tmp_path / "broken off", suite="mention", is_scored=False), OTHER)
    folder = written_run(tmp_path / "damaged", suite="mention")
    (folder / "mention-scores.json").write_text("{")
    require_same_grader(folder, OTHER)
