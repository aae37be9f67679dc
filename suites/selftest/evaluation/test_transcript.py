"""Replies as JSON."""

import json

import pytest
from servecheck.evaluation.transcript import (
    EngineTimings,
    Exchange,
    Reply,
    StreamedCalls,
    Timings,
    ToolResult,
    Transcript,
    Usage,
)


@pytest.mark.parametrize(("reasoning", "usage", "first"), [(None, None, None), ("so", Usage(3, 4), 0.5)])
def test_a_reply_survives_json(reasoning: str | None, usage: Usage | None, first: float | None) -> None:
    reply = Reply(
        "text \ud800 \x00",
        reasoning,
        "stop",
        "m",
        usage,
        Timings(1.5, first, 2.5),
        "ab" * 32,
        earlier=("answered HTTP 503: later",),
        engine_timings=None if usage is None else EngineTimings(3, 0.25, 4, 0.5, 2, 1),
        message={"content": "text \ud800 \x00", "tool_calls": [{"index": 0}]},
        streamed_calls=None if usage is None else StreamedCalls(("the index of a call leaves one out",), (3, 0)),
        form="chat" if usage is None else "text",
    )

    assert Reply.from_json(json.loads(json.dumps(reply.to_json()))) == reply


def test_a_chat_reply_is_kept_as_it_ever_was() -> None:
    kept = Reply("text", None, "stop", "m", None, Timings(1.5, None, 2.5), "ab" * 32).to_json()

    assert not {"form", "streamed_calls"} & kept.keys()


@pytest.mark.parametrize("later", ["engine_timings", "message", "earlier"])
def test_a_reply_that_was_kept_before_this_field_was_can_be_read(later: str) -> None:
    reply = Reply("text", None, "stop", "m", None, Timings(1.5, None, 2.5), "ab" * 32)
    kept = reply.to_json()
    del kept[later]

    assert Reply.from_json(kept) == reply


@pytest.mark.parametrize(
    "damaged",
    [
        {"content": None},
        {"reasoning": 5},
        {"finish_reason": None},
        {"model": ["m"]},
        {"usage": {"prompt_tokens": "1", "completion_tokens": 1}},
        {"usage": {"prompt_tokens": 1, "completion_tokens": True}},
        {"timings": {"dispatched_at": "now", "first_token_s": None, "end_s": 1.0}},
        {"timings": None},
        {"remarks": [5]},
        {"earlier": "answered HTTP 503"},
        {"form": "letter"},
        {"streamed_calls": {"irregular": "all", "pieces": []}},
        {"streamed_calls": {"irregular": [], "pieces": ["1"]}},
    ],
    ids=str,
)
def test_a_kept_reply_whose_field_has_another_type_is_damaged(damaged: dict[str, object]) -> None:
    reply = Reply("text", None, "stop", "m", None, Timings(1.5, None, 2.5), "ab" * 32)

    with pytest.raises(TypeError):
        Reply.from_json({**reply.to_json(), **damaged})


@pytest.mark.parametrize(("content", "reasoning"), [("", None), ("", "so"), ("x", None)])
def test_why_there_is_no_program_is_said_on_one_printable_line(content: str, reasoning: str | None) -> None:
    reply = Reply(content, reasoning, "\x1b[2J\n" * 500, "m", None, Timings(1.5, None, 2.5), "ab" * 32)

    assert reply.why_empty().isprintable()
    assert len(reply.why_empty()) < 2500


class TestTranscript:
    def test_a_single_reply_is_the_answer(self) -> None:
        reply = Reply("text", None, "stop", "m", Usage(1, 2), Timings(1.5, None, 2.5), "ab" * 32)

        found = Transcript.of(reply)

        assert (found.reply, found.ended, found.completion_tokens, found.seconds) == (reply, "answered", 2, 2.5)

    def test_a_reply_that_was_cut_off_ended_at_its_limit(self) -> None:
        reply = Reply("te", None, "max_tokens", "m", None, Timings(1.5, None, 2.5), "")

        assert Transcript.of(reply).ended == "token limit"

    def test_tokens_and_seconds_are_those_of_every_reply(self) -> None:
        first = Reply("", None, "tool_calls", "m", Usage(1, 2), Timings(1.5, None, 2.5), "")
        last = Reply("4", None, "stop", "m", Usage(9, 3), Timings(5.0, None, 0.5), "")

        found = Transcript((Exchange("a", first), Exchange("b", ToolResult("4")), Exchange("c", last)), "answered")

        assert (found.replies, found.reply) == ((first, last), last)
        assert (found.completion_tokens, found.seconds) == (5, 3.0)

    def test_one_reply_that_was_not_counted_leaves_no_sum(self) -> None:
        counted = Reply("", None, "stop", "m", Usage(1, 2), Timings(1.5, None, 2.5), "")
        other = Reply("4", None, "stop", "m", None, Timings(5.0, None, 0.5), "")

        assert Transcript((Exchange("a", counted), Exchange("b", other)), "answered").completion_tokens is None
