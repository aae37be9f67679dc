"""The judge sees what GLM's harness shows it, and its answer is a letter or none."""

from __future__ import annotations

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.transcript import Reply, Timings, Transcript, Usage
from servecheck.grading.glm_judge import judged_letter, shown_to_judge
from servecheck.grading.published_choice import JUDGED, GlmChoiceGrader
from servecheck.problems.choice import ChoiceProblem
from servecheck.profiles.schema import Profile
from servecheck.servers.judge import Judge

PROBLEM = ChoiceProblem("q/1", "Which is it?", ("one", "two", "three", "four"), "B")


class Saying(Judge):
    """A judge that says one thing, and keeps what it is asked."""

    def __init__(self, said: str) -> None:
        super().__init__("http://127.0.0.1:9/v1", "judge")
        object.__setattr__(self, "asked", [])
        object.__setattr__(self, "said", said)

    def says(self, question: str) -> str:
        self.asked.append(question)
        return self.said


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("Answer: B", "Answer: B"),
        ("1\n2\n\n3\n4\n5\n6\n", "2\n3\n4\n5\n6"),
        ("\\boxed{A}\n\\boxed{ B }", "B"),
        ("\\boxed{A}\n\\box{C}", "C"),
        ("\\boxed{A}\n2\n3\n4\n5\n6", "2\n3\n4\n5\n6"),
        ("\\boxed{\\text{B}}", "\\text{B}"),
        ("x" * 2000, "x" * 1024),
        ("", ""),
    ],
)
def test_it_is_shown_the_end_of_a_reply_or_the_box_in_it(reply, shown):
    assert shown_to_judge(reply) == shown


@pytest.mark.parametrize(
    ("said", "letter"),
    [("<CHOICE>: C", "C"), ("C", "C"), ("C) three", "C"), ("c", ""), ("No Answer", ""), ("Both", "B"), ("", "")],
)
def test_its_answers_first_character_counts_where_it_is_a_letter(said, letter):
    assert judged_letter("It is so.", "Which?", Saying(said)) == letter


@pytest.mark.parametrize(("said", "told"), [("B", "pass"), ("C", "wrong"), ("None", "unread")])
def test_its_verdict_stands_beside_the_rules_own_and_decides_nothing(said, told):
    judge = Saying(said)
    reply = Reply("I cannot tell.", None, "stop", "m", Usage(9, 9), Timings(1.0, None, 0.5), "00")

    verdict = GlmChoiceGrader().grade(
        PROBLEM, Transcript.of(reply), Bench(Profile(name="p", model="m"), "0" * 64, judge=judge)
    )

    assert (verdict.solved, verdict.kind) == (False, "unread")
    assert (verdict.beside.rules, verdict.beside.parts) == (JUDGED, {"accuracy as judge reads it": told})
    assert "Which is it?\n\nA) one\nB) two\nC) three\nD) four" in judge.asked[0]


@pytest.mark.parametrize("reply", ["", " \n"])
def test_of_a_reply_that_says_nothing_no_judge_is_asked(reply):
    judge = Saying("<CHOICE>: B")

    assert judged_letter(reply, "Which?", judge) == ""
    assert judge.asked == []


def test_where_no_judge_is_named_none_is_asked():
    reply = Reply("Answer: B", None, "stop", "m", Usage(9, 9), Timings(1.0, None, 0.5), "00")

    verdict = GlmChoiceGrader().grade(PROBLEM, Transcript.of(reply), Bench(Profile(name="p", model="m"), "0" * 64))

    assert verdict.beside is None
