"""Solved is the answer, all of it and nothing else of its kind."""

from __future__ import annotations

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.figure import ShareCell
from servecheck.evaluation.record import Record
from servecheck.evaluation.transcript import Reply, Timings, Transcript, Usage
from servecheck.evaluation.verdict import Verdict
from servecheck.grading.faults import Fault
from servecheck.grading.long_context import LongContextGrader, answers_in
from servecheck.grading.validity import JudgedReply, invalid_reason, replies_seen
from servecheck.problems.long_context.problem_set import LongContext
from servecheck.profiles.schema import Profile, Sampling

from suites.selftest.long_context_solver import said_in

SET = LongContext("8k")
NEEDLE, KEYS, TRACKING, COUNT = (SET[f"LongContext/8k/{kind}/03"] for kind in ("needle", "keys", "tracking", "count"))
BENCH = Bench(Profile(name="p", model="m", sampling=Sampling(max_tokens=768)), "0" * 64)
GRADER = LongContextGrader()


def graded(problem, content: str, finish: str = "stop", prompt_tokens: int = 7000) -> Verdict:
    reply = Reply(content, None, finish, "m", Usage(prompt_tokens, 9), Timings(1.0, None, 0.5), "00")
    return GRADER.grade(problem, Transcript.of(reply), BENCH)


@pytest.mark.parametrize("problem", [NEEDLE, KEYS, TRACKING, COUNT], ids=lambda one: one.kind)
def test_its_own_right_reply_is_solved_and_its_wrong_one_is_wrong(problem):
    assert graded(problem, problem.right_reply).solved
    assert graded(problem, problem.wrong_reply).kind == "wrong"


READINGS = [
    ("code", "1234567", ("1234567",)),
    ("code", "The code of the silver ring is **1,234,567**.", ("1234567",)),
    ("code", "1 234 567", ("1234567",)),
    ("code", "`1234567`, which stands at 40 %.", ("1234567",)),
    ("code", "1234567 or 7654321", ("1234567", "7654321")),
    ("code", "First I saw 7654321. Answer: 1234567", ("1234567",)),
    ("code", "1234567. That is my answer:", ("1234567",)),
    ("code", "12345678", ("12345678",)),
    ("code", "There is none in the 3 reports.", ()),
    ("code", "A1234567", ()),
    ("number", "5", ("5",)),
    ("number", "It rang five times.", ("5",)),
    ("number", "Five (5) times.", ("5",)),
    ("number", "between 4 and 5", ("4", "5")),
    ("number", "5.", ("5",)),
    ("number", "5.5", ()),
    ("number", "often", ()),
    ("name", "Anna, Paul and Rose.", ("Anna", "Paul", "Rose")),
    ("name", "The boxes of Anna and Anna", ("Anna",)),
    ("name", "Annabel, a rose", ()),
    ("name", "", ()),
]


@pytest.mark.parametrize(("answers", "text", "found"), READINGS)
def test_what_a_reply_answers_is_read_once_each(answers, text, found):
    assert answers_in(text, answers) == found


@pytest.mark.parametrize(("answers", "text", "found"), READINGS)
def test_a_recount_in_other_code_reads_the_same(answers, text, found):
    problem = {"code": KEYS, "number": COUNT, "name": TRACKING}[answers]

    assert said_in(text, problem.prompt) == set(found)


def test_several_answers_to_a_question_of_one_are_none():
    verdict = graded(NEEDLE, f"{NEEDLE.right[0]} or 7654321")

    assert verdict.kind == "wrong"
    assert verdict.reason == f"wrong answer: {NEEDLE.right[0]}, 7654321; expected {NEEDLE.right[0]}"


@pytest.mark.parametrize("missing", [True, False])
def test_names_are_solved_by_all_of_them_and_no_other(missing):
    names = list(TRACKING.right)
    said = names[:-1] if missing else [*names, next(iter(TRACKING.others))]

    assert graded(TRACKING, ", ".join(said)).kind == "wrong"
    assert graded(TRACKING, " and ".join(reversed(names))).solved


def test_an_answer_to_another_question_is_told_with_what_it_is_of():
    other, of = next(iter(KEYS.others.items()))

    assert graded(KEYS, other).reason == f"wrong answer: {other}, {of}; expected {KEYS.right[0]}"


@pytest.mark.parametrize(
    ("content", "finish", "kind"),
    [("I do not know.", "stop", "unread"), ("", "stop", "empty"), ("The report says", "length", "truncated")],
)
def test_what_is_not_answered_is_told_apart(content, finish, kind):
    assert graded(KEYS, content, finish).kind == kind


def test_a_prompt_that_the_server_cut_is_a_fault_whatever_the_answer_is():
    right, wrong = (graded(KEYS, content, prompt_tokens=2048) for content in (KEYS.right_reply, "I do not know."))

    assert (right.solved, right.faults, wrong.faults[0]) == (True, (Fault.PROMPT_CUT,), Fault.PROMPT_CUT)
    told = invalid_reason(replies_seen([JudgedReply((Fault.PROMPT_CUT,)), *[JudgedReply(())] * 99]))
    assert told is not None
    assert told.startswith("INVALID: 1 of 100 replies are to prompts that the server cut short")


@pytest.mark.parametrize("tokens", [0, 5000])
def test_a_prompt_of_fewer_tokens_in_a_larger_vocabulary_is_whole_and_one_that_is_not_counted_is_another_fault(tokens):
    assert Fault.PROMPT_CUT not in graded(KEYS, KEYS.right_reply, prompt_tokens=tokens).faults


def record(task_id: str, solved: bool) -> Record:
    return Record(score=float(solved), kind="solved" if solved else "wrong", suite="long_context", task_id=task_id,
                  sample=0)  # fmt: skip


def test_figures_are_a_table_by_kind_and_one_by_place_with_lengths_in_their_order():
    order = list(reversed(LongContext("16k").task_ids))
    figures = GRADER.figures([record(one, not ("16k" in one and one.endswith("keys/15"))) for one in order])
    shares = {figure.cell: figure.percent for figure in figures}

    assert list(dict.fromkeys(one.cell.column for one in figures if one.cell)) == ["4k", "8k", "16k"]
    assert list(dict.fromkeys(one.cell.row for one in figures if one.cell)) == [
        "needle", "keys", "tracking", "count", "0-25 %", "25-50 %", "50-75 %", "75-100 %",
    ]  # fmt: skip
    assert shares[ShareCell("by kind", "keys", "16k")] == 93.75
    assert shares[ShareCell("by kind", "keys", "8k")] == 100
    assert shares[ShareCell("by place", "75-100 %", "16k")] == 87.5
    assert {figure.words for figure in figures if figure.cell == ShareCell("by place", "75-100 %", "16k")} == {
        "7 of 8, by place"
    }


def test_what_retrieves_is_held_to_the_shortest_length_and_nothing_else_is():
    found = GRADER.at_lengths(LongContext("16k").task_ids)

    assert found is not None
    assert (found.shortest, list(found.pairs)) == ("4k", ["8k", "16k"])
    assert len(found.pairs["16k"]) == 32
    assert found.pairs["16k"]["LongContext/16k/keys/07"] == "LongContext/4k/keys/07"
    assert GRADER.at_lengths(LongContext("4k").task_ids) is None
