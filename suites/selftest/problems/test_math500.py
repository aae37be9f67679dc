"""MATH-500 is OpenAI's file or an error that says what to do."""

from __future__ import annotations

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems.math500 import MATH500, Math500


@pytest.mark.skipif(not MATH500.is_here, reason="MATH500_OVERRIDE_PATH names no copy, and none was fetched")
def test_it_has_500_problems_by_maths_own_paths():
    problems = Math500()

    assert len(problems.task_ids) == 500
    assert problems.task_ids[0] == "test/precalculus/807"
    assert problems["test/precalculus/807"].answer == r"\left( 3, \frac{\pi}{2} \right)"


def test_another_file_is_refused(tmp_path, monkeypatch):
    copy = tmp_path / "test.jsonl"
    copy.write_text('{"problem": "1 + 1?", "answer": "2", "unique_id": "test/algebra/1.json"}\n')
    monkeypatch.setenv("MATH500_OVERRIDE_PATH", str(copy))

    with pytest.raises(
        ProblemSetError, match=r"is not MATH-500 as it lies at .* expected 35dc4108.*point MATH500_OVERRIDE_PATH at"
    ):
        _ = Math500().task_ids
