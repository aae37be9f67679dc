"""Log-probabilities are read from each form that servers have for them, and nothing is made of what has none."""

from __future__ import annotations

import math
from typing import Any

import pytest
from servecheck.evaluation.token_logprobs import TokenLogprob
from servecheck.fingerprint.told_logprobs import (
    generated_ids,
    generated_positions,
    input_positions,
    is_by_ids,
    one_text_each,
    prompt_positions,
)

pytestmark = pytest.mark.selftest


def test_a_chats_tokens_have_what_stands_beside_them():
    entry = {
        "token": "a",
        "logprob": -0.5,
        "top_logprobs": [{"token": "b", "logprob": -2}, {"token": "a", "logprob": -0.5}],
    }

    assert generated_positions({"logprobs": {"content": [entry]}}) == (
        TokenLogprob("a", -0.5, (("a", -0.5), ("b", -2.0))),
    )


def test_a_completions_tokens_have_tables_of_likely_ones():
    told = {"tokens": ["a"], "token_logprobs": [-0.5], "top_logprobs": [{"b": -2.0, "a": -0.5}]}

    assert generated_positions({"logprobs": told}) == (TokenLogprob("a", -0.5, (("a", -0.5), ("b", -2.0))),)


@pytest.mark.parametrize(
    "told", [None, {}, {"content": None}, {"content": [{"token": 1}]}, {"tokens": [1], "token_logprobs": 2}, 7]
)
def test_a_reply_may_have_none(told):
    assert generated_positions({"logprobs": told}) == ()


def test_of_a_prompt_the_last_tokens_are_those_that_were_scored():
    rows = [
        None,
        {"5": {"logprob": -9.0}},
        {"7": {"logprob": -3.0, "decoded_token": "x"}, "8": {"logprob": -0.1, "decoded_token": "y"}},
    ]

    assert prompt_positions({"prompt_logprobs": rows}, [7]) == (TokenLogprob("x", -3.0, (("y", -0.1), ("x", -3.0))),)


@pytest.mark.parametrize(
    "rows", [None, [], [None], [{"8": {"logprob": -1.0}}], [{"7": {"logprob": "high"}}], [{"7": {"logprob": math.inf}}]]
)
def test_a_prompt_that_was_not_scored_is_refused(rows):
    with pytest.raises(ValueError, match=r"prompt_logprobs|token 7"):
        prompt_positions({"prompt_logprobs": rows}, [7])


SGLANG: dict[str, Any] = {
    "input_token_logprobs": [[None, 3, "the"], [-3.0, 7, "x"]],
    "input_top_logprobs": [None, [[-0.1, 8, "y"], [-3.0, 7, "x"]]],
}


def test_sglang_tells_lists_whose_first_has_nothing_before_it():
    assert input_positions(SGLANG, [7]) == (TokenLogprob("x", -3.0, (("y", -0.1), ("x", -3.0))),)


@pytest.mark.parametrize("ids", [[8], [3, 7], [1, 3, 7]])
def test_what_sglang_tells_of_other_tokens_is_refused(ids):
    with pytest.raises(ValueError, match="log"):
        input_positions(SGLANG, ids)


def test_tokens_are_known_by_their_ids_where_all_answers_tell_these():
    one, other = {"id": 7, "token": "\ufffd", "logprob": -1.0}, {"id": 8, "token": "\ufffd", "logprob": -2.0}
    row = {"7": {"logprob": -1.0, "decoded_token": "\ufffd"}, "8": {"logprob": -2.0, "decoded_token": "\ufffd"}}
    top = [[-1.0, 7, "\ufffd"], [-2.0, 8, "\ufffd"]]
    meta = {"input_token_logprobs": top[:1], "input_top_logprobs": [top]}
    expected = (TokenLogprob("token_id:7", -1.0, (("token_id:7", -1.0), ("token_id:8", -2.0))),)

    chat = {"logprobs": {"content": [{**one, "top_logprobs": [one, other]}]}}
    assert generated_positions(chat, by_ids=True) == expected
    assert prompt_positions({"prompt_logprobs": [row]}, [7], by_ids=True) == expected
    assert input_positions(meta, [7], by_ids=True) == expected
    assert is_by_ids(expected)
    assert not is_by_ids(generated_positions(chat))
    assert not is_by_ids(())


def test_tokens_of_one_text_count_as_one_as_likely_as_together():
    """Parts of a character all read as U+FFFD, and which of them is which no text can say."""
    half, quarter = math.log(0.5), math.log(0.25)
    found = one_text_each("\ufffd", quarter, [("\ufffd", half), ("a", -3.0), ("\ufffd", quarter)])

    assert found.alternatives == (("\ufffd", pytest.approx(math.log(0.75))), ("a", -3.0))
    assert found.logprob == pytest.approx(math.log(0.75))


def test_a_character_of_several_tokens_is_known_by_the_bytes_of_its_last():
    """llama.cpp holds its beginning back, and tells the whole of it beside what was likely for its end."""
    listed = [
        {"id": 229, "token": "\ufffd", "bytes": [139], "logprob": -0.1},
        {"id": 7, "token": "", "bytes": [231], "logprob": -3},
    ]
    entry = {"id": 229, "token": "秋", "bytes": [231, 167, 139], "logprob": -0.1, "top_logprobs": listed}

    (found,) = generated_positions({"logprobs": {"content": [entry]}})

    assert found == TokenLogprob("<0x8B>", -0.1, (("<0x8B>", -0.1), ("<0xE7>", -3.0)))


@pytest.mark.parametrize("told", [[231, 256], [True], "e7", [None], None])
def test_bytes_that_are_none_are_not_believed(told):
    entry = {"token": "a", "bytes": told, "logprob": -0.1, "top_logprobs": []}

    assert [one.token for one in generated_positions({"logprobs": {"content": [entry]}})] == ["a"]


@pytest.mark.parametrize(
    ("choice", "ids"),
    [
        ({"token_ids": [1, 2]}, (1, 2)),
        ({"logprobs": {"content": [{"id": 4}, {"id": 5}]}}, (4, 5)),
        ({"logprobs": {"content": [{"id": 4}]}}, ()),
        ({"logprobs": {"content": [{"id": 4}, {}]}}, ()),
        ({"token_ids": [1, -2]}, ()),
        ({"token_ids": [True]}, ()),
        ({}, ()),
    ],
)  # fmt: skip
def test_token_ids_are_all_known_or_none(choice, ids):
    assert generated_ids(choice, 2) == ids
