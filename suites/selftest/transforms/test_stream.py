"""The shape of a transformed stream, chunk by chunk."""

from __future__ import annotations

import time

import pytest
from servecheck.transforms import transform_chain

HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def chunk(finish_reason=None, index=0, **delta):
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return {**HEAD, "choices": [choice]}


USAGE = {**HEAD, "choices": [], "usage": {"completion_tokens": 3}}


def test_held_text_comes_in_a_chunk_of_its_own_before_the_finish_reason():
    state = transform_chain(["strip_code_fences"]).stream({})

    assert state.feed(chunk(role="assistant", content="")) == [chunk(role="assistant", content="")]
    assert state.feed(chunk(content="return 1")) == []
    assert state.feed(chunk("stop", content="\n")) == [chunk(content="return 1\n"), chunk("stop", content="")]
    assert state.feed(USAGE) == [USAGE]
    assert state.end() == []


def test_a_copy_of_the_reasoning_is_the_last_delta():
    state = transform_chain(["copy_reasoning_to_content"]).stream({})
    thought = chunk(reasoning_content="hm")

    assert state.feed(thought) == [thought]
    assert state.feed(chunk("length")) == [chunk(content="hm"), chunk("length")]


def test_tagged_reasoning_goes_to_the_field_that_the_server_uses():
    state = transform_chain(["split_think_tags"]).stream({})
    state.feed(chunk(reasoning_content="a"))

    assert state.feed(chunk(content="<think>b")) == [chunk(content="", reasoning_content="b")]


def test_usage_waits_for_text_that_is_held_back_and_a_chunk_of_another_kind_does_not():
    state = transform_chain(["strip_code_fences"]).stream({})
    filtered = {**HEAD, "choices": [], "prompt_filter_results": []}

    assert state.feed(chunk(content="x = 1")) == []
    assert state.feed(filtered) == [filtered]
    assert state.feed(USAGE) == []
    assert state.end() == [{**HEAD, "choices": [{**chunk(content="x = 1")["choices"][0]}]}, USAGE]
    assert state.end() == []


def test_a_chunk_that_tells_more_than_text_is_sent_without_the_text():
    state = transform_chain(["strip_code_fences"]).stream({})
    running = {**chunk(content="x"), "usage": {"completion_tokens": 1}}
    scored = chunk(content="y")
    scored["choices"][0]["logprobs"] = {"content": []}

    assert state.feed(running) == [{**chunk(content=""), "usage": {"completion_tokens": 1}}]
    assert state.feed(scored)[0]["choices"][0] == {**scored["choices"][0], "delta": {"content": ""}}


def test_of_two_choices_in_a_chunk_one_may_be_held_back():
    state = transform_chain(["strip_code_fences"]).stream({})
    state.feed(chunk(content="```python\n", index=1))
    both = {**HEAD, "choices": [*chunk(content="x")["choices"], *chunk(content="y", index=1)["choices"]]}

    assert state.feed(both) == [chunk(content="y", index=1)]


def test_an_error_comes_after_what_was_held_back_and_ends_the_reply():
    state = transform_chain(["strip_code_fences"]).stream({})
    state.feed(chunk(content="x"))
    error = {"error": {"message": "the engine died"}}

    assert state.feed(error) == [{**HEAD, "choices": [chunk(content="x")["choices"][0]]}, error]
    assert state.feed(chunk(content="```python\ny\n```")) == [chunk(content="```python\ny\n```")]


@pytest.mark.slow
def test_a_line_of_megabytes_in_small_pieces_takes_time_in_proportion():
    state = transform_chain(["split_think_tags", "strip_code_fences", "copy_reasoning_to_content"]).stream({})
    start = time.process_time()

    for _ in range(20_000):
        state.feed(chunk(content="`x`" + "y <" * 60))
    out = state.feed(chunk("stop"))

    assert len(out[0]["choices"][0]["delta"]["content"]) == 20_000 * 183
    assert time.process_time() - start < 5


@pytest.mark.slow
@pytest.mark.parametrize(
    "reply",
    [
        "x = [" + '"<think> a", ' * 4000,
        "x <think> a </think>" * 4000,
        "```python\n" + "x = '```' + " * 4000,
        'x = """\n' + "```python\n" * 8000,
        "```python\ndef f():\n    return 1\n```\n" * 2000,
    ],
    ids=["tags", "thoughts", "backticks", "fences in a string", "blocks"],
)
def test_what_a_model_in_a_loop_sends_takes_time_in_proportion(reply):
    state = transform_chain(["split_think_tags", "strip_code_fences"]).stream({})
    start = time.process_time()

    for at in range(0, len(reply), 5):
        state.feed(chunk(content=reply[at : at + 5]))
    state.feed(chunk("length"))

    assert time.process_time() - start < 5
