"""Completions drawn alike are told so; drawn otherwise, with the share of their likeness that was lost."""

from __future__ import annotations

import random

import pytest
from servecheck.stats.two_sample import likeness, two_sample


def completions(rng: random.Random, letters: str, prompts: int, samples: int = 8) -> list[list[str]]:
    """Texts of a few letters; each prompt begins in its own way."""
    return [[f"{prompt:03}" + "".join(rng.choices(letters, k=9)) for _ in range(samples)] for prompt in range(prompts)]


def test_likeness_is_the_share_of_equal_places_of_the_longer_text():
    assert likeness("abcd", "abxd") == 0.75
    assert likeness("ab", "abcd") == 0.5
    assert likeness("", "") == 1
    assert likeness("", "a") == 0


def test_the_same_texts_lost_nothing():
    texts = completions(random.Random(0), "ab", 5)

    found = two_sample([(one, one) for one in texts])

    assert found.p > 0.5
    assert found.lost == pytest.approx(0, abs=0.05)
    assert found.discrepancy <= 0


def test_texts_with_nothing_in_common_lost_all():
    found = two_sample([(["aaaa", "aaaa", "aaab"], ["cccc", "cccc", "cccd"])] * 6)

    assert found.lost == 1
    assert found.p == 1 / 2000
    assert found.prompts == 6


def test_a_changed_sampler_is_seen():
    rng = random.Random(1)
    now, before = completions(rng, "aaaab", 12), completions(rng, "ab", 12)

    assert two_sample(list(zip(now, before, strict=True))).p < 0.001


def test_a_false_alarm_is_as_rare_as_it_says():
    rng = random.Random(2)
    found = [
        two_sample(list(zip(completions(rng, "aab", 4, 4), completions(rng, "aab", 4, 4), strict=True))).p
        for _ in range(40)
    ]

    assert sum(p <= 0.1 for p in found) <= 10  # 4 are expected; 11 or more come once in a thousand


@pytest.mark.parametrize("prompts", [[], [(["a"], ["a", "b"])], [(["a", "b"], ["a"])]])
def test_what_has_no_likeness_to_itself_is_refused(prompts):
    with pytest.raises(ValueError, match="two completions"):
        two_sample(prompts)
