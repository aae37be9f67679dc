"""What a server can do is found by asking it, and what it cannot is told in words."""

from __future__ import annotations

import pytest
from servecheck.fingerprint.abilities import ServerAbilities
from servecheck.fingerprint.probing import abilities_of

from suites.selftest.fingerprint.embedded_model import embedded_model

pytestmark = pytest.mark.selftest


def able(**faults: object) -> ServerAbilities:
    with embedded_model(**faults) as served:
        return abilities_of(served.endpoint)


def test_a_server_with_vllms_fields_can_all_but_sglangs():
    found = able()

    assert (found.listed, found.unlisted, found.tells_ids, found.no_prompt_logprobs, found.no_id_prompts) == (
        20,
        "",
        True,
        "",
        "",
    )
    assert "/generate answered HTTP 404" in found.no_input_logprobs
    assert found.tokenizer


def test_a_server_that_scores_nothing_is_known_by_its_likely_tokens_alone():
    found = able(scores_prompts=False)

    assert (found.listed, found.tells_ids) == (20, False)
    assert found.no_prompt_logprobs


@pytest.mark.parametrize("refuses_more", [True, False])
def test_a_server_that_lists_five_is_told_as_such(refuses_more):
    found = able(most_logprobs=5, refuses_more=refuses_more)

    assert found.listed == 5
    assert found.unlisted
    assert found.no_prompt_logprobs == ""


def test_a_server_without_log_probabilities_has_no_method_that_needs_them():
    found = able(logprobs=False)

    assert found.listed == 0
    assert "no log-probabilities" in found.unlisted
    assert found.no_prompt_logprobs == found.no_id_prompts == found.unlisted


def test_another_tokenizer_is_known_by_how_it_cuts_a_text():
    words, characters = able(), able(tokenizer="characters")

    assert words.tokenizer != characters.tokenizer
    assert able(weight_change=0.5).tokenizer == words.tokenizer
