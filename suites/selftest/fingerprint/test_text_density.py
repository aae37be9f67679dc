"""How many tokens a character has is counted by the server, with as much text as it has room for."""

from __future__ import annotations

import math

import pytest
from servecheck.errors import GenerationError
from servecheck.fingerprint.endpoint import AnswerRefused
from servecheck.fingerprint.prompts import USUAL
from servecheck.fingerprint.text_density import text_density

from suites.selftest.fingerprint.scripted_server import NoSuchThing, serving

pytestmark = pytest.mark.selftest

CHINESE = range(0x3000, 0xFFFF)


def counting(tokens, room=10_000):
    """A server that says so many tokens of a text, and refuses prompts that are longer than its room."""

    def answers(_path, body):
        count = tokens(body["messages"][-1]["content"])
        if count is not None and count > room:
            raise NoSuchThing(400, "the prompt exceeds the context")
        usage = {} if count is None else {"usage": {"prompt_tokens": count, "completion_tokens": 1}}
        return {"choices": [{"message": {"content": "a"}, "finish_reason": "length"}], **usage}

    return answers


def by_character(text):
    return 10 + math.ceil(sum(2 if ord(one) in CHINESE else 0.5 for one in text))


@pytest.mark.parametrize("room", [10_000, 512])
def test_it_is_the_same_with_less_text_where_there_is_no_room_for_more(room):
    with serving(counting(by_character, room)) as served:
        found = text_density(served.endpoint)

    assert found["prose"] == pytest.approx(0.5, abs=0.02)
    assert found["chinese"] == pytest.approx(2, abs=0.05)


def test_a_server_without_room_for_a_short_text_is_refused():
    with serving(counting(by_character, 64)) as served, pytest.raises(AnswerRefused, match="exceeds the context"):
        text_density(served.endpoint)


def test_it_is_the_usual_one_of_a_server_that_counts_nothing():
    with serving(counting(lambda _text: None)) as served:
        assert text_density(served.endpoint) == USUAL


def test_a_server_that_counts_all_prompts_alike_is_refused():
    with serving(counting(lambda _text: 3)) as served, pytest.raises(GenerationError, match="3 of one with a single"):
        text_density(served.endpoint)
