"""What is kept of llama.cpp's ``timings``; the rest of an answer is shown with the client that takes it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from servecheck.evaluation.transcript import EngineTimings
from servecheck.generation.reply_builder import ReplyBuilder

# As llama-server 0.7.0 sent it.
TIMINGS: dict[str, Any] = {
    "cache_n": 20,
    "prompt_n": 1,
    "prompt_ms": 23.613,
    "prompt_per_token_ms": 23.613,
    "prompt_per_second": 42.349553212213614,
    "predicted_n": 33,
    "predicted_ms": 12.304,
    "predicted_per_token_ms": 0.3845,
    "predicted_per_second": 2600.780234070221,
}


def streamed(timings: object) -> EngineTimings | None:
    """Of a stream whose last chunk has these ``timings``, beside the usage."""
    answer = ReplyBuilder("00")
    usage = {"prompt_tokens": 21, "completion_tokens": 33}
    for chunk in (
        {"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": "stop"}]},
        {"choices": [], "usage": usage, "timings": timings},
    ):
        answer.take_chunk(json.dumps(chunk))
    reply = answer.reply()
    assert reply is not None
    assert reply.content == "x"
    return reply.engine_timings


def test_a_server_that_gave_its_reply_up_has_not_ended_it_by_a_later_word() -> None:
    answer = ReplyBuilder("00")
    for ended in ("abort", "stop", None):
        answer.take_chunk(json.dumps({"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": ended}]}))

    reply = answer.reply()

    assert reply is not None
    assert reply.finish_reason == "abort"


def test_timings_are_kept_in_seconds() -> None:
    assert streamed(TIMINGS) == EngineTimings(1, pytest.approx(0.023613), 33, pytest.approx(0.012304), 0, 0)


def test_drafts_are_kept_where_there_were_any() -> None:
    timings = streamed({**TIMINGS, "draft_n": 40, "draft_n_accepted": 31})

    assert timings is not None
    assert (timings.draft_tokens, timings.accepted_tokens) == (40, 31)


def test_timings_of_a_completion_that_is_not_streamed_are_kept() -> None:
    answer = ReplyBuilder("00")
    choice = {"index": 0, "message": {"content": "x"}, "finish_reason": "stop"}

    answer.take_completion(json.dumps({"choices": [choice], "timings": TIMINGS}))

    reply = answer.reply()
    assert reply is not None
    assert reply.engine_timings is not None
    assert reply.engine_timings.generated_tokens == 33


@pytest.mark.parametrize(
    "timings",
    [
        None,
        [],
        {},
        {**TIMINGS, "prompt_ms": "23.613"},
        {**TIMINGS, "prompt_ms": float("nan")},
        {**TIMINGS, "predicted_ms": -1.0},
        {**TIMINGS, "predicted_n": 33.5},
        {**TIMINGS, "prompt_n": True},
        {**TIMINGS, "draft_n": 10**400},
    ],
    ids=str,
)
def test_a_reply_is_kept_whatever_its_timings_are(timings: object) -> None:
    assert streamed(timings) is None
