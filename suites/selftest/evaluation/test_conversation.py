"""What a conversation does next depends on its problem and on what it was sent, and on nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.conversation import (
    Ask,
    CallTool,
    Complete,
    Conversation,
    Question,
    Render,
    Step,
    Tool,
    reply_to,
    single_turn,
    steps_of,
    with_tools,
)
from servecheck.evaluation.transcript import Ending, Exchange, Reply, Timings, ToolCall, ToolResult, Transcript

QUESTION = [{"role": "user", "content": "What is 2 + 2?"}]
ADDS = {"id": "abc", "type": "function", "function": {"name": "add", "arguments": '{"a": 2, "b": 2}'}}


class Add(Tool):
    name = "add"
    description = "Adds two numbers."
    parameters: Mapping[str, Any] = {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}}

    def call(self, arguments: Mapping[str, Any], bench: Bench) -> str:
        return str(arguments["a"] + arguments["b"])


def reply(content: str = "", *calls: dict[str, Any], finish_reason: str = "stop") -> Reply:
    message = {"role": "assistant", "content": content, "tool_calls": list(calls)}
    return Reply(content, None, finish_reason, "m", None, Timings(1.0, None, 1.0), "", message=message)


def conducted(conversation: Conversation, outcomes: Sequence[Reply | ToolResult]) -> tuple[list[Step], Ending | None]:
    """The steps of a conversation that is sent these, and how it ended; None where it goes on."""
    steps = [next(conversation)]
    for outcome in outcomes:
        try:
            steps.append(conversation.send(outcome))
        except StopIteration as end:
            return steps, end.value
    return steps, None


class TestSingleTurn:
    def test_it_asks_once_and_is_answered(self) -> None:
        assert conducted(single_turn(QUESTION), [reply("4")]) == ([Ask(tuple(QUESTION))], "answered")

    def test_what_was_cut_off_is_no_answer(self) -> None:
        _, ended = conducted(single_turn(QUESTION), [reply("4", finish_reason="length")])

        assert ended == "token limit"


class TestWithTools:
    def test_every_request_offers_the_tools(self) -> None:
        [first], _ = conducted(with_tools(QUESTION, [Add()], most_replies=2), [])

        assert isinstance(first, Ask)
        assert first.messages == tuple(QUESTION)
        assert first.fields == {
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "add", "description": "Adds two numbers.", "parameters": Add.parameters},
                }
            ]
        }

    def test_what_is_called_for_is_called_and_its_answer_told(self) -> None:
        outcomes = [reply("Let me add.", ADDS), ToolResult("4"), reply("It is 4.")]

        steps, ended = conducted(with_tools(QUESTION, [Add()], most_replies=2), outcomes)

        _, called, second = steps
        assert called == CallTool(ToolCall("add", '{"a": 2, "b": 2}', "abc"))
        assert isinstance(second, Ask)
        assert second.messages == (
            *QUESTION,
            {"role": "assistant", "content": "Let me add.", "tool_calls": [ADDS]},
            {"role": "tool", "tool_call_id": "abc", "content": "4"},
        )
        assert ended == "answered"

    def test_calls_without_an_id_get_one_each(self) -> None:
        call = {"function": {"name": "add", "arguments": "{}"}}
        outcomes = [reply("", call, call), ToolResult("1"), ToolResult("2")]

        *_, last = conducted(with_tools(QUESTION, [Add()], most_replies=2), outcomes)[0]

        assert isinstance(last, Ask)
        asked = [one["id"] for one in last.messages[1]["tool_calls"]]  # type: ignore[index, union-attr, call-overload]
        assert asked == [message["tool_call_id"] for message in last.messages[2:]]
        assert len(set(asked)) == 2

    def test_a_model_that_goes_on_calling_is_ended(self) -> None:
        outcomes = [reply("", ADDS), ToolResult("4"), reply("", ADDS), ToolResult("4")]

        assert conducted(with_tools(QUESTION, [Add()], most_replies=2), outcomes)[1] == "turn limit"

    def test_calls_in_a_reply_that_was_cut_off_are_not_made(self) -> None:
        _, ended = conducted(with_tools(QUESTION, [Add()], most_replies=2), [reply("", ADDS, finish_reason="length")])

        assert ended == "token limit"


def test_the_same_answers_lead_to_the_same_steps() -> None:
    outcomes = [reply("", ADDS), ToolResult("4"), reply("4")]

    once, again = (conducted(with_tools(QUESTION, [Add()], most_replies=3), outcomes)[0] for _ in range(2))

    assert [step.sha256 for step in once] == [step.sha256 for step in again]
    assert len({step.sha256 for step in once}) == 3


def test_a_conversation_that_is_sent_what_it_did_not_ask_for_says_so() -> None:
    with pytest.raises(TypeError, match="sent a tool's result"):
        conducted(single_turn(QUESTION), [ToolResult("4")])
    with pytest.raises(TypeError, match="sent a reply"):
        conducted(with_tools(QUESTION, [Add()], most_replies=2), [reply("", ADDS), reply("4")])


class TestQuestions:
    def test_one_that_is_asked_as_ever_has_the_digest_that_it_always_had(self) -> None:
        assert Ask(tuple(QUESTION)).sha256 == "4d1192b50152f204fa3696ab1a45580e5c32f5efe987bdddb1ed5a6a396edb63"

    def test_no_two_have_one_digest(self) -> None:
        messages, fields = tuple(QUESTION), {"tools": [1]}
        questions: list[Question] = [
            Ask(messages),
            Ask(messages, fields),
            Ask(messages, stream=False),
            Ask(messages, may_fail=True),
            Render(messages),
            Render(messages, fields),
            Complete("x"),
            Complete((1, 2)),
            Complete("x", fields),
        ]

        assert len({question.sha256 for question in questions}) == len(questions)


def test_a_transcript_tells_what_was_asked() -> None:
    def conversation() -> Conversation:
        first = yield from reply_to(Render(tuple(QUESTION)))
        yield from reply_to(Complete(first.content))
        return "answered"

    came = [reply("the prompt"), reply("the text")]
    transcript = Transcript(tuple(Exchange("", one) for one in came), "answered")

    assert list(steps_of(conversation(), transcript)) == [
        (Render(tuple(QUESTION)), came[0]),
        (Complete("the prompt"), came[1]),
    ]


def test_a_transcript_that_was_broken_off_tells_as_far_as_it_goes() -> None:
    transcript = Transcript((Exchange("", reply("4")), Exchange("", reply("5"))), "answered")

    assert list(steps_of(single_turn(QUESTION), transcript)) == [(Ask(tuple(QUESTION)), reply("4"))]
