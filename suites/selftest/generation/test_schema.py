"""Replies as JSON, and the names of their files."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from servecheck.generation.schema import ChatRequest, EngineTimings, Reply, Timings, Usage, reply_key


@pytest.mark.parametrize(("reasoning", "usage", "first"), [(None, None, None), ("so", Usage(3, 4), 0.5)])
def test_a_reply_survives_json(reasoning: str | None, usage: Usage | None, first: float | None) -> None:
    reply = Reply(
        "text \ud800 \x00",
        reasoning,
        "stop",
        "m",
        usage,
        Timings(1.5, first, 2.5),
        "ab" * 32,
        earlier=("answered HTTP 503: later",),
        engine_timings=None if usage is None else EngineTimings(3, 0.25, 4, 0.5, 2, 1),
        message={"content": "text \ud800 \x00", "tool_calls": [{"index": 0}]},
    )

    assert Reply.from_json(json.loads(json.dumps(reply.to_json()))) == reply


@pytest.mark.parametrize("later", ["engine_timings", "message", "earlier"])
def test_a_reply_that_was_kept_before_this_field_was_can_be_read(later: str) -> None:
    reply = Reply("text", None, "stop", "m", None, Timings(1.5, None, 2.5), "ab" * 32)
    kept = reply.to_json()
    del kept[later]

    assert Reply.from_json(kept) == reply


@pytest.mark.parametrize(
    "damaged",
    [
        {"content": None},
        {"reasoning": 5},
        {"finish_reason": None},
        {"model": ["m"]},
        {"usage": {"prompt_tokens": "1", "completion_tokens": 1}},
        {"usage": {"prompt_tokens": 1, "completion_tokens": True}},
        {"timings": {"dispatched_at": "now", "first_token_s": None, "end_s": 1.0}},
        {"timings": None},
        {"remarks": [5]},
        {"earlier": "answered HTTP 503"},
    ],
    ids=str,
)
def test_a_kept_reply_whose_field_has_another_type_is_damaged(damaged: dict[str, object]) -> None:
    reply = Reply("text", None, "stop", "m", None, Timings(1.5, None, 2.5), "ab" * 32)

    with pytest.raises(TypeError):
        Reply.from_json({**reply.to_json(), **damaged})


@pytest.mark.parametrize(("content", "reasoning"), [("", None), ("", "so"), ("x", None)])
def test_why_there_is_no_program_is_said_on_one_printable_line(content: str, reasoning: str | None) -> None:
    reply = Reply(content, reasoning, "\x1b[2J\n" * 500, "m", None, Timings(1.5, None, 2.5), "ab" * 32)

    assert reply.why_empty().isprintable()
    assert len(reply.why_empty()) < 2500


@pytest.mark.parametrize(
    ("task_id", "sample", "key"),
    [
        ("HumanEval/0", 0, "HumanEval_0-0"),
        ("HumanEval_0", 0, "HumanEval%5F0-0"),
        ("a-1", 2, "a-1-2"),
        ("../../etc/passwd", 0, "%2E.______etc_passwd-0".replace("______", "_.._")),
        (".", 1, "%2E-1"),
        ("", 0, "-0"),
        ("a\0\n", 0, "a%00%0A-0"),
        ("é", 0, "%C3%A9-0"),
    ],
)
def test_a_key_is_the_task_made_safe_and_the_sample(task_id: str, sample: int, key: str) -> None:
    assert reply_key(task_id, sample) == key
    assert ChatRequest(task_id, sample, []).key == key


any_id = st.text(st.characters(), max_size=200)


@given(any_id, st.integers(0, 999))
@example("\ud800" * 300, 0)
@example("/" * 1000, 0)
def test_every_key_is_a_plain_file_name(task_id: str, sample: int) -> None:
    key = reply_key(task_id, sample)

    assert key.isascii()
    assert key.isprintable()
    assert not set(key) & set('/\\:*?"<>| ')
    assert not key.startswith(".")
    assert len(f".{key}.json.4194304") <= 255


@given(st.tuples(any_id, st.integers(0, 99)), st.tuples(any_id, st.integers(0, 99)))
@example(("a", 11), ("a-1", 1))
@example(("a/b", 0), ("a_b", 0))
@example(("%5F", 0), ("_", 0))
@example(("x" * 300, 0), ("x" * 301, 0))
def test_different_replies_have_different_keys(one: tuple[str, int], other: tuple[str, int]) -> None:
    assert (reply_key(*one) == reply_key(*other)) == (one == other)
