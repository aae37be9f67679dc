"""A set of multiple choice is a file of JSON Lines, checked line by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems.choice import CategoryProblem, ChoiceFile, ChoiceProblem, category_id, category_of

BERN = {"task_id": "capital/1", "question": "Of Switzerland?", "choices": ["Bern", "Basel"], "answer": "A"}


def written(folder: Path, *lines: object) -> ChoiceFile:
    path = folder / "capitals.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return ChoiceFile(path, "capitals")


def test_its_problems_are_in_the_files_order(tmp_path):
    found = written(tmp_path, BERN, "", {**BERN, "task_id": "capital/0"})

    assert found.task_ids == ("capital/1", "capital/0")
    assert found["capital/1"] == ChoiceProblem("capital/1", "Of Switzerland?", ("Bern", "Basel"), "A")
    assert found["capital/1"].letters == "AB"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2: the line: Invalid JSON"),
        ({**BERN, "task_id": "x", "answer": "C"}, "line 2: the answer is 'C', and has to be one of AB"),
        ({**BERN, "task_id": "x", "answer": "AB"}, "the answer is 'AB'"),
        ({**BERN, "task_id": "x", "choices": ["Bern"]}, "line 2: choices: List should have at least 2 items"),
        ({**BERN, "task_id": "x", "hint": ""}, "line 2: hint: Extra inputs"),
        (BERN, "line 2: 'capital/1' is there twice"),
    ],
    ids=["no JSON", "no such letter", "two letters", "one choice", "unknown field", "twice"],
)
def test_a_line_that_is_no_problem_is_named(tmp_path, line, told):
    with pytest.raises(ProblemSetError, match=r"capitals\.jsonl") as raised:
        _ = written(tmp_path, BERN, line).task_ids

    assert told in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ProblemSetError, match="the problem set capitals"):
        _ = ChoiceFile(tmp_path / "none.jsonl", "capitals").sha256


def test_a_line_with_a_category_is_a_problem_of_one(tmp_path):
    problem = written(tmp_path, {**BERN, "task_id": "S/big_cities/0", "category": "Big"})["S/big_cities/0"]

    assert isinstance(problem, CategoryProblem)
    assert (problem.category, category_of(problem.task_id)) == ("Big", "big cities")
    assert (problem.right_reply, problem.wrong_reply) == ("Answer: A", "Answer: B")
    assert problem.task_id == category_id("S", "Big cities", 0)
