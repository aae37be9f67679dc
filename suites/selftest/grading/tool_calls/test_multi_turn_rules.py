"""BFCL's rules of a conversation, case by case as its checker has them (a slow test holds them to that itself)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from servecheck.evaluation.transcript import Exchange, ToolResult, Transcript
from servecheck.grading.tool_calls.multi_turn_rules import calls_by_turn, refused_by_them
from servecheck.problems.dialogues import DialogueProblem
from servecheck.simulated_apis.simulation import Simulated

from suites.selftest.dialogue_problems import BORROWED, calls, conversation, dialogue, reply

ONE = dialogue([BORROWED])
RESULT = ToolResult('{"results": [""]}')


def _world(*turns: tuple[Sequence[str], int]) -> Simulated:
    """By turn, what was said, and the state after it."""
    return Simulated(
        tuple(tuple(said) for said, _ in turns), tuple({"Shelf": {"n": state}, "Other": {}} for _, state in turns)
    )


def _kind(problem: DialogueProblem, made: Sequence[int], model: Simulated, accepted: Simulated) -> str:
    turns = [calls(BORROWED) * number for number in made]
    found = refused_by_them(problem, turns, model, accepted)
    return "" if found is None else found.kind


def test_calls_of_a_turn_are_those_of_all_its_replies() -> None:
    found = calls_by_turn(conversation([[BORROWED], ["list_books()", BORROWED]], [], [[BORROWED]]))

    assert found == (tuple(calls(BORROWED, "list_books()", BORROWED)), (), tuple(calls(BORROWED)))


def test_a_conversation_that_was_broken_off_has_the_calls_of_its_last_turn() -> None:
    whole = conversation([], [[BORROWED]])
    broken_off = Transcript(whole.exchanges[:-1], "turn limit")

    assert calls_by_turn(broken_off) == ((), tuple(calls(BORROWED)))


def test_calls_that_were_not_made_are_none() -> None:
    unread = Transcript((Exchange("0", reply(BORROWED)), Exchange("0", reply(content="Done."))), "answered")

    assert calls_by_turn(unread) == ((), ())


@pytest.mark.parametrize(
    ("made", "model", "kind"),
    [
        ([1], _world((["a"], 1)), ""),
        ([2], _world((["b", "a"], 1)), ""),
        ([0], _world(([], 1)), "no_call"),
        ([1], _world((["a"], 2)), "wrong_state"),
        ([1], _world((["b"], 1)), "missing_result"),
        ([1], _world((["b"], 2)), "wrong_state"),
    ],
)
def test_state_and_results_are_to_be_the_accepted_ones(made: Sequence[int], model: Simulated, kind: str) -> None:
    assert _kind(ONE, made, model, _world((["a"], 1))) == kind


def test_a_result_counts_as_often_as_it_came_in_whatever_turn_up_to_then() -> None:
    two, accepted = dialogue([BORROWED], [BORROWED] * 2), _world((["a"], 1), (["a", "a"], 1))

    assert _kind(two, [2, 1], _world((["a", "a"], 1), (["b"], 1)), accepted) == ""
    assert _kind(two, [1, 1], _world((["a"], 1), (["b"], 1)), accepted) == "missing_result"
    assert _kind(two, [1, 2], _world((["a"], 1), (["a", "b"], 1)), accepted) == ""


def test_a_turn_that_accepts_no_call_is_not_judged() -> None:
    held_back = dialogue([], [BORROWED])

    assert _kind(held_back, [1, 1], _world((["x"], 9), (["a"], 1)), _world(([], 0), (["a"], 1))) == ""


def test_a_turn_after_a_wrong_one_mends_nothing() -> None:
    two = dialogue([BORROWED], [BORROWED])

    assert _kind(two, [1, 1], _world((["a"], 2), (["a"], 1)), _world((["a"], 1), (["a"], 1))) == "wrong_state"


def test_an_attribute_that_the_accepted_calls_do_not_leave_is_not_compared() -> None:
    model = Simulated((("a",),), ({"Shelf": {"n": 1, "more": 2}},))
    accepted = Simulated((("a",),), ({"Shelf": {"n": True}},))  # equal in Python, and so in theirs

    assert _kind(ONE, [1], model, accepted) == ""
    assert _kind(ONE, [1], accepted, model) == "wrong_state"


def test_a_conversation_that_was_ended_before_its_last_turn_is_unsolved() -> None:
    two = dialogue([BORROWED], [])

    found = refused_by_them(two, [calls(BORROWED)], _world((["a"], 1)), _world((["a"], 1), ([], 1)))

    assert found is not None
    assert (found.kind, found.reason) == (
        "force_terminated",
        "the conversation was ended in turn 1 of 2: after 21 replies with calls, or over a call that took too long",
    )


@pytest.mark.parametrize(
    ("model", "accepted", "where"),
    [
        (
            {"a": {"b": [1, 2]}, "c": 1},
            {"a": {"b": [1, 3]}, "c": 1},
            "['a']['b'] is [1, 2], and after the accepted calls [1, 3]",
        ),
        ({"a": 1}, {"a": 1, "b": 2}, "['b'] is missing, and after the accepted calls 2"),
        ({"a": 1, "b": 2}, {"a": 1}, "['b'] is 2, and after the accepted calls missing"),
        (
            ("Directory", "/", {"a": ("File", "a", "x")}),
            ("Directory", "/", {"a": ("File", "a", "y")}),
            "['a'] is 'x', and after the accepted calls 'y'",
        ),
        (
            ("Directory", "/", {}),
            ("File", "a"),
            " is ('Directory', '/', {}), and after the accepted calls ('File', 'a')",
        ),
    ],
)
def test_a_state_that_differs_is_told_where_it_does(model: object, accepted: object, where: str) -> None:
    worlds = [Simulated((("a",),), ({"W": {"x": value}},)) for value in (model, accepted)]

    found = refused_by_them(ONE, [calls(BORROWED)], *worlds)

    assert found is not None
    assert found.reason == f"after turn 1, W.x{where}"


def test_reasons_tell_what_was_to_be() -> None:
    state = refused_by_them(ONE, [calls(BORROWED)], _world((["a"], 2)), _world((["a"], 1)))
    result = refused_by_them(ONE, [calls(BORROWED)], _world((["b"], 1)), _world((["\x1b[31m"], 1)))

    assert state is not None
    assert state.reason == "after turn 1, Shelf.n is 2, and after the accepted calls 1"
    assert result is not None
    assert result.reason.startswith("up to turn 1, borrow(title='Emma', reader='Anna') was to say ")
    assert "\x1b" not in result.reason
