"""Long-context cases: each report says what its question asks for, at a length that is known without a tokenizer."""

from __future__ import annotations

from hashlib import sha256
from random import Random

import pytest
from servecheck.problems.long_context.cases import NAMES
from servecheck.problems.long_context.problem import RETRIEVAL, ROOM, LongContextProblem
from servecheck.problems.long_context.problem_set import (
    CASES,
    LENGTHS,
    LongContext,
    at_shortest,
    kind_of,
    length_of,
    place_of,
)
from servecheck.problems.long_context.prose import Fact, most_tokens, with_prose

from suites.selftest.long_context_solver import solved_from

SHORT = LongContext("4k")
LONG = LongContext("128k")


def cases(length: str) -> list[LongContextProblem]:
    return [LONG[task_id] for task_id in LONG.task_ids if length_of(task_id) == length]


@pytest.mark.parametrize("task_id", SHORT.task_ids)
def test_whoever_reads_the_report_alone_finds_the_answer(task_id):
    problem = SHORT[task_id]

    assert solved_from(problem.prompt) == set(problem.right)


@pytest.mark.parametrize("kind", CASES)
def test_at_128k_it_is_found_too_and_the_prompt_is_as_long_as_the_length_has_room_for(kind):
    problem = LONG[f"LongContext/128k/{kind}/03"]
    prompt = problem.prompt

    assert solved_from(prompt) == set(problem.right)
    assert 131072 - ROOM - 24 < most_tokens(prompt) <= 131072 - ROOM


@pytest.mark.parametrize("length", ["4k", "8k"])
def test_no_prompt_is_longer_than_its_length_has_room_for(length):
    for problem in cases(length)[::5]:
        assert problem.most_prompt_tokens - 24 < most_tokens(problem.prompt) <= problem.most_prompt_tokens


def test_the_answer_stands_once_and_where_the_case_says():
    for problem in cases("8k")[::3]:
        if problem.place is not None:
            prompt, answer = problem.prompt, problem.right[0]
            assert prompt.count(answer) == 1
            assert prompt.index(answer) / len(prompt) == pytest.approx(problem.place, abs=0.04)


@pytest.mark.parametrize("kind", sorted(RETRIEVAL))
def test_places_are_spread_from_the_beginning_to_the_end(kind):
    places = [place_of(f"LongContext/4k/{kind}/{number:02}") for number in range(CASES[kind])]

    assert places == pytest.approx([number / (CASES[kind] - 1) for number in range(CASES[kind])])
    assert places == [SHORT[f"LongContext/4k/{kind}/{number:02}"].place for number in range(CASES[kind])]


def test_a_case_is_about_the_same_at_every_length_and_in_other_text():
    short, long = SHORT["LongContext/4k/keys/05"], LONG["LongContext/32k/keys/05"]

    assert at_shortest(long.task_id) == short.task_id
    assert (short.facts, short.right, short.question) == (long.facts, long.right, long.question)
    assert short.prompt[:200] != long.prompt[:200]


def test_no_prompt_begins_or_ends_as_another_so_that_no_cache_serves_two():
    problems = [LONG[task_id] for task_id in LONG.task_ids]

    assert len({one.nonce for one in problems}) == len({one.told_by for one in problems}) == len(problems)
    assert all(one.prompt.endswith(one.told_by) and one.nonce in one.prompt[:60] for one in cases("4k"))


def test_what_is_like_the_answer_is_told_with_what_it_is_of():
    problem = LONG["LongContext/8k/keys/05"]
    told = {other: of for other, of in problem.others.items() if f"is {other}." in problem.prompt}

    assert len(told) == len(problem.others) == 14
    assert problem.right[0] not in told


def test_a_wrong_reply_is_wrong_and_of_the_same_kind():
    for task_id in SHORT.task_ids:
        problem = SHORT[task_id]
        assert problem.wrong_reply not in problem.right
        assert problem.wrong_reply in NAMES if problem.answers == "name" else problem.wrong_reply.isdigit()


def test_a_larger_set_has_every_case_of_a_smaller_one_and_another_digest():
    assert LONG.task_ids[: len(SHORT.task_ids)] == SHORT.task_ids
    assert len(LONG.task_ids) == 6 * sum(CASES.values())
    assert len({LongContext(name).sha256 for name in LENGTHS}) == len(LENGTHS)


def test_an_unknown_case_is_a_key_error():
    with pytest.raises(KeyError):
        LongContext("4k")["LongContext/8k/needle/00"]


def test_facts_of_one_place_keep_their_order_and_prose_fills_the_room():
    facts = [Fact(0.0, "First."), Fact(0.0, "Second."), Fact(1.0, "Last.")]
    text = with_prose(facts, 400, Random("x"))

    assert text.startswith("First. Second. ")
    assert text.endswith(" Last.")
    assert 370 < most_tokens(text) <= 400


def test_where_there_is_no_room_for_prose_the_facts_stand_alone():
    assert with_prose([Fact(0.5, "One."), Fact(0.2, "Two.")], 3, Random("x")) == "Two. One."


def test_a_word_a_mark_and_a_digit_are_a_token_each_and_a_break_two():
    assert most_tokens("The code is 123, so far.\n\nYes.") == 3 + 3 + 1 + 2 + 1 + 2 + 2


def test_prompts_are_the_same_everywhere():
    """What stored runs were asked: whoever changes it on purpose raises the version of the set."""
    last = sha256(LONG["LongContext/8k/count/07"].prompt.encode()).hexdigest()

    assert (SHORT.version, SHORT.sha256[:16], last[:16]) == ("1", "ac4d5982b07b22e4", "be8c034715371890")


def test_kinds_are_read_from_ids():
    assert {kind_of(task_id) for task_id in SHORT.task_ids} == set(CASES)
    assert place_of("LongContext/4k/count/01") is None
