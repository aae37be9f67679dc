"""What a server can do is found by asking it, and what it cannot is told in words."""

from __future__ import annotations

from typing import Any

import pytest
from servecheck.fingerprint.abilities import ServerAbilities
from servecheck.fingerprint.probing import abilities_of

from suites.selftest.fingerprint.embedded_model import embedded_model
from suites.selftest.fingerprint.scripted_server import NoSuchThing, serving

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
    found = able(scores_prompts=False, tells_ids=False)

    assert (found.listed, found.tells_ids, found.names_ids) == (20, False, False)
    assert found.no_prompt_logprobs


def named(token: int, *, by_id: bool) -> str:
    return f"token_id:{token}" if by_id else "\ufffd"


@pytest.mark.parametrize(("chats", "completions"), [(True, True), (True, False), (False, False)])
def test_tokens_are_known_by_their_ids_where_every_answer_names_them(chats, completions):
    """vLLM does where it is asked to; by text, its tables hold one of several tokens of one text."""

    def answers(path: str, body: dict[str, Any]) -> Any:
        asked = body.get("return_tokens_as_token_ids", False)
        if path == "/v1/chat/completions":
            top = [{"token": named(token, by_id=asked and chats), "logprob": -token} for token in (1, 2)]
            choice = {"message": {"content": "a"}, "logprobs": {"content": [{**top[0], "top_logprobs": top}]}}
            return {"choices": [choice], "prompt_token_ids": [1, 2]}
        own = named(1, by_id=asked and completions)
        told = {"tokens": [own], "token_logprobs": [-1.0], "top_logprobs": [{own: -1.0}]}
        row = {"2": {"logprob": -1.0, "decoded_token": "\ufffd"}}
        return {"choices": [{"text": "a", "logprobs": told, "prompt_logprobs": [None, row]}]}

    with serving(answers) as served:
        found = abilities_of(served.endpoint)

    assert found.names_ids is chats
    assert (found.no_id_prompts == "") is (chats == completions)
    assert found.no_prompt_logprobs == ""


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


def choosing(free: int | None, bound: int | None) -> str | None:
    """Of a server whose prompt is so long where tools may be called, and where none may; None: it refuses to answer."""

    def answers(path: str, body: dict[str, Any]) -> Any:
        length = 9 if "tools" not in body else bound if body.get("tool_choice") == "none" else free
        if path != "/v1/chat/completions" or length is None:
            raise NoSuchThing(400)
        usage = {"prompt_tokens": length, "completion_tokens": 1}
        return {"choices": [{"message": {"content": "a"}, "finish_reason": "length"}], "usage": usage}

    with serving(answers) as served:
        return abilities_of(served.endpoint).tool_choice


@pytest.mark.parametrize(
    ("free", "bound", "chosen"),
    [(70, 70, "none"), (None, 70, "none"), (70, 9, None), (70, None, None)],
    ids=["tools are shown either way", "no parser of calls", "tools are left out", "no such choice"],
)
def test_no_call_is_allowed_where_the_prompt_has_the_tools_all_the_same(free, bound, chosen):
    assert choosing(free, bound) == chosen
