"""A case's key is the name of its reply's file, whatever the task is called."""

from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from servecheck.evaluation.case import Case, reply_key
from servecheck.evaluation.conversation import single_turn
from servecheck.generation.conversation_request import ConversationRequest


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
    assert Case(task_id, sample).key == ConversationRequest(task_id, sample, partial(single_turn, [])).key == key


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
