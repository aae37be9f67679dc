"""Streams through any chain: the same text as the whole reply's, and a stream as clients know it."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from servecheck.generation.sse import SseDecoder
from servecheck.transforms import transform_chain

from suites.transforms.strategies import (
    chat_requests,
    completion,
    completions,
    fenced,
    joined,
    programs,
    said,
    seeds,
    sse_pieces,
    streamed,
    thoughts,
)

pytestmark = pytest.mark.transforms

OF_REPLIES = ["copy_reasoning_to_content", "drop_prefill_echo", "split_think_tags", "strip_code_fences"]
chains = st.lists(st.sampled_from(OF_REPLIES), min_size=1, max_size=3).map(transform_chain)
asked = chat_requests(st.just("P: "))


def sent(chain, chunks, request):
    """What a client gets of the chunks."""
    state = chain.stream(request)
    return [*(out for chunk in chunks for out in state.feed(chunk)), *state.end()]


def whole(chain, completion, request):
    choices = chain.reply(completion, request)[0]["choices"]
    return {choice["index"]: said(choice["message"]) for choice in choices}


@given(chains, completions(), asked, seeds)
@example(transform_chain(["strip_code_fences"]), completion("```python\n- ```\n"), {}, 1)
@example(transform_chain(["split_think_tags"]), completion("<think>a</thi</think>b"), {}, 1)
def test_a_stream_says_what_the_whole_reply_says_however_it_is_cut(chain, reply, request_body, seed):
    streamed_text = {
        index: said(one) for index, one in joined(sent(chain, streamed(reply, seed), request_body)).items()
    }

    assert streamed_text == whole(chain, reply, request_body)


@given(chains, completions(most_choices=1), asked, seeds)
def test_so_it_does_out_of_bytes_however_they_are_cut(chain, reply, request_body, seed):
    decoder, state = SseDecoder(), chain.stream(request_body)
    out = []
    for piece in sse_pieces(streamed(reply, seed), seed):
        for event in decoder.feed(piece):
            out += state.end() if event == "[DONE]" else state.feed(json.loads(event))

    assert {index: said(one) for index, one in joined(out).items()} == whole(chain, reply, request_body)


@given(chains, completions(), asked, seeds)
def test_what_was_done_is_counted_alike(chain, reply, request_body, seed):
    state = chain.stream(request_body)
    for chunk in streamed(reply, seed):
        state.feed(chunk)
    state.end()

    assert set(state.applied) == set(chain.reply(reply, request_body)[1])


@given(chains, completions(), asked, seeds)
def test_every_choice_ends_once_and_after_all_that_it_says(chain, reply, request_body, seed):
    ended = {}
    for chunk in sent(chain, streamed(reply, seed), request_body):
        for choice in chunk["choices"]:
            assert choice["index"] not in ended
            if choice["finish_reason"] is not None:
                ended[choice["index"]] = choice["finish_reason"]

    assert ended == {choice["index"]: choice["finish_reason"] for choice in reply["choices"]}


@given(chains, completions(), asked, seeds, st.booleans())
def test_the_usage_comes_last_and_untouched(chain, reply, request_body, seed, finishes):
    chunks = streamed(reply, seed)
    if not finishes:
        chunks = [
            {**chunk, "choices": [{**one, "finish_reason": None} for one in chunk["choices"]]} for chunk in chunks
        ]

    out = sent(chain, chunks, request_body)

    assert out[-1] is chunks[-1] or out[-1] == chunks[-1]
    assert [chunk for chunk in out if not chunk["choices"]] == [chunks[-1]]


@given(chains, completions(), asked, seeds)
def test_roles_and_tool_calls_and_unknown_fields_are_untouched(chain, reply, request_body, seed):
    chunks = streamed(reply, seed)
    kept = ("content", "reasoning", "reasoning_content")

    def rest(found):
        return {index: {name: one[name] for name in one if name not in kept} for index, one in found.items()}

    assert rest(joined(sent(chain, chunks, request_body))) == rest(joined(chunks))


@given(chains, completions(), asked, seeds)
def test_the_role_comes_before_all_else_that_its_choice_says(chain, reply, request_body, seed):
    seen = set()
    for chunk in sent(chain, streamed(reply, seed), request_body):
        for choice in chunk["choices"]:
            if choice["index"] not in seen:
                assert choice["delta"]["role"] == "assistant"
                seen.add(choice["index"])


@given(chains, completions(), asked, seeds, st.integers(0, 40))
def test_an_error_is_untouched_and_comes_after_what_was_said_before_it(chain, reply, request_body, seed, place):
    chunks = [chunk for chunk in streamed(reply, seed) if chunk["choices"]][: place + 1]
    error = {"error": {"message": "the engine died", "code": 500}}

    out = sent(chain, [*chunks, error], request_body)

    assert out[-1] is error
    assert joined(out[:-1]) == joined(sent(chain, chunks, request_body))


@given(completions(), asked, seeds)
def test_a_chain_of_nothing_hands_on_the_very_objects(reply, request_body, seed):
    chunks = streamed(reply, seed)
    out = sent(transform_chain([]), chunks, request_body)

    assert len(out) == len(chunks)
    assert all(one is other for one, other in zip(out, chunks, strict=True))
    assert transform_chain([]).reply(reply, request_body) == (reply, ())


@given(chains, completions(), asked, seeds)
def test_what_goes_in_is_never_changed(chain, reply, request_body, seed):
    chunks = streamed(reply, seed)
    before = copy.deepcopy((reply, chunks, request_body))

    chain.reply(reply, request_body)
    sent(chain, chunks, request_body)

    assert (reply, chunks, request_body) == before


TWO_CHOICES = {
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "00000", "reasoning": "0"}, "finish_reason": "stop"},
        {"index": 1, "message": {"role": "assistant", "content": "0"}, "finish_reason": "stop"},
    ]
}


@given(chains, completions(), asked, seeds)
@example(transform_chain(["split_think_tags"]), TWO_CHOICES, {}, 65536)  # the server's own delta says nothing
def test_nothing_is_sent_that_says_nothing(chain, reply, request_body, seed):
    chunks = streamed(reply, seed)
    came = {id(choice) for chunk in chunks for choice in chunk["choices"]}

    def tells(fields, besides):
        return any(value is not None for name, value in fields.items() if name not in besides)

    for chunk in sent(chain, chunks, request_body):
        if tells(chunk, {"id", "created", "model", "object", "choices"}):
            continue
        for choice in chunk["choices"]:
            text = {"content", "reasoning", "reasoning_content"}
            assert (
                id(choice) in came
                or any(choice["delta"].get(name) for name in text)
                or tells(choice["delta"], text)
                or tells(choice, {"index", "delta"})
            )


@given(programs(), thoughts)
def test_code_is_passed_on_as_it_comes_line_by_line(program, thought):
    chain = transform_chain(["split_think_tags", "strip_code_fences"])
    state = chain.stream({})
    got = ""
    for line in f"{thought}</think>\nHere:\n```python\n".splitlines(keepends=True):
        state.feed({"choices": [{"index": 0, "delta": {"content": line}}]})
    came = ""
    for line in program.source.splitlines(keepends=True):
        out = state.feed({"choices": [{"index": 0, "delta": {"content": line}}]})
        came += line
        got += "".join(choice["delta"]["content"] for chunk in out for choice in chunk["choices"])
        assert got == came or not came.strip()


@given(thoughts.map(lambda text: text.replace("<", "")), seeds)
def test_reasoning_and_answer_are_passed_on_as_they_come(thought, seed):
    state = transform_chain([{"name": "split_think_tags", "bare_close": False}]).stream({})
    reply = completion(f"<think>{thought}</think>{thought}x")
    came = ""
    got = {}
    for chunk in streamed(reply, seed):
        out = state.feed(chunk)
        came += chunk["choices"][0]["delta"].get("content", "")
        for index, one in joined(out).items():
            got.setdefault(index, []).append("".join(said(one)[::-1]))
        tags = came.count("<think>") * 7 + came.count("</think>") * 8
        assert len(came) - tags - len("".join(got.get(0, []))) < len("</think>")


@given(chains, completions(most_choices=1), completions(most_choices=1), asked, seeds)
def test_choices_do_not_mix(chain, one, other, request_body, seed):
    both = {**one, "choices": [one["choices"][0], {**other["choices"][0], "index": 1}]}

    mixed = joined(sent(chain, streamed(both, seed), request_body))
    alone = [joined(sent(chain, streamed(reply, seed), request_body))[0] for reply in (one, other)]

    assert [said(mixed[0]), said(mixed[1])] == [said(message) for message in alone]


@given(st.data(), programs())
def test_a_stream_without_an_end_still_gives_all_that_there_is(data, program):
    reply = data.draw(fenced(program.source, closed=False))
    chunks = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in reply]

    out = joined(sent(transform_chain(["strip_code_fences"]), chunks, {}))

    assert out[0]["content"].strip() == program.source.strip()
