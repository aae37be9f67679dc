"""A problem's functions are offered with its question, and no call is answered."""

from __future__ import annotations

import pytest
from servecheck.evaluation.conversation import Ask
from servecheck.profiles.schema import Sampling
from servecheck.protocols.function_calling import TEMPERATURE, FunctionCalling

from suites.selftest.tool_problems import call, problem, said

ASKED = problem({"x": "integer"}, {"x": [1]})


def test_the_tools_are_part_of_the_request():
    step = next(FunctionCalling().converse(ASKED))

    assert isinstance(step, Ask)
    assert step.messages == ({"role": "user", "content": "Do it."},)
    assert step.fields == {"tools": list(ASKED.tools)}


def test_the_conversation_ends_with_the_first_reply_whatever_it_calls():
    conversation = FunctionCalling().converse(ASKED)
    next(conversation)

    with pytest.raises(StopIteration) as ended:
        conversation.send(said(call(x=1)).reply)
    assert ended.value.value == "answered"


def test_the_sampling_is_theirs():
    fields = FunctionCalling().request_fields(Sampling(temperature=TEMPERATURE, max_tokens=64))

    assert fields == {"temperature": 0.001, "max_completion_tokens": 64}
