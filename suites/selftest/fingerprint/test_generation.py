"""Every check generates: greedily, with the likely tokens of each place, one at a time or many."""

from __future__ import annotations

import threading

import pytest
from servecheck.errors import GenerationError
from servecheck.fingerprint.abilities import ServerAbilities
from servecheck.fingerprint.generation import at_a_time, generated
from servecheck.fingerprint.prompts import FingerprintPrompt
from servecheck.fingerprint.reading import Condition

from suites.selftest.fingerprint.scripted_server import serving

pytestmark = pytest.mark.selftest

ABLE = ServerAbilities(20, tells_ids=True, tool_choice="none")
PROMPT = FingerprintPrompt("chat-16-1", "chat", 16, ({"role": "user", "content": "hello"},))
TOOLS = FingerprintPrompt("tools-16-1", "tools", 16, PROMPT.messages, ({"type": "function"},))
CALL = {"id": "call_1", "type": "function", "function": {"name": "now", "arguments": "{}"}}


def test_a_reading_has_all_that_the_server_told():
    message = {"content": "done", "reasoning": "hm", "tool_calls": [CALL]}
    entry = {"token": "t", "logprob": -1.0, "top_logprobs": [{"token": "t", "logprob": -1.0}]}
    answer = {
        "choices": [{"message": message, "logprobs": {"content": [entry]}, "token_ids": [4], "finish_reason": "stop"}],
        "prompt_token_ids": [1, 2],
        "usage": {"prompt_tokens": 2, "completion_tokens": 1},
    }
    with serving(lambda _path, _body: answer) as served:
        found = generated(served.endpoint, TOOLS, ABLE, Condition.LOADED)

    assert found.text == "hm\ndone\nnow({})"  # a call's id is made up anew each time
    assert (found.token_ids, len(found.positions), found.condition) == ((4,), 1, Condition.LOADED)
    assert (found.prompt_tokens, found.completion_tokens) == (2, 1)
    assert served.endpoint.prompt_ids == {"tools-16-1": (1, 2)}
    body = served.asked[0][1]
    assert (body["logprobs"], body["top_logprobs"], body["return_token_ids"]) == (True, 20, True)
    assert (body["tool_choice"], body["temperature"]) == ("none", 0.0)


def test_a_server_is_asked_for_nothing_that_it_does_not_tell():
    with serving(lambda _path, _body: {"choices": [{"message": {"content": "a"}}]}) as served:
        found = generated(served.endpoint, PROMPT, ServerAbilities(0), Condition.IDLE)

    assert not {"logprobs", "top_logprobs", "return_token_ids", "tool_choice"} & served.asked[0][1].keys()
    assert (found.positions, found.token_ids, found.prompt_tokens, found.prompt_sha256) == ((), None, None, None)


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": [{"message": {"content": 5}}]}, {"error": "dead"}])
def test_what_is_no_reply_is_machinery(answer):
    with serving(lambda _path, _body: answer) as served, pytest.raises(GenerationError, match="otherwise"):
        generated(served.endpoint, PROMPT, ABLE, Condition.IDLE)


def test_so_many_are_under_way_at_a_time_and_no_more():
    barrier, most, running = threading.Barrier(3), [0], []

    def do(item: int) -> int:
        running.append(item)
        most[0] = max(most[0], len(running))
        barrier.wait(5)  # three at a time, or never
        running.remove(item)
        return item * item

    assert sorted(at_a_time(do, range(6), 3)) == [(item, item * item) for item in range(6)]
    assert most == [3]


def test_whoever_stops_taking_stops_asking():
    asked: list[int] = []

    def do(item: int) -> int:
        asked.append(item)
        return item

    taking = at_a_time(do, range(100), 1)
    next(taking)
    taking.close()

    assert asked == [0]


def test_the_first_error_is_raised_and_nothing_more_is_begun():
    asked: list[int] = []

    def do(item: int) -> int:
        asked.append(item)
        if item == 2:
            raise GenerationError("gone")
        return item

    with pytest.raises(GenerationError, match="gone"):
        list(at_a_time(do, range(100), 1))

    assert asked == [0, 1, 2]
