"""Conducting a conversation: each step is taken once, whatever interrupts it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from servecheck.errors import GenerationError
from servecheck.evaluation.conversation import Ask, Conversation, ask, with_tools
from servecheck.evaluation.transcript import Exchange, Reply, Timings, ToolCall, ToolResult, Transcript
from servecheck.generation.conversation import conduct

QUESTION = [{"role": "user", "content": "1 + 1, then + 1, then + 1?"}]


async def add(call: ToolCall) -> ToolResult:
    arguments = json.loads(call.arguments)
    return ToolResult(str(arguments["a"] + arguments["b"]))


class Memory:
    """Keeps exchanges in a list."""

    def __init__(self) -> None:
        self.kept: list[Exchange] = []

    def read(self) -> list[Exchange]:
        return list(self.kept)

    def add(self, number: int, exchange: Exchange) -> None:
        assert number == len(self.kept)
        self.kept.append(exchange)


class Model:
    """Adds one three times, then answers with what the tool said last."""

    def __init__(self) -> None:
        self.asked: list[Ask] = []

    async def ask(self, step: Ask) -> Reply:
        self.asked.append(step)
        said = [message["content"] for message in step.messages if message["role"] == "tool"]
        if len(said) == 3:
            return reply(str(said[-1]))
        return reply("", {"a": int(str(said[-1])) if said else 1, "b": 1})


def reply(content: str, arguments: Mapping[str, int] | None = None) -> Reply:
    function = {"name": "add", "arguments": str(dict(arguments or {})).replace("'", '"')}
    message = {"content": content, "tool_calls": [{"id": "c", "function": function}] if arguments else []}
    return Reply(content, None, "stop", "m", None, Timings(1.0, None, 1.0), "", message=message)


def conversation() -> Conversation:
    return with_tools(QUESTION, [], most_replies=4)


def conducted(model: Model, kept: Memory, begun: Conversation | None = None) -> Transcript:
    return asyncio.run(conduct(begun or conversation(), model.ask, add, kept))


def test_four_replies_and_three_calls_make_a_transcript() -> None:
    kept, model = Memory(), Model()

    transcript = conducted(model, kept)

    assert (transcript.reply.content, transcript.ended, len(transcript.replies)) == ("4", "answered", 4)
    assert [one.outcome.content for one in transcript.exchanges if isinstance(one.outcome, ToolResult)] == list("234")
    assert list(transcript.exchanges) == kept.kept


def test_a_single_reply_is_its_callers_to_keep() -> None:
    async def answer(_step: Ask) -> Reply:
        return reply("3")

    kept = Memory()

    transcript = asyncio.run(conduct(conversation(), answer, add, kept))

    assert (transcript.reply.content, transcript.ended, kept.kept) == ("3", "answered", [])


@pytest.mark.parametrize("whole", range(8))
def test_broken_off_anywhere_it_goes_on_at_its_last_whole_exchange(whole: int) -> None:
    before = Memory()
    transcript = conducted(Model(), before)
    kept, model = Memory(), Model()
    kept.kept = before.kept[:whole]

    again = conducted(model, kept)

    assert again == transcript
    assert len(model.asked) == sum(isinstance(one.outcome, Reply) for one in before.kept[whole:])


def test_what_is_kept_of_another_conversation_is_not_taken_for_this_one() -> None:
    kept = Memory()
    conducted(Model(), kept)
    other = with_tools([{"role": "user", "content": "2 + 2?"}], [], most_replies=4)

    with pytest.raises(GenerationError, match=r"exchange 0 .*another --run-dir"):
        conducted(Model(), kept, other)


def _reads_too_far() -> Iterator[Any]:
    answer = yield from ask(QUESTION)
    return answer.content[99]


def _ends_python() -> Iterator[Any]:
    yield from ask(QUESTION)
    raise SystemExit(0)


def _asks_what_is_no_json() -> Iterator[Any]:
    yield from ask([{"role": "user", "content": object()}])  # type: ignore[dict-item]


def _asks_in_words() -> Iterator[Any]:
    yield "What is 1 + 1?"


def _ends_without_a_word() -> Iterator[Any]:
    yield from ask(QUESTION)


@pytest.mark.parametrize(
    ("breaks", "told"),
    [
        (_reads_too_far, "IndexError"),
        (_ends_python, r"SystemExit\(0\)"),
        (_asks_what_is_no_json, "TypeError.*not JSON serializable"),
        (_asks_in_words, "AttributeError"),
        (_ends_without_a_word, "it ended with None, and a conversation returns one of answered, token limit"),
    ],
)
def test_a_protocol_that_breaks_says_so_of_its_conversation(breaks: Callable[[], Iterator[Any]], told: str) -> None:
    with pytest.raises(GenerationError, match=rf"protocol broke over this conversation: .*{told}"):
        conducted(Model(), Memory(), breaks())  # type: ignore[arg-type]
