"""What a server says of log-probabilities is kept as far as it is in the protocol's form, and costs no reply."""

from __future__ import annotations

import json
from typing import Any

import pytest
from servecheck.evaluation.token_logprobs import TokenLogprob
from servecheck.evaluation.transcript import Reply
from servecheck.generation.logprobs import MOST_TOKENS_KEPT, token_logprobs
from servecheck.generation.reply_builder import ReplyBuilder


def told(token: str, logprob: Any, *others: tuple[str, Any]) -> dict[str, Any]:
    listed = [{"token": one, "logprob": value, "bytes": None} for one, value in others]
    return {"token": token, "logprob": logprob, "bytes": [65], "top_logprobs": listed}


def streamed(*chunks: Any) -> Reply:
    answer = ReplyBuilder("00")
    for logprobs in chunks:
        choice = {"index": 0, "delta": {"content": "x"}, "logprobs": logprobs, "finish_reason": None}
        answer.take_chunk(json.dumps({"choices": [choice]}))
    answer.take_chunk(json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
    reply = answer.reply()
    assert reply is not None
    return reply


def test_those_of_a_streams_chunks_follow_one_another():
    reply = streamed({"content": [told("A", -0.1, ("A", -0.1), ("B", -2))]}, None, {"content": [told("B", -1)]})

    assert reply.logprobs == (TokenLogprob("A", -0.1, (("A", -0.1), ("B", -2.0))), TokenLogprob("B", -1.0))


def test_those_of_a_reply_in_one_piece_are_kept_too():
    answer = ReplyBuilder("00")
    said = {"index": 0, "message": {"content": "A"}, "finish_reason": "stop"}
    answer.take_completion(json.dumps({"choices": [{**said, "logprobs": {"content": [told("A", -0.1)]}}]}))
    reply = answer.reply()

    assert reply is not None
    assert reply.logprobs == (TokenLogprob("A", -0.1),)


@pytest.mark.parametrize(
    "anything",
    [True, [], "x", {"content": 3}, {"content": [3, None, {}]}, {"tokens": ["A"]}, {"content": [told("A", "-1")]},
     {"content": [told("A", 2.0)]}, {"content": [{"logprob": -1}]}],
)  # fmt: skip
def test_what_is_none_is_left_out(anything):
    reply = streamed(anything)

    assert (reply.content, reply.logprobs) == ("x", ())


def test_of_those_beside_a_token_what_is_none_is_left_out():
    entry = {**told("A", -0.1), "top_logprobs": [{"token": "A", "logprob": None}, 7, {"token": "B", "logprob": -1}]}

    assert [*token_logprobs({"content": [entry]})] == [TokenLogprob("A", -0.1, (("B", -1.0),))]


def test_those_of_a_long_reply_are_kept_of_its_beginning():
    reply = streamed(*[{"content": [told("A", -0.1)] * 10}] * 10)

    assert len(reply.logprobs) == MOST_TOKENS_KEPT
