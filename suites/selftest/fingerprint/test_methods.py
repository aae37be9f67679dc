"""Each method reads the recorded text as its server allows, and the first one that it allows is used and explained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.fingerprint.abilities import RecordedAbilities, ServerAbilities
from servecheck.fingerprint.endpoint import AnswerUnreadable
from servecheck.fingerprint.generation import CONTINUATION, generated, ids_digest
from servecheck.fingerprint.methods import METHODS, choose_method, method_named
from servecheck.fingerprint.one_token import PLACES
from servecheck.fingerprint.probing import abilities_of
from servecheck.fingerprint.prompt_logprobs import LONGEST
from servecheck.fingerprint.prompts import FingerprintPrompt
from servecheck.fingerprint.reading import Condition, Reading

from suites.selftest.fingerprint.embedded_model import embedded_model
from suites.selftest.fingerprint.scripted_server import NoSuchThing, serving

pytestmark = pytest.mark.selftest

IDLE = Condition.IDLE
ABLE = ServerAbilities(20, tells_ids=True, no_input_logprobs="no /generate", tokenizer="words")
RECORDED = RecordedAbilities("words")
PROMPT = FingerprintPrompt("chat-16-1", "chat", 16, ({"role": "user", "content": "What is on the mat, and why?"},))
TEXT = Reading("chat-16-1", "chat", 16, IDLE, (), "ab", (7, 8))


def chosen(server: ServerAbilities, recorded: RecordedAbilities = RECORDED) -> str:
    return choose_method(server, recorded).method.name


@pytest.mark.parametrize(
    ("server", "recorded", "name"),
    [
        (ABLE, RECORDED, "prompt_logprobs"),
        (ServerAbilities(20, no_prompt_logprobs="refused"), RECORDED, "sglang"),
        (ServerAbilities(20, no_prompt_logprobs="refused", no_input_logprobs="refused"), RECORDED, "one_token"),
        (ABLE, RecordedAbilities("words", has_ids=False), "one_token"),
        (ABLE, RecordedAbilities("characters"), "greedy"),
        (ABLE, RecordedAbilities("words", names_ids=True), "greedy"),
        (replace(ABLE, names_ids=True), RecordedAbilities("words"), "greedy"),
        (replace(ABLE, names_ids=True), RecordedAbilities("words", names_ids=True), "prompt_logprobs"),
        (ABLE, RecordedAbilities("words", has_logprobs=False), "greedy"),
        (ABLE, RecordedAbilities("words", has_logprobs=False, has_samples=True), "completions"),
        (ServerAbilities(0, "none", no_prompt_logprobs="none", no_input_logprobs="none"), RECORDED, "greedy"),
    ],
)
def test_the_most_telling_method_that_is_allowed_is_used(server, recorded, name):
    assert chosen(server, recorded) == name


def test_the_choice_says_why_none_before_it_was_taken():
    server = ServerAbilities(5, "HTTP 400: 20 > 5", no_prompt_logprobs="HTTP 400", no_input_logprobs="HTTP 404")

    assert choose_method(server, RECORDED).why == (
        "the recorded texts are scored at a few places, a token each",
        "it lists 5 likely tokens of a place (HTTP 400: 20 > 5), where 10 are compared",
        "not prompt_logprobs: HTTP 400",
        "not sglang: HTTP 404",
    )


def test_a_method_is_known_by_its_name():
    assert [method_named(method.name) for method in METHODS] == list(METHODS)
    with pytest.raises(ValueError, match="no scoring method 'magic'"):
        method_named("magic")


def test_a_text_is_scored_as_the_end_of_a_prompt():
    def answers(path: str, body: dict[str, Any]) -> Any:
        if path.endswith("/chat/completions"):
            return {"prompt_token_ids": [1, 2], "choices": [{"message": {"content": "a"}}]}
        rows = [{str(token): {"logprob": -token / 10, "decoded_token": f"t{token}"}} for token in body["prompt"]]
        return {
            "choices": [{"prompt_logprobs": [None, *rows[1:]]}],
            "usage": {"prompt_tokens": 4, "completion_tokens": 1},
        }

    with serving(answers) as served:
        (found,) = method_named("prompt_logprobs").read(served.endpoint, PROMPT, [TEXT], ABLE, IDLE)
        method_named("prompt_logprobs").read(served.endpoint, PROMPT, [TEXT], ABLE, IDLE)

    assert [(one.token, one.logprob) for one in found.positions] == [("t7", -0.7), ("t8", -0.8)]
    assert (found.prompt_tokens, found.completion_tokens, found.text) == (4, 1, "ab")
    assert found.prompt_sha256 == ids_digest([1, 2])
    assert served.bodies("/v1/completions")[0] == {
        "model": "m", "prompt": [1, 2, 7, 8], "max_tokens": 1, "temperature": 0.0, "top_p": 1.0, "prompt_logprobs": 20,
    }  # fmt: skip
    assert len(served.bodies("/v1/chat/completions")) == 1  # the prompt's tokens are asked for once


def test_a_text_that_fills_the_context_is_read_at_a_few_places():
    """The token that has to be generated after it has no room: vLLM says that max_tokens is 0."""

    def answers(path: str, body: dict[str, Any]) -> Any:
        told = {"tokens": ["t"], "token_logprobs": [-1.0], "top_logprobs": [{"t": -1.0}]}
        if len(body.get("prompt", ())) == 4:
            raise NoSuchThing(400, "max_tokens must be at least 1, got 0.")
        return {"choices": [{"logprobs": told}], "usage": {"prompt_tokens": 2, "completion_tokens": 1}}

    with serving(answers) as served:
        served.endpoint.prompt_ids[PROMPT.id] = (1, 2)
        (found,) = method_named("prompt_logprobs").read(served.endpoint, PROMPT, [TEXT], ABLE, IDLE)

    assert found.places == (0,)


def test_a_text_behind_a_long_prompt_is_read_at_a_few_places():
    """Its answer would have every token of the prompt."""

    def answers(path: str, body: dict[str, Any]) -> Any:
        told = {"tokens": ["t"], "token_logprobs": [-1.0], "top_logprobs": [{"t": -1.0}]}
        return {
            "choices": [{"logprobs": told}],
            "usage": {"prompt_tokens": len(body["prompt"]), "completion_tokens": 1},
        }

    with serving(answers) as served:
        served.endpoint.prompt_ids[PROMPT.id] = (1,) * LONGEST
        text = Reading("chat-16-1", "chat", 16, IDLE, (), "", tuple(range(40)))
        (found,) = method_named("prompt_logprobs").read(served.endpoint, PROMPT, [text], ABLE, IDLE)

    assert found.places == (0, 24)
    assert [len(body["prompt"]) for body in served.bodies("/v1/completions")] == [LONGEST, LONGEST + 24]
    assert (found.prompt_tokens, found.completion_tokens) == (2 * LONGEST + 24, 2)


def test_sglang_is_asked_for_the_text_alone():
    def answers(path: str, body: dict[str, Any]) -> Any:
        assert path == "/generate"
        own = [[None, 2, "t2"], [-0.7, 7, "t7"], [-0.8, 8, "t8"]]
        top = [None, [[-0.7, 7, "t7"]], [[-0.1, 9, "t9"]]]
        return {
            "meta_info": {
                "input_token_logprobs": own,
                "input_top_logprobs": top,
                "prompt_tokens": 4,
                "completion_tokens": 1,
            }
        }

    with serving(answers) as served:
        served.endpoint.prompt_ids[PROMPT.id] = (1, 2)
        (found,) = method_named("sglang").read(served.endpoint, PROMPT, [TEXT], ABLE, IDLE)

    assert [one.alternatives[0] for one in found.positions] == [("t7", -0.7), ("t9", -0.1)]
    body = served.bodies("/generate")[0]
    assert (body["input_ids"], body["logprob_start_len"], body["top_logprobs_num"]) == ([1, 2, 7, 8], 1, 20)
    assert (found.prompt_tokens, found.completion_tokens) == (4, 1)


def test_llama_cpp_tells_a_prompts_tokens_in_two_steps():
    def answers(path: str, body: dict[str, Any]) -> Any:
        match path:
            case "/v1/chat/completions":
                return {"choices": [{"message": {"content": "a"}}]}
            case "/apply-template":
                return {"prompt": f"<user>{body['messages'][0]['content']}"}
            case "/tokenize":
                assert (body["content"], body["add_special"], body["parse_special"]) == (
                    "<user>What is on the mat, and why?",
                    True,
                    True,
                )
                return {"tokens": [1, 2, 3]}
        entry = {"token": "t", "id": 5, "logprob": -1.0, "top_logprobs": [{"token": "t", "logprob": -1.0}]}
        return {"choices": [{"logprobs": {"content": [entry]}}]}

    with serving(answers) as served:
        (found,) = method_named("one_token").read(served.endpoint, PROMPT, [TEXT], ABLE, IDLE)

    assert found.places == (0,)  # the text has two tokens
    assert served.bodies("/v1/completions")[0]["prompt"] == [1, 2, 3]
    assert found.prompt_tokens is None


def test_a_server_of_chats_alone_is_read_at_the_first_place():
    able = ServerAbilities(20, no_id_prompts="there is no /v1/completions")
    with embedded_model(scores_prompts=False) as served:
        (found,) = method_named("one_token").read(served.endpoint, PROMPT, [TEXT], able, IDLE)

    assert (found.places, len(found.positions), found.completion_tokens) == ((0,), 1, 1)


@pytest.mark.parametrize("beginning", ["", "\ufffd"])
def test_a_place_where_a_character_begins_is_left_out(beginning):
    """llama.cpp holds such a token back, and with it what it would tell."""

    def answers(path: str, body: dict[str, Any]) -> Any:
        told = {"content": [{"token": "t", "logprob": -1.0, "top_logprobs": []}]}
        begins = len(body["prompt"]) == 2 + PLACES[1]
        return {"choices": [{"text": beginning if begins else "t", "logprobs": None if begins else told}]}

    with serving(answers) as served:
        served.endpoint.prompt_ids[PROMPT.id] = (1, 2)
        text = Reading("chat-16-1", "chat", 16, IDLE, (), "", tuple(range(30)))
        (found,) = method_named("one_token").read(served.endpoint, PROMPT, [text], ABLE, IDLE)

    assert found.places == (PLACES[0], PLACES[2])


@pytest.mark.parametrize("name", ["prompt_logprobs", "sglang"])
def test_a_text_that_is_not_known_in_ids_is_read_at_its_first_place(name):
    with embedded_model() as served:
        able = abilities_of(served.endpoint)
        text = Reading("chat-16-1", "chat", 16, IDLE, (), "ab", None)
        (found,) = method_named(name).read(served.endpoint, PROMPT, [text], able, IDLE)

    assert found.places == (0,)


@pytest.mark.parametrize("name", ["prompt_logprobs", "sglang", "one_token"])
def test_an_answer_without_log_probabilities_is_no_reading(name):
    with serving(lambda _path, _body: {"choices": [{"text": "a"}], "meta_info": {}}) as served:
        served.endpoint.prompt_ids[PROMPT.id] = (1, 2)
        with pytest.raises(AnswerUnreadable):
            method_named(name).read(served.endpoint, PROMPT, [TEXT], ABLE, IDLE)


def test_greedy_texts_cost_nothing_more_and_samples_are_drawn_anew():
    with embedded_model() as served:
        assert method_named("greedy").read(served.endpoint, PROMPT, [TEXT], ABLE, IDLE) == ()
        assert served.asked == []
        found = method_named("completions").read(served.endpoint, PROMPT, [], ABLE, IDLE)

    assert len({reading.text for reading in found}) > 5
    assert {(body["temperature"], body.get("seed")) for _, body in served.asked} == {(1.0, None)}


def test_scoring_what_a_sound_server_wrote_gives_what_it_said_then():
    with embedded_model() as served:
        able = abilities_of(served.endpoint)
        text = generated(served.endpoint, PROMPT, able, IDLE)
        (scored,) = method_named("prompt_logprobs").read(served.endpoint, PROMPT, [text], able, IDLE)
        (few,) = method_named("one_token").read(served.endpoint, PROMPT, [text], able, IDLE)

    assert len(text.positions) == CONTINUATION == len(scored.positions)
    assert scored.positions == text.positions
    assert few.by_place == {place: text.positions[place] for place in PLACES}
    assert scored.prompt_sha256 == few.prompt_sha256 == text.prompt_sha256


def test_nothing_to_compare_with_is_refused():
    """Unless greedy texts are compared, there is always a way; a recording of samples has no greedy text to leave."""
    recorded = RecordedAbilities("words", has_logprobs=False, has_ids=False, has_samples=True)

    assert chosen(ServerAbilities(0, "none"), recorded) == "completions"


def test_a_refusal_tells_every_way(monkeypatch):
    monkeypatch.setattr("servecheck.fingerprint.methods.METHODS", METHODS[:1])

    with pytest.raises(UsageError, match=r"not prompt_logprobs: HTTP 400.*record it anew"):
        choose_method(ServerAbilities(20, no_prompt_logprobs="HTTP 400"), RECORDED)


def test_a_server_without_the_path_is_told_as_such():
    def answers(path: str, body: dict[str, Any]) -> Any:
        if path == "/v1/chat/completions":
            return {"choices": [{"message": {"content": "a"}}]}
        raise NoSuchThing

    with serving(answers) as served:
        able = abilities_of(served.endpoint)

    assert able.listed == 0
    assert "no log-probabilities" in able.unlisted
    assert chosen(able) == "greedy"
