"""A prompt is solved where each instruction is followed; what is cut off or empty is told apart from what is not."""

from __future__ import annotations

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.transcript import Reply, Timings, Transcript, Usage
from servecheck.evaluation.verdict import Verdict
from servecheck.grading.instructions.ifeval_grader import IfevalGrader
from servecheck.problems.ifeval import IfevalStarter
from servecheck.problems.instruction_kinds import EndPhrase, LetterFrequency, NoComma
from servecheck.problems.instructions import InstructionProblem
from servecheck.profiles.schema import Profile, Sampling
from servecheck.selfcheck.embedded.canonical_replies import NO_ANSWER

PROBLEM = InstructionProblem(
    "IFEval/1", "Say.", (("punctuation:no_comma", NoComma()), ("startend:end_checker", EndPhrase("The end.")))
)
BENCH = Bench(Profile(name="p", model="m", sampling=Sampling(max_tokens=50)), "0" * 64)


def graded(
    content: str, finish: str = "stop", reasoning: str | None = None, problem: InstructionProblem = PROBLEM
) -> Verdict:
    reply = Reply(content, reasoning, finish, "m", Usage(9, 9), Timings(1.0, None, 0.5), "00")
    return IfevalGrader().grade(problem, Transcript.of(reply), BENCH)


def test_every_instruction_followed_is_solved():
    verdict = graded("So it was. The end.")

    assert (verdict.score, verdict.kind, verdict.reason) == (1.0, "solved", "")
    assert {name: part.kind for name, part in verdict.parts.items()} == {
        "loose": "solved", "punctuation:no_comma": "solved", "startend:end_checker": "solved",
    }  # fmt: skip


def test_what_is_not_followed_is_named_and_what_is_loosely_too():
    verdict = graded("Well, it was.\nSo, it was. The end.\nBye")

    assert (verdict.score, verdict.kind) == (0.0, "not_followed")
    assert verdict.reason == "2 of 2 not followed: punctuation:no_comma, startend:end_checker (loosely it is)"
    assert [part.kind for part in verdict.parts.values()] == ["not_followed", "not_followed", "only_loosely"]


@pytest.mark.parametrize(
    ("content", "finish", "reasoning", "kind"),
    [
        ("", "stop", None, "empty"),
        (" \n", "stop", "I think.", "empty"),
        ("", "length", "I think.", "truncated"),
        ("So it", "length", None, "truncated"),
        ("So it", "abort", None, "truncated"),
        ("So it", "content_filter", None, "truncated"),
        ("So it", "stop", None, "not_followed"),
        ("<think>The end.</think>", "stop", None, "empty"),
    ],
)
def test_what_is_cut_off_or_says_nothing_is_not_called_not_followed(content, finish, reasoning, kind):
    assert graded(content, finish, reasoning).kind == kind


def test_a_reply_that_was_cut_off_and_follows_is_solved():
    assert graded("So it was. The end.", "length").solved


def test_a_reply_that_repeats_itself_is_graded_as_published_scores_count_it():
    verdict = graded("The end. " * 300, "length")

    assert "repetition_loop" in verdict.faults
    assert (verdict.solved, verdict.spoilt) == (True, False)


def test_thinking_in_the_text_makes_it_unsolved_whatever_the_answer():
    verdict = graded("<think>I think, so.</think>So it was. The end.")

    assert (verdict.solved, verdict.spoilt, verdict.kind) == (False, True, "think_leak")
    assert verdict.parts["loose"].kind == "solved"


def test_thinking_of_its_own_is_not_graded():
    assert graded("So it was. The end.", reasoning="Well, well, well.").solved


def test_a_kind_that_comes_twice_is_two_parts_and_a_mark_has_one_more():
    at_least, less = (LetterFrequency("!", 2, relation) for relation in ("at least", "less than"))
    kind = "keywords:letter_frequency"

    verdict = graded("yyww!!", problem=InstructionProblem("IFEval/1", "Say.", ((kind, at_least), (kind, less))))

    assert list(verdict.parts) == ["loose", kind, f"{kind}, as meant", f"{kind} 2", f"{kind} 2, as meant"]


def test_the_starters_replies_solve_its_problems_and_no_others_do():
    starter = IfevalStarter()
    problems = [starter[task_id] for task_id in starter.task_ids]
    said = {NO_ANSWER, "", "I can help with that."}

    assert [one.task_id for one in problems if not graded(one.right_reply, problem=one).solved] == []
    assert [one.task_id for one in problems for text in said if graded(text, problem=one).solved] == []


def test_a_third_of_a_starters_reply_seldom_solves_its_problem():
    starter = IfevalStarter()
    problems = [starter[task_id] for task_id in starter.task_ids]

    cut = [graded(one.right_reply[: len(one.right_reply) // 3], "length", problem=one) for one in problems]

    assert {verdict.kind for verdict in cut if not verdict.solved} == {"truncated"}
    assert sum(verdict.solved for verdict in cut) < len(problems) // 4


def test_the_first_metric_counts_what_is_solved():
    assert [metric.name for metric in IfevalGrader.metrics] == ["prompt-strict", "prompt-loose"]
    assert IfevalGrader.metrics[0].counts(graded("So it was. The end."))
    assert IfevalGrader.metrics[1].counts(graded("So it was. The end.\nBye"))
