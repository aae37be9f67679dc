"""Multiple choice is asked in one message."""

from __future__ import annotations

from servecheck.problems.choice import ChoiceProblem
from servecheck.protocols.multiple_choice import MultipleChoice


def test_the_question_stands_above_its_lettered_answers():
    problem = ChoiceProblem("capital/1", "What is the capital of Switzerland?", ("Bern", "Basel"), "A")

    (message,) = MultipleChoice().messages(problem)

    assert message["role"] == "user"
    assert message["content"].startswith("What is the capital of Switzerland?\n\nA) Bern\nB) Basel\n\n")
