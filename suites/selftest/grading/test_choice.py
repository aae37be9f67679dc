"""A multiple-choice reply is read for the letter it settles on, and for nothing else."""

from __future__ import annotations

import time

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.transcript import Exchange, Reply, Timings, ToolResult, Transcript, Usage
from servecheck.evaluation.verdict import Verdict
from servecheck.grading.choice import Choice, letter_in
from servecheck.problems.choice import ChoiceProblem
from servecheck.profiles.schema import Profile
from servecheck.sandbox.pool import Sandbox

PROBLEM = ChoiceProblem("capital/1", "What is the capital of Switzerland?", ("Zurich", "Bern", "Basel", "Chur"), "B")


def no_sandbox() -> Sandbox:
    raise AssertionError("a suite of multiple choice runs no program")


BENCH = Bench(Profile(name="p", model="m"), "0" * 64, no_sandbox)


def graded(content: str, finish_reason: str = "stop", **more: object) -> Verdict:
    reply = Reply(content, None, finish_reason, "m", Usage(9, 9), Timings(1.0, None, 0.5), "00", **more)
    return Choice().grade(PROBLEM, Transcript.of(reply), BENCH)


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("Answer: B", "B"),
        ("It is Bern.\n\nAnswer: B", "B"),
        ("**Answer:** B", "B"),
        ("**Answer: B**", "B"),
        ("answer: (b)", "B"),
        ("Answer: $\\boxed{B}$", "B"),
        ("The answer is B.", "B"),
        ("Answer: A\nNo, wait.\nAnswer: B", "B"),
        ("B", "B"),
        (" (B). ", "B"),
        ("**b**", "B"),
        ("Let me see.\n\nC", "C"),
        ("It is Bern:\n\n**(B)**\n", "B"),
        ("These are left:\nA\nC", ""),
        ("B\nI am not sure.", ""),
        ("Answer: Bern", ""),
        ("Answer: 'B'", "B"),
        ("Answer: B\n\nThe answer is a country's seat of government.", "B"),
        ("The answer is a bit unclear, I cannot decide.", ""),
        ("The answer is A country that I do not know.", ""),
        ("Answer: A or B", ""),
        ("Answer: E", ""),
        ("A is wrong, and so are C and D.", ""),
        ("I cannot tell.", ""),
        ("", ""),
    ],
)
def test_the_last_letter_that_is_called_the_answer_counts_or_the_one_that_is_the_last_line(text, letter):
    assert letter_in(text, "ABCD") == letter


def test_the_right_letter_is_solved():
    verdict = graded("Answer: B")

    assert (verdict.solved, verdict.kind, verdict.answer) == (True, "solved", "B")


@pytest.mark.parametrize("mark", ["*", " ", "`*", "answer", "answer ", "answer: ", "answer is ", "boxed"])
def test_a_hostile_reply_takes_no_time(mark):
    text = mark * (100_000 // len(mark))
    began = time.process_time()

    assert [letter_in(one, "ABCD") for one in (text, f"{text}!", f"Answer:{text}!")] == [""] * 3
    assert time.process_time() - began < 5  # cubic time is minutes


def test_another_is_a_wrong_answer_and_none_is_none():
    wrong, none = graded("Answer: C"), graded("I cannot tell.")

    assert (wrong.kind, wrong.reason) == ("wrong_answer", "wrong answer: C, expected B")
    assert (none.kind, none.reason) == ("no_answer", "no answer: the reply settles on none of ABCD")


def test_a_letter_in_the_models_thinking_is_no_answer():
    assert graded("<think>Answer: B</think>").kind == "no_answer"


def test_what_is_wrong_with_the_reply_is_named():
    assert graded("").reason == "no answer: the reply settles on none of ABCD [empty]"
    assert graded("It may be", "length").faults == ("truncated",)


def test_a_model_that_goes_on_calling_tools_has_no_answer_and_no_parser_is_blamed():
    call = {"function": {"name": "look", "arguments": "{}"}}
    last = Reply(
        "", None, "tool_calls", "m", Usage(9, 9), Timings(1.0, None, 0.5), "00", message={"tool_calls": [call]}
    )
    exchanges = (Exchange("a", last), Exchange("b", ToolResult("nothing")))

    verdict = Choice().grade(PROBLEM, Transcript(exchanges, "turn limit"), BENCH)

    assert (verdict.kind, verdict.faults) == ("no_answer", ())


def test_it_needs_nothing_of_the_user_and_counts_accuracy():
    assert (Choice().needs, [metric.name for metric in Choice().metrics]) == (frozenset(), ["accuracy"])
