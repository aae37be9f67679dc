"""A set of problems with one answer each is a file of JSON Lines, checked line by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from servecheck.errors import ProblemSetError
from servecheck.evaluation.problem import ReadablyWrong
from servecheck.extraction.boxed import last_boxed
from servecheck.grading.integer import integer_in
from servecheck.problems.answer_starters import expression_starter, integer_starter
from servecheck.problems.answers import AnswerFile, AnswerProblem

SUM = {"task_id": "sum/1", "question": "What is 40 + 2?", "answer": "42"}


def written(folder: Path, *lines: object) -> AnswerFile:
    path = folder / "sums.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return AnswerFile(path, "sums")


def test_its_problems_are_in_the_files_order(tmp_path):
    found = written(tmp_path, SUM, "", {**SUM, "task_id": "sum/0"})

    assert found.task_ids == ("sum/1", "sum/0")
    assert found["sum/1"] == AnswerProblem("sum/1", "What is 40 + 2?", "42")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2: the line: Invalid JSON"),
        ({**SUM, "task_id": "x", "answer": ""}, "line 2: answer: String should have at least 1 character"),
        ({**SUM, "task_id": "x", "answer": 42}, "line 2: answer: Input should be a valid string"),
        ({**SUM, "task_id": "x", "hint": ""}, "line 2: hint: Extra inputs"),
        (SUM, "'sum/1' is there twice"),
    ],
    ids=["no JSON", "no answer", "a number", "unknown column", "twice"],
)
def test_a_line_that_is_no_problem_is_named(tmp_path, line, told):
    with pytest.raises(ProblemSetError) as raised:
        _ = written(tmp_path, SUM, line).task_ids

    assert told in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ProblemSetError, match="the problem set sums cannot be read"):
        _ = AnswerFile(tmp_path / "none.jsonl", "sums").sha256


@pytest.mark.parametrize("problems", [integer_starter(), expression_starter()], ids=["integers", "expressions"])
def test_the_projects_own_know_what_solves_them_and_what_does_not(problems):
    found = [problems[task_id] for task_id in problems.task_ids]

    assert len(found) == 32
    assert len({problem.question for problem in found}) == 32
    for problem in found:
        assert isinstance(problem, ReadablyWrong)
        assert last_boxed(problem.right_reply) == problem.answer
        assert last_boxed(problem.wrong_reply) not in {None, problem.answer}
        assert last_boxed(problem.right_reply[: 2 * len(problem.right_reply) // 3]) is None  # as a cut leaves it


def test_the_integers_are_those_that_aime_may_have():
    problems = integer_starter()

    assert all(0 <= integer_in(problems[task_id].answer) <= 999 for task_id in problems.task_ids)
