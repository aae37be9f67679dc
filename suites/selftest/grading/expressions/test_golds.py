"""Every right answer is right by both rules, as it stands and with its spelling changed where that changes nothing."""

from __future__ import annotations

import pytest
from servecheck.grading.expressions.comparer import comparer
from servecheck.problems.answer_starters import expression_starter
from servecheck.problems.math500 import MATH500, Math500

STARTER = expression_starter()


@pytest.mark.parametrize("task_id", STARTER.task_ids)
def test_a_starter_problems_answer_is_right(task_id):
    answer = STARTER[task_id].answer

    assert comparer().same("prm800k", answer, answer) is True
    assert comparer().same("math_verify", answer, answer) is True


@pytest.mark.slow
@pytest.mark.skipif(not MATH500.is_here, reason="MATH500_OVERRIDE_PATH names no copy, and none was fetched")
def test_every_answer_of_math500_is_right():
    problems = Math500()
    answers = [problems[task_id].answer for task_id in problems.task_ids]

    assert len(answers) == 500
    assert [one for one in answers if not comparer().same("prm800k", one, one)] == []
    assert [one for one in answers if not comparer().same("math_verify", one, one)] == []
