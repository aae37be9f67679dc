"""Tokens give their text back, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.selfcheck.embedded.language_model.vocabulary import FIRST_WRITTEN, SPECIAL, vocabulary

WORDS, CHARACTERS = vocabulary("words"), vocabulary("characters")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_comes_back(text):
    assert WORDS.text(WORDS.ids(text)) == text
    assert CHARACTERS.text(CHARACTERS.ids(text)) == text


def test_a_word_is_one_token_and_what_is_none_its_bytes():
    assert len(WORDS.ids(" the cat 北")) == 1 + 4 + 1 + 3
    assert len(CHARACTERS.ids(" the")) == 4


@pytest.mark.parametrize("name", SPECIAL)
def test_a_text_that_names_a_special_token_does_not_become_it(name):
    assert all(token >= len(SPECIAL) for token in WORDS.ids(f"{name} the {name}"))


def test_the_same_ids_are_other_texts_in_the_other_vocabulary():
    ids = WORDS.ids(" the of and")

    assert all(token >= FIRST_WRITTEN for token in ids)
    assert CHARACTERS.text(ids) != WORDS.text(ids)
