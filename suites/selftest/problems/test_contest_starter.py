"""The project's own contest problems: of both forms, each with a statement that shows its first test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from servecheck.errors import ProblemSetError
from servecheck.evaluation.problem import Answered, ReadablyWrong
from servecheck.extraction.last_fences import program_between_last_fences
from servecheck.problems.contest_starter import ContestStarter

STARTER = ContestStarter()
PROBLEMS = [STARTER[task_id] for task_id in STARTER.task_ids]


def test_half_of_over_thirty_read_standard_input() -> None:
    assert len(PROBLEMS) == 32
    assert sum(not problem.function for problem in PROBLEMS) == 16
    assert len({problem.statement for problem in PROBLEMS}) == 32


def test_each_has_a_solution_and_a_wrong_one_that_its_replies_say() -> None:
    for problem in PROBLEMS:
        assert isinstance(problem, Answered)
        assert isinstance(problem, ReadablyWrong)
        assert program_between_last_fences(problem.right_reply).code == problem.solution.strip()
        assert program_between_last_fences(problem.wrong_reply).code == problem.wrong_solution.strip()
        assert problem.solution != problem.wrong_solution


def test_each_has_several_tests_and_shows_the_first() -> None:
    for problem in PROBLEMS:
        first, *others = problem.read_tests()
        assert len(others) >= 2
        assert first.output.strip() in problem.statement


def test_starter_code_has_the_function_that_is_called() -> None:
    for problem in PROBLEMS:
        assert (f"def {problem.function}(self" in problem.starter_code) is bool(problem.function)
        assert bool(problem.starter_code) is bool(problem.function)
        ast.parse(f"{problem.starter_code}pass" if problem.function else problem.solution)


def test_a_file_that_is_no_such_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x").write_text('{"task_id": "Contest/1"}\n')

    with pytest.raises(ProblemSetError, match="contest-starter: Field required"):
        _ = ContestStarter(tmp_path / "x").task_ids
    with pytest.raises(ProblemSetError, match="cannot be read"):
        _ = ContestStarter(tmp_path / "y").task_ids
