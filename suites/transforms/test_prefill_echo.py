"""``drop_prefill_echo``: the assistant's turn that the request ended in, gone from the reply, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from servecheck.transforms import transform_chain

from suites.transforms.strategies import chat_requests, completion, fragments, replies

pytestmark = pytest.mark.transforms

PREFILLS = ["P: ", "Here is the completed function:\n```python\ndef f(items):\n\n", "\n é😀", "aa", "```"]
prefills = st.sampled_from(PREFILLS)
blank = st.sampled_from(["", " ", "\n", "\r\n  "])


def dropped(reply, request):
    new, _ = transform_chain(["drop_prefill_echo"]).reply(completion(reply), request)
    return new["choices"][0]["message"]["content"]


@given(prefills, replies, blank, st.data())
def test_an_echo_is_dropped_and_the_rest_is_the_reply(prefill, rest, before, data):
    request = data.draw(chat_requests(st.just(prefill)))
    tail = prefill[len(prefill.rstrip()) :]
    assume(not tail or not rest.startswith(tail[0]))

    assert dropped(prefill + rest, request) == rest
    assert dropped(before + prefill.strip() + rest, request) == rest


@given(chat_requests(prefills), replies)
def test_a_reply_that_does_not_begin_with_it_is_left_as_it_is(request_body, reply):
    assume(not reply.lstrip().startswith(request_body["messages"][-1]["content"].strip()))

    assert dropped(reply, request_body) == reply


@given(chat_requests(), replies)
def test_a_request_without_the_assistants_turn_has_no_echo(request_body, reply):
    last = request_body["messages"][-1]["content"]
    asked = last if isinstance(last, str) else last[0]["text"]

    assert dropped(asked + reply, request_body) == asked + reply


@given(prefills, fragments, st.data())
@example("aa", "aa", None)
def test_what_follows_the_echo_is_the_reply_even_where_it_says_the_same(prefill, rest, data):
    request = {"messages": [{"role": "assistant", "content": prefill}]}
    echo = prefill.strip()

    assert dropped(echo + echo + rest, request) == echo + rest


@given(chat_requests(prefills), replies)
def test_twice_is_once_but_for_a_second_echo(request_body, reply):
    once = dropped(reply, request_body)
    assume(not once.lstrip().startswith(request_body["messages"][-1]["content"].strip()))

    assert dropped(once, request_body) == once


@given(chat_requests(prefills), fragments, st.integers(0, 60))
def test_a_part_of_it_is_no_echo(request_body, reply, cut):
    echo = request_body["messages"][-1]["content"].strip()
    part = echo[: min(cut, len(echo) - 1)] + "\x01" + reply

    assert dropped(part, request_body) == part
