"""Transforms together: which orders make no difference, and what the chain of the notes keeps."""

from __future__ import annotations

import ast

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from servecheck.extraction import extract
from servecheck.transforms import transform_chain

from suites.transforms.strategies import (
    chat_requests,
    completion,
    completions,
    plain_text,
    presented,
    replies,
    said,
    thoughts,
)

pytestmark = pytest.mark.transforms

INJECT = {"name": "inject_chat_template_kwargs", "enable_thinking": False}
NOTES = [INJECT, "strip_code_fences", "copy_reasoning_to_content"]
OF_REPLIES = ["copy_reasoning_to_content", "drop_prefill_echo", "split_think_tags", "strip_code_fences"]


def after(names, content, request=None, **fields):
    new, _ = transform_chain(names).reply(completion(content, **fields), request or {})
    return said(new["choices"][0]["message"])


def statements(source):
    return [ast.dump(statement) for statement in ast.parse(source).body]


@given(chat_requests(st.just("P: ")), completions(), st.permutations([INJECT, *OF_REPLIES]))
def test_the_place_of_a_transform_of_requests_among_those_of_replies_makes_no_difference(body, reply, order):
    one, other = transform_chain(order), transform_chain([INJECT, *(name for name in order if name != INJECT)])

    assert one.request(body) == other.request(body)
    assert one.reply(reply, body) == other.reply(reply, body)
    assert one.reply(reply, one.request(body)[0]) == one.reply(reply, body)


@given(presented(), st.sampled_from(["", "it's easy"]))
def test_copying_and_stripping_commute_where_there_is_an_answer(case, reasoning):
    assume(case.reply.strip())
    names = ["strip_code_fences", "copy_reasoning_to_content"]

    assert after(names, case.reply, reasoning=reasoning) == after(names[::-1], case.reply, reasoning=reasoning)


@given(replies, plain_text)
def test_copying_before_or_after_stripping_makes_no_difference_where_the_reasoning_has_no_fences(content, reasoning):
    names = ["strip_code_fences", "copy_reasoning_to_content"]

    assert after(names, content, reasoning=reasoning) == after(names[::-1], content, reasoning=reasoning)


@given(thoughts, presented())
def test_dropping_an_echo_and_copying_reasoning_commute_where_something_follows_the_echo(thought, case):
    request = {"messages": [{"role": "assistant", "content": "P:"}]}
    names = ["drop_prefill_echo", "copy_reasoning_to_content"]
    content = "P:" + case.reply

    assert after(names, content, request, reasoning=thought) == after(names[::-1], content, request, reasoning=thought)


@given(thoughts, presented())
def test_code_in_the_reasoning_is_never_taken_where_tags_are_split_first(thought, case):
    asked = {"messages": [{"role": "user", "content": f"def {case.program.entry_point}(items):"}]}
    content, reasoning = after(
        ["split_think_tags", "strip_code_fences"], f"<think>{thought}</think>\n{case.reply}", asked
    )

    assert reasoning == thought
    found = extract(content, case.program.entry_point).program
    assert statements(found) == statements(case.extra) + statements(case.program.source)


@given(thoughts.filter(str.strip), st.booleans())
def test_splitting_and_then_copying_shows_reasoning_that_was_never_answered(thought, closed):
    content = f"<think>{thought}" + "</think>\n" * closed

    assert after(["split_think_tags", "copy_reasoning_to_content"], content) == (thought, thought)


@given(presented(fenced_strings=True), st.sampled_from(["content", "reasoning", "reasoning_content"]))
def test_the_chain_of_the_notes_never_loses_the_program(case, field):
    asked = {"messages": [{"role": "user", "content": f"def {case.program.entry_point}(items):"}]}
    fields = {field: case.reply}

    content, _ = after(NOTES, fields.pop("content", None), asked, **fields)

    found = extract(content, case.program.entry_point).program
    if field == "content":
        assert statements(found) == statements(case.extra) + statements(case.program.source)
    else:
        assert content == case.reply


@given(chat_requests(st.just("P: ")), completions(), st.lists(st.sampled_from(OF_REPLIES), min_size=1, max_size=3))
@example({}, completion("<think></think>"), ["split_think_tags"])
def test_what_was_done_is_said_where_anything_was_and_only_there(body, reply, names):
    new, applied = transform_chain(names).reply(reply, body)

    assert {one.transform for one in applied} <= set(names)
    assert all(one.count > 0 for one in applied)
    if new is not reply:
        assert applied


@given(chat_requests(st.just("P: ")), completions(), st.lists(st.sampled_from(OF_REPLIES), max_size=3))
def test_of_a_whole_reply_the_text_of_messages_alone_is_changed(body, reply, names):
    new, _ = transform_chain(names).reply(reply, body)

    def rest(completion):
        text = {"content", "reasoning", "reasoning_content"}
        choices = [
            {**choice, "message": {name: value for name, value in choice["message"].items() if name not in text}}
            for choice in completion["choices"]
        ]
        return {**completion, "choices": choices}

    assert rest(new) == rest(reply)
