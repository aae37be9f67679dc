"""Texts are taken as the tokens that a server wrote, and scored by the log-probabilities that another gives them."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.fingerprint.reading import Condition
from servecheck.fingerprint.text_likelihood import LONGEST, NotScored, ReplyTokens, reply_tokens, scored
from servecheck.profiles.schema import Profile

from suites.selftest.fingerprint.scripted_server import engine

PROFILE = Profile(name="p", model="m", backend="vllm")
PROMPTS = {"T/0": [{"role": "user", "content": "zero"}], "T/1": [{"role": "user", "content": "one"}]}
TEXTS = {"T/0": ReplyTokens((1, 2), (3, 4)), "T/1": ReplyTokens((1,), (9,))}


def writes(path: str, body: dict[str, Any]) -> tuple[int, Any]:
    tokens = [] if body["messages"][-1]["content"] == "one" else [5, 6]
    message = {"role": "assistant", "content": "said" if tokens else ""}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "token_ids": tokens}
    return 200, {"prompt_token_ids": [1, 2, 3], "choices": [choice]}


def scores(path: str, body: dict[str, Any]) -> tuple[int, Any]:
    """The log-probability of a token is a tenth of it, below 0; of the first there is none."""
    told = [{str(token): {"logprob": -token / 10, "rank": 1}} for token in body["prompt"]]
    return 200, {"choices": [{"prompt_logprobs": [None, *told[1:]]}]}


def test_a_text_is_its_tokens_after_those_of_its_prompt_and_one_without_is_left_out():
    with engine(writes) as (url, asked):
        found = reply_tokens(PROFILE, PROMPTS, url, Condition.LOADED)

    assert found == {"T/0": ReplyTokens((1, 2, 3), (5, 6))}
    (path, body) = asked[0]
    assert path == "/v1/chat/completions"
    assert (body["return_token_ids"], "stream" in body) == (True, False)
    assert max(body.get("max_tokens", 0), body.get("max_completion_tokens", 0)) == LONGEST


def test_an_idle_server_is_asked_one_prompt_at_a_time_for_shorter_texts():
    in_flight, most = [0], [0]

    def counted(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        in_flight[0] += 1
        most[0] = max(most[0], in_flight[0])
        answer = writes(path, body)
        in_flight[0] -= 1
        return answer

    with engine(counted) as (url, asked):
        reply_tokens(PROFILE, PROMPTS, url, Condition.IDLE)

    assert most == [1]
    assert {max(body.get("max_tokens", 0), body.get("max_completion_tokens", 0)) for _, body in asked} == {LONGEST // 2}


def test_a_text_scores_the_mean_of_its_own_tokens():
    with engine(scores) as (url, asked):
        found = scored(PROFILE, TEXTS, url)

    assert found == {"T/0": pytest.approx(-0.35), "T/1": pytest.approx(-0.9)}
    assert {(path, body["prompt_logprobs"], body["max_tokens"]) for path, body in asked} == {("/v1/completions", 0, 1)}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((400, {"error": {"message": "prompt_logprobs are not there"}}), "HTTP 400.*prompt_logprobs are not there"),
        ((200, {"choices": [{"prompt_logprobs": [None]}]}), "1 log-probabilities of"),
        ((200, {"choices": [{"prompt_logprobs": [None] * 5}]}), "5 log-probabilities of 4 tokens"),
        ((200, {"choices": [{}]}), "no prompt_logprobs of 2 tokens"),
        ((200, {"choices": [{"prompt_logprobs": [None] * 4}]}), "no log-probability of token 3"),
    ],
)
def test_an_engine_that_cannot_is_said_to_give_none(answer, said):
    with engine(lambda *_: answer) as (url, _):
        found = scored(PROFILE, {"T/0": TEXTS["T/0"]}, url)

    assert isinstance(found, NotScored)
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(found.reason)


def test_a_log_probability_above_zero_is_none():
    with engine(lambda _, body: (200, {"choices": [{"prompt_logprobs": [None, None, *(
        {str(token): {"logprob": 0.1}} for token in body["prompt"][2:])]}]})) as (url, _):  # fmt: skip
        found = scored(PROFILE, {"T/0": TEXTS["T/0"]}, url)

    assert isinstance(found, NotScored)
    assert "no log-probability of token 3 but {'logprob': 0.1}" in found.reason


def test_a_server_that_tells_no_token_ids_is_said_to_give_none():
    def untold(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        choice = {"index": 0, "message": {"role": "assistant", "content": "said"}, "finish_reason": "stop"}
        return 200, {"choices": [choice]}

    with engine(untold) as (url, _):
        found = reply_tokens(PROFILE, PROMPTS, url, Condition.LOADED)

    assert isinstance(found, NotScored)
    assert "return_token_ids" in found.reason
