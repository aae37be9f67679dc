"""The embedded server's log-probabilities are made up, and of the protocol's form."""

from __future__ import annotations

import json
import math

import pytest
from servecheck.generation.logprobs import token_logprobs
from servecheck.selfcheck.embedded.chat_request import RequestRefused, chat_request
from servecheck.selfcheck.embedded.chat_wire import EmbeddedReply, rendered
from servecheck.selfcheck.embedded.likely_tokens import logprobs_of


def body(**fields: object) -> bytes:
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": "?"}], **fields}).encode()


def test_a_letter_has_others_beside_it_and_another_token_none():
    answer, letter = token_logprobs(logprobs_of("Answer B", 20))

    assert (answer.token, [one for one, _ in answer.alternatives]) == ("Answer", ["Answer"])
    assert (letter.token, [one for one, _ in letter.alternatives]) == ("B", [*"BACDEFGHIJ"])
    assert letter.logprob == letter.alternatives[0][1] > letter.alternatives[1][1]
    assert sum(math.exp(logprob) for _, logprob in letter.alternatives) <= 1


def test_so_many_are_told_as_were_asked_for():
    [letter] = token_logprobs(logprobs_of("B", 3))

    assert [one for one, _ in letter.alternatives] == [*"BAC"]


def test_they_stand_in_the_chunks_and_in_the_whole_and_only_where_they_were_asked_for():
    told, untold = rendered(EmbeddedReply("B so"), 1, likely=2), rendered(EmbeddedReply("B so"), 1)

    assert [event.count(b'"top_logprobs"') for event in told.text] == [1, 1]
    assert told.message.count(b'"top_logprobs"') == 2
    assert b"top_logprobs" not in untold.message + b"".join(untold.text)


@pytest.mark.parametrize(
    ("fields", "likely"),
    [
        ({}, None),
        ({"logprobs": False, "top_logprobs": 0}, None),
        ({"logprobs": True}, 0),
        ({"logprobs": True, "top_logprobs": 20}, 20),
    ],
)
def test_requests_ask_for_them_as_openais_do(fields, likely):
    assert chat_request(body(**fields), "m").likely == likely


@pytest.mark.parametrize(
    "fields", [{"top_logprobs": 3}, {"logprobs": True, "top_logprobs": 21}, {"logprobs": True, "top_logprobs": "3"}]
)
def test_others_are_refused(fields):
    with pytest.raises(RequestRefused, match="top_logprobs"):
        chat_request(body(**fields), "m")
