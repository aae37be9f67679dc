"""Wrong, truncated, empty and unread are four things, which no score tells apart."""

from __future__ import annotations

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.transcript import Reply, Timings, Transcript, Usage
from servecheck.evaluation.verdict import Verdict
from servecheck.grading.integer import Integer
from servecheck.problems.answers import AnswerProblem
from servecheck.profiles.schema import Profile

PROBLEM = AnswerProblem("sum/1", "What is 40 + 2?", "42")
BENCH = Bench(Profile(name="p", model="m"), "0" * 64)


def graded(content: str, finish_reason: str = "stop", reasoning: str | None = None, tokens: int = 9) -> Verdict:
    reply = Reply(content, reasoning, finish_reason, "m", Usage(9, tokens), Timings(1.0, None, 0.5), "00")
    return Integer().grade(PROBLEM, Transcript.of(reply), BENCH)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ((r"It is \boxed{42}.",), "solved"),
        ((r"It is \boxed{41}.",), "wrong"),
        (("It is 42.",), "unread"),
        ((r"It is \boxed{many}.",), "unread"),
        ((r"It is \boxed{ }.",), "unread"),
        ((r"It may be \boxed{41}, but I have to", "length"), "truncated"),
        (("I begin with 40 and", "length"), "truncated"),
        (("", "length", "I begin with 40 and"), "truncated"),
        (("",), "empty"),
        (("", "stop", r"It is \boxed{42}."), "empty"),
    ],
)
def test_each_is_called_by_its_name(reply, kind):
    assert graded(*reply).kind == kind


def test_a_right_answer_before_the_cut_counts_as_published_scores_count_it():
    verdict = graded(r"It is \boxed{42}. To be sure, I go on and", "length")

    assert (verdict.solved, verdict.faults) == (True, ("truncated",))


def test_the_box_is_what_was_graded_and_the_reason_says_what_was_wrong_with_it():
    wrong, unread = graded(r"\boxed{41}"), graded("It is 42.")

    assert (wrong.answer, wrong.reason) == ("41", "wrong answer: 41, expected 42")
    assert (unread.answer, unread.reason) == ("", r"no answer: no \boxed{}")


def test_a_box_in_the_models_thinking_is_no_answer():
    assert graded(r"<think>\boxed{42}</think>Done.").kind == "unread"


def test_an_answer_that_a_parser_took_for_reasoning_is_told_with_what_to_do():
    assert "check the server's reasoning parser" in graded("", "stop", r"\boxed{42}").reason
