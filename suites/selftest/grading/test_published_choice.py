"""One reader decides, the others stand beside it, and what no letter is read from is told apart."""

from __future__ import annotations

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.figure import Figure
from servecheck.evaluation.judging import Judge, JudgeQuestion
from servecheck.evaluation.transcript import Reply, Timings, Transcript, Usage
from servecheck.evaluation.verdict import SOLVED, OtherRules, Verdict
from servecheck.grading.published_choice import (
    JUDGED,
    AaGrader,
    GlmChoiceGrader,
    GlmMmluProGrader,
    PublishedChoiceGrader,
    SimpleEvalsGrader,
    SimpleEvalsMmluGrader,
)
from servecheck.problems.choice import CategoryProblem, ChoiceProblem
from servecheck.profiles.schema import Profile

from suites.selftest.records import record

PROBLEM = ChoiceProblem("q/1", "Which is it?", ("one", "two", "three", "four"), "B")
BENCH = Bench(Profile(name="p", model="m"), "0" * 64)


def graded(
    content: str, grader: PublishedChoiceGrader | None = None, finish: str = "stop", reasoning: str | None = None
) -> Verdict:
    reply = Reply(content, reasoning, finish, "m", Usage(9, 9), Timings(1.0, None, 0.5), "00")
    return (grader or GlmChoiceGrader()).grade(PROBLEM, Transcript.of(reply), BENCH)


def test_the_right_letter_is_solved_and_has_the_rule_that_found_it():
    verdict = graded("So it is.\n\n\\boxed{B}")

    assert (verdict.solved, verdict.kind, verdict.answer, verdict.source) == (True, SOLVED, "B", "answer")


@pytest.mark.parametrize(
    ("content", "finish", "reasoning", "kind"),
    [
        ("Answer: C", "stop", None, "wrong"),
        ("I cannot tell.", "stop", None, "unread"),
        ("Let me first", "length", None, "truncated"),
        ("Answer: C, unless", "length", None, "truncated"),
        ("", "length", "Let me first", "truncated"),
        ("It may be any of them:\nC", "abort", None, "truncated"),
        ("It may be any of them:\nC", "content_filter", None, "truncated"),
        ("", "stop", None, "empty"),
        ("", "stop", "Answer: B", "empty"),
    ],
)
def test_what_is_not_solved_is_told_apart(content, finish, reasoning, kind):
    verdict = graded(content, finish=finish, reasoning=reasoning)

    assert (verdict.solved, verdict.kind) == (False, kind)


def test_a_text_that_was_cut_off_is_read_for_what_it_calls_its_answer_alone():
    assert graded("Answer: B\n\nThis is since", finish="length").solved
    assert graded("It may be any of them:\nB", finish="length").kind == "truncated"


def test_reasons_say_what_was_read_and_what_is_right():
    assert graded("Answer: C").reason == "wrong answer: C, expected B"
    assert graded("I cannot tell.").reason == "no answer: it settles on none of ABCD"


def test_a_letter_in_the_models_thinking_is_no_answer():
    assert graded("<think>Answer: B</think>").kind != SOLVED


@pytest.mark.parametrize(
    ("content", "glm", "simple_evals", "aa"),
    [
        ("Answer: B", True, True, True),
        ("Answer: A. No, wait.\nAnswer: B", True, False, True),
        ("**Answer:** B", True, False, True),
        ("The right one is (B), and not (A).", False, False, False),
        ("Answer: b", True, False, False),
    ],
)
def test_who_reads_decides(content, glm, simple_evals, aa):
    graders = (GlmChoiceGrader(), SimpleEvalsGrader(), AaGrader())

    assert tuple(graded(content, one).solved for one in graders) == (glm, simple_evals, aa)


