"""A part of a run is graded again by the grader of the whole alone; all of it, by any."""

from __future__ import annotations

import json

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.conditions import grader_identity
from servecheck.rundir.graded_before import require_same_grader

from suites.selftest.records import Yes, suite_named
from suites.selftest.report.runs_on_disk import written_run

MENTION = suite_named("mention")
BEFORE, NOW = grader_identity(Yes()), "mention 00bb"


def test_by_the_same_grader(tmp_path):
    require_same_grader(written_run(tmp_path, suite="mention"), MENTION, BEFORE)


def test_by_another_one_it_is_refused_with_both_named(tmp_path):
    words = f"as a whole by {BEFORE}, and .* a part of it by mention 00bb, so .* grade all of"

    with pytest.raises(UsageError, match=words):
        require_same_grader(written_run(tmp_path, suite="mention"), MENTION, NOW)


def test_a_whole_of_which_nobody_knows_who_graded_it_is_refused_too(tmp_path):
    path = written_run(tmp_path, suite="mention") / "mention-scores.json"
    facts = json.loads(path.read_text())
    del facts["grader"]
    path.write_text(json.dumps(facts))

    with pytest.raises(UsageError, match="was graded as a whole by a grader that it does not name"):
        require_same_grader(tmp_path, MENTION, BEFORE)


def test_there_is_no_whole(tmp_path):
    require_same_grader(tmp_path / "new", MENTION, NOW)
    require_same_grader(written_run(tmp_path / "chosen", suite="mention", chosen=True), MENTION, NOW)
    require_same_grader(written_run(tmp_path / "broken off", suite="mention", is_scored=False), MENTION, NOW)
    folder = written_run(tmp_path / "damaged", suite="mention")
    (folder / "mention-scores.json").write_text("{")
    require_same_grader(folder, MENTION, NOW)
