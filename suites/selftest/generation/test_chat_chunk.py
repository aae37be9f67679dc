"""What a chunk of a reply says, for whoever reads it: the quality of a reply, or its pace."""

from __future__ import annotations

import json
from typing import Any

import pytest
from servecheck.generation.chat_chunk import (
    MOST_TOKENS,
    Chunk,
    Counts,
    ErrorWithin,
    MalformedAnswer,
    Said,
    error_message,
    read_chunk,
)


def chunk_of(delta: Any, finish_reason: Any = None, **more: Any) -> Chunk:
    return read_chunk(json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}], **more}))


def said_by(delta: Any, finish_reason: Any = None) -> Said:
    (said,) = chunk_of(delta, finish_reason).said
    return said


@pytest.mark.parametrize(
    ("delta", "content", "reasoning"),
    [
        ({"role": "assistant", "content": ""}, "", ""),
        ({"content": "yes"}, "yes", ""),
        ({"content": None, "reasoning": "hm"}, "", "hm"),
        ({"reasoning_content": "hm"}, "", "hm"),
        ({"reasoning": "hm", "reasoning_content": "hm"}, "", "hm"),
        ({"reasoning": "", "reasoning_content": "hm", "content": "yes"}, "yes", "hm"),
        ({"content": [{"type": "text", "text": "y"}, {"type": "text", "text": "es"}]}, "yes", ""),
        ({"content": [{"type": "thinking", "thinking": [{"text": "hm"}]}, {"text": "yes"}]}, "yes", "hm"),
        ({"content": [{"type": "thinking", "thinking": "hm"}]}, "", "hm"),
        (None, "", ""),
    ],
)
def test_content_and_reasoning_are_found_under_every_name(delta: Any, content: str, reasoning: str) -> None:
    said = said_by(delta)

    assert (said.content, said.reasoning, said.has_answer) == (content, reasoning, bool(content))


def test_a_tool_call_is_an_answer() -> None:
    said = said_by({"content": None, "tool_calls": [{"index": 0, "function": {"name": "f"}}]}, "tool_calls")

    assert (said.has_answer, said.content, said.finish_reason) == (True, "", "tool_calls")


def test_all_of_it_is_there_as_it_came() -> None:
    chunk = chunk_of({"content": "x", "own": [1]}, model="m", timings={"prompt_n": 1})

    assert chunk.model == "m"
    assert chunk.fields["timings"] == {"prompt_n": 1}
    assert chunk.said[0].message == {"content": "x", "own": [1]}


def test_a_completion_in_one_piece_has_a_message() -> None:
    text = json.dumps({"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]})

    (said,) = read_chunk(text, "message").said

    assert (said.content, said.finish_reason) == ("x", "stop")


@pytest.mark.parametrize("choices", [None, []])
def test_a_chunk_without_choices_counts_and_a_completion_without_is_none(choices: Any) -> None:
    text = json.dumps({"choices": choices, "usage": {"prompt_tokens": 9, "completion_tokens": 2}})

    assert (read_chunk(text).said, read_chunk(text).counts) == ([], Counts(9, 2, None))
    with pytest.raises(MalformedAnswer, match="no choices"):
        read_chunk(text, "message")


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        (None, None),
        ({}, None),
        ([], None),
        ("12", None),
        ({"prompt_tokens": 9, "completion_tokens": 0}, Counts(9, 0, None)),
        ({"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}, Counts(9, None, 4)),
        ({"prompt_tokens": "9", "completion_tokens": True}, Counts(None, None, None)),
        ({"prompt_tokens": -1, "completion_tokens": MOST_TOKENS + 1}, Counts(None, None, None)),
        ({"completion_tokens": 2, "prompt_tokens_details": [4]}, Counts(None, 2, None)),
    ],
)
def test_counts_that_are_none_are_not_taken_and_are_no_error(usage: Any, counts: Counts | None) -> None:
    assert chunk_of({"content": "x"}, usage=usage).counts == counts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[1]", "not an object but"),
        ("[" * 100_000, "nested too deeply"),
        ("1" * 5_000, "not JSON"),
        ('{"choices": 3}', "no choices"),
        ('{"choices": [3]}', "a choice is not an object but 3"),
        ('{"choices": [{"index": 1, "delta": {}}]}', "a choice of index 1, though one alone was asked for"),
        ('{"choices": [{"delta": "x"}]}', "delta is not an object but 'x'"),
        ('{"choices": [{"delta": {"content": 5}}]}', "content is not text but 5"),
        ('{"choices": [{"delta": {"content": ["x"]}}]}', "a part of content is not an object but 'x'"),
        ('{"choices": [{"delta": {"reasoning": {}}}]}', "reasoning is not text"),
        ('{"choices": [{"delta": {}, "finish_reason": 5}]}', "finish_reason is not text but 5"),
        ('{"model": 5, "choices": []}', "model is not text but 5"),
    ],
    ids=range(14),
)
def test_what_is_no_chunk_is_told_in_words(text: str, said: str) -> None:
    with pytest.raises(MalformedAnswer, match=said):
        read_chunk(text)


@pytest.mark.parametrize(
    ("value", "message", "code"),
    [
        ({"error": {"message": "engine died", "code": 500}}, "engine died", 500),
        ({"error": {"message": "gone", "code": "503"}}, "gone", 503),
        ({"error": "plain"}, "plain", None),
        ({"object": "error", "message": "old shape", "code": 400}, "old shape", 400),
        ({"error": {"odd": 1}, "choices": [{"delta": {"content": "x"}}]}, '{"odd": 1}', None),
    ],
)
def test_an_error_in_place_of_a_chunk_keeps_its_words_and_number(value: Any, message: str, code: int | None) -> None:
    with pytest.raises(ErrorWithin) as caught:
        read_chunk(json.dumps(value))

    assert (str(caught.value), caught.value.code) == (message, code)


@pytest.mark.parametrize(
    ("value", "words"), [({"detail": "no"}, "no"), ({"error": {"message": "x"}}, "x"), ({"a": 1}, None), ([], None)]
)
def test_an_errors_words_are_found_in_any_shape(value: Any, words: str | None) -> None:
    assert error_message(value) == words
