"""Tokens of the tool text: one a tag or character, and no vocabulary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.selfcheck.embedded.tool_text.tokens import count, cut, text_of_ids, token_ids

TEXTS = st.lists(st.one_of(st.text(max_size=4), st.sampled_from(["<tool_call>", "</think>", "<sop>", "<arg_"]))).map(
    "".join
)


@given(TEXTS)
def test_ids_are_their_text(text: str) -> None:
    ids = token_ids(text)

    assert text_of_ids(ids) == text
    assert count(text) == len(ids)


@given(TEXTS, st.integers(0, 12))
def test_a_cut_is_between_tokens(text: str, most: int) -> None:
    kept, was_cut = cut(text, most)

    assert token_ids(kept) == token_ids(text)[:most]
    assert was_cut is (count(text) > most)


def test_without_a_limit_nothing_is_cut() -> None:
    assert cut("abc", None) == ("abc", False)


@pytest.mark.parametrize("token", [-1, 50, 2**31])
def test_what_is_no_token_is_refused(token: int) -> None:
    with pytest.raises(ValueError, match="no token"):
        text_of_ids([token])
