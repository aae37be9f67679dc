"""BFCL's conversation: in every turn, calls are made until a reply makes none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from servecheck.evaluation.conversation import Ask, CallTool, Step
from servecheck.evaluation.transcript import Reply, ToolCall, ToolResult
from servecheck.problems.bfcl_multi_turn import MORE_FUNCTIONS, BfclMultiTurnStarter
from servecheck.problems.dialogues import DialogueProblem
from servecheck.profiles.schema import Sampling
from servecheck.protocols.multi_turn_calling import MOST_REPLIES, MultiTurnCalling

from suites.selftest.dialogue_problems import BORROWED, dialogue, reply
from suites.selftest.tool_problems import call, said

DONE = reply(content="Done.")


def _held(problem: DialogueProblem, outcomes: Sequence[Reply | ToolResult]) -> tuple[list[Step], str]:
    """What is asked and called, and how it ends."""
    conversation = MultiTurnCalling().converse(problem)
    steps = [next(conversation)]
    for number, outcome in enumerate(outcomes):
        try:
            steps.append(conversation.send(outcome))
        except StopIteration as end:
            assert number == len(outcomes) - 1
            return steps, end.value
    return steps, ""


def _results(*texts: str) -> ToolResult:
    return ToolResult(json.dumps({"results": texts}))


def _messages(step: Step) -> list[Any]:
    assert isinstance(step, Ask)
    return list(step.messages)


def test_calls_are_made_until_a_reply_makes_none_and_the_next_turn_has_them_all() -> None:
    problem = dialogue([BORROWED], [BORROWED])

    steps, ended = _held(problem, [reply(BORROWED, "list_books()"), _results("a", "b"), DONE, DONE])

    assert [type(step) for step in steps] == [Ask, CallTool, Ask, Ask]
    assert ended == "answered"
    assert [(one["role"], one["content"]) for one in _messages(steps[-1])] == [
        ("user", "Turn 0."),
        ("assistant", ""),
        ("tool", "a"),
        ("tool", "b"),
        ("assistant", "Done."),
        ("user", "Turn 1."),
    ]
    ids = [one["id"] for one in _messages(steps[-1])[1]["tool_calls"]]
    assert ids == [one["tool_call_id"] for one in _messages(steps[-1])[2:4]]
    assert len(set(ids)) == 2


def test_a_later_call_comes_with_all_earlier_ones() -> None:
    steps, _ = _held(dialogue([BORROWED]), [reply(BORROWED), _results("a"), reply("list_books()"), _results("b"), DONE])

    assert isinstance(steps[3], CallTool)
    told = json.loads(steps[3].call.arguments)
    assert json.loads(told["earlier"]) == [["borrow", {"title": "Emma", "reader": "Anna"}, []]]
    assert json.loads(told["calls"]) == [["list_books", {}, []]]


def test_a_reply_whose_calls_cannot_be_read_ends_its_turn_and_is_sent_back_without_them() -> None:
    broken = said(call("list_books"), ToolCall("borrow", "{"), content="I try.").reply

    steps, _ = _held(dialogue([BORROWED], []), [broken, DONE])

    assert _messages(steps[1])[1:] == [
        {"role": "assistant", "content": "I try."},
        {"role": "user", "content": "Turn 1."},
    ]


def test_a_function_that_was_held_back_is_offered_from_its_turn_on() -> None:
    problem = BfclMultiTurnStarter()["multi_turn_miss_func_0"]

    steps, _ = _held(problem, [DONE, DONE, DONE])

    def offered(step: Step) -> set[str]:
        assert isinstance(step, Ask)
        tools: Any = step.fields["tools"]
        return {tool["function"]["name"] for tool in tools}

    assert [("borrow" in offered(step)) for step in steps] == [False, False, True]
    assert _messages(steps[2])[-1] == {"role": "user", "content": MORE_FUNCTIONS}


@pytest.mark.parametrize("turns", [1, 2])
def test_a_turn_of_21_replies_with_calls_ends_the_conversation(turns: int) -> None:
    outcomes = [reply("list_books()"), _results("a")] * MOST_REPLIES

    steps, ended = _held(dialogue(*[[]] * turns), outcomes)

    assert ended == "turn limit"
    assert len(steps) == 2 * MOST_REPLIES == 42


def test_a_call_that_was_ended_ends_the_conversation() -> None:
    _, ended = _held(dialogue([], []), [reply("list_books()"), ToolResult('{"reason": "memory", "call": 0}')])

    assert ended == "turn limit"


def test_a_reply_that_is_cut_off_in_the_last_turn_is_told_as_that() -> None:
    cut = Reply.from_json({**DONE.to_json(), "finish_reason": "length"})

    assert _held(dialogue([], []), [cut, DONE])[1] == "answered"
    assert _held(dialogue([], []), [DONE, cut])[1] == "token limit"


def test_a_conversation_may_outgrow_the_context_once_calls_were_made() -> None:
    outgrown = Reply("answered HTTP 400", None, "", "", None, DONE.timings, "", form="failure")

    steps, ended = _held(dialogue([], []), [reply("list_books()"), _results("a"), outgrown])

    assert ended == "token limit"
    assert [step.may_overflow for step in steps if isinstance(step, Ask)] == [False, True]


def test_halves_of_characters_are_sent_as_text() -> None:
    steps, _ = _held(dialogue([]), [reply("list_books()"), _results("\ud800"), DONE])

    assert _messages(steps[2])[-1]["content"] == "\\ud800"


def test_the_request_has_what_theirs_has() -> None:
    fields = MultiTurnCalling().request_fields(Sampling(temperature=0.001, max_tokens=4096))

    assert fields == {"temperature": 0.001, "max_completion_tokens": 4096}
