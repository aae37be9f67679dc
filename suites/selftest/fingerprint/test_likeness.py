"""Texts that are asked for alike are told from others by how soon they part, and noise is not taken for no effect."""

from __future__ import annotations

import random

import pytest
from servecheck.fingerprint.likeness import Likeness, tokens_of_text
from servecheck.fingerprint.reading import Condition, Reading

pytestmark = pytest.mark.selftest

_LENGTH = 12


def texts(chance: random.Random, alike: float, others: float) -> list[list[list[int]]]:
    """Two ways of two texts each, of which each next token is the same by such a chance; ``others`` is the lesser."""
    every: list[list[list[int]]] = [[[], []], [[], []]]
    for _ in range(_LENGTH):
        # What all share, what those of one way share, and what each has alone.
        shared, of_way = chance.random() < others, [chance.random() < (alike - others) / (1 - others) for _ in range(2)]
        for way, texts_of_way in enumerate(every):
            for number, text in enumerate(texts_of_way):
                text.append(0 if shared else 1 + way if of_way[way] else 10 + 2 * way + number)
    return every


def decided(seed: int, alike: float, others: float, prompts: int = 20) -> bool | None:
    chance, likeness = random.Random(seed), Likeness()
    for _ in range(prompts):
        if likeness.has_effect is None:
            likeness.add(texts(chance, alike, others))
    return likeness.has_effect


@pytest.mark.parametrize(("alike", "found"), [(1.0, True), (0.9, True), (0.4, False)])
def test_an_effect_and_none_are_told_apart(alike, found):
    told = [decided(seed, alike, 0.4) for seed in range(40)]

    assert told.count(found) >= 36
    assert (not found) not in told


def test_noise_that_leaves_little_of_an_effect_is_never_called_none():
    told = [decided(seed, 0.72, 0.4) for seed in range(100)]

    assert told.count(False) <= 1


def test_few_texts_tell_nothing():
    likeness = Likeness()
    assert likeness.has_effect is None

    likeness.add([[["a"], ["b"]], [["c"], ["d"]]])

    assert likeness.has_effect is None
    assert likeness.told == "alike requests gave texts that parted at 2 of 2 tokens, unlike ones at 4 of 4"


def test_texts_that_are_always_the_same_tell_nothing():
    likeness = Likeness()
    for _ in range(50):
        likeness.add([[["a"] * _LENGTH] * 2] * 2)

    assert likeness.has_effect is None


def test_beyond_what_all_begin_with_a_text_that_ends_has_parted_from_one_that_goes_on():
    likeness = Likeness()
    likeness.add([[["a", "b"], ["a", "b", "c"]], [["a", "b"]]])

    assert likeness.told == "alike requests gave texts that parted at 1 of 1 tokens, unlike ones at 1 of 1"


def test_a_text_is_compared_by_its_tokens_where_they_are_told_and_else_by_words():
    plain = Reading("switch", "chat", 16, Condition.IDLE, (), "two words")

    assert tokens_of_text(plain) == ["two", "words"]