def test_the_others_verdicts_stand_beside_and_have_metrics():
    grader = GlmChoiceGrader()
    verdict = graded("**Answer:** B", grader)

    assert {name: part.kind for name, part in verdict.parts.items()} == {
        "simple-evals": "unread",
        "Artificial Analysis": SOLVED,
        "GLM's pattern": "unread",
    }
    assert [(metric.name, metric.counts(verdict)) for metric in grader.metrics] == [
        ("accuracy", True),
        ("accuracy by simple-evals", False),
        ("accuracy by Artificial Analysis", True),
        ("accuracy by GLM's pattern", False),
    ]


def test_none_needs_anything_of_the_user():
    assert all(one.needs == frozenset() for one in (GlmChoiceGrader(), SimpleEvalsGrader(), AaGrader()))


CATEGORY_PROBLEM = CategoryProblem("M/law/0", "Which is it?", ("one", "two", "three", "four"), "B", "law")


def graded_mmlu(content: str, grader: PublishedChoiceGrader, finish: str = "stop") -> Verdict:
    reply = Reply(content, None, finish, "m", Usage(9, 9), Timings(1.0, None, 0.5), "00")
    return grader.grade(CATEGORY_PROBLEM, Transcript.of(reply), BENCH)


@pytest.mark.parametrize(
    ("content", "finish", "kind"),
    [
        ("The answer is (B)", "stop", SOLVED),
        ("The answer is (C)", "stop", "wrong"),
        ("It cannot be told.", "stop", "unread"),
        ("Let me first", "length", "truncated"),
        ("", "stop", "empty"),
    ],
)
def test_mmlu_pros_grader_tells_apart_what_is_not_solved(content, finish, kind):
    assert graded_mmlu(content, GlmMmluProGrader(), finish).kind == kind


def test_mmlu_pros_first_match_decides_and_the_authors_and_the_last_stand_beside():
    grader = GlmMmluProGrader()
    verdict = graded_mmlu("The answer is **(C)**? No.\n\nAnswer: B", grader)

    assert {metric.name: metric.counts(verdict) for metric in grader.metrics} == {
        "accuracy": False,
        "accuracy by the authors": True,
        "accuracy by settled letter": True,
    }


def test_mmlus_grader_reads_as_simple_evals_does():
    assert graded_mmlu("**Answer:** $\\boxed{B}$", SimpleEvalsMmluGrader()).solved
    assert graded_mmlu("The answer is B", SimpleEvalsMmluGrader()).kind == "unread"


def test_both_tell_the_share_of_each_category():
    records = [record("M/law/0"), record("M/law/1", solved=False), record("M/big_cities/2")]
    figures = (Figure("big cities", 100.0, "1 of 1"), Figure("law", 50.0, "1 of 2"))

    assert GlmMmluProGrader().figures(records) == SimpleEvalsMmluGrader().figures(records) == figures


@pytest.mark.parametrize(
    ("said", "told"),
    [("B", "pass"), ("<CHOICE>: C", "wrong"), ("None", "unread")],
    ids=["right", "wrong", "none"],
)
def test_a_judges_verdict_stands_beside_the_rules_own_and_decides_nothing(said, told):
    asked: list[JudgeQuestion] = []

    def judge(question: JudgeQuestion) -> str:
        asked.append(question)
        return said

    reply = Reply("I cannot tell.", None, "stop", "m", Usage(9, 9), Timings(1.0, None, 0.5), "00")
    verdict = GlmChoiceGrader().grade(
        PROBLEM, Transcript.of(reply), Bench(BENCH.profile, "0" * 64, judge=Judge("llama", judge))
    )

    assert (verdict.solved, verdict.kind) == (False, "unread")
    assert verdict.beside == OtherRules(JUDGED, {"accuracy as llama reads it": told})
    assert "Which is it?\n\nA) one\nB) two\nC) three\nD) four" in asked[0].text


def test_of_a_reply_that_says_nothing_no_judge_is_asked():
    reply = Reply(" \n", None, "stop", "m", Usage(9, 9), Timings(1.0, None, 0.5), "00")

    assert GlmChoiceGrader().judge_questions(PROBLEM, Transcript.of(reply), BENCH.profile) == ()


def test_where_no_judge_is_named_none_is_asked():
    assert graded("Answer: B").beside is None
