"""``copy_reasoning_to_content``: an answer for clients that read the content alone, where there is none."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from servecheck.transforms import transform_chain

from suites.transforms.strategies import completion, messages, replies, thoughts

pytestmark = pytest.mark.transforms

NAMES = st.sampled_from(["reasoning", "reasoning_content"])
empty = st.sampled_from([None, "", " ", "\n\n"])


def copied(message):
    whole = completion(None)
    whole["choices"][0]["message"] = message
    return transform_chain(["copy_reasoning_to_content"]).reply(whole, {})[0]["choices"][0]["message"]


@given(messages(replies.filter(str.strip)))
def test_an_answer_is_left_as_it_is(message):
    assume(message["content"])

    assert copied(message) is message


@given(messages(), empty, thoughts.filter(str.strip), NAMES)
def test_an_empty_answer_is_filled_whatever_the_field_is_called(message, content, thought, name):
    message = {**message, "content": content, "reasoning": None, name: thought}
    message.pop("tool_calls", None)

    assert copied(message) == {**message, "content": thought}


@given(messages(), empty, thoughts.filter(str.strip), NAMES)
def test_a_call_of_a_tool_is_an_answer(message, content, thought, name):
    message = {**message, "content": content, name: thought, "tool_calls": [{"id": "call_1"}]}

    assert copied(message) is message


@given(messages(), empty, st.sampled_from(["", " ", "\n"]), NAMES)
def test_reasoning_of_nothing_is_no_answer(message, content, thought, name):
    message = {**message, "content": content, "reasoning": "", "reasoning_content": "", name: thought}

    assert copied(message) is message


@given(messages())
def test_twice_is_once(message):
    once = copied(message)

    assert copied(once) is once
