"""Transforms as a profile names them, and what they do to the cases that started the project."""

from __future__ import annotations

import pytest
from servecheck.errors import UnknownName, UsageError
from servecheck.transforms import Applied, transform_chain

NOTES = [
    {"name": "inject_chat_template_kwargs", "enable_thinking": False},
    "strip_code_fences",
    "copy_reasoning_to_content",
]
PROMPT = 'def f(items):\n    """Sum."""\n'
# The request that lm-evaluation-harness sends for humaneval_instruct
REQUEST = {
    "model": "m",
    "messages": [
        {"role": "user", "content": f"Write a solution:\n```python\n{PROMPT}\n```\n"},
        {"role": "assistant", "content": f"Here is the completed function:\n```python\n{PROMPT}\n"},
    ],
    "max_tokens": 4096,
}


def completion(**message):
    return {"choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}]}


def after(names, request=REQUEST, **message):
    return transform_chain(names).reply(completion(**message), request)[0]["choices"][0]["message"]


def test_the_chain_of_the_notes_switches_thinking_off():
    body, applied = transform_chain(NOTES).request(REQUEST)

    assert body == {**REQUEST, "chat_template_kwargs": {"enable_thinking": False}}
    assert applied == (Applied("inject_chat_template_kwargs", "request changed", 1),)


def test_a_request_that_says_it_already_is_not_counted():
    body = {**REQUEST, "chat_template_kwargs": {"enable_thinking": False}}

    assert transform_chain(NOTES).request(body) == (body, ())


@pytest.mark.parametrize(
    ("reply", "content"),
    [
        ("```python\n    return sum(items)\n```", "    return sum(items)\n"),
        ("Sure! It's easy:\n\n```\n    return sum(items)\n```\nDone.", "    return sum(items)\n"),
        ("    return sum(items)\n```\n\nThis sums them.", "    return sum(items)\n"),
        ("```python\nimport math\n", "import math\n"),
        ("```python\ndef f(items):\n    return sum(items)```", "def f(items):\n    return sum(items)"),
        ("    return sum(items)", "    return sum(items)"),
        ("I cannot do that.", "I cannot do that."),
        ("```python", "```python"),
    ],
)
def test_a_reply_to_lm_eval_becomes_what_it_can_append(reply, content):
    assert after(NOTES, content=reply)["content"] == content


def test_an_answer_that_stands_in_the_reasoning_is_copied():
    message = after(NOTES, content=None, reasoning_content="    return 1")

    assert message == {"role": "assistant", "content": "    return 1", "reasoning_content": "    return 1"}


def test_what_was_done_is_told():
    _, applied = transform_chain(["split_think_tags", *NOTES]).reply(
        completion(content="plan\n</think>\n```python\nx = f\n```"), REQUEST
    )

    assert applied == (
        Applied("split_think_tags", "reasoning moved", 1),
        Applied("split_think_tags", "characters moved", 5),
        Applied("split_think_tags", "tags removed", 1),
        Applied("split_think_tags", "opening tag missing", 1),
        Applied("strip_code_fences", "blocks kept", 1),
        Applied("strip_code_fences", "characters removed", 14),
    )


def test_counts_of_several_choices_are_summed():
    choice = completion(content=None, reasoning="ab")["choices"][0]
    reply = {"choices": [choice, {**choice, "index": 1}]}

    assert transform_chain(["copy_reasoning_to_content"]).reply(reply, {})[1] == (
        Applied("copy_reasoning_to_content", "reasoning copied", 2),
        Applied("copy_reasoning_to_content", "characters copied", 4),
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"message": "no", "code": 400}},
        {"object": "error", "message": "no"},
        {"choices": None},
        {"choices": [None, 1, {}, {"message": None}, {"message": {"content": [{"type": "text"}]}}]},
        {"choices": [{"text": "```python\nx\n```"}]},
    ],
)
def test_what_is_no_chat_reply_is_left_to_whom_it_concerns(answer):
    chain = transform_chain(["split_think_tags", "strip_code_fences"])

    assert chain.reply(answer, {}) == (answer, ())
    assert chain.stream({}).feed(answer) == [answer]


@pytest.mark.parametrize(
    "body", [{}, {"messages": None}, {"messages": [None, 3]}, {"messages": [{"role": "assistant"}]}]
)
def test_a_request_that_is_none_does_no_harm(body):
    chain = transform_chain(["drop_prefill_echo", "strip_code_fences"])

    assert chain.reply(completion(content="x"), body)[0] == completion(content="x")


def test_a_chain_says_what_it_is():
    chain = transform_chain(NOTES)

    assert chain.names == ("inject_chat_template_kwargs", "strip_code_fences", "copy_reasoning_to_content")
    assert chain.changes_replies
    assert not transform_chain(NOTES[:1]).changes_replies
    assert not transform_chain([]).changes_replies


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("strip_code_fence", UnknownName, "unknown transform 'strip_code_fence': did you mean strip_code_fences?"),
        ({"name": "nothing"}, UnknownName, "unknown transform 'nothing'"),
        ({"enable_thinking": False}, UsageError, "a transform is a name or a table"),
        (3, UsageError, "a transform is a name or a table"),
        ({"name": "strip_code_fences", "first": 1}, UsageError, "has no parameters, and 'first' is given"),
        ({"name": "split_think_tags", "bare": 1}, UnknownName, "'split_think_tags': 'bare': did you mean bare_close?"),
        ({"name": "split_think_tags", "bare_close": "no"}, UsageError, "bare_close is true or false, not 'no'"),
        ("inject_chat_template_kwargs", UsageError, "injects nothing"),
        (
            {"name": "inject_chat_template_kwargs", "callers_win": 1, "x": 1},
            UsageError,
            "callers_win is true or false, not 1",
        ),
    ],
)
def test_a_profile_that_names_what_there_is_not_is_told_so(spec, error, message):
    with pytest.raises(error) as caught:
        transform_chain([spec])

    assert message in str(caught.value)
