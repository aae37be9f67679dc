"""The embedded language model: every token depends on all before it, and a fault shows where it should."""

from __future__ import annotations

import numpy as np
import pytest
from servecheck.profiles.embedded_language_model import EmbeddedLanguageModel
from servecheck.selfcheck.embedded.language_model.model import LanguageModel
from servecheck.selfcheck.embedded.language_model.vocabulary import END_THINK, THINK

from suites.selftest.selfcheck.embedded.language_model.texts import divergence, greedy, prompt, scored

SOUND = EmbeddedLanguageModel()
MODEL = LanguageModel(SOUND)


def at(depth: int, behaviour: EmbeddedLanguageModel) -> tuple[float, float]:
    """How far a server of that behaviour is from the sound one on the sound one's text after so many tokens."""
    before = prompt(depth)
    text = greedy(MODEL, before)
    return divergence(scored(SOUND, before, text), scored(behaviour, before, text))


def test_log_probabilities_are_of_a_distribution():
    [found] = MODEL.scored(MODEL.context(prompt(100)), range(50, 51))

    assert np.exp(found).sum() == pytest.approx(1)
    assert 0.02 < np.exp(found.max()) < 1


def test_what_is_scored_is_what_was_written_to_the_last_bit():
    before = prompt(300)
    text = greedy(MODEL, before)

    context = MODEL.context(before)
    for token, found in zip(text, scored(SOUND, before, text), strict=True):
        assert (MODEL.next_token(context) == found).all()
        assert found.argmax() == token
        context.append(token)


def test_another_start_of_the_same_server_says_the_same():
    assert greedy(LanguageModel(SOUND), prompt(50)) == greedy(MODEL, prompt(50))


@pytest.mark.parametrize("place", [0, 100, 1990])
def test_any_token_before_it_decides(place):
    before = prompt(2000)
    other = [*before]
    other[place] += 1

    assert greedy(MODEL, before, 16) != greedy(MODEL, other, 16)


def test_reasoning_ends():
    text = greedy(MODEL, [*prompt(60), THINK], 40)

    assert 4 <= text.index(END_THINK) <= 20
    assert text.count(END_THINK) == 1


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        ({"noise": 1e-3}, 1e-4, 2e-3),
        ({"noise": 0.1}, 0.05, 0.15),
        ({"weight_bits": 8}, 0.001, 0.06),
        ({"weight_bits": 4}, 0.15, 0.8),
        ({"weight_bits": 2}, 2, 8),
        ({"weight_change": 0.03}, 0.03, 0.3),
        ({"kv_step": 0.25}, 0.05, 0.4),
    ],
    ids=str,
)
def test_a_fault_has_a_size(fault, least, most):
    nats, _ = at(256, EmbeddedLanguageModel(**fault))

    assert least <= nats <= most


@pytest.mark.parametrize("fault", [{"weight_bits": 2}, {"noise": 3.0}, {"seed": 1}, {"kv_step": 4.0}], ids=str)
def test_a_gross_fault_leaves_few_tokens_the_likeliest(fault):
    _, agreement = at(256, EmbeddedLanguageModel(**fault))

    assert agreement < 0.5


@pytest.mark.parametrize(
    "fault", [{"swapped_block": 1024}, {"shifted_from": 1024}, {"kv_step": 4.0, "kv_depth": 1024}], ids=str
)
def test_a_fault_at_a_depth_spares_what_is_shorter_and_no_more(fault):
    behaviour = EmbeddedLanguageModel(**fault)

    assert at(256, behaviour) == (0, 1)
    nats, agreement = at(2048, behaviour)
    assert nats > 1
    assert agreement < 0.5


def test_noise_is_another_in_every_request_and_the_same_in_the_same():
    noisy = EmbeddedLanguageModel(noise=0.1)
    first, second, again = (scored(noisy, prompt(32), prompt(8), request) for request in (1, 2, 1))

    assert (first[0] == again[0]).all()
    assert (first[0] != second[0]).any()
